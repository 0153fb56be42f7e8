"""Every package of the lock file as a wheel for this machine, in one folder. Part of `make classroom`."""

import hashlib
import json
import sys

from packaging.utils import parse_wheel_filename

from tools.install.setup import LOG, here, progress, run

LOG = LOG.with_name("classroom.log")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]


def sha256(path):
    """The hash of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def listing(*folders):
    """The wheels of some folders as a lock file: those that were built here are in no other."""
    lines = []
    for path in (path for folder in folders for path in folder.glob("*.whl")):
        name, version, *_ = parse_wheel_filename(path.name)
        lines.append(f"{name}=={version} \\\n    --hash=sha256:{sha256(path)}\n")
    return "# What is in this folder.\n" + "".join(sorted(lines))


def make_wheels(lock, folder):
    """Fetch what a lock file names, each package checked against its hash, and build what has no wheel.

    pip keeps what it has fetched, for another time.
    """
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("", encoding="utf-8")
    options = ["--require-hashes", "--no-deps", "--no-build-isolation", "--progress-bar=off"]
    with progress("Fetching the packages") as show:
        run([*PIP, "wheel", *options, "--wheel-dir", folder, "-r", lock], show, log=LOG)
    describe(folder)


def describe(folder):
    """Write what `make setup` reads: which wheels there are, and for which Python and platform."""
    (folder / "requirements.lock").write_text(listing(folder), encoding="utf-8")
    (folder / "made-for.json").write_text(json.dumps(here()) + "\n", encoding="utf-8")
