"""The shape of a chapter: headline figure first, a core path for a class, no longer than one reads."""

import base64
import io
import re
from statistics import median

import nbformat
import pytest
from PIL import Image

from helpers.settings import ROOT
from tools.notebook import CORE, chapters, core_sections

FIRST = 5  # the headline figure is among so many cells
BEFORE_FURTHER, IN_ALL = 60, 85  # cells
WIDE = 1500  # pixels of a figure that spans the page
HEAVY, ALL_HEAVY = 4e6, 30e6  # bytes of a notebook, and of all together
MOST_SLIDES = 40

every_chapter = pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)


def cells_of(path):
    return nbformat.read(path, 4).cells


def sections(cells):
    """The titles of a chapter's sections, in order."""
    return [name for cell in cells for name in re.findall(r"^## (.+)$", cell.source, re.MULTILINE)]


def figure_widths(cell):
    """The widths of the figures that a cell drew, in pixels."""
    pictures = [o.data["image/png"] for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
    return [Image.open(io.BytesIO(base64.b64decode(picture))).width for picture in pictures]


@every_chapter
def test_the_question_and_a_figure_as_wide_as_the_page_come_first(path):
    first = cells_of(path)[:FIRST]
    assert "The question" in sections(first)
    assert max((width for cell in first for width in figure_widths(cell)), default=0) >= WIDE


@every_chapter
def test_a_chapter_is_no_longer_than_one_reads(path):
    cells = cells_of(path)
    further = next(k for k, cell in enumerate(cells) if cell.source.startswith("## Further"))
    assert further <= BEFORE_FURTHER
    assert len(cells) <= IN_ALL
    assert median(len(cell.source.splitlines()) for cell in cells if cell.cell_type == "code") <= 6


@every_chapter
def test_the_core_path_names_sections_in_their_order(path):
    notebook = nbformat.read(path, 4)
    core, there = core_sections(notebook), sections(notebook.cells)
    assert 3 <= len(core) < len(there)
    assert [name for name in there if name in core] == core
    assert re.search(r"\*\*Core path\*\* \(\d+ minutes\): ", CORE.search(notebook.cells[0].source)[0])


def test_the_slides_of_a_chapter_are_not_too_many_for_a_lesson(decks):
    index = (decks / "index.html").read_text(encoding="utf-8")
    counts = {
        stem: int(count) for stem, count in re.findall(r'href="(\w+)\.html">.*?\((\d+) slides\)', index)
    }
    assert set(counts) == {path.stem for path in chapters()}
    assert {stem: count for stem, count in counts.items() if count > MOST_SLIDES} == {}


def test_notebooks_are_light_enough_to_be_sent():
    sizes = {path.stem: path.stat().st_size for path in chapters()}
    assert {stem: size for stem, size in sizes.items() if size > HEAVY} == {}
    assert sum(sizes.values()) <= ALL_HEAVY


def test_every_figure_file_of_the_pages_is_as_wide_as_it_is_shown():
    for name in ("one-digit", "one-photograph"):
        assert Image.open(ROOT / "book" / "images" / f"{name}.png").width >= WIDE
