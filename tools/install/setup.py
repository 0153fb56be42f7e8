"""Install the course into .venv, or bring it up to date. For `make setup`; needs only Python's own library.

uv installs what the lock file names, each package checked against its hash. Where uv is not on the path,
pip fetches the one of the lock. What is in .venv and right stays as it is, so that an environment can be
brought up to date while JupyterLab runs from it. Where a folder ``wheels`` lies beside the course, as in
the archive of `make classroom`, everything comes from there and no network is needed.
"""

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

try:
    import fcntl
except ImportError:
    sys.exit("The course runs on Linux, on macOS, and on Windows within WSL: open a WSL terminal there.")

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
READY = VENV / "ready"  # which lock file is installed, and its hash
LOG = ROOT / "build" / "setup.log"
WHEELS = ROOT / "wheels"
LOCKS = {  # what is asked for, and what that installs
    ("gpu", "1"): "requirements-gpu.lock",
    ("teach", "1"): "requirements-teach.lock",
}
PLAIN = "requirements.lock"
NEEDED_GB = {PLAIN: 4, "requirements-gpu.lock": 10, "requirements-teach.lock": 4}
EXTRA = {
    "requirements-gpu.lock": " with CUDA (GPU=0: without)",
    "requirements-teach.lock": " with nbgrader and JupyterHub (TEACH=0: without)",
}
CAUSES = {  # in what pip and uv say
    r"No space left on device": "the disk is full",
    r"DO NOT MATCH THE HASHES|Hash mismatch": "a package is not the one that the lock file names",
    r"Invalid zip|Failed to extract|has invalid": "a package is damaged",
    r"[Pp]ermission denied|Read-only file system": "a folder cannot be written",
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError|Network is unreachable"
    r"|error sending request|operation timed out": "no package index can be reached",
    r"from versions: none|No matching distribution|No solution found": (
        "the package index does not have a package for this system, or cannot be reached"
    ),
}


class Failed(RuntimeError):
    """What is wrong, and on the next line what to do."""

    def __init__(self, reason, advice):
        super().__init__(f"{reason}.\n{advice}")


def cause(said):
    """What went wrong, in a few words, from what pip or uv said; None if that is not known."""
    return next((cause for pattern, cause in CAUSES.items() if re.search(pattern, said)), None)


def run(command, on_line=lambda line: None, log=LOG, **environment):
    """Run a command; everything it says goes to the log, each line to ``on_line`` too. Give what it said."""
    said, name = [], log.relative_to(log.parents[1])
    with open(log, "a", encoding="utf-8") as file:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=ROOT,
            env=os.environ | environment,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        with process:
            for line in process.stdout:
                file.write(line)
                said.append(line)
                on_line(line)
    if process.returncode:
        if known := cause("".join(said)):
            raise Failed(known, f"All that was said is in {name}. Then run it again.")
        raise Failed("a step failed", f"The end of {name}:\n{''.join(said[-15:])}")
    return "".join(said)


# Which lock file, and whether it is installed


def installed():
    """The name and the hash in the mark of .venv; empty where it was never begun."""
    return (READY.read_text(encoding="utf-8").split() if READY.is_file() else []) or ["", ""]


def wanted(gpu=None, teach=None):
    """The lock file to install: as asked, and else of the kind that is installed.

    "1" asks for an extra, "0" asks for the environment without it, and None leaves it as it is.
    """
    if WHEELS.is_dir():
        return WHEELS / PLAIN
    if (gpu, teach) == ("1", "1"):
        raise Failed("GPU=1 and TEACH=1 have a lock file each", "Choose one, and set it up again.")
    name = installed()[0] if installed()[0] in NEEDED_GB else PLAIN
    for extra, asked in (("gpu", gpu), ("teach", teach)):
        if asked == "1":
            name = LOCKS[extra, asked]
        elif asked == "0" and name == LOCKS[extra, "1"]:
            name = PLAIN
    return ROOT / name


def digest(lock):
    """The hash of a lock file."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def mark(lock, state):
    """Say in .venv which lock file is installed there, or is under way."""
    READY.write_text(f"{lock.name} {state}\n", encoding="utf-8")


def is_ready(lock):
    """Whether all of a lock file is installed."""
    return installed() == [lock.name, digest(lock)]


@contextlib.contextmanager
def alone():
    """Let one set-up after the other work on .venv: the second waits for the first, and says so."""
    VENV.mkdir(exist_ok=True)
    with open(VENV / "setup.lock", "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up is at work on .venv: waiting for it ...", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# The Python that runs this, and the one in .venv


def here():
    """The Python version and the platform that wheels are made for."""
    version = ".".join(platform.python_version_tuple()[:2])
    return {"python": version, "platform": f"{platform.system()} {platform.machine()}"}


def check_wheels():
    """See to it that the Python which runs is the one that the wheels are for: that one takes over."""
    made_for, found = json.loads((WHEELS / "made-for.json").read_text(encoding="utf-8")), here()
    if made_for["platform"] != found["platform"]:
        raise Failed(
            f"the wheels are for {made_for['platform']} and this is {found['platform']}",
            "Make the archive on a machine of this kind, or remove the folder wheels to use a package index.",
        )
    if made_for["python"] != found["python"]:
        other = shutil.which(f"python{made_for['python']}")
        if other and other != sys.executable:
            sys.exit(subprocess.run([other, *sys.argv]).returncode)
        raise Failed(
            f"the wheels are for Python {made_for['python']} and this is Python {found['python']}",
            f"Install Python {made_for['python']}, or remove the folder wheels to use a package index.",
        )


def check_python():
    """See to it that an environment that is there has the Python which was asked for."""
    config = VENV / "pyvenv.cfg"
    if not config.is_file():
        return
    there = re.search(r"^version(?:_info)? *= *(\d+\.\d+)", config.read_text(encoding="utf-8"), re.MULTILINE)
    if there and there[1] != here()["python"]:
        raise Failed(
            f"the environment in .venv has Python {there[1]} and this is Python {here()['python']}",
            "To make it anew, close JupyterLab, remove the folder .venv, and run make setup again.",
        )


def check_space(lock):
    """See to it that there is room, if the packages are not already there."""
    if installed()[0] != lock.name:
        needed, free = NEEDED_GB[lock.name], shutil.disk_usage(ROOT).free / 1e9
        if free < needed:
            raise Failed(
                f"{needed} GB are needed and {free:.1f} GB are free", "Make room, then run it again."
            )


def make_environment():
    """Create .venv, or mend its links to Python; what is installed in it stays."""
    if not PYTHON.exists():
        for link in PYTHON.parent.glob("python*"):  # venv keeps links that lead nowhere
            link.unlink()
        run([sys.executable, "-m", "venv", "--without-pip", VENV])


# uv


def version(text):
    """The first version number in a text, to be compared."""
    return tuple(map(int, re.search(r"\d+(?:\.\d+)+", text)[0].split(".")))


def find_uv(lock):
    """A uv of the lock file's version or a later one: on the path, in .venv, or put there by pip."""
    entry = re.search(r"^uv==.*\n(?: .*\n)*", lock.read_text(encoding="utf-8"), re.MULTILINE)[0]
    for uv in (shutil.which("uv"), shutil.which("uv", path=PYTHON.parent)):
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            if uv and version(subprocess.check_output([uv, "--version"], text=True)) >= version(entry):
                return uv
    only = LOG.with_name("uv.lock")
    only.write_text(entry.rstrip("\\ \n"), encoding="utf-8")
    source = ["--no-index", "--find-links", WHEELS] if WHEELS.is_dir() else []
    options = ["--disable-pip-version-check", "--no-input", "--only-binary=:all:", "--require-hashes"]
    run([*find_pip(), "install", "--force-reinstall", *options, *source, "-r", only])
    return shutil.which("uv", path=PYTHON.parent)


def find_pip():
    """How to call a pip that installs into .venv: this Python's own, or the one that it brings for .venv."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", PYTHON]
    if not importlib.util.find_spec("ensurepip"):  # Debian and Ubuntu leave it out
        raise Failed("this Python has no pip", "On Debian and Ubuntu: sudo apt install python3-venv")
    run([PYTHON, "-m", "ensurepip"])
    return [PYTHON, "-m", "pip"]


def pips_index():
    """The package index that pip is configured for, as uv's settings: uv does not read pip's."""
    if "UV_DEFAULT_INDEX" in os.environ or not importlib.util.find_spec("pip"):
        return {}
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], text=True, capture_output=True)
    found = dict(re.findall(r"^(?:global|install|:env:)\.([\w-]+)='(.*)'$", listed.stdout, re.MULTILINE))
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    return {names[key]: value for key, value in found.items() if key in names}


# Installing


@contextlib.contextmanager
def progress(text):
    """Say what is going on: on a terminal with what is being fetched, and for how long; else once.

    Gives a function that takes what pip or uv says, line by line.
    """
    fetching, done, begun = [], threading.Event(), time.monotonic()

    def show(line):
        match line.split():
            case ["Collecting", name, *_]:  # pip
                fetching[:] = [name]
            case ["Downloading", name, size]:  # uv
                fetching.append(f"{name} {size}")
            case ["Downloaded", name]:
                fetching[:] = [entry for entry in fetching if entry.split()[0] != name]

    def tick():
        while not done.wait(0.2):
            what = f": {fetching[0]}" if fetching else ""
            print(f"\r\033[K{text}{what} ... {time.monotonic() - begun:.0f} s", end="", flush=True)
        print("\r\033[K", end="", flush=True)

    ticker = threading.Thread(target=tick)
    if sys.stdout.isatty():
        ticker.start()
    else:
        print(text, flush=True)
    try:
        yield show
    finally:
        done.set()
        if ticker.is_alive():
            ticker.join()


def incomplete():
    """The packages in .venv of which a file is missing: a set-up was broken off while it put them there."""
    code = "from importlib.metadata import distributions\n"
    code += "for package in distributions():\n"
    code += "    if not package.files or not all(file.locate().exists() for file in package.files):\n"
    code += "        print(package.name)\n"
    return run([PYTHON, "-Ic", code]).split()


def install(lock, again):
    """Make .venv hold what the lock file names, each package checked against its hash, and the course.

    ``again``: packages to install even if they seem to be there.
    """
    cache = LOG.with_name("wheels-cache")
    source, index = [], pips_index()
    if WHEELS.is_dir():  # unpacked beside .venv, so that nothing is copied or left behind
        source, index = ["--no-index", "--find-links", WHEELS, "--cache-dir", cache], {}
    with progress("Getting uv"):
        uv = [find_uv(lock), "pip"]
    total = len(re.findall(r"^[\w.-]+==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    with progress(f"Fetching and installing at most {total} packages") as show:
        options = ["--require-hashes", "--build-constraints", lock]
        options += [f"--reinstall-package={name}" for name in again]
        if os.environ.get(
            "PYTHONDONTWRITEBYTECODE"
        ):  # else it comes at the first start, and only what is used
            options.append("--compile-bytecode")
        run([*uv, "sync", "--python", PYTHON, *source, *options, lock], show, **index)
        offline = ["--offline", "--no-deps", "--no-build-isolation"]
        run([*uv, "install", "--python", PYTHON, *source, *offline, "-e", "."])
    shutil.rmtree(cache, ignore_errors=True)


def set_up(lock):
    """Set up, see that it works, and leave a mark."""
    begun = time.monotonic()
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("", encoding="utf-8")
    check_space(lock)
    extra = EXTRA.get(lock.name, "")
    print(
        f"Setting up the course in .venv{extra}: about {NEEDED_GB[lock.name]} GB, a minute or more.",
        flush=True,
    )
    broken_off = installed()[1] == "unfinished"
    mark(lock, "unfinished")
    make_environment()
    install(lock, incomplete() if broken_off else [])
    with progress("Looking whether it works"):
        see = "from helpers.backend import about; print(about())" if "gpu" in lock.name else "import helpers"
        said = run([PYTHON, "-c", see]).splitlines()[-1:]
    mark(lock, digest(lock))
    print(": ".join([f"Ready in {time.monotonic() - begun:.0f} s", *said]))


def main():
    """Do what is left to do, which may be nothing."""
    parser = argparse.ArgumentParser(description="Set up the course in .venv.")
    parser.add_argument("--gpu", choices=("0", "1"), help="1: with TensorFlow's CUDA libraries; 0: without")
    parser.add_argument("--teach", choices=("0", "1"), help="1: with nbgrader and JupyterHub; 0: without")
    asked = vars(parser.parse_args())
    try:
        if WHEELS.is_dir():
            check_wheels()
        check_python()
        if is_ready(wanted(**asked)):
            return
        with alone():
            if is_ready(lock := wanted(**asked)):
                print("Ready: the other set-up did it.")
            else:
                set_up(lock)
    except KeyboardInterrupt:
        sys.exit("\nBroken off. Run it again to go on.")
    except Failed as problem:
        sys.exit(f"The course could not be set up: {problem}")
    except OSError as problem:
        sys.exit(f"The course could not be set up: {cause(str(problem)) or 'a step failed'} ({problem}).")


if __name__ == "__main__":
    main()
