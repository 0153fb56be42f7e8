"""Running the chapters: what is kept, and what is said if one stops; the course's picture."""

import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from helpers.settings import ROOT
from tools import notebook
from tools.chapters import run as runner
from tools.compare import figure_difference


@pytest.fixture
def write(tmp_path):
    """Write a notebook of some code cells; returns its path."""

    def write(name, *cells):
        nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def chapters(monkeypatch, tmp_path, write):
    """A course of two small chapters, of which the first stops at its second cell if ``x`` is 0."""
    monkeypatch.setattr(runner, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(runner, "BUILT", tmp_path / "built")

    def run(x, *arguments):
        write("01_first.ipynb", f"x = {x}", "print('a', end='')\nprint(1 / x)")
        write("02_second.ipynb", "print('second')")
        monkeypatch.setattr("sys.argv", ["run", *arguments])
        runner.main()

    return run


@pytest.mark.slow
def test_chapters_run_one_after_the_other_and_stay_as_they_were(chapters, tmp_path, capsys):
    chapters(2)
    said = capsys.readouterr().out
    assert re.search(r"01_first: \d+ s, at most \d\.\d GB of memory\n.*02_second: \d+ s", said, re.DOTALL)
    assert nbformat.read(tmp_path / "01_first.ipynb", 4).cells[1].outputs == []
    executed = nbformat.read(tmp_path / "built" / "01_first.ipynb", 4).cells
    assert [cell.execution_count for cell in executed] == [1, 2]
    assert [output.text for output in executed[1].outputs] == ["a0.5\n"]


@pytest.mark.slow
def test_a_failure_stops_with_chapter_cell_and_cause_in_one_line_after_the_traceback(
    chapters, tmp_path, capsys
):
    with pytest.raises(SystemExit) as stop:
        chapters(0)
    line = "01_first stopped in cell 2 (print('a', end='')): ZeroDivisionError: division by zero"
    assert stop.value.code == line
    assert "----> 2 print(1 / x)" in capsys.readouterr().err
    assert not (tmp_path / "built" / "02_second.ipynb").exists()


@pytest.mark.slow
def test_a_dead_kernel_is_told_in_one_line(write):
    path = write("01_first.ipynb", "import os", "\nos._exit(1)\nprint('never')")
    with pytest.raises(notebook.ChapterStopped) as stop:
        notebook.run(path)
    assert str(stop.value) == (
        "01_first stopped in cell 2 (os._exit(1)): its kernel died; often the memory was full"
    )
    assert stop.value.traceback == ""


@pytest.mark.slow
def test_a_cell_that_takes_too_long_is_told_in_one_line(write):
    path = write("01_first.ipynb", "import time\ntime.sleep(60)")
    with pytest.raises(notebook.ChapterStopped) as stop:
        notebook.run(path, seconds_per_cell=1)
    assert str(stop.value) == "01_first stopped in cell 1 (import time): it took longer than 1 s"


@pytest.mark.slow
def test_a_kernel_gets_the_variables_that_it_is_given(write):
    path = write("01_first.ipynb", "import os\nprint(os.environ['COURSE_TEST'], 'PATH' in os.environ)")
    ran, seconds, peak = notebook.run(path, {"COURSE_TEST": "given"})
    assert notebook.printed(ran.cells[0]) == "given True\n"
    assert seconds > 0
    assert peak > 10_000_000


def test_a_chapter_that_is_not_there_is_told(chapters):
    with pytest.raises(SystemExit, match="No chapter begins with 07"):
        chapters(2, "07")


@pytest.mark.slow
def test_outputs_are_kept_on_request_without_anything_that_changes(chapters, tmp_path):
    chapters(2, "--keep", "01")
    kept = nbformat.read(tmp_path / "01_first.ipynb", 4)
    assert set(kept.metadata) == {"kernelspec", "language_info"}
    assert kept.cells[1].outputs[0].text == "a0.5\n"
    assert "execution" not in kept.cells[1].metadata
    assert not (tmp_path / "built" / "02_second.ipynb").exists()


def test_where_a_print_was_split_does_not_show():
    cell = new_code_cell(
        "", outputs=[new_output("stream", name="stdout", text=text) for text in ("a", "b\n")]
    )
    cell.source = "print('ab')"
    made = new_notebook(cells=[cell])
    notebook.clean(made)
    assert [output.text for output in made.cells[0].outputs] == ["ab\n"]


@pytest.mark.slow
def test_the_courses_picture_is_what_the_methods_give(tmp_path):
    command = [sys.executable, "-m", "tools.chapters.gallery", "one-digit", "--folder", tmp_path]
    subprocess.run(command, cwd=ROOT, check=True)
    committed, drawn = (
        np.asarray(Image.open(path).convert("RGB"))
        for path in (ROOT / "book" / "images" / "one-digit.png", tmp_path / "one-digit.png")
    )
    assert figure_difference(committed, drawn) is None
