"""Memory and processes of a student, all of them together: by systemd, or by control groups where root may.

Without either, each process alone is limited (inside.py), and several kernels may take as much each.
"""

import contextlib
import os
import platform
import re
import shutil
from pathlib import Path

MB = 1 << 20
# Of a student, and threads count too: a kernel with TensorFlow has 20 on two cores.
PROCESSES = 400 + 20 * (os.cpu_count() or 1)
BY_ROOM = (5, 14)  # the first Linux that counts a user's processes in each user namespace for itself
ENTER = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 1; shift; done; shift; exec "$@"'
FILES = {  # version 1 and 2: the controllers' folder -> what is written for memory and processes
    "memory": {"memory.limit_in_bytes": "memory", "memory.memsw.limit_in_bytes": "memory"},
    "pids": {"pids.max": "processes"},
    "cpu": {},  # a group for each student shares the processor fairly
    "": {"memory.max": "memory", "memory.swap.max": "none", "pids.max": "processes"},
}


def kind(system=Path("/")):
    """How a student's processes are limited together here: "systemd", "cgroups", or None."""
    if (system / "run/systemd/system").is_dir() and shutil.which("systemd-run"):
        user = os.environ.get("XDG_RUNTIME_DIR")
        if os.getuid() == 0 or (user and Path(user, "systemd/private").exists()):
            return "systemd"
    return "cgroups" if groups("try", 4000, system, remove=True) else None


def processes(release=None):
    """How many processes a student's own limit allows; 0 where it would count those of all students."""
    found = re.match(r"(\d+)\.(\d+)", release or platform.release())
    own = os.getuid() == 0 or (found and tuple(map(int, found.groups())) >= BY_ROOM)
    return PROCESSES if own else 0


def prefix(name, memory, how):
    """The words before a command that limit it and all that it starts."""
    if how == "systemd":
        limits = {"MemoryMax": f"{memory}M", "MemorySwapMax": "0", "TasksMax": PROCESSES, "CPUWeight": 100}
        words = ["systemd-run", "--scope", "--quiet", "--collect"] + ["--user"] * (os.getuid() != 0)
        return [*words, *(f"--property={key}={value}" for key, value in limits.items()), "--"]
    if how == "cgroups" and (made := groups(name, memory)):
        return ["/bin/sh", "-c", ENTER, "limits", *map(str, made), "--"]
    return []


def places(system=Path("/")):
    """The folders in which this process may make control groups, with their controllers."""
    with contextlib.suppress(OSError):
        for line in (system / "proc/self/cgroup").read_text(encoding="utf-8").split():
            _, controllers, own = line.split(":", 2)
            if not controllers and "memory" in read(system / "sys/fs/cgroup/cgroup.controllers"):
                yield "", system / "sys/fs/cgroup"  # version 2: only its root may have groups and processes
            for controller in set(controllers.split(",")) & {"memory", "pids", "cpu"}:
                yield controller, system / "sys/fs/cgroup" / controller / own.lstrip("/")


def groups(name, memory, system=Path("/"), remove=False):
    """Make a student's control groups; give their folders, or none if memory cannot be limited."""
    made, limited = [], False
    values = {"memory": str(memory * MB), "processes": str(PROCESSES), "none": "0"}
    for controller, place in places(system):
        group = place / f"course-hub-{os.getuid()}-{name}"
        try:
            if not controller:
                (place / "cgroup.subtree_control").write_text("+memory +pids +cpu", encoding="utf-8")
            drop(group)  # of a hub that crashed
            group.mkdir(exist_ok=True)
            for file, value in FILES[controller].items():
                if (group / file).exists():  # swap may not be counted
                    (group / file).write_text(values[value], encoding="utf-8")
        except OSError:
            drop(group)
            continue
        made.append(group)
        limited = limited or controller in ("memory", "")
    if remove or not limited:
        for group in made:
            drop(group)
    return made if limited else []


def drop(group):
    """Remove a control group, unless processes are in it."""
    with contextlib.suppress(OSError):
        group.rmdir()


def read(path):
    """The text of a file, empty if it is not there."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def forget(name):
    """Remove the control groups of a student whose processes have ended."""
    for _, place in places():
        drop(place / f"course-hub-{os.getuid()}-{name}")
