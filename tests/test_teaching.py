"""The teacher's page: it has every chapter, and its numbers are those of the chapters."""

import re

import nbformat
import pytest

from helpers.settings import ROOT
from tools.notebook import chapters, printed

PAGE = (ROOT / "book" / "teaching.md").read_text()
MISUNDERSTANDINGS = (ROOT / "book" / "misunderstandings.md").read_text()
README = (ROOT / "README.md").read_text()
NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?![\w.]*\d)")
ROW = re.compile(r"^\| \[(\d+)\. .*$", re.MULTILINE)

each = pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)


def section(number):
    """What is said about the misunderstandings of a chapter."""
    return re.search(rf"^## Chapter {number}: .*?(?=^## |\Z)", MISUNDERSTANDINGS, re.MULTILINE | re.DOTALL)[0]


def said(path):
    """All that a chapter says and prints."""
    cells = nbformat.read(path, 4).cells
    return "\n".join([*(cell.source for cell in cells), *(printed(cell) for cell in cells)])


@each
def test_every_chapter_has_misunderstandings_each_with_a_question_and_a_folded_answer(path):
    text = section(int(path.name[:2]))
    wrong = re.findall(r'^\*\*".+"\*\*$', text, re.MULTILINE)
    assert 3 <= len(wrong) <= 5
    assert len(re.findall(r"^Ask: \*.+\?\*$", text, re.MULTILINE)) == len(wrong)
    assert len(re.findall(r"<details><summary>Answer</summary>\n\n.+\n\n</details>", text)) == len(wrong)


@each
def test_a_number_on_the_page_is_in_the_chapter(path):
    chapter = said(path).replace(" %", "%").replace("$", "")
    numbers = set(NUMBER.findall(section(int(path.name[:2])).split("\n", 1)[1]))
    numbers = {number.rstrip(",") for number in numbers if len(number) > 1}
    assert {number for number in numbers if not re.search(rf"(?<![\d.]){number}(?!\d)", chapter)} == set()


def test_time_plans_name_sections_that_there_are():
    headings = {
        match.strip()
        for path in chapters()
        for cell in nbformat.read(path, 4).cells
        if cell.cell_type == "markdown"
        for match in re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)
    }
    plans = PAGE[PAGE.index("## Time plans") : PAGE.index("## What to prepare")]
    quoted = set(re.findall(r'"([^"]+)"', plans))
    assert len(quoted) > 10
    titles = {heading.split(": ", 1)[-1] for heading in headings} | headings
    assert {name for name in quoted if not any(title.startswith(name) for title in titles)} == set()


def test_exercises_of_the_seminar_exist():
    there = {
        f"{int(path.name[:2])}.{number}"
        for path in chapters()
        for cell in nbformat.read(path, 4).cells
        for number in re.findall(r"^### Exercise (\d)", cell.source, re.MULTILINE)
    }
    weeks = PAGE[PAGE.index("### Six weeks") : PAGE.index("## What to prepare")]
    named = set(re.findall(r"\b(\d\.\d)\b", weeks))
    assert len(named) > 10
    assert named <= there


def test_readme_and_page_agree_on_times():
    times = {row[1]: row[0].split(" | ")[2] for row in ROW.finditer(README)}
    assert len(times) == len(chapters())
    page = {row[1]: row[0].split(" | ")[2].removesuffix(" |") for row in ROW.finditer(PAGE)}
    assert page == times
