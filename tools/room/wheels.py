"""Every package of the lock file as a wheel for this machine, in one folder. Part of `make classroom`.

A package is fetched under the lock's hashes into a folder beside, checked, and only then moved to its
place: what lies in the folder is whole. A second run fetches what is missing and nothing else.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import (
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from tools.setup import CAUSES, here

BATCH = 12  # packages in one call of pip
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]


class Failed(RuntimeError):
    """The archive cannot be made. The message says why and what to do, in a line or two."""


@dataclass(frozen=True)
class Pin:
    """One package of the lock file."""

    name: str
    version: str
    hashes: frozenset
    text: str  # as it stands in the lock file


def read_lock(text):
    """The packages of a lock file that this machine needs.

    Parameters
    ----------
    text : str
        Lines such as ``name==1.0 ; marker \\``, each followed by its hashes.

    Returns
    -------
    list of Pin
    """
    found = []
    for entry in re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]:
        name, version, marker = re.match(r"([\w.-]+)==([^\s;\\]+)\s*(?:;([^\\\n]*))?", entry).groups()
        if marker is None or Marker(marker.strip()).evaluate():
            hashes = frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry))
            found.append(Pin(canonicalize_name(name), version, hashes, entry.strip()))
    return found


def sha256(path):
    """The hash of a file, in hexadecimal digits.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    str
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def package(path):
    """Which package a file holds.

    Parameters
    ----------
    path : pathlib.Path
        A wheel or a source archive.

    Returns
    -------
    name, version : str
    """
    try:
        parts = parse_wheel_filename(path.name)
    except InvalidWheelFilename:
        parts = parse_sdist_filename(path.name)
    return parts[0], str(parts[1])


def inventory(folder):
    """The packages of a folder.

    Returns
    -------
    dict
        (name, version) -> path.
    """
    files = [path for path in sorted(folder.glob("*")) if path.name.endswith((".whl", ".tar.gz", ".zip"))]
    return {package(path): path for path in files}


def missing(pins, folder):
    """The packages that are not there, or not with a hash that the lock file names.

    A file with another hash is removed.

    Returns
    -------
    list of Pin
    """
    there, left = inventory(folder), []
    for pin in pins:
        path = there.get((pin.name, pin.version))
        if path is not None and sha256(path) not in pin.hashes:
            path.unlink()
            path = None
        if path is None:
            left.append(pin)
    return left


def run_pip(command, folder):
    """Run pip; if it fails, say why.

    Raises
    ------
    Failed
    """
    result = subprocess.run([*PIP, *map(str, command)], cwd=folder, text=True, capture_output=True)
    if result.returncode:
        said = result.stdout + result.stderr
        causes = [cause for pattern, cause in CAUSES.items() if re.search(pattern, said)]
        reason = causes[0] if causes else "pip failed:\n" + "\n".join(said.strip().splitlines()[-8:])
        raise Failed(f"{reason}. What has been fetched is kept: run make classroom again to go on")


def fetch(pins, folder):
    """Fetch the packages that are missing, some at a time.

    Parameters
    ----------
    pins : list of Pin
    folder : pathlib.Path
        Afterwards it has a file of each, wheel or source.

    Raises
    ------
    Failed
        If pip cannot get one, or its hash is none of the lock file's.
    """
    incoming = folder / "incoming"
    shutil.rmtree(incoming, ignore_errors=True)  # of a run that was broken off
    incoming.mkdir(parents=True)
    left = missing(pins, folder)
    if len(left) < len(pins):
        print(f"Packages: {len(pins) - len(left)} of {len(pins)} are there", flush=True)
    for start in range(0, len(left), BATCH):
        some = left[start : start + BATCH]
        done = len(pins) - len(left) + start
        print(f"Packages: fetching {some[0].name} and others, {done} of {len(pins)} are there", flush=True)
        wanted = incoming / "wanted.lock"
        wanted.write_text("\n".join(pin.text.rstrip("\\ \n") for pin in some) + "\n")
        options = ["--no-deps", "--no-build-isolation", "--require-hashes", "--progress-bar=off"]
        run_pip(["download", *options, "--dest", incoming, "--requirement", wanted], folder)
        wanted.unlink()
        if absent := missing(some, incoming):
            raise Failed(
                f"{absent[0].name} {absent[0].version} did not arrive whole: run make classroom again"
            )
        for path in inventory(incoming).values():
            path.replace(folder / path.name)
    incoming.rmdir()


def build(source, folder):
    """Build a wheel from a source archive, for packages that come as nothing else.

    Parameters
    ----------
    source : pathlib.Path
    folder : pathlib.Path
        Where the wheel is put.
    """
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder]
    run_pip(["wheel", *options, source], folder)


def wheels(pins, fetched, built):
    """A wheel of each package: as fetched, or built once from its source.

    Parameters
    ----------
    pins : list of Pin
    fetched, built : pathlib.Path
        Folders: what `fetch` gave, and where the wheels go that are built here.

    Returns
    -------
    list of pathlib.Path
    """
    built.mkdir(parents=True, exist_ok=True)
    there, found = inventory(fetched), []
    for pin in pins:
        path = there[pin.name, pin.version]
        if path.suffix != ".whl":
            if (pin.name, pin.version) not in inventory(built):
                print(f"Building a wheel of {pin.name} {pin.version}", flush=True)
                build(path, built)
            path = inventory(built)[pin.name, pin.version]
        found.append(path)
    return found


def lock(paths):
    """The list of some wheels, in the form of a lock file, with the hashes that they have.

    Parameters
    ----------
    paths : list of pathlib.Path

    Returns
    -------
    str
    """
    lines = ["{}=={} --hash=sha256:{}".format(*package(path), sha256(path)) for path in paths]
    return "# What is in this folder.\n" + "\n".join(sorted(lines)) + "\n"


def made_for():
    """What `make setup` reads to see whether the wheels fit, as JSON.

    Returns
    -------
    str
    """
    return json.dumps(here()) + "\n"


def wheelhouse(lock_file, folder):
    """Fetch and build all; see `fetch` and `wheels`.

    Returns
    -------
    list of pathlib.Path
    """
    pins = read_lock(Path(lock_file).read_text())
    fetch(pins, folder / "fetched")
    return wheels(pins, folder / "fetched", folder / "built")
