"""Running every chapter in several arithmetics: what is compared, and what is said when something differs."""

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from outputs import picture, printed
from PIL import Image

from tools.chapters import reproduce
from tools.compare import EXACT


def notebook(*outputs, tags=()):
    """A notebook whose one cell has these outputs."""
    return new_notebook(cells=[new_code_cell("1", outputs=list(outputs), metadata={"tags": list(tags)})])


@pytest.fixture(autouse=True)
def _saved(monkeypatch, tmp_path):
    monkeypatch.setattr(reproduce, "SAVED", tmp_path / "build" / "reproduce")
    monkeypatch.setattr(reproduce, "ROOT", tmp_path)


GREY = np.full((8, 9, 3), 100, np.uint8)


def test_one_digit_is_a_difference():
    first, second = (notebook(printed(f"one\nscore {digit}\n")) for digit in (0.25, 0.26))
    assert reproduce.compare(first, first, "x") == []
    assert reproduce.compare(first, second, "x") == [
        "cell 1, stdout: 'score 0.25' expected, 'score 0.26' found"
    ]


def test_a_cell_that_the_tests_ignore_must_still_be_the_same_in_two_runs():
    first, second = (notebook(printed(text), tags=["nbval-ignore-output"]) for text in "ab")
    assert reproduce.compare(first, second, "x") == []
    assert len(reproduce.compare(first, second, "x", EXACT)) == 1


def test_one_pixel_is_a_difference_of_two_runs_and_is_saved_side_by_side(tmp_path):
    other = GREY.copy()
    other[1, 2, 0] = 103
    runs = notebook(picture(GREY)), notebook(picture(other))
    assert reproduce.compare(*runs, "x") == []
    assert reproduce.compare(*runs, "05_x-twice", EXACT) == [
        "cell 1, image/png: 1 pixels differ, by up to 3 of 255; see build/reproduce/05_x-twice-cell-1-0.png"
    ]
    saved = np.asarray(Image.open(tmp_path / "build" / "reproduce" / "05_x-twice-cell-1-0.png"))
    assert (saved[:, :9] == GREY).all()
    assert (saved[:, 19:28] == other).all()
    assert saved[1, 38 + 2].tolist() == [252, 255, 255]


def test_an_edit_between_the_runs_is_told():
    edited = notebook(printed("a"))
    edited.cells[0].source = "2"
    assert reproduce.compare(notebook(printed("a")), edited, "x") == ["the notebook was edited while it ran"]


@pytest.fixture
def chapters(monkeypatch, tmp_path):
    """A course of two small chapters; the second runs what it is told to, and was committed with "2"."""
    monkeypatch.setattr(reproduce, "NOTEBOOKS", tmp_path)

    def run(last_cell, *arguments):
        for name, source, text in (("01_first", "print(1)", "1\n"), ("02_second", last_cell, "2\n")):
            cells = [new_code_cell(source, outputs=[printed(text)])]
            nbformat.write(new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
        monkeypatch.setattr("sys.argv", ["reproduce", *arguments])
        reproduce.main()

    return run


@pytest.mark.slow
def test_two_runs_that_agree_with_each_other_and_with_what_is_committed_end_well(chapters, capsys):
    chapters("print(2)", "--arithmetic", "default", "twice")
    said = capsys.readouterr().out
    assert "chapter                       default      twice" in said
    assert "02_second                        same       same" in said


@pytest.mark.slow
def test_what_differs_from_the_committed_or_between_runs_is_named(chapters, capsys):
    with pytest.raises(SystemExit, match="2 outputs differ") as stop:
        chapters("import os; print(os.urandom(8))", "02", "--arithmetic", "default", "twice")
    assert stop.value.code
    said = capsys.readouterr().out
    assert "02_second, default: cell 1, stdout: '2' expected, " in said
    assert "02_second                    1 differ   1 differ" in said


@pytest.mark.slow
def test_each_arithmetic_reaches_the_kernel(chapters, capsys):
    cell = "import os; print(1 + (os.environ.get('ONEDNN_MAX_CPU_ISA') == 'SSE41'))"
    chapters(cell, "02", "--arithmetic", "sse41")
    with pytest.raises(SystemExit):
        chapters(cell, "02", "--arithmetic", "avx2")
    assert "02_second, avx2: cell 1, stdout: '2' expected, '1' found" in capsys.readouterr().out


@pytest.mark.slow
def test_a_chapter_that_stops_is_told_and_the_others_go_on(chapters, capsys):
    with pytest.raises(SystemExit, match="1 outputs differ"):
        chapters("1 / 0", "--arithmetic", "default")
    said = capsys.readouterr().out
    assert (
        "02_second, default: 02_second stopped in cell 1 (1 / 0): ZeroDivisionError: division by zero" in said
    )
    assert "01_first                         same" in said


def test_a_chapter_or_an_arithmetic_that_is_not_there_is_told(chapters, capsys):
    with pytest.raises(SystemExit, match="No chapter begins with 07"):
        chapters("1", "07")
    with pytest.raises(SystemExit):
        chapters("1", "--arithmetic", "avx3")
    assert "invalid choice: 'avx3'" in capsys.readouterr().err
