"""What a hub is told when it starts, and where things lie in its folder. Imports nothing of JupyterHub."""

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

from helpers.settings import ROOT

FOLDER = ROOT / "build" / "hub"
VARIABLE = "COURSE_HUB"  # in the environment of JupyterHub: the hub's folder
LONGEST_SOCKET = 107  # bytes in the path of a Unix socket


@dataclass(frozen=True)
class Settings:
    """One hub: its folder, where it listens, how students are kept apart, and what each may take."""

    folder: Path
    address: str = "127.0.0.1"
    port: int = 8000
    isolation: str = "bubblewrap"
    limit: int = 10  # servers at once
    memory: int = 3000  # MB for a student
    threads: int = 1  # for each kernel
    idle: int = 45  # minutes until a kernel, and then its server, is ended

    @property
    def url(self):
        """The address to write on the board."""
        return f"http://{self.address}:{self.port}"

    @property
    def sockets(self):
        """The folder of the Unix sockets by which hub, proxy and servers talk."""
        return self.folder / "run"

    def save(self):
        """Write them where JupyterHub finds them."""
        told = dataclasses.asdict(self) | {"folder": str(self.folder)}
        (self.folder / "settings.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def load():
    """The settings of the hub that this process belongs to."""
    told = json.loads(Path(os.environ[VARIABLE], "settings.json").read_text(encoding="utf-8"))
    return Settings(**told | {"folder": Path(told["folder"])})
