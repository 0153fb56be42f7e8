"""Make one archive that works in a room without a network. For `make classroom`.

It has two folders: ``course`` for every machine (notebooks without solutions, site, helpers, data, all
packages as wheels) and ``teacher`` (solutions, slides). Fetching goes on where it was broken off; the
archive is written under another name, read back and compared, and only then gets its own.
"""

import errno
import hashlib
import os
import platform
import shutil
import stat
import sys
import tomllib
import zipfile
from pathlib import Path, PurePosixPath
from string import Template

import nbformat

from helpers.settings import ROOT
from tools import wheelhouse
from tools.notebook import chapters, without_solutions
from tools.site.build import build
from tools.site.slides import write_slides
from tools.wheelhouse import Failed

BUILD = ROOT / "build" / "classroom"
NAME = "seeing-through-cnns-classroom"
NEEDED_GB = 5
COURSE = (  # beside notebooks, site and wheels, what a learner's machine gets
    "pyproject.toml",
    "LICENSE*",
    "CITATION.cff",
    "helpers/**/*.py",
    "data/registry.json",
    "data/weights/*",
    "benchmarks/results.json",
    "tools/setup.py",
    "tools/notebook.py",
    "tools/chapters/run.py",
)
STORED = {".whl", ".png", ".jpg", ".keras", ".gz", ".npz", ".h5", ".woff", ".woff2", ".weights"}
CHUNK = 1 << 20
CAUSES = {
    errno.ENOSPC: "the disk is full",
    errno.EROFS: "the disk can only be read",
    errno.EACCES: "a folder cannot be written",
    errno.EPERM: "a folder cannot be written",
}


# What goes into the archive


def course_files():
    """The course's own files, as name in the archive -> path."""
    found = {}
    for pattern in COURSE:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                found[f"course/{path.relative_to(ROOT).as_posix()}"] = path
    return found


def folder_files(folder, name):
    """All files of a folder, as name in the archive -> path."""
    files = sorted(path for path in folder.rglob("*") if not path.is_dir())
    return {f"{name}/{path.relative_to(folder).as_posix()}": path for path in files}


def notebook_files(notebooks, stage):
    """The notebooks twice: without solutions for the learners, whole for the teacher."""
    found = {}
    (stage / "notebooks").mkdir(parents=True)
    for path in chapters(notebooks):
        shorter = without_solutions(nbformat.read(path, 4))
        nbformat.write(shorter, stage / "notebooks" / path.name)
        found[f"course/notebooks/{path.name}"] = stage / "notebooks" / path.name
        found[f"teacher/solutions/{path.name}"] = path
    return found


def downloaded_files(folder):
    """What `make weights` has fetched, if it is there."""
    names = [path for path in sorted(folder.glob("*")) if path.suffix in (".npz", ".h5", ".json")]
    return {f"course/data/downloads/{path.name}": path for path in names}


def text_files(stage, archive, downloads):
    """The pages that tell teachers and learners what to do, and the room's own Makefile."""
    room = Path(__file__).parent / "room"
    extras = "All of MNIST and VGG16 are fetched by `make weights` before `make classroom`, and were not."
    if downloads:
        extras = "Downloads that come with it: " + ", ".join(path.name for path in downloads.values()) + "."
    here = wheelhouse.here()
    words = {"system": here["platform"], "python": here["python"], "archive": archive, "extras": extras}
    made = {
        "README.md": Template((room / "teacher.md").read_text()).substitute(words),
        "course/README.md": Template((room / "learner.md").read_text()).substitute(words),
        "course/Makefile": (room / "Makefile").read_text(),
        "course/requirements.lock": (ROOT / "requirements.lock").read_text(),
    }
    return write_texts(made, stage)


def write_texts(made, stage):
    """Write some texts to the stage; give their files."""
    found = {}
    for name, text in made.items():
        found[name] = stage / "texts" / name
        found[name].parent.mkdir(parents=True, exist_ok=True)
        found[name].write_text(text)
    return found


def wheel_files(paths, stage):
    """The wheels, their list, and what machine they are for."""
    made = {
        "course/wheels/requirements.lock": wheelhouse.lock(paths),
        "course/wheels/made-for.json": wheelhouse.made_for(),
    }
    return write_texts(made, stage) | {f"course/wheels/{path.name}": path for path in paths}


def build_site(stage):
    """Build the site from the notebooks without solutions.

    Returns
    -------
    pathlib.Path
        The folder of its pages.
    """
    try:
        build(stage / "site", stage / "site-work", stage / "notebooks")
    except RuntimeError as problem:
        raise Failed(f"the site could not be built:\n{problem}") from problem
    return stage / "site"


def build_slides(stage):
    """Make the slides; give their folder."""
    write_slides(stage / "slides")
    return stage / "slides"


def gather(paths, stage, archive, site=build_site, decks=build_slides):
    """Everything that goes into the archive.

    Parameters
    ----------
    paths : list of pathlib.Path
        The wheels.
    stage : pathlib.Path
        An empty folder for what is made on the way.
    archive : str
        The archive's name, for its README.
    site, decks : callable
        Build site and slides: ``(stage) -> folder``.

    Returns
    -------
    dict
        Name in the archive -> path.
    """
    downloads = downloaded_files(ROOT / "data" / "downloads")
    files = course_files() | notebook_files(ROOT / "notebooks", stage) | downloads
    files |= text_files(stage, archive, downloads) | wheel_files(paths, stage)
    print("Building the site, without the solutions ...", flush=True)
    files |= folder_files(site(stage), "course/site")
    print("Making the slides ...", flush=True)
    return files | folder_files(decks(stage), "teacher/slides")


# The archive


def check_name(name, path):
    """See to it that a file lands inside of the folder where the archive is unpacked.

    Raises
    ------
    Failed
        If its name leads elsewhere, or it is a link or no plain file.
    """
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\\" in name or ":" in name or not parts:
        raise Failed(f"{name!r} cannot be in an archive: it leads out of the folder")
    if not stat.S_ISREG(path.lstat().st_mode):
        raise Failed(f"{path} cannot be in the archive: it is not a plain file")


def pack(files, target):
    """Write the archive under another name, read it back, then give it its own.

    Parameters
    ----------
    files : dict
        Name in the archive -> path.
    target : pathlib.Path

    Returns
    -------
    str
        The archive's SHA256.
    """
    partial = target.with_name(target.name + ".partial")
    sums, done = {}, 0
    total = sum(path.stat().st_size for path in files.values())
    try:
        with zipfile.ZipFile(partial, "w", strict_timestamps=False) as archive:
            for name, path in sorted(files.items()):
                check_name(name, path)
                sums[name] = add(archive, f"{NAME}/{name}", path)
                done += path.stat().st_size
                progress(f"Packing: {done / 1e6:,.0f} of {total / 1e6:,.0f} MB")
            lines = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
            archive.writestr(entry(f"{NAME}/SHA256SUMS"), lines)
        verify(partial, sums)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    digest = wheelhouse.sha256(partial)
    partial.replace(target)
    target.with_name(target.name + ".sha256").write_text(f"{digest}  {target.name}\n")
    return digest


def entry(name):
    """How a file is entered: always with the same date, so that the same files give the same archive."""
    info = zipfile.ZipInfo(name)  # 1980
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.compress_type = zipfile.ZIP_STORED if Path(name).suffix in STORED else zipfile.ZIP_DEFLATED
    return info


def add(archive, name, path):
    """Copy one file into the archive; give its hash."""
    digest, info = hashlib.sha256(), entry(name)
    info.file_size = path.stat().st_size
    with open(path, "rb") as source, archive.open(info, "w") as copy:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
    return digest.hexdigest()


def verify(path, sums):
    """Read the archive back and compare every file with what went in.

    Raises
    ------
    Failed
        If a file is not what it was.
    """
    with zipfile.ZipFile(path) as archive:
        for number, (name, digest) in enumerate(sums.items(), start=1):
            with archive.open(f"{NAME}/{name}") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    raise Failed(f"{name} was not written well: run make classroom again")
            progress(f"Reading back: {number} of {len(sums)} files")
    print(flush=True)


def progress(text):
    """Write over the line, on a terminal."""
    if sys.stdout.isatty():
        print(f"\r{text}   ", end="", flush=True)


def archive_name():
    """The archive's name: version of the course, Python and platform of the wheels."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    python = wheelhouse.here()["python"]
    return f"{NAME}-{version}-{platform.system()}-{platform.machine()}-python{python}.zip".lower()


def make(target):
    """Make the archive; give the number of its files and its hash."""
    free = shutil.disk_usage(target.parent).free / 1e9
    if free < NEEDED_GB:
        raise Failed(f"{NEEDED_GB} GB are needed and {free:.1f} GB are free: make room and run it again")
    paths = wheelhouse.wheelhouse(ROOT / "requirements.lock", BUILD / "wheels")
    stage = BUILD / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    files = gather(paths, stage, target.name)
    digest = pack(files, target)
    shutil.rmtree(stage)
    return len(files), digest


def main():
    """Make it; say where it is, or why not."""
    target = BUILD / archive_name()
    try:
        BUILD.mkdir(parents=True, exist_ok=True)
        count, digest = make(target)
    except Failed as problem:
        sys.exit(f"The archive could not be made: {problem}.")
    except OSError as problem:
        if problem.errno not in CAUSES:
            raise
        where = f" ({problem.filename})" if problem.filename else ""
        sys.exit(
            f"The archive could not be made: {CAUSES[problem.errno]}{where}. Then run make classroom again."
        )
    except KeyboardInterrupt:
        sys.exit("\nBroken off. What has been fetched is kept: run make classroom again to go on.")
    size = os.path.getsize(target) / 1e6
    print(f"{target.relative_to(ROOT)}: {count:,} files, {size:,.0f} MB\nsha256 {digest}")


if __name__ == "__main__":
    main()
