"""The edition for printing: one page of everything, and the PDF."""

import re
import shutil

import pytest
from bs4 import BeautifulSoup
from built_site import Page

from helpers.settings import ROOT
from tools import browser
from tools.site import print as printing


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    """The page for printing, and its text."""
    folder = tmp_path_factory.mktemp("print")
    path = printing.print_book(folder / "print", folder / "work")
    return path, path.read_text()


def test_everything_of_the_course_is_on_the_page_in_order(edition):
    headings = [heading.text for heading in BeautifulSoup(edition[1], "html.parser").select(".document > h2")]
    chapters = re.findall(
        r"^:::\{grid-item-card\} (\d\. .+)$", (ROOT / "book" / "index.md").read_text(), re.MULTILINE
    )
    assert [heading for heading in headings if heading[0].isdigit()] == chapters
    assert {"How to use this course", "Reproducibility", "Glossary", "Bibliography"} <= set(headings)


def test_no_paragraph_is_lost(edition):
    page = BeautifulSoup(edition[1], "html.parser")
    terms = page.select("section#glossary > section")
    assert len(terms) > 50
    assert [term.h3.text for term in terms if term.find("p") is None] == []


def test_figures_are_numbered_by_chapter(edition):
    numbers = re.findall(r'caption-number">Fig\. (\d+)\.(\d+)', edition[1])
    assert len(numbers) > 50
    chapters = {chapter for chapter, _ in numbers}
    for chapter in chapters:
        own = [int(number) for other, number in numbers if other == chapter]
        assert own == list(range(1, len(own) + 1))
    assert chapters == set("123456789")


def test_what_the_page_needs_is_beside_it_and_its_links_lead_somewhere(edition):
    path, text = edition
    page = Page(text)
    for source in page.loads + re.findall(r'href="(print\.css|_static/[^"]+)"', text):
        assert (path.parent / source).is_file(), source
    inside = [link for link in page.links if not re.match(r"https?://", link)]
    assert len(inside) > 100
    assert {link for link in inside if link[1:] not in page.anchors} == set()


def test_hints_and_solutions_are_unfolded(edition):
    folds = BeautifulSoup(edition[1], "html.parser").select("details")
    assert len(folds) > 30
    assert all(fold.has_attr("open") for fold in folds)


def test_chromium_prints_all_of_it(edition, tmp_path):
    if browser.find_chromium() is None:
        pytest.skip("Chromium: not installed")
    pdf = tmp_path / "course.pdf"
    printing.print_pdf(edition[0], pdf, browser.find_chromium())
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) > 100
    pictures = {source for source in Page(edition[1]).loads if source.startswith("_images")}
    assert len(re.findall(rb"/Subtype\s*/Image\b", content)) >= len(pictures)


def test_a_browser_that_fails_is_told(edition, tmp_path):
    with pytest.raises(RuntimeError):
        printing.print_pdf(edition[0], tmp_path / "none.pdf", shutil.which("false"))


def test_a_browser_that_never_ends_is_told_in_one_line(edition, tmp_path):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    with pytest.raises(RuntimeError, match=r"^Chromium took longer than 0\.2 s$"):
        printing.print_pdf(edition[0], tmp_path / "none.pdf", slow, seconds=0.2)
