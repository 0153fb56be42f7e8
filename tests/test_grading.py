"""Marking, for real: made-up submissions get what they deserve, and none reaches out of its room.

Needs nbgrader (make setup TEACH=1) and bubblewrap.
"""

import time
from importlib.util import find_spec

import nbformat
import pytest
from submissions import ANSWERS, submit

from helpers.settings import ROOT
from tools.notebook import chapters
from tools.teach import assignments, grade

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("nbgrader"), reason="nbgrader is not installed: make setup TEACH=1"),
]
if find_spec("nbgrader"):
    from tools.teach.room import Ended, Room, isolation

    if isolation() is None:
        pytestmark.append(pytest.mark.skip(reason="bubblewrap is missing, or may not be used"))
SECONDS = "8"  # for a cell


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with chapter 2 alone, to which all made-up answers are handed in and marked."""
    folder = tmp_path_factory.mktemp("course")
    notebooks = folder / "notebooks"
    notebooks.mkdir()
    (notebooks / chapters()[1].name).symlink_to(chapters()[1])
    assignments.release(folder, assignments.write_sources(folder, notebooks))
    released = folder / "release" / "chapter_02" / "chapter_02.ipynb"
    for student, (answer, _) in ANSWERS.items():
        submit(released, folder, student, answer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_MARKING_SECONDS", SECONDS)
        remarks = {who: grade.mark(folder, who, "chapter_02") for who in ANSWERS}
    return folder, remarks


def marked(folder, who):
    """The marked notebook of somebody, as text."""
    return (folder / "autograded" / who / "chapter_02" / "chapter_02.ipynb").read_text(encoding="utf-8")


# What learners get


def test_the_release_gives_nothing_away(course):
    text = (course[0] / "release" / "chapter_02" / "chapter_02.ipynb").read_text(encoding="utf-8")
    assert "my_calibration_error = ..." in text
    for secret in (
        "SOLUTION",
        "HIDDEN",
        "def calibration_error",
        "perfectly calibrated network has no error",
    ):
        assert secret not in text


def test_feedback_says_why_points_are_missing(course):
    page = course[0] / "feedback" / "fits-the-check-only" / "chapter_02" / "chapter_02.html"
    assert "Not yet: always sure and always wrong should be 1" in page.read_text(encoding="utf-8")


# Marks


@pytest.mark.parametrize("who", ANSWERS)
def test_a_submission_gets_what_it_deserves_and_harms_no_other(course, who):
    folder, remarks = course
    assert remarks[who] == ""
    assert grade.grades(folder)[who, "chapter_02"] == (ANSWERS[who][1], 30)


def test_what_looks_for_the_tests_finds_none(course):
    text = marked(course[0], "reads-the-tests")
    assert "files: []" in text


def test_long_output_is_cut(course):
    for who, told in (
        ("prints-without-end", "Stopped: it printed too much."),
        ("prints-100-MB", "... and more, which is left out."),
        ("prints-300-MB", "It printed too much at once"),
    ):
        path = course[0] / "autograded" / who / "chapter_02" / "chapter_02.ipynb"
        assert path.stat().st_size < 1e6
        assert told in path.read_text(encoding="utf-8")


def test_marks_are_one_table(course):
    text = grade.table(course[0], {("wrong", "chapter_02"): "late"})
    assert "| wrong | chapter_02 | 20 | 30 | late |" in text
    assert text.count("\n") == 2 + len(ANSWERS)


def test_what_was_marked_is_not_marked_again_until_it_is_handed_in_anew(course):
    folder = course[0]
    assert not grade.newer(folder, "right", "chapter_02")
    time.sleep(0.01)
    (folder / "submitted" / "right" / "chapter_02" / "chapter_02.ipynb").touch()
    assert grade.newer(folder, "right", "chapter_02")


def test_making_the_assignments_again_keeps_what_was_handed_in_and_marked(course):
    folder = course[0]
    before = grade.grades(folder)
    assignments.release(folder, assignments.write_sources(folder, folder / "notebooks"))
    assert grade.grades(folder) == before


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda path: path.unlink(), "chapter_02.ipynb is missing"),
        (lambda path: path.with_name("more").symlink_to("/etc/hostname"), "a link is among the files"),
        (lambda path: path.with_name("more").write_bytes(bytes(21_000_000)), "21 MB, and 20 are allowed"),
        (lambda path: [path.with_name(f"{k}").touch() for k in range(20)], "21 files, and 20 are allowed"),
    ],
)
def test_what_is_no_submission_is_told_and_not_marked(tmp_path, change, why):
    path = tmp_path / "submitted" / "x" / "chapter_02" / "chapter_02.ipynb"
    path.parent.mkdir(parents=True)
    path.touch()
    change(path)
    assert grade.mark(tmp_path, "x", "chapter_02") == f"not marked: {why}"


def test_a_name_that_means_more_than_one_is_told(tmp_path):
    assert "a name may have letters" in grade.mark(tmp_path, "*", "chapter_02")


def test_a_broken_notebook_is_told(course):
    path = course[0] / "submitted" / "broken" / "chapter_02" / "chapter_02.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("{", encoding="utf-8")
    assert grade.mark(course[0], "broken", "chapter_02").startswith("not marked: ")


# The room


@pytest.fixture(scope="module")
def room():
    with Room() as room:
        yield room


def said(room, code, seconds=20):
    """What a cell prints in the room; the name of its error, if there is one."""
    outputs = room.run(code, time.monotonic() + seconds)
    return "".join(output.get("text", output.get("ename", "")) for output in outputs)


def test_a_room_has_no_network(room):
    assert said(room, "import socket; print(socket.if_nameindex())") == "[(1, 'lo')]\n"
    code = "socket.create_connection(('127.0.0.1', {}), 2)"
    from http.server import HTTPServer, SimpleHTTPRequestHandler

    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        assert said(room, code.format(server.server_port)) == "ConnectionRefusedError"


def test_a_room_has_nothing_of_the_disk_but_what_it_needs(room):
    assert said(room, "import os; print(sorted(os.listdir('/course')))") == (
        "['assignment', 'data', 'helpers', 'inside.py']\n"
    )
    for path in (ROOT / "notebooks", ROOT / "tools", "/etc/passwd", "/var", "/home"):
        assert said(room, f"print(os.path.exists({str(path)!r}))") == "False\n"
    for path in ("/course/helpers/x", "/usr/x", f"{ROOT}/x"):
        assert said(room, f"open({path!r}, 'w')") in ("OSError", "PermissionError", "FileNotFoundError")
    assert said(room, "print(os.getuid() != 0, 'SECRET' in str(os.environ))") == "True False\n"


def test_a_room_has_limits(room):
    assert said(room, "import numpy as np; np.ones(10**9)") in ("MemoryError", "_ArrayMemoryError")
    assert said(room, "open('/tmp/x', 'wb').write(bytes(10**8))") == "OSError"
    assert said(room, "while True: pass", 2).startswith("Stopped")
    assert said(room, "print(1)") == "1\n"


def test_a_room_that_is_left_is_told():
    with Room() as room, pytest.raises(Ended, match="it stopped by itself"):
        room.run("import os; os._exit(0)", time.monotonic() + 20)


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_the_courses_own_solutions_get_all_points(tmp_path, path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / path.name).symlink_to(path)
    [name] = assignments.write_sources(tmp_path, tmp_path / "notebooks")
    assignments.release(tmp_path, [name])
    source = tmp_path / "source" / name / f"{name}.ipynb"
    target = tmp_path / "submitted" / "course" / name / source.name
    target.parent.mkdir(parents=True)
    target.write_bytes(source.read_bytes())
    most = sum(
        c.metadata.nbgrader.points for c in nbformat.read(source, 4).cells if c.metadata.nbgrader.grade
    )
    assert grade.mark(tmp_path, "course", name) == ""
    assert grade.grades(tmp_path)["course", name] == (most, most)
