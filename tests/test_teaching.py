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
    assert len(quoted) > 5
    titles = {heading.split(": ", 1)[-1] for heading in headings} | headings
    assert {name for name in quoted if not any(title.startswith(name) for title in titles)} == set()


def core_minutes():
    """How long the core path of each chapter takes, as the chapter says."""
    return {
        int(path.name[:2]): int(re.search(r"\*\*Core path\*\* \((\d+) minutes\)", said(path))[1])
        for path in chapters()
    }


def test_core_paths_take_as_long_as_the_chapters_say():
    page = {int(row[1]): int(re.search(r"(\d+) min \|$", row[0])[1]) for row in ROW.finditer(PAGE)}
    assert page == core_minutes()
    assert 6 * 60 < sum(page.values()) < 6 * 60 + 20  # "a little over six hours"


@pytest.mark.parametrize(("heading", "hours"), [("### Half a day", 4), ("### A day", 7)])
def test_every_core_path_of_a_plan_has_its_time(heading, hours):
    plan = PAGE[PAGE.index(heading) :].split("\n### ", 1)[0]
    rows = re.findall(r"^\| (\d):(\d\d) \| (.*) \|$", plan, re.MULTILINE)
    begins = [60 * int(hour) + int(minute) for hour, minute, _ in rows]
    ends = [*begins[1:], 60 * hours]
    core, found = core_minutes(), 0
    for begin, end, (_, _, what) in zip(begins, ends, rows, strict=True):
        needed = sum(core[int(number)] for number in re.findall(r"chapter (\d+), core", what))
        needed += sum(int(minutes) for minutes in re.findall(r"(\d+) minutes", what))
        found += needed > 0
        assert begin + needed <= end, what
    assert found >= 5


def test_the_seminar_reads_every_chapter_once():
    weeks = PAGE[PAGE.index("### Six weeks") : PAGE.index("## What to prepare")]
    read = [int(number) for number in re.findall(r"chapter (\d+)(?:, core| \|)", weeks)]
    assert sorted(read) == sorted(core_minutes())


def test_exercises_of_the_seminar_exist():
    there = {
        f"{int(path.name[:2])}.{number}"
        for path in chapters()
        for cell in nbformat.read(path, 4).cells
        for number in re.findall(r"^### Exercise (\d)", cell.source, re.MULTILINE)
    }
    weeks = PAGE[PAGE.index("### Six weeks") : PAGE.index("## What to prepare")]
    named = set(re.findall(r"\b(\d+\.\d)\b", weeks))
    assert len(named) > 10
    assert named <= there


def test_readme_and_page_agree_on_times():
    times = {row[1]: row[0].split(" | ")[2] for row in ROW.finditer(README)}
    assert len(times) == len(chapters())
    page = {row[1]: row[0].split(" | ")[2].removesuffix(" |") for row in ROW.finditer(PAGE)}
    assert page == times
