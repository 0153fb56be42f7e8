"""The edition for printing: one page of everything, and the PDF."""

import re
import shutil

import pytest
from bs4 import BeautifulSoup
from html_page import Page

from helpers.settings import ROOT
from tools.browser import find_chromium
from tools.site import print as printing


@pytest.fixture(scope="module")
def text(edition):
    """The HTML of the page for printing."""
    return edition.read_text()


@pytest.fixture(scope="module")
def page(text):
    return BeautifulSoup(text, "html.parser")


def test_everything_of_the_course_is_on_the_page_in_order(page):
    headings = [heading.text for heading in page.select(".document > h2")]
    index = (ROOT / "book" / "index.md").read_text()
    chapters = re.findall(r"^:::\{grid-item-card\} (\d+\. .+)$", index, re.MULTILINE)
    assert [heading for heading in headings if heading[0].isdigit()] == chapters
    assert {"How to use this course", "Reproducibility", "Glossary", "Bibliography"} <= set(headings)


def test_no_paragraph_is_lost(page):
    terms = page.select("section#glossary > section")
    assert len(terms) > 50
    assert [term.h3.text for term in terms if term.find("p") is None] == []


def test_figures_are_numbered_by_chapter(text):
    numbers = re.findall(r'caption-number">Fig\. (\d+)\.(\d+)', text)
    assert len(numbers) > 50
    chapters = {chapter for chapter, _ in numbers}
    for chapter in chapters:
        own = [int(number) for other, number in numbers if other == chapter]
        assert own == list(range(1, len(own) + 1))
    assert chapters == {str(number) for number in range(1, 12)}


def test_what_the_page_needs_is_beside_it_and_its_links_lead_somewhere(edition, text):
    page = Page(text)
    for source in page.loads + re.findall(r'href="(print\.css|_static/[^"]+)"', text):
        assert (edition.parent / source).is_file(), source
    inside = [link for link in page.links if not re.match(r"https?://", link)]
    assert len(inside) > 100
    assert {link for link in inside if link[1:] not in page.anchors} == set()


def test_hints_and_solutions_are_unfolded(page):
    folds = page.select("details")
    assert len(folds) > 30
    assert all(fold.has_attr("open") for fold in folds)


@pytest.mark.skipif(find_chromium() is None, reason="Chromium: not installed")
def test_chromium_prints_all_of_it(edition, text, tmp_path):
    pdf = tmp_path / "course.pdf"
    printing.print_pdf(edition, pdf, find_chromium())
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) > 100
    pictures = {source for source in Page(text).loads if source.startswith("_images")}
    assert len(re.findall(rb"/Subtype\s*/Image\b", content)) >= len(pictures)


def test_a_browser_that_fails_is_told(edition, tmp_path):
    with pytest.raises(RuntimeError):
        printing.print_pdf(edition, tmp_path / "none.pdf", shutil.which("false"))


def test_a_browser_that_never_ends_is_told_in_one_line(edition, tmp_path):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    with pytest.raises(RuntimeError, match=r"^Chromium took longer than 0\.2 s$"):
        printing.print_pdf(edition, tmp_path / "none.pdf", slow, seconds=0.2)
