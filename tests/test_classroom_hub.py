"""The archive with a hub: one machine gets what it needs to serve and to mark, and learners nothing of it."""

import ast
import re
import subprocess
import sys

import pytest
from test_wheels import make_wheel

from helpers.settings import ROOT
from tools.room import classroom, hub, wheels


def some_wheels(*names):
    """In place of pip: puts wheels of these names into a folder."""

    def make(lock, folder):
        folder.mkdir(parents=True)
        for name in names:
            make_wheel(folder, name)
        wheels.describe(folder)

    return make


@pytest.fixture
def stage(tmp_path):
    """The archive's folders, of which ``course`` has its wheels and its Makefile."""
    some_wheels("shared")(None, tmp_path / "course" / "wheels")
    (tmp_path / "course" / "Makefile").write_text((ROOT / "tools" / "room" / "Makefile").read_text())
    return tmp_path


@pytest.fixture
def done(stage):
    """The same with the folder ``hub``; and what was released."""
    released = []

    def proxy(folder):
        (folder / "node_modules").mkdir(parents=True)
        (folder / "ready").write_text("yes")

    def lay(lock, folder):
        assert lock == ROOT / "requirements-teach.lock"
        some_wheels("shared", "jupyterhub")(lock, folder)

    hub.write_hub(stage, ["chapter_01"], lay, proxy, lambda *given: released.append(given))
    return stage, released


def test_only_the_wheels_that_the_course_lacks_are_there(done):
    there = [path.name for path in (done[0] / "hub" / "wheels").glob("*.whl")]
    assert there == ["jupyterhub-1.0-py3-none-any.whl"]


def test_laid_over_the_course_every_wheel_is_listed_with_its_hash(done):
    stage = done[0]
    text = (stage / "hub" / "wheels" / "requirements.lock").read_text(encoding="utf-8")
    assert re.findall(r"^(\w+)==", text, re.MULTILINE) == ["jupyterhub", "shared"]
    for folder, name in (("course", "shared"), ("hub", "jupyterhub")):
        assert wheels.sha256(stage / folder / "wheels" / f"{name}-1.0-py3-none-any.whl") in text


def test_the_assignments_are_released_into_the_teachers_folder(done):
    stage, released = done
    assert released == [(stage / "teacher" / "assignments", ["chapter_01"])]


def test_every_tool_that_the_targets_run_is_in_one_of_the_two_folders(done):
    """Followed from what hub.mk starts, over all that is imported of the course."""
    recipes = (done[0] / "hub" / "hub.mk").read_text(encoding="utf-8")
    modules = re.findall(r"-m (tools[\w.]+)", recipes)
    assert len(modules) == 4
    waiting, seen = [ROOT / (module.replace(".", "/") + ".py") for module in modules], set()
    while waiting:
        path = waiting.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("tools"):
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                waiting += [ROOT / (name.replace(".", "/") + ".py") for name in names]
    of_course = {path for pattern in classroom.COURSE for path in ROOT.glob(pattern)}
    of_hub = {ROOT / path.relative_to(done[0] / "hub") for path in (done[0] / "hub").rglob("*")}
    assert len(seen) > 8
    assert seen - of_course - of_hub == set()
    assert {path.suffix for path in of_hub} >= {".py", ".html", ".json", ".toml"}


def test_make_lists_the_hub_where_it_is_laid_over_the_course_and_not_before(done):
    stage = done[0]

    def listed():
        return subprocess.run(["make"], cwd=stage / "course", capture_output=True, text=True).stdout

    assert "make hub " not in listed()
    subprocess.run(["cp", "-R", "hub/.", "course"], cwd=stage, check=True)
    said = listed()
    for target in ("setup", "lab", "hub", "hub-password", "collect", "grade"):
        assert f"make {target} " in said


def test_the_readme_says_how_or_where_it_is_to_be_had(tmp_path):
    for with_hub, says, not_says in ((True, "make hub FOLDER=", "TEACH=1"), (False, "TEACH=1", "make hub")):
        (tmp_path / "course").mkdir(exist_ok=True)
        classroom.write_texts(tmp_path, "room.zip", [], with_hub)
        text = (tmp_path / "README.md").read_text(encoding="utf-8")
        assert says in text
        assert not_says not in text
        assert ("| `hub` |" in text) == with_hub
        assert "$" not in text


def test_the_archive_has_another_name_and_needs_the_packages(monkeypatch, tmp_path):
    assert classroom.archive_name(teach=True) == classroom.archive_name().replace(".zip", "-teach.zip")
    monkeypatch.setattr(classroom, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["classroom", "--teach"])
    with pytest.raises(SystemExit, match="make setup TEACH=1"):
        classroom.main()
