"""Running every chapter twice: what is compared, and what is said when something differs."""

import base64
import io

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from tools import reproduce


def picture(array):
    """An output with a picture, as a notebook has it."""
    file = io.BytesIO()
    Image.fromarray(array).save(file, "png")
    return new_output("display_data", {"image/png": base64.b64encode(file.getvalue()).decode()})


def printed(text):
    return new_output("stream", name="stdout", text=text)


def notebook(*outputs):
    """A notebook whose one cell has these outputs."""
    return new_notebook(cells=[new_code_cell("1", outputs=list(outputs))])


@pytest.fixture(autouse=True)
def _saved(monkeypatch, tmp_path):
    monkeypatch.setattr(reproduce, "SAVED", tmp_path / "build" / "reproduce")
    monkeypatch.setattr(reproduce, "ROOT", tmp_path)


GREY = np.full((4, 6, 3), 100, np.uint8)


def test_the_same_text_and_pixels_are_no_difference():
    first, second = (notebook(printed("1.0\n"), picture(GREY)) for _ in range(2))
    assert reproduce.compare(first, second, "x") == ((1, 1), [])


def test_one_digit_is_a_difference():
    first, second = (notebook(printed(f"one\nscore {digit}\n")) for digit in (0.25, 0.26))
    assert reproduce.compare(first, second, "x") == (
        (1, 0),
        ["cell 1, stdout: 'score 0.25', then 'score 0.26'"],
    )


def test_a_line_more_is_a_difference():
    found = reproduce.compare(notebook(printed("one\n")), notebook(printed("one\ntwo\n")), "x")[1]
    assert found == ["cell 1, stdout: '(end)', then 'two'"]


def test_one_pixel_is_a_difference_and_is_saved_side_by_side(tmp_path):
    other = GREY.copy()
    other[1, 2, 0] = 103
    found = reproduce.compare(notebook(picture(GREY)), notebook(picture(other)), "05_x")[1]
    assert found == ["cell 1, image/png: 1 pixels differ, by up to 3 of 255"]
    saved = np.asarray(Image.open(tmp_path / "build" / "reproduce" / "05_x-cell-1-0.png"))
    assert saved.shape == (4, 3 * (6 + 10), 3)
    assert (saved[:, :6] == GREY).all()
    assert (saved[:, 16:22] == other).all()
    assert saved[1, 32 + 2].tolist() == [252, 255, 255]


def test_another_size_or_kind_or_number_of_outputs_is_a_difference():
    small = notebook(picture(GREY[:2]))
    assert reproduce.compare(small, notebook(picture(GREY)), "x")[1] == [
        "cell 1, image/png: 6 x 2 pixels, then 6 x 4"
    ]
    assert reproduce.compare(small, notebook(printed("a")), "x")[1] == [
        "cell 1, image/png the first time, stdout the second"
    ]
    assert reproduce.compare(notebook(), small, "x")[1] == ["cell 1: 0 outputs, then 1"]


def test_an_edit_between_the_runs_is_told():
    edited = notebook(printed("a"))
    edited.cells[0].source = "2"
    assert reproduce.compare(notebook(printed("a")), edited, "x")[1] == [
        "the notebook was edited between the two runs"
    ]


def test_a_progress_bar_is_left_out():
    bar = new_output("display_data", {"text/plain": "3 of 4"}, metadata={"progress": True})
    assert reproduce.compare(notebook(bar), notebook(), "x") == ((0, 0), [])


@pytest.fixture
def chapters(monkeypatch, tmp_path):
    """A course of two small chapters; the second prints what it is told to."""
    monkeypatch.setattr(reproduce, "NOTEBOOKS", tmp_path)

    def run(last_cell, *arguments):
        for name, source in (("01_first", "print(1)"), ("02_second", last_cell)):
            nbformat.write(new_notebook(cells=[new_code_cell(source)]), tmp_path / f"{name}.ipynb")
        monkeypatch.setattr("sys.argv", ["reproduce", *arguments])
        reproduce.main()

    return run


def test_two_runs_that_agree_end_well(chapters, capsys):
    chapters("print(2)")
    said = capsys.readouterr().out
    assert "01_first: second run" in said
    assert "all the same" in said
    assert "Both runs gave the same text and the same pixels." in said


def test_what_differs_is_named_and_ends_with_an_error(chapters, capsys):
    with pytest.raises(SystemExit, match="1 outputs differ") as stop:
        chapters("import os; print(os.urandom(8))")
    assert stop.value.code
    said = capsys.readouterr().out
    assert "1 differ" in said
    assert "02_second, cell 1, stdout: " in said


def test_a_chapter_that_fails_or_is_not_there_is_told(chapters):
    with pytest.raises(SystemExit, match=r"(?s)02_second stopped in cell 1.*ZeroDivisionError"):
        chapters("1 / 0", "02")
    with pytest.raises(SystemExit, match="No chapter begins with 07"):
        chapters("1", "07")
