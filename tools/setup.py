"""Install the course into .venv. Called by `make setup`; needs nothing but Python's own library.

Where a folder ``wheels`` lies beside the course, as in the archive of `make classroom`, everything comes
from there and no network is needed.
"""

import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOG = ROOT / "build" / "setup.log"
WHEELS = ROOT / "wheels"
NEEDED_GB = 4
CAUSES = {
    r"No space left on device": "the disk is full",
    r"DO NOT MATCH THE HASHES": "a package is not the one that the lock file names",
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError|Network is unreachable": (
        "no package index can be reached"
    ),
    r"from versions: none|No matching distribution": (
        "the package index does not have a package for this system, or cannot be reached"
    ),
    r"[Pp]ermission denied": "a folder cannot be written",
}


def stop(reason, advice):
    """End with two lines: what is wrong, and what to do."""
    sys.exit(f"The course could not be set up: {reason}.\n{advice}")


def run(command, on_line=lambda line: None):
    """Run a command; everything it says goes to the log, each line to ``on_line`` too."""
    with open(LOG, "a") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for line in process.stdout:
            log.write(line)
            on_line(line)
    if process.wait():
        said = LOG.read_text()
        for pattern, cause in CAUSES.items():
            if re.search(pattern, said):
                stop(cause, "All that was said is in build/setup.log. Then run make setup again.")
        tail = "".join(said.splitlines(keepends=True)[-15:])
        stop("a step failed", f"The end of build/setup.log:\n{tail}")


def make_environment():
    """Create .venv, anew if it is there but not complete."""
    if shutil.disk_usage(ROOT).free < NEEDED_GB * 1e9:
        free = shutil.disk_usage(ROOT).free / 1e9
        stop(f"{NEEDED_GB} GB are needed and {free:.1f} GB are free", "Make room, then run make setup again.")
    try:
        import ensurepip  # noqa: F401  Debian and Ubuntu leave it out
    except ImportError:
        stop("this Python has no pip", "On Debian and Ubuntu: sudo apt install python3-venv")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def install(lock):
    """Install every package of the lock file, each checked against its hash."""
    total = len(re.findall(r"^[\w.-]+==", lock.read_text(), flags=re.MULTILINE))
    seen = set()

    def show(line):
        if name := re.match(r"(?:Collecting|Processing) (\S+)", line):
            seen.add(name[1])
            print(f"\rFetching packages: {len(seen)} of at most {total} ", end="", flush=True)
        elif line.startswith("Installing collected packages"):
            print("\rInstalling packages: a minute or two ...      ", end="", flush=True)

    pip = [str(python()), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    source = ["--no-index", "--find-links", str(WHEELS)] if WHEELS.is_dir() else []
    run([*pip, *source, "--require-hashes", "-r", str(lock)], show)
    run([*pip, *source, "--no-deps", "--no-build-isolation", "-e", "."])
    print("\r" + " " * 60, end="\r")


def python():
    """The environment's own Python."""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def here():
    """The Python version and the platform that wheels are made for.

    Returns
    -------
    dict
    """
    version = ".".join(platform.python_version_tuple()[:2])
    return {"python": version, "platform": f"{platform.system()} {platform.machine()}"}


def use_wheels():
    """See to it that the Python which runs is the one that the wheels are for.

    If another one is, the right one is looked for and takes over.

    Returns
    -------
    pathlib.Path
        The list of what is in the folder of wheels.
    """
    made_for, found = json.loads((WHEELS / "made-for.json").read_text()), here()
    if made_for["platform"] != found["platform"]:
        stop(
            f"the wheels are for {made_for['platform']} and this is {found['platform']}",
            "Make the archive on a machine of this kind, or remove the folder wheels to use a package index.",
        )
    if made_for["python"] != found["python"]:
        other = shutil.which(f"python{made_for['python']}")
        if other and other != sys.executable:
            sys.exit(subprocess.run([other, *sys.argv]).returncode)
        stop(
            f"the wheels are for Python {made_for['python']} and this is Python {found['python']}",
            f"Install Python {made_for['python']}, or remove the folder wheels to use a package index.",
        )
    return WHEELS / "requirements.lock"


def main():
    """Set up, check that it works, and leave a mark for make."""
    lock = use_wheels() if WHEELS.is_dir() else ROOT / sys.argv[1]
    mark = f"{lock.name} {hashlib.sha256(lock.read_bytes()).hexdigest()}\n"
    ready = VENV / "ready"
    if ready.is_file() and ready.read_text() == mark:  # only the lock file's date is new
        ready.touch()
        return
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("")
    print(f"Setting up the course in .venv (about {NEEDED_GB} GB, some minutes) ...", flush=True)
    make_environment()
    install(lock)
    run([str(python()), "-c", "from helpers.backend import about; print(about())"])
    ready.write_text(mark)
    print("Ready: " + LOG.read_text().splitlines()[-1])


if __name__ == "__main__":
    main()
