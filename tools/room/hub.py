"""What one machine needs to serve and to mark a class without a network. For `make classroom TEACH=1`.

The archive's folder ``hub`` is laid over a copy of ``course``: it has only what that lacks, and learners'
machines get nothing of it.
"""

import shutil
from pathlib import Path

from helpers.settings import ROOT
from tools.hub import proxy
from tools.install.setup import PLAIN
from tools.room.wheels import listing, make_wheels
from tools.teach.assignments import release

LOCK = ROOT / "requirements-teach.lock"
FILES = ("tools/hub/*", "tools/hub/templates/*", "tools/teach/*", "tools/teach/hidden/*")
PROXY = "hub-proxy"


def copy_tools(folder, course=ROOT):
    """Copy what `make hub` and `make grade` run."""
    for path in (path for pattern in FILES for path in sorted(course.glob(pattern)) if path.is_file()):
        copy = folder / path.relative_to(course)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def add_wheels(folder, there, wheels=make_wheels):
    """Fetch the wheels of nbgrader, JupyterHub and all that they need; keep those that ``there`` lacks."""
    wheels(LOCK, folder)
    for path in folder.glob("*.whl"):
        if (there / path.name).is_file():
            path.unlink()
    (folder / PLAIN).write_text(listing(there, folder), encoding="utf-8")


def write_hub(stage, names, wheels=make_wheels, proxies=proxy.install, released=release):
    """Write the folder ``hub``, and what learners get of the assignments.

    ``wheels``, ``proxies`` and ``released`` make these three: ``(lock, folder)``, ``(folder)`` and
    ``(folder, names)``.
    """
    folder = stage / "hub"
    copy_tools(folder)
    shutil.copyfile(Path(__file__).with_name("hub.mk"), folder / "hub.mk")
    add_wheels(folder / "wheels", stage / "course" / "wheels", wheels)
    proxies(folder / PROXY)
    released(stage / "teacher" / "assignments", names)
