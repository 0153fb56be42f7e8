"""The room in which a student's server and kernels run: what bubblewrap is told.

A room sees Python, the course and one home. It has no network: the server listens on a socket that the hub
made and gave to it, and reaches the hub through another. Nothing but the home can be written.
"""

import os
import subprocess
import sys
from pathlib import Path

from helpers.settings import ROOT

APART = [f"--unshare-{what}" for what in ("ipc", "pid", "net", "uts", "cgroup-try")]
TEMPORARY = 1 << 30  # bytes in /tmp, which count as memory
HUB = "/run/hub"  # where the room sees the hub's socket


def works():
    """Whether bubblewrap is there and may be used."""
    try:
        result = subprocess.run(["bwrap", *APART, "--ro-bind", "/", "/", "true"], capture_output=True)
    except FileNotFoundError:
        return False
    return result.returncode == 0


def system():
    """The parts of the system that a room sees, read-only."""
    words = ["--proc", "/proc", "--dev", "/dev"]
    for name in ("bin", "sbin", "lib", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    seen = ["/usr", "/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives", sys.base_prefix, sys.prefix]
    above = [parent for path in seen for parent in Path(path).parents if len(parent.parts) > 1]
    for parent in sorted({*above, Path("/course"), Path("/home"), Path("/run")}):
        words += ["--perms", "0755", "--dir", str(parent)]
    for path in dict.fromkeys(seen):
        words += ["--ro-bind-try", path, path]
    return words


def course(folder):
    """The course in a room: helpers, data, what is copied for each student, JupyterLab's settings."""
    here = Path(__file__).parent
    places = {name: ROOT / name for name in ("helpers", "data")}
    places |= {name: folder / "course" / name for name in ("notebooks", "settings")}
    places |= {name: here / name for name in ("inside.py", "fresh.py")}
    return [word for name, path in places.items() for word in ("--ro-bind", str(path), f"/course/{name}")]


def walls(folder, name, home, people):
    """All that bubblewrap is told for a student. ``people``: a descriptor with the room's /etc/passwd."""
    words = [*APART, "--new-session", "--hostname", "room"]
    if os.getuid() == 0:  # to become another user, and then nothing
        words += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        words += ["--unshare-user", "--disable-userns"]
    empty = ["--perms", "1777", "--size", str(TEMPORARY), "--tmpfs"]
    words += [*empty, "/tmp", *system(), *empty, "/dev/shm"]  # the latter for the locks of multiprocessing
    words += course(folder)
    words += ["--perms", "0644", "--ro-bind-data", str(people), "/etc/passwd"]
    words += ["--ro-bind", str(folder / "run" / "hub"), HUB]
    return [*words, "--bind", str(home), f"/home/{name}", "--remount-ro", "/", "--chdir", "/"]
