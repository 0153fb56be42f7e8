"""Running the chapters, and the course's picture."""

import importlib.util
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from helpers.settings import ROOT
from tools.compare import figure_difference


def tool(name):
    """A script of tools/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def chapters(monkeypatch, tmp_path):
    """A course of two small chapters, of which the first stops at its second cell if ``x`` is 0."""
    runner = tool("run_chapters")
    monkeypatch.setattr(runner, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(runner, "BUILT", tmp_path / "built")

    def write(name, *cells):
        nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), tmp_path / name)

    def run(x, *arguments):
        write("01_first.ipynb", f"x = {x}", "print('a', end='')\nprint(1 / x)")
        write("02_second.ipynb", "print('second')")
        monkeypatch.setattr("sys.argv", ["run_chapters.py", *arguments])
        runner.main()

    return run


def test_chapters_run_one_after_the_other_and_stay_as_they_were(chapters, tmp_path, capsys):
    chapters(2)
    said = capsys.readouterr().out
    assert re.search(r"01_first: \d+ s, at most \d\.\d GB of memory\n.*02_second: \d+ s", said, re.DOTALL)
    assert nbformat.read(tmp_path / "01_first.ipynb", 4).cells[1].outputs == []
    executed = nbformat.read(tmp_path / "built" / "01_first.ipynb", 4).cells
    assert [cell.execution_count for cell in executed] == [1, 2]
    assert [output.text for output in executed[1].outputs] == ["a0.5\n"]


def test_a_failure_stops_with_the_cell_and_its_traceback(chapters, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        chapters(0)
    assert "01_first stopped in this cell" in str(stop.value)
    assert "print(1 / x)" in str(stop.value)
    assert "ZeroDivisionError" in str(stop.value)
    assert not (tmp_path / "built" / "02_second.ipynb").exists()


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
    notebook = new_notebook(cells=[cell])
    tool("run_chapters").clean(notebook)
    assert [output.text for output in notebook.cells[0].outputs] == ["ab\n"]


def test_the_courses_picture_is_what_the_methods_give(tmp_path):
    subprocess.run([sys.executable, "tools/gallery.py", tmp_path / "drawn.png"], cwd=ROOT, check=True)
    committed, drawn = (
        np.asarray(Image.open(path).convert("RGB"))
        for path in (ROOT / "book" / "images" / "one-digit.png", tmp_path / "drawn.png")
    )
    assert figure_difference(committed, drawn) is None
