"""Sheets of questions and answers: all that a chapter asks is on one, and no answer."""

import html
import re

import nbformat
import pytest

from tools.notebook import chapters, exercises, title
from tools.teach import sheets

each = pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """All sheets."""
    folder = tmp_path_factory.mktemp("room") / "sheets"
    sheets.write_sheets(folder)
    return folder


@each
def test_a_sheet_of_questions_has_all_and_no_answer(folder, path):
    notebook, number = nbformat.read(path, 4), int(path.name[:2])
    page = html.unescape((folder / f"chapter_{number:02}_questions.html").read_text(encoding="utf-8"))
    assert f"Chapter {number}: {title(notebook)}" in page
    assert page.count('class="lines"') == 1 + len(sheets.misunderstandings(number))
    for name, _, solution in exercises(notebook):
        assert name in page
        longest = max(solution[0].source.splitlines(), key=len).strip()
        assert longest not in page
    for wrong, _, answer in sheets.misunderstandings(number):
        assert wrong not in page
        assert answer[:60] not in page
    assert "data:image/png" in page


@each
def test_a_sheet_of_answers_has_one_for_each_question(folder, path):
    notebook, number = nbformat.read(path, 4), int(path.name[:2])
    page = html.unescape((folder / f"chapter_{number:02}_answers.html").read_text(encoding="utf-8"))
    assert page.count("It meets:") == len(sheets.misunderstandings(number)) >= 3
    for name, _, solution in exercises(notebook):
        assert name in page
        assert solution[0].source.strip() in page
    assert "<details" not in page


def test_the_two_collections_have_every_chapter(folder):
    for kind in ("questions", "answers"):
        page = (folder / f"{kind}.html").read_text(encoding="utf-8")
        assert page.count('<section class="sheet">') == len(chapters())


def test_a_sheet_needs_no_other_file_than_those_beside_it(folder):
    for page in folder.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        for name in re.findall(r'(?:src|href)="(?!data:)([^"]+)"', text):
            assert name.startswith("https://") or (folder / name).is_file(), name
