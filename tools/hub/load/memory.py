"""Memory and processor time of students' servers and kernels, on the machine that the hub runs on.

A process's proportional set size (PSS) shares each page of a library among all processes that use it, so that
the sum over processes is what they take together. Linux says it in /proc/PID/smaps_rollup, and which part is
the process's own (`Pss_Anon`, `Pss_Shmem`) and which part is files, which all students share (`Pss_File`).
"""

from dataclasses import dataclass, field

import psutil

GB = 1e9


@dataclass
class Taken:
    """What one student's processes take: bytes, and seconds of processors since they began."""

    pss: int = 0
    own: int = 0
    files: int = 0
    server: int = 0
    kernels: int = 0  # how many
    seconds: float = 0.0  # of the kernels
    processes: list = field(default_factory=list)

    def peak(self, other):
        """The larger of two, for each number."""
        names = ("pss", "own", "files", "server", "kernels", "seconds")
        return Taken(**{name: max(getattr(self, name), getattr(other, name)) for name in names})


def rollup(text):
    """The lines of a smaps_rollup as a dictionary of bytes."""
    found = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if value.strip().endswith("kB"):
            found[name] = 1024 * int(value.split()[0])
    return found


class Watch:
    """Looks at the processes of students. They are known by the name that the hub gives to a server.

    It is in the variable JUPYTERHUB_USER, which kernels inherit. Only root may read it of other users.
    """

    def __init__(self):
        self.known = {}  # process -> name or None; a process does not change its student

    def processes(self):
        """Name of a student -> the processes of server and kernels."""
        found, alive = {}, set(psutil.process_iter())
        self.known = {process: name for process, name in self.known.items() if process in alive}
        for process in alive:
            if process not in self.known:
                try:
                    self.known[process] = process.environ().get("JUPYTERHUB_USER")
                except psutil.Error:
                    continue  # not ours to read, or over
            if self.known[process]:
                found.setdefault(self.known[process], []).append(process)
        return found

    def look(self):
        """Name of a student -> what is Taken; nothing where the system does not say it."""
        return {name: taken(processes) for name, processes in self.processes().items()}


def taken(processes):
    """What processes take together; those that have ended meanwhile, or are not ours to see, take nothing."""
    found = Taken(processes=processes)
    for process in processes:
        try:
            with open(f"/proc/{process.pid}/smaps_rollup", encoding="utf-8") as file:
                parts = rollup(file.read())
            is_kernel = "ipykernel" in " ".join(process.cmdline())
            times = process.cpu_times()
        except (OSError, psutil.Error):
            continue
        found.pss += parts["Pss"]
        found.own += parts.get("Pss_Anon", 0) + parts.get("Pss_Shmem", 0)
        found.files += parts.get("Pss_File", 0)
        if is_kernel:
            found.kernels += 1
            found.seconds += times.user + times.system
        else:
            found.server += parts["Pss"]
    return found


def free():
    """Bytes that the machine could still give to a process, without writing any to a disk."""
    return psutil.virtual_memory().available


def machine():
    """What this machine is, in numbers."""
    return {"cores": len(psutil.Process().cpu_affinity()), "memory": psutil.virtual_memory().total / GB}
