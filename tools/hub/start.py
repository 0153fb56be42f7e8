"""Start JupyterHub for a room, say what to write on the board, and end it all with Ctrl-C. For `make hub`."""

import argparse
import contextlib
import fcntl
import ipaddress
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import nbformat
import psutil

from helpers.settings import ROOT
from tools.hub import limits, proxy
from tools.hub.accounts import TEACHER, Accounts
from tools.hub.settings import FOLDER, LONGEST_SOCKET, VARIABLE, Settings
from tools.hub.walls import works
from tools.install.setup import Failed
from tools.notebook import chapters, without_solutions

OWN, EACH = 2000, 1300  # MB: for the machine and the hub, and what a student's server and kernel take
GRADING = ("assignment_list", "course_list", "formgrader", "validate_assignment")
DISABLED = (  # of JupyterLab: marking; what cannot be installed; a second way to open the same notebook
    "@jupyter/nbgrader",
    "@jupyterlab/extensionmanager-extension",
    "@jupyter-notebook/lab-extension",
)
LAB = {  # files of JupyterLab's settings, which a student's own go before; nbgrader is the teacher's alone
    "overrides.json": {
        "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 60},
        "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False, "fetchNews": "false"},
        "@jupyterlab/filebrowser-extension:browser": {"showLastModifiedColumn": False},  # names are long
    },
    "page_config.json": {"disabledExtensions": dict.fromkeys(DISABLED, True)},
    "jupyter_server_config.json": {
        "ServerApp": {
            "jpserver_extensions": {f"nbgrader.server_extensions.{name}": False for name in GRADING}
        }
    },
}
PATIENCE = 30  # seconds that Ctrl-C waits for a hub that is just starting
AGAIN = 5  # times that a hub which ended by itself is started again
MISSING = """bubblewrap is missing, or may not be used, so students cannot be kept apart from each other.
On Debian and Ubuntu: sudo apt install bubblewrap. On macOS, run the hub in a virtual Linux machine.
To go on without it: make hub ISOLATION=none. Every student can then read all files, take over the hub,
and act as you."""
NO_WALLS = """ISOLATION=none: every student's code runs as you. It can read and change your files and other
students' files, and use your network. Do this only with people to whom you would lend this machine
unlocked."""


# Where, and for how many


def own_address():
    """This machine's address in the room: the one it would use to reach others. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of documentation, RFC 5737
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def check_address(address, port):
    """See to it that the hub can listen there."""
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        raise Failed(
            f"ADDRESS={address} is not allowed", "Give an IPv4 address of this machine, such as 192.168.1.20"
        ) from None
    if ipaddress.IPv4Address(address).is_unspecified:
        raise Failed(
            f"ADDRESS={address} would listen everywhere", f"Name one address, such as {own_address()}"
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as problem:
            reason = f"nothing can listen at {address}:{port}: {problem.strerror}"
            raise Failed(reason, "Choose another PORT=") from problem


def default_limit():
    """How many servers this machine's memory holds."""
    return max(1, int((psutil.virtual_memory().total / (1 << 20) - OWN) / EACH))


# The hub's folder


def make_folder(folder):
    """Make it so that nobody else looks into it, and with all that the rooms see."""
    longest = len(os.fsencode(folder / "run" / "s")) + 21
    if longest > LONGEST_SOCKET:
        raise Failed(
            f"the path of {folder} is {longest - LONGEST_SOCKET} bytes too long for its sockets",
            "Choose another FOLDER=",
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in ("homes", "run", "run/hub", "run/s", "course"):
        (folder / name).mkdir(mode=0o755, exist_ok=True)
        (folder / name).chmod(0o755)


def lock(folder):
    """Take the folder for this hub; Failed if another has it. JupyterHub inherits the lock."""
    file = open(folder / "lock", "w")  # noqa: SIM115
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Failed(f"a hub is already running from {folder}", "Stop it there with Ctrl-C.") from None
    return file


def write_course(folder, solutions=False, assignments=None):
    """Write the notebooks that students get, and JupyterLab's settings: another folder, then renamed.

    ``assignments``: a course of nbgrader, of which they get what is released.
    """
    made = folder / "course.new"
    shutil.rmtree(made, ignore_errors=True)
    for name in ("notebooks", "settings"):
        (made / name).mkdir(parents=True)
    for path in chapters():
        notebook = nbformat.read(path, 4)
        nbformat.write(notebook if solutions else without_solutions(notebook), made / "notebooks" / path.name)
    for path in sorted(assignments.glob("release/*/*.ipynb")) if assignments else ():
        shutil.copyfile(path, made / "notebooks" / path.name)
    for name, content in LAB.items():
        (made / "settings" / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    for path in (made, *made.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(folder / "course", ignore_errors=True)
    made.rename(folder / "course")


def end_old_proxy(file):
    """End the proxy that a crashed hub left behind; another process that has its number by now stays."""
    if file.is_file():
        with contextlib.suppress(psutil.Error, ValueError):
            process = psutil.Process(int(file.read_text(encoding="utf-8")))
            if proxy.COMMAND[-1] in process.cmdline():
                process.terminate()
                process.wait(10)
        file.unlink()


# Running


class Hub:
    """JupyterHub, as a process that is started again when it ends by itself."""

    def __init__(self, settings, locked):
        self.settings, self.locked, self.ending, self.process = settings, locked, False, None

    def start(self):
        """Start it; wait until it answers, or raise Failed."""
        folder = self.settings.folder
        log = os.open(folder / "hub.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        paths = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}".rstrip(os.pathsep)
        config = Path(__file__).with_name("jupyterhub_config.py")
        with_us = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        self.process = subprocess.Popen(
            [*with_us, sys.executable, "-m", "jupyterhub", "--config", config],
            cwd=folder,
            env=os.environ | {VARIABLE: str(folder), "PYTHONPATH": paths},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(self.locked.fileno(),),
        )
        os.close(log)
        begun = time.monotonic()
        while not self.answers():
            if self.ending and time.monotonic() - begun > PATIENCE:
                return  # else it is ended when it knows the servers, and ends them
            if self.process.poll() is not None:
                raise Failed("JupyterHub stopped as it started", f"The end of {folder / 'hub.log'} says why.")
            time.sleep(0.5)

    def answers(self):
        """Whether it can be reached at its address."""
        try:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            return opener.open(f"{self.settings.url}/hub/health", timeout=5).status == 200
        except OSError:
            return False

    def run(self):
        """Watch it until somebody ends it."""
        left = AGAIN
        while not self.ending:
            try:
                self.process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                continue
            if self.ending or not left:
                break
            left -= 1
            print("JupyterHub stopped by itself. Starting it again. Servers and files are safe.", flush=True)
            self.start()
        self.stop()
        if not self.ending:
            raise Failed("JupyterHub stopped by itself too often", f"See {self.settings.folder / 'hub.log'}")

    def stop(self, seconds=60):
        """End it with all servers, which may take some seconds."""
        if self.process and self.process.poll() is None:
            print("\nStopping all servers ...", flush=True)
            self.process.terminate()
            try:
                self.process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        print("The hub is closed. Files and accounts are kept.", flush=True)


def board(settings, code, limited):
    """What the teacher sees."""
    servers = "server runs" if settings.limit == 1 else "servers run"
    memory = f"with {settings.memory} MB for each" if limited else "with 4096 MB for each process"
    lines = [
        "The hub is open. Write on the board:",
        "",
        f"    {settings.url}",
        f"    class code: {code}",
        "",
        "With the code, students create accounts: a name, and a password that they use nowhere else.",
        f"At most {settings.limit} {servers} at once, {memory}.",
        f"A server that is idle for {settings.idle} minutes is stopped.",
        f"Files, accounts and log: {settings.folder}",
        f"Your name is {TEACHER}. Your password is in teacher.txt in that folder.",
        "For a forgotten password: make hub-password NAME=... with the same FOLDER=",
        "Ctrl-C stops the hub and all servers. What was saved is kept.",
    ]
    if settings.folder.is_relative_to(ROOT / "build"):
        lines.insert(-1, "`make clean` would remove this folder: for a real class, make hub FOLDER=../hub")
    return "\n".join(lines)


def prepare(asked):
    """See that all is there; make the folder. Gives the settings, the lock, and the class code."""
    for module in ("jupyterhub", "jupyterhub_idle_culler"):
        if not find_spec(module):
            raise Failed("JupyterHub is not installed", "make setup TEACH=1")
    if asked.isolation == "none":
        print(NO_WALLS, flush=True)
    elif not works():
        sys.exit(MISSING)
    folder = asked.folder.resolve()
    make_folder(folder)
    locked = lock(folder)
    proxy.install()
    end_old_proxy(folder / "proxy.pid")
    address, port = asked.address or own_address(), asked.port
    check_address(address, port)
    if asked.assignments and not (asked.assignments / "release").is_dir():
        raise Failed(f"there are no assignments in {asked.assignments}", "make assignments FOLDER=... first")
    write_course(folder, asked.solutions, asked.assignments)
    limit = asked.limit or default_limit()
    given = (asked.isolation, limit, asked.memory, asked.threads, asked.idle)
    settings = Settings(folder, address, port, *given)
    settings.save()
    return settings, locked, Accounts(folder).code


def parse():
    """What was asked for."""
    parser = argparse.ArgumentParser(description="Start JupyterHub for a room.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where all of it lies")
    parser.add_argument("--address", help="of this machine, to listen at; else the one it has in the room")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--isolation", choices=("bubblewrap", "none"), default="bubblewrap")
    parser.add_argument("--limit", type=int, help="servers at once; else what the memory holds")
    parser.add_argument("--memory", type=int, default=Settings.memory, help="MB for each student")
    parser.add_argument("--threads", type=int, default=Settings.threads, help="for each kernel")
    parser.add_argument("--idle", type=int, default=Settings.idle, help="minutes until what is unused ends")
    parser.add_argument("--assignments", type=Path, help="nbgrader's folder, whose release is given out")
    parser.add_argument("--solutions", action="store_true", help="leave the solutions in the notebooks")
    return parser.parse_args()


def main():
    """Start it, and stay until it is ended."""
    try:
        settings, locked, code = prepare(parse())
        hub = Hub(settings, locked)

        def end(*_):
            hub.ending = True

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, end)
        hub.start()
        if not hub.ending:
            print(board(settings, code, limits.kind()), flush=True)
        hub.run()
    except Failed as problem:
        sys.exit(f"The hub could not be opened: {problem}")


if __name__ == "__main__":
    main()
