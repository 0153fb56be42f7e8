"""The slides: what is shown, what is not, and that every one of them fits and needs no network."""

import html
import re

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from outputs import picture, printed

from tools import notebook
from tools.browser import serve
from tools.notebook import chapters, split_at_solutions
from tools.site import slides


def figure_cell():
    about = {"image": {"alt": "A <black> box."}, "figure": {"caption": "All *black*.", "name": "fig-black"}}
    return new_code_cell(
        "draw()", outputs=[picture(np.zeros((300, 900, 3), np.uint8))], metadata={"mystnb": about}
    )


class Slide:
    """What a slide shows as text, without the notes, and those."""

    def __init__(self, section):
        self.notes = " ".join(note.extract().get_text() for note in section.select("aside"))
        self.html = str(section)
        self.heading = section.find(["h1", "h2"]).extract().get_text()
        self.shown = " ".join(section.get_text(" ").split())


@pytest.fixture
def deck(tmp_path):
    """The slides of a notebook of these cells, after the one with the title; a str is Markdown."""

    def make(*cells):
        cells = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        notebook = new_notebook(cells=[new_markdown_cell("# Title"), *cells])
        for k, cell in enumerate(notebook.cells):
            cell.id = f"cell-{k}"  # otherwise drawn at random, and written into the page
        nbformat.write(notebook, tmp_path / "01_x.ipynb")
        slides.write_deck(tmp_path / "01_x.ipynb", tmp_path, slides.make_exporter())
        page = BeautifulSoup((tmp_path / "01_x.html").read_text(), "html.parser")
        first, *others = (Slide(section) for section in page.select(".slides > section > section"))
        assert first.heading == "Title"
        return others

    return make


def test_headings_are_titles_and_begin_slides(deck):
    made = deck("## One\n\nMore.\n\n### Two\n\nLast.\n\n## Three\n\nEnd.")
    assert [(slide.heading, slide.shown) for slide in made] == [
        ("One", "More."),
        ("Two", "Last."),
        ("Three", "End."),
    ]


def test_only_the_sections_of_the_core_path_have_slides(deck):
    path = "In this chapter you will learn.\n\n**Core path** (20 minutes): One · Three"
    code = new_code_cell("print(2)", outputs=[printed("2")])
    made = deck(path, "## One\n\nFirst.\n\n## Two\n\nSecond.", code, "## Three\n\nThird.")
    assert [slide.heading for slide in made] == ["Title", "One", "Three"]  # what comes first is kept
    assert "Core path" not in " ".join(slide.shown + slide.notes for slide in made)
    assert not any("Second" in slide.html or "print(2)" in slide.html for slide in made)


def test_long_text_and_long_lists_go_on_on_further_slides_and_nothing_is_lost(deck):
    made = deck("## One\n\n" + "\n\n".join(f"Paragraph {k}: " + "words and " * 40 for k in range(6)))
    assert len(made) > 1
    assert re.findall(r"Paragraph (\d)", " ".join(slide.shown for slide in made)) == list("012345")
    made = deck("## One\n\n" + "\n".join(f"- item {k} " + "word " * 30 for k in range(12)))
    assert len(made) > 1
    assert {slide.heading for slide in made} == {"One"}
    assert sum(slide.html.count("<li>") for slide in made) == 12


def test_what_only_the_site_understands_is_left_out(deck):
    (slide,) = deck("## One\n\n[chapter 1](01_x.ipynb), {term}`maps <map>` {cite:p}`x` [x](https://x.org)")
    assert slide.shown == "chapter 1, maps x"
    assert re.findall('href="([^"]*)"', slide.html) == ["https://x.org"]


def test_a_figure_has_a_slide_with_its_caption_and_its_code_in_the_notes(deck):
    before, slide, after = deck("## One\n\nLook.", figure_cell(), "It is black.")
    assert (before.shown, slide.shown, after.shown) == ("Look.", "All black .", "It is black.")
    assert 'alt="A &lt;black&gt; box."' in slide.html
    assert "draw()" in slide.notes


def test_code_is_shown_with_what_it_prints_on_one_slide_or_two(deck):
    (slide,) = deck("## One\n\nIs it?", new_code_cell("print(1 < 2)", outputs=[printed("True\n")]))
    assert slide.shown.replace(" ", "") == "Isit?print(1<2)True"
    code, output = deck("## One", new_code_cell("x = 1\n" * 15 + "print(x)", outputs=[printed("1\n" * 20)]))
    assert ("print" in code.shown, "print" in output.shown) == (True, False)


def test_code_that_only_prepares_is_in_the_notes_but_shown_where_it_is_the_point(deck):
    (slide,) = deck("## One", new_code_cell("import x"), figure_cell())
    assert "import" not in slide.shown
    assert "import x" in slide.notes
    (slide,) = deck("## One, by hand", new_code_cell("import x"))
    assert slide.shown == "import x"


def test_an_exercise_has_its_task_the_hint_in_the_notes_and_no_solution(deck):
    hint = "<details><summary>Hint</summary>\n\nBegin with 1.\n\n</details>"
    answer = new_code_cell("mine = ...\nchecks.check_x(mine)", outputs=[printed("Nothing to check yet")])
    solution = new_code_cell("count(42)", outputs=[printed("Right")], metadata={"tags": ["hide-cell"]})
    (slide,) = deck(f"### Exercise 1: count\n\nCount.\n\n{hint}", answer, solution)
    assert slide.shown == "Count."
    assert "Begin with 1." in slide.notes
    assert "checks.check_x" in slide.notes
    assert "count(42)" not in BeautifulSoup(slide.html, "html.parser").get_text("") + slide.notes


# Pages


def test_every_chapter_has_slides_and_no_solution_is_in_them(decks):
    for path in chapters():
        text = (decks / f"{path.stem}.html").read_text()
        for section in notebook.core_sections(nbformat.read(path, 4)):
            assert html.escape(section, quote=False) in text, section
        for cell, inside in split_at_solutions(nbformat.read(path, 4)):
            if inside and notebook.printed(cell).strip():
                assert html.escape(notebook.printed(cell).strip()) not in text


def test_pages_name_only_files_that_are_there(decks):
    for page in decks.glob("*.html"):
        loads = re.findall(r'(?:src|href)="([^"#]+)"', page.read_text())
        inside = [name for name in loads if not name.startswith(("data:", "https://"))]
        assert inside
        assert [name for name in inside if not (decks / name).is_file()] == []
        assert not re.search(r'<(script|link|img)[^>]*(src|href)="https?:', page.read_text())


MISFITS = """
const found = [];
for (const [k, slide] of Reveal.getSlides().entries()) {
  const at = Reveal.getIndices(slide);
  Reveal.slide(at.h, at.v);
  const room = slide.getBoundingClientRect();
  for (const part of slide.querySelectorAll("h1, h2, p, li, pre, img, figcaption, mjx-container, td")) {
    if (part.closest("aside")) continue;
    const place = part.getBoundingClientRect();
    if (place.bottom > room.bottom - 5 || place.right > room.right + 1 || place.left < room.left - 1
        || part.scrollWidth > part.clientWidth + 1 && part.tagName === "PRE"
        || part.tagName === "IMG" && !(place.height >= 200 && part.naturalWidth))
      found.push(`slide ${k + 1}: ${part.tagName}: ${(part.textContent || part.alt).slice(0, 60)}`);
  }
}
return found;
"""


def test_every_slide_fits_and_nothing_comes_from_elsewhere(browser, decks):
    with serve(decks) as address:
        for path in chapters():
            browser.open(f"{address}/{path.stem}.html", width=1280, height=720)
            browser.wait("return window.ready && Reveal.isReady()")
            assert browser.run("return Reveal.getTotalSlides()") > 5
            assert browser.run(MISFITS) == [], path.stem
            assert "$" not in browser.run("return document.querySelector('.slides').innerText"), path.stem
            assert browser.run("return document.querySelectorAll('mjx-merror').length") == 0, path.stem
            assert browser.errors() == []
            assert browser.foreign_requests() == []
        browser.run("Reveal.getSlides()[4].insertAdjacentHTML('beforeend', '<p>words</p>'.repeat(40))")
        assert any(line.startswith("slide 5: P: ") for line in browser.run(MISFITS))


def test_slides_open_from_a_file_and_so_does_the_speakers_view(browser, decks):
    browser.open((decks / f"{chapters()[0].stem}.html").as_uri())
    browser.wait("return window.ready && Reveal.isReady()")
    assert browser.run("return document.querySelectorAll('mjx-container svg').length")
    browser.run("Reveal.getPlugin('notes').open()")
    assert len(browser.driver.window_handles) == 2
    assert browser.errors() == []
