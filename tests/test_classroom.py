"""The archive for a room without a network: what is in it, what is not, and that it arrives whole."""

import errno
import json
import os
import re
import subprocess
import sys
import zipfile

import nbformat
import pytest
from test_wheels import make_wheel

from helpers.settings import ROOT
from tools import notebook
from tools.install.setup import Failed, here
from tools.room import classroom, wheels

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """All that goes into the archive, with one wheel and with a page each for the site and the slides."""
    stage = tmp_path_factory.mktemp("stage")

    def some_wheels(lock, folder):
        assert lock == ROOT / "requirements.lock"
        folder.mkdir()
        make_wheel(folder)
        wheels.describe(folder)

    def pages(name):
        def build(stage):
            (stage / name / "deep").mkdir(parents=True)
            (stage / name / "index.html").write_text(name, encoding="utf-8")
            (stage / name / "deep" / "page.html").write_text(name, encoding="utf-8")

        return build

    classroom.gather(stage, "room.zip", some_wheels, pages("course/site"), pages("teacher/slides"))
    return stage


@pytest.fixture(scope="module")
def unpacked(stage, tmp_path_factory):
    """The archive, unpacked as the README says."""
    folder = tmp_path_factory.mktemp("room")
    classroom.pack(stage, folder / "room.zip")
    command = [sys.executable, "-m", "zipfile", "-e", "room.zip", "."]
    subprocess.run(command, cwd=folder, check=True)
    return folder / classroom.NAME


# What is in it


@pytest.mark.slow
def test_learners_get_every_chapter_without_its_solutions(unpacked):
    names = [path.name for path in notebook.chapters()]
    assert [path.name for path in sorted((unpacked / "course" / "notebooks").iterdir())] == names
    for name in names:
        mine = nbformat.read(unpacked / "course" / "notebooks" / name, 4)
        assert not any("hide-cell" in cell.metadata.get("tags", []) for cell in mine.cells)
        assert mine == notebook.without_solutions(nbformat.read(ROOT / "notebooks" / name, 4))


def test_the_teacher_gets_the_notebooks_as_they_are(unpacked):
    for path in notebook.chapters():
        copy = unpacked / "teacher" / "solutions" / path.name
        assert copy.read_bytes() == path.read_bytes()
    assert (unpacked / "teacher" / "slides" / "index.html").is_file()


def test_the_teacher_gets_sheets_and_assignments_of_every_chapter(unpacked):
    teacher, numbers = unpacked / "teacher", [path.name[:2] for path in notebook.chapters()]
    for number in numbers:
        assert (teacher / "sheets" / f"chapter_{number}_questions.html").is_file()
        assert (teacher / "sheets" / f"chapter_{number}_answers.html").is_file()
        name = f"chapter_{number}"
        assert (teacher / "assignments" / "source" / name / f"{name}.ipynb").is_file()
    assert (teacher / "assignments" / "nbgrader_config.py").is_file()
    assert not list((unpacked / "course").rglob("*nbgrader*"))


def test_no_solution_is_anywhere_in_the_learners_folder(unpacked):
    secret = []
    for path in notebook.chapters():
        for _, _, cells in notebook.exercises(nbformat.read(path, 4)):
            code = [cell.source for cell in cells if cell.cell_type == "code"]
            secret.append(max(code[0].splitlines(), key=len).strip())
    texts = [
        path.read_text()
        for path in (unpacked / "course").rglob("*")
        if path.suffix in (".ipynb", ".md", ".txt", ".html", ".js")
    ]
    long = [line for line in secret if len(line) > 45]
    assert len(long) > 5
    assert [line for line in long if any(json.dumps(line)[1:-1] in text for text in texts)] == []


def test_all_that_setting_up_and_running_needs_is_there(unpacked):
    course = unpacked / "course"
    for name in (
        "Makefile",
        "README.md",
        "pyproject.toml",
        "data/imagenet_classes.json",
        "tools/install/setup.py",
        "tools/notebook.py",
        "tools/chapters/run.py",
    ):
        assert (course / name).is_file(), name
    assert (course / "site" / "deep" / "page.html").read_text() == "course/site"
    modules = {path.relative_to(ROOT) for path in (ROOT / "helpers").rglob("*.py")}
    assert {path.relative_to(course) for path in (course / "helpers").rglob("*.py")} == modules
    weights = {path.name for path in (ROOT / "data" / "weights").iterdir()}
    assert {path.name for path in (course / "data" / "weights").iterdir()} == weights
    assert not (course / "tests").exists()


def test_every_file_of_the_course_that_a_chapter_reads_is_there(unpacked):
    read = set()
    for path in notebook.chapters():
        source = "\n".join(cell.source for cell in nbformat.read(path, 4).cells)
        read |= {
            "/".join(re.findall(r'"([^"]+)"', parts))
            for parts in re.findall(r"ROOT((?: / \"[^\"]+\")+)", source)
        }
        read |= set(re.findall(r'"\.\./(data/[^"]+)"', source))
    assert "data/class_images.npz" in read
    assert {name for name in read if not (unpacked / "course" / name).is_file()} == set()


def test_the_wheels_are_listed_with_their_hashes(unpacked):
    folder = unpacked / "course" / "wheels"
    wheel = folder / "wheeled-1.0-py3-none-any.whl"
    assert wheels.sha256(wheel) in (folder / "requirements.lock").read_text()
    assert json.loads((folder / "made-for.json").read_text()) == here()


def test_the_texts_for_the_room_have_no_gaps(unpacked):
    for path in (unpacked / "README.md", unpacked / "course" / "README.md"):
        text = path.read_text()
        assert "$" not in text
        assert here()["python"] in text
    assert "room.zip" in (unpacked / "README.md").read_text()


def test_the_rooms_makefile_lists_its_targets(unpacked):
    said = subprocess.run(["make"], cwd=unpacked / "course", capture_output=True, text=True).stdout
    for target in ("setup", "lab", "course"):
        assert f"make {target} " in said


def test_checksums_are_right_for_every_file(unpacked):
    lines = (unpacked / "SHA256SUMS").read_text().splitlines()
    listed = dict(reversed(line.split("  ", 1)) for line in lines)
    there = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert set(listed) == there - {"SHA256SUMS"}
    assert all(wheels.sha256(unpacked / name) == digest for name, digest in listed.items())


def test_downloads_come_along_if_they_are_there(tmp_path):
    downloads = tmp_path / "data" / "downloads"
    downloads.mkdir(parents=True)
    for name in ("mnist.npz", "mnist.npz.lock", "mnist.npz.part"):
        (downloads / name).write_bytes(b"digits")
    assert classroom.copy_course(tmp_path / "copy", tmp_path) == ["mnist.npz"]
    there = [path.name for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert there == ["mnist.npz"]


# The archive itself


@pytest.fixture
def few(tmp_path):
    """A folder with three small files."""
    for name in ("a.whl", "b.md", "folder/c.npz"):
        path = tmp_path / "few" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path / "few"


def test_the_same_files_give_the_same_archive(few, tmp_path):
    first = classroom.pack(few, tmp_path / "one.zip")
    os.utime(few / "b.md", (10**9, 10**9))
    (few / "b.md").chmod(0o600)
    assert classroom.pack(few, tmp_path / "two.zip") == first
    digest, name = (tmp_path / "two.zip.sha256").read_text(encoding="utf-8").split()
    assert (digest, name) == (wheels.sha256(tmp_path / "two.zip"), "two.zip")


def test_an_archive_that_was_not_written_well_is_not_kept(few, tmp_path, monkeypatch):
    monkeypatch.setattr(zipfile.ZipFile, "testzip", lambda archive: archive.namelist()[1])
    (tmp_path / "room.zip").write_text("the last one", encoding="utf-8")
    with pytest.raises(Failed, match=r"b\.md was not written well"):
        classroom.pack(few, tmp_path / "room.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["few", "room.zip"]
    assert (tmp_path / "room.zip").read_text(encoding="utf-8") == "the last one"


def test_files_can_be_read_by_everybody_and_large_ones_are_not_compressed_again(few, tmp_path):
    classroom.pack(few, tmp_path / "room.zip")
    with zipfile.ZipFile(tmp_path / "room.zip") as archive:
        found = {info.filename[-4:]: info for info in archive.infolist()}
    assert [info.external_attr >> 16 for info in found.values()] == 3 * [0o100644]
    kinds = {name: info.compress_type for name, info in found.items()}
    assert kinds == {".whl": zipfile.ZIP_STORED, "b.md": zipfile.ZIP_DEFLATED, ".npz": zipfile.ZIP_STORED}


def test_the_name_says_what_machine_it_is_for():
    name = classroom.archive_name()
    assert re.fullmatch(r"seeing-through-cnns-classroom-[\d.]+-[a-z]+-\w+-python3\.1\d\.zip", name)


# What is said if it cannot be made


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "x.zip"), r"the disk is full .*x\.zip"),
        (OSError(errno.EROFS, os.strerror(errno.EROFS)), "a folder cannot be written"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES)), "a folder cannot be written"),
        (Failed("no package index can be reached", "Run it again."), "(?s)no package index .*Run it again"),
        (KeyboardInterrupt(), "pip keeps what it has fetched"),
    ],
)
def test_a_failure_is_one_clear_line(problem, said, monkeypatch, tmp_path):
    def fail(target, teach):
        raise problem

    monkeypatch.setattr("sys.argv", ["classroom"])
    monkeypatch.setattr(classroom, "BUILD", tmp_path)
    monkeypatch.setattr(classroom, "make", fail)
    with pytest.raises(SystemExit, match=said):
        classroom.main()


def test_another_error_is_not_hidden(monkeypatch, tmp_path):
    def fail(target, teach):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr("sys.argv", ["classroom"])
    monkeypatch.setattr(classroom, "BUILD", tmp_path)
    monkeypatch.setattr(classroom, "make", fail)
    with pytest.raises(OSError, match="broken"):
        classroom.main()


def test_too_little_room_is_told_before_anything_is_fetched(monkeypatch, tmp_path):
    usage = classroom.shutil.disk_usage(tmp_path)._replace(free=10**9)
    monkeypatch.setattr(classroom.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(Failed, match=r"5 GB are needed and 1\.0 GB are free"):
        classroom.make(tmp_path / "room.zip")


def test_what_is_left_of_building_the_site_is_not_taken_along(monkeypatch, tmp_path):
    def build(target, work, notebooks):
        for name in ("site", "jupyter_execute"):
            (target.parent / name).mkdir(parents=True)

    monkeypatch.setattr(classroom, "build", build)
    classroom.build_site(tmp_path)
    assert [path.name for path in (tmp_path / "course").iterdir()] == ["site"]
