"""Files inside installed packages, found without importing the packages."""

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from helpers.downloads import Unavailable


def package_file(package, name, sha256=None):
    """Find a file of an installed package; with `sha256`, make sure that it is that very file."""
    try:
        path = Path(distribution(package).locate_file(name))
    except PackageNotFoundError:
        raise Unavailable(
            f"the package {package} is not installed: install what requirements.lock names"
        ) from None
    again = f"install the package {package} again"
    if not path.is_file():
        raise Unavailable(f"{path.name} is missing: {again}")
    if sha256:
        with open(path, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                raise Unavailable(f"{path.name} is not the expected file, its hash is wrong: {again}")
    return path
