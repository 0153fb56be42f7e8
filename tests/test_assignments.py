"""The assignments: made from the chapters alone, complete, and with nothing given away."""

import ast
import re

import nbformat
import pytest

from helpers.settings import ROOT
from tools.notebook import chapters, exercises
from tools.teach import assignments, slices
from tools.teach.marking import hidden_tests, points_of

each = pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The sources of all assignments."""
    folder = tmp_path_factory.mktemp("course")
    assert assignments.write_sources(folder) == [f"chapter_{path.name[:2]}" for path in chapters()]
    return folder


def source(folder, path):
    """The source notebook of a chapter's assignment."""
    name = f"chapter_{path.name[:2]}"
    return nbformat.read(folder / "source" / name / f"{name}.ipynb", 4)


def graded(notebook):
    """The marks of the cells that give points."""
    marks = [cell.metadata.nbgrader for cell in notebook.cells]
    return {mark.grade_id: mark.points for mark in marks if mark.grade}


@each
def test_every_exercise_is_there_with_its_task_and_its_points(folder, path):
    chapter, made = nbformat.read(path, 4), source(folder, path)
    found = assignments.exercises_of(chapter)
    assert [exercise.heading for exercise in found] == [name for name, *_ in exercises(chapter)]
    wanted = {}
    for exercise in found:
        visible, hidden = points_of(exercise.check)
        wanted[f"visible-{exercise.check}"] = visible
        if exercise.check in hidden_tests():
            wanted[f"hidden-{exercise.check}"] = hidden
        task = next(cell.source for cell in made.cells if cell.id == f"task-{exercise.check}")
        assert f"*{visible + hidden} points" in task
        assert "](../" not in task
    assert graded(made) == wanted


@each
def test_all_but_the_answers_is_locked(folder, path):
    for cell in source(folder, path).cells:
        mark = cell.metadata.nbgrader
        assert mark.locked == (not mark.solution)
        assert mark.grade_id == cell.id


@each
def test_an_answer_has_its_solution_between_the_marks_and_its_name_before(folder, path):
    for cell in source(folder, path).cells:
        if cell.metadata.nbgrader.solution:
            before, solution = cell.source.split("### BEGIN SOLUTION\n")
            assert re.fullmatch(r"my_\w+ = \.\.\.\n+", before)
            name = before.split()[0]
            assert solution.endswith("\n### END SOLUTION")
            assert name in slices.bound(solution)
            assert "checks." not in solution


@each
def test_no_name_is_missing_in_an_assignment(folder, path):
    code = [cell.source for cell in source(folder, path).cells if cell.cell_type == "code"]
    there = set(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)
    assert sum("import numpy as np" in text.split("### BEGIN")[0] for text in code) == 1
    for text in code:
        own = slices.bound(text)
        assert slices.used(text) - own - there == set(), text
        there |= own


@each
def test_a_task_changed_in_the_chapter_is_changed_in_the_assignment(path):
    chapter = nbformat.read(path, 4)
    cell = next(cell for cell in chapter.cells if "### Exercise 1:" in cell.source)
    cell.source = cell.source.replace("### Exercise 1:", "### Exercise 1: quite another,")
    made = assignments.assignment(chapter, int(path.name[:2]))
    assert sum("quite another" in cell.source for cell in made.cells) == 1


def test_an_exercise_without_hidden_tests_gives_all_its_points_to_the_check():
    assert points_of("check_of_a_chapter_to_come") == (10, 0)
    assert points_of("check_top_k") == (4, 6)


def test_a_chapter_to_come_needs_nothing_but_its_notebook(tmp_path):
    chapter = nbformat.read(next(path for path in chapters() if path.stem == "10_trust"), 4)
    for cell in chapter.cells:
        cell.source = cell.source.replace("check_area_under", "check_to_come")
    nbformat.write(chapter, tmp_path / "12_to_come.ipynb")
    assert assignments.write_sources(tmp_path, tmp_path) == ["chapter_12"]
    made = nbformat.read(tmp_path / "source" / "chapter_12" / "chapter_12.ipynb", 4)
    assert graded(made)["visible-check_to_come"] == 10


# What a piece of a program needs


def test_only_what_is_needed_is_taken_in_its_order():
    pieces = [
        "import os, sys\na = 1\nb = a + 1\nc = 9",
        "def f(x):\n    y = b\n    return x + y\n\n\nprint(c)",
    ]
    assert slices.needed(pieces, {"f"}) == ["a = 1\nb = a + 1", "def f(x):\n    y = b\n    return x + y"]
    assert slices.needed(["import os, sys\nsys.x = 1\nos.y = 2"], {"sys"}) == ["import sys"]


def test_what_changes_a_value_is_needed_and_what_was_before_is_not():
    pieces = ["a = [1]\na = []\na.append(2)\na[0] = 3\nb = a\na = 0\nc = b"]
    assert slices.needed(pieces, {"c"}) == ["a = []\na.append(2)\na[0] = 3\nb = a\nc = b"]


def test_what_a_function_calls_its_own_is_not_needed():
    assert slices.used("def f(x):\n    y = x\n    return y + z\n[w for w in v]") == {"z", "v"}
    assert slices.used("{k: [a for a in k] for k in v}") == {"v"}
    assert slices.bound("w = {k: [a for a in k] for k in v}") == {"w"}
    assert ast.parse(slices.needed(["z = 1\ny = 2", "def f(x):\n    y = x\n    return y + z"], {"f"})[0])
    assert slices.needed(["z = 1\ny = 2", "def f(x):\n    y = x\n    return y + z"], {"f"})[0] == "z = 1"


def test_the_makefile_has_the_targets():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("assignments", "grade", "sheets"):
        assert re.search(rf"^{target}: setup ## ", text, re.MULTILINE)
