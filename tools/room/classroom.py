"""Make one archive that works in a room without a network. For `make classroom`.

It has two folders: ``course`` for every machine (notebooks without solutions, site, helpers, data, all
packages as wheels) and ``teacher`` (solutions, slides, sheets, assignments). With ``--teach`` there is a
third: ``hub``, for a machine that serves and marks. The archive is written under another name and read back,
and only then gets its own.
"""

import argparse
import platform
import shutil
import stat
import sys
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path
from string import Template

import nbformat

from helpers.settings import ROOT
from tools.install.setup import Failed, cause, here
from tools.notebook import chapters, without_solutions
from tools.room.hub import write_hub
from tools.room.wheels import make_wheels, sha256
from tools.site.build import build
from tools.site.slides import write_slides
from tools.teach.assignments import write_sources
from tools.teach.sheets import write_sheets

BUILD = ROOT / "build" / "classroom"
NAME = "seeing-through-cnns-classroom"
NEEDED_GB = 5
COURSE = (  # beside notebooks, site and wheels, what a learner's machine gets
    "pyproject.toml",
    "requirements.lock",
    "LICENSE*",
    "CITATION.cff",
    "helpers/**/*.py",
    "data/registry.json",
    "data/imagenet_classes.json",
    "data/class_images.npz",
    "data/weights/*",
    "data/downloads/*.npz",  # these if `make weights` has fetched them
    "data/downloads/*.h5",
    "data/downloads/*.json",
    "benchmarks/results.json",
    "tools/install/setup.py",
    "tools/notebook.py",
    "tools/chapters/run.py",
)
HUB_ROW = """
| `hub` | what a machine needs beside `course` to serve all students, and to mark | your machine |"""
NO_HUB = """One machine can serve all students, and mark what they hand in: with an archive made by
`make classroom TEACH=1`.
"""
STORED = {".whl", ".png", ".jpg", ".keras", ".gz", ".npz", ".h5", ".woff", ".woff2", ".weights"}


# What goes into the archive


def copy_course(folder, course=ROOT):
    """Copy the course's own files; give the names of the downloads among them."""
    paths = [path for pattern in COURSE for path in sorted(course.glob(pattern)) if path.is_file()]
    for path in paths:
        copy = folder / path.relative_to(course)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return [path.name for path in paths if path.parent.name == "downloads"]


def write_notebooks(stage):
    """Write the notebooks twice: without solutions for the learners, whole for the teacher."""
    learner, teacher = stage / "course" / "notebooks", stage / "teacher" / "solutions"
    learner.mkdir(parents=True)
    teacher.mkdir(parents=True)
    for path in chapters():
        nbformat.write(without_solutions(nbformat.read(path, 4)), learner / path.name)
        shutil.copyfile(path, teacher / path.name)


def write_for_marking(stage):
    """Write what is given out on paper, and the sources of the assignments; give the names of these."""
    write_sheets(stage / "teacher" / "sheets")
    return write_sources(stage / "teacher" / "assignments")


def write_texts(stage, archive, downloads, with_hub):
    """Write the pages that tell teachers and learners what to do, and the room's own Makefile."""
    extras = "All of MNIST and VGG16 are fetched by `make weights` before `make classroom`, and were not."
    if downloads:
        extras = f"Downloads that come with it: {', '.join(downloads)}."
    words = {"system": here()["platform"], "python": here()["python"], "archive": archive, "extras": extras}
    hub = (Path(__file__).parent / "hub.md").read_text(encoding="utf-8")
    words |= {"hub": hub if with_hub else NO_HUB, "hub_row": HUB_ROW if with_hub else ""}
    for name, source in (("README.md", "teacher.md"), ("course/README.md", "learner.md")):
        text = (Path(__file__).parent / source).read_text(encoding="utf-8")
        (stage / name).write_text(Template(text).substitute(words), encoding="utf-8")
    shutil.copyfile(Path(__file__).parent / "Makefile", stage / "course" / "Makefile")


def build_site(stage):
    """Build the site from the notebooks without solutions."""
    try:
        build(stage / "course" / "site", BUILD / "site-work", stage / "course" / "notebooks")
    except RuntimeError as problem:
        raise Failed("the site could not be built", problem) from problem
    shutil.rmtree(stage / "course" / "jupyter_execute", ignore_errors=True)  # what is left of building it


def build_slides(stage):
    """Make the slides."""
    write_slides(stage / "teacher" / "slides")


def gather(stage, archive, wheels=make_wheels, site=build_site, decks=build_slides, hub=None):
    """Put everything that goes into the archive into one folder.

    ``wheels``, ``site``, ``decks`` and ``hub`` make these four: ``(lock, folder)``, ``(stage)``, ``(stage)``,
    and ``(stage, names of assignments)``; without ``hub`` there is none.
    """
    write_notebooks(stage)
    names = write_for_marking(stage)
    write_texts(stage, archive, copy_course(stage / "course"), hub is not None)
    wheels(ROOT / "requirements.lock", stage / "course" / "wheels")
    if hub is not None:
        hub(stage, names)
    print("Building the site, without the solutions", flush=True)
    site(stage)
    print("Making the slides", flush=True)
    decks(stage)
    paths = sorted(path for path in stage.rglob("*") if path.is_file())
    sums = "".join(f"{sha256(path)}  {path.relative_to(stage).as_posix()}\n" for path in paths)
    (stage / "SHA256SUMS").write_text(sums, encoding="utf-8")


# The archive


def pack(stage, target):
    """Write the archive under another name, read it back, then give it its own. Gives its SHA256.

    The same files give the same archive: all get the same date and the same rights.
    """
    print("Packing", flush=True)
    partial = target.with_name(target.name + ".partial")
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            for path in sorted(path for path in stage.rglob("*") if path.is_file()):
                info = zipfile.ZipInfo(f"{NAME}/{path.relative_to(stage).as_posix()}")  # of 1980
                info.external_attr = (stat.S_IFREG | 0o644) << 16
                stored = path.suffix in STORED
                info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                info.file_size = path.stat().st_size
                with open(path, "rb") as source, archive.open(info, "w") as copy:
                    shutil.copyfileobj(source, copy, 1 << 20)
        with zipfile.ZipFile(partial) as archive:
            if damaged := archive.testzip():
                raise Failed(f"{damaged} was not written well", "Run it again.")
        digest = sha256(partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    target.with_name(target.name + ".sha256").write_text(f"{digest}  {target.name}\n", encoding="utf-8")
    return digest


def archive_name(teach=False):
    """The archive's name: version, Python and platform of the wheels, and whether it has a hub."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    python = here()["python"]
    machine, kind = f"{platform.system()}-{platform.machine()}", "-teach" if teach else ""
    return f"{NAME}-{version}-{machine}-python{python}{kind}.zip".lower()


def make(target, teach=False):
    """Make the archive; give its hash."""
    free = shutil.disk_usage(target.parent).free / 1e9
    if free < NEEDED_GB:
        raise Failed(f"{NEEDED_GB} GB are needed and {free:.1f} GB are free", "Make room, then run it again.")
    stage = BUILD / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    gather(stage, target.name, hub=write_hub if teach else None)
    digest = pack(stage, target)
    shutil.rmtree(stage)
    return digest


def main():
    """Make it; say where it is, or why not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--teach", action="store_true", help="with all that a hub and marking need")
    teach = parser.parse_args().teach
    if teach and not find_spec("nbgrader"):
        sys.exit("nbgrader and JupyterHub are not installed: make setup TEACH=1")
    target = BUILD / archive_name(teach)
    try:
        BUILD.mkdir(parents=True, exist_ok=True)
        digest = make(target, teach)
    except Failed as problem:
        sys.exit(f"The archive could not be made: {problem}")
    except OSError as problem:
        if not (known := cause(str(problem))):
            raise
        sys.exit(f"The archive could not be made: {known} ({problem}).")
    except KeyboardInterrupt:
        sys.exit("\nBroken off. Run it again: pip keeps what it has fetched.")
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:,.0f} MB\nsha256 {digest}")


if __name__ == "__main__":
    main()
