"""The slides: what is shown, what is not, and that every one of them fits and needs no network."""

import base64
import html
import io
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from tools import slides
from tools.browser import serve
from tools.solutions import chapters, printed, split


def picture(width, height):
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "png")
    return new_output("display_data", {"image/png": base64.b64encode(file.getvalue()).decode()})


def says(text):
    return new_output("stream", name="stdout", text=text)


def figure_cell(width=900, height=300):
    about = {"image": {"alt": "A <black> box."}, "figure": {"caption": "All *black*.", "name": "fig-black"}}
    return new_code_cell("draw()", outputs=[picture(width, height)], metadata={"mystnb": about})


def deck(tmp_path, *cells):
    """The slides of a notebook with a title and these cells; a str is Markdown."""
    cells = [new_markdown_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    notebook = new_notebook(cells=[new_markdown_cell("# Title\n\nFirst words."), *cells])
    return slides.make_slides(notebook, tmp_path, "01_x")


# Text


def test_sentences_do_not_end_in_the_middle_of_something():
    text = "One. Two (see 3. Then 4) ends. **Bold. Still bold?** $a. B$ is math. Smith et al. Say so: Yes."
    assert slides.sentences(text) == [
        "One.",
        "Two (see 3. Then 4) ends.",
        "**Bold. Still bold?**",
        "$a. B$ is math.",
        "Smith et al. Say so: Yes.",
    ]


def test_as_many_sentences_are_shown_as_there_is_room_for():
    assert slides.shorten("One. Two. Three.", 9) == ("One. Two.", False)
    assert slides.shorten("One. Two. Three.", 100) == ("One. Two. Three.", True)
    assert slides.shorten("A long sentence. Two.", 3) == ("A long sentence.", False)


def test_formulas_are_left_to_mathjax_and_links_inside_the_course_to_nobody():
    assert slides.to_html("$a < b$") == "<p>\\(a &lt; b\\)</p>\n"
    assert slides.to_html("$$a$$\n") == "<p>\\[a\\]</p>"
    assert slides.to_html("[chapter 1](01_x.ipynb)") == "<p>chapter 1</p>\n"
    assert slides.to_html("a {term}`feature map <map>` {cite:p}`x`") == "<p>a feature map</p>\n"
    assert 'href="https://x.org"' in slides.to_html("[x](https://x.org)")


# Slides


def test_headings_are_titles(tmp_path):
    made = deck(tmp_path, "Some.\n\n## One\n\nMore.\n\n### Two\n\nLast.")
    assert [slide.heading for slide in made] == ["Title", "One", "Two"]


def test_a_question_is_shown_whole_and_alone(tmp_path):
    words = "Long words about something. " * 6
    made = deck(tmp_path, f"## The question\n\n{words}**Which is it?**", figure_cell())
    assert [slide.kind.split()[0] for slide in made] == ["text", "text", "figure"]
    assert "<strong>Which is it?</strong>" in made[1].body


def test_a_long_paragraph_is_shortened_and_whole_in_the_notes(tmp_path):
    made = deck(tmp_path, "## One\n\n" + "This is a sentence of the text. " * 40 + "The end.")
    assert "The end." not in made[1].body
    assert "The end." in made[1].notes


def test_a_figure_has_its_caption_and_then_the_words_that_follow(tmp_path):
    made = deck(tmp_path, "## One", figure_cell(900, 300), "It is black.\n\nAnd more.")
    assert [slide.kind for slide in made[1:]] == ["figure", "words above", "text large"]
    assert '<img src="figures/01_x-01.png" alt="A &lt;black&gt; box.">' in made[1].body
    assert "All <em>black</em>." in made[1].body
    assert "draw()" in re.sub("<[^>]*>", "", made[1].notes)
    assert "draw" not in made[1].body
    assert "It is black." in made[2].body
    assert (tmp_path / "figures" / "01_x-01.png").is_file()


def test_words_stand_beside_a_figure_that_is_not_wide(tmp_path):
    assert deck(tmp_path, "## One", figure_cell(500, 400), "It is black.")[2].kind == "words beside"


def test_code_is_shown_with_what_it_prints_and_what_is_said_about_it(tmp_path):
    cell = new_code_cell("print(1 < 2)", outputs=[says("True\n")])
    made = deck(tmp_path, "## One\n\nIs it?", cell, "It is.\n\nSomething else.")
    shown = re.sub("<[^>]*>", " ", made[1].body)
    assert made[1].kind == "code"
    assert shown.split() == ["Is", "it?", "print", "(", "1", "&lt;", "2", ")", "True", "It", "is."]
    assert "Something else." in made[2].body


def test_of_long_code_only_what_it_prints_is_shown(tmp_path):
    cell = new_code_cell("x = 1\n" * 15 + "print(x)", outputs=[says("1\n" * 25)])
    made = deck(tmp_path, "## One", cell)
    assert [slide.kind for slide in made[1:]] == ["code dense columns"]
    assert "print" not in made[1].body
    assert "print" in made[1].notes


@pytest.mark.parametrize("words", ["## One\n\n$$a = b$$", "## One, by hand"])
def test_where_the_code_is_the_point_it_is_shown(tmp_path, words):
    cell = new_code_cell("x = 1\n" * 15 + "print(x)", outputs=[says("1\n" * 25)])
    made = [slide for slide in deck(tmp_path, words, cell) if slide.kind.startswith("code")]
    assert [slide.kind for slide in made] == ["code", "code dense columns"]
    assert "print" in made[0].body


def test_code_that_only_prepares_is_in_the_notes(tmp_path):
    made = deck(tmp_path, "## One", new_code_cell("import x"), figure_cell())
    assert len(made) == 2
    assert "import" in made[1].notes


def test_a_method_is_shown_though_it_prints_nothing(tmp_path):
    cell = new_code_cell("def f(x):\n" + "    x += 1\n" * 4)
    assert deck(tmp_path, "## One, by hand", cell)[1].kind == "code"
    assert len(deck(tmp_path, "## One", cell)) == 1


def test_a_table_has_a_slide_of_its_own(tmp_path):
    made = deck(tmp_path, "## One\n\nHere.\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\nThere.")
    assert [slide.kind for slide in made[1:]] == ["text large", "table", "text large"]
    assert "<td>2</td>" in made[2].body
    made = deck(tmp_path, "## One\n\n| a |\n| - |\n" + "| 1 |\n" * 8)
    assert [slide.body.count("<td>") for slide in made[1:]] == [5, 3]
    assert [slide.body.count("<th>") for slide in made[1:]] == [1, 1]


def test_parts_of_a_chapter_are_kept_together(tmp_path):
    made = deck(tmp_path, "## One\n\nA.\n\n### Two\n\nB.\n\n## Three\n\nC.")
    assert [(slide.heading, slide.begins) for slide in made] == [
        ("Title", True),
        ("One", True),
        ("Two", False),
        ("Three", True),
    ]


def test_the_line_about_versions_is_left_out_with_its_explanation(tmp_path):
    cell = new_code_cell("print(about())", outputs=[says("Python 3")])
    made = deck(tmp_path, cell, "It differs.\n\n## The question\n\nWhy?")
    assert "Python 3" not in "".join(slide.body for slide in made)
    assert "It differs." in "".join(slide.notes for slide in made)
    assert [slide.heading for slide in made] == ["Title", "The question"]


def test_a_heading_after_the_line_about_versions_stays(tmp_path):
    made = deck(tmp_path, new_code_cell("print(about())"), "## The question\n\nWhy?")
    assert [slide.heading for slide in made] == ["Title", "The question"]


def test_an_exercise_has_its_task_the_hint_in_the_notes_and_no_solution(tmp_path):
    task = (
        "### Exercise 1: count\n\nCount.\n\n<details><summary>Hint</summary>\n\nBegin with 1.\n\n</details>"
    )
    answer = new_code_cell("mine = ...\nchecks.check_x(mine)", outputs=[says("Nothing to check yet")])
    solution = new_code_cell("count(42)", outputs=[says("Right")], metadata={"tags": ["hide-cell"]})
    made = deck(tmp_path, task, answer, solution)
    shown = "".join(slide.body for slide in made)
    assert "Count." in shown
    assert "Begin with 1." not in shown
    assert "Begin with 1." in made[-1].notes
    assert "42" not in shown + made[-1].notes
    assert "Nothing to check" not in shown


def test_a_long_list_is_smaller_and_then_on_several_slides(tmp_path):
    item = "- " + "word " * 30 + "\n"
    assert [slide.kind for slide in deck(tmp_path, "## One\n\n" + item)[1:]] == ["list"]
    assert [slide.kind for slide in deck(tmp_path, "## One\n\n" + item * 5)[1:]] == ["list small"]
    several = deck(tmp_path, "## One\n\n" + item * 12)[1:]
    assert [slide.kind for slide in several] == ["list small"] * 3
    assert sum(slide.body.count("<li>") for slide in several) == 12


# Pages


def test_every_chapter_has_slides_and_no_solution_is_in_them(decks):
    for path in chapters():
        text = (decks / f"{path.stem}.html").read_text()
        assert text.count('<section class="slide') > 5
        assert "Strengths and limits" in text
        for cell, inside in split(nbformat.read(path, 4)):
            if inside and printed(cell).strip():
                assert html.escape(printed(cell).strip()) not in text


def test_pages_name_only_files_that_are_there(decks):
    for page in decks.glob("*.html"):
        loads = re.findall(r'(?:src|href)="([^"#]+)"', page.read_text())
        inside = [name for name in loads if not name.startswith(("data:", "https://"))]
        assert inside
        assert [name for name in inside if not (decks / name).is_file()] == []
        assert not re.search(r'<(script|link|img)[^>]*(src|href)="https?:', page.read_text())


# Goes to every slide, and says what does not fit on it.
MISFITS = """
const misfits = (slide) => {
  const room = slide.getBoundingClientRect(), bad = [];
  for (const part of slide.querySelectorAll("h1, h2, p, li, pre, img, figcaption, mjx-container, td")) {
    if (part.closest("aside")) continue;
    const place = part.getBoundingClientRect();
    if (place.bottom > room.bottom - 5 || place.right > room.right + 1 || place.left < room.left - 1
        || part.scrollWidth > part.clientWidth + 1 && part.tagName === "PRE"
        || part.tagName === "IMG" && !(place.height >= 60 && part.naturalWidth))
      bad.push(part.tagName + ": " + (part.textContent || part.src).slice(0, 60));
  }
  return bad;
};
return (async () => {
  const found = [];
  await Promise.all([...document.images].map((picture) => picture.decode().catch(() => {})));
  Reveal.getSlides().forEach((slide, k) => {
    const to = Reveal.getIndices(slide);
    Reveal.slide(to.h, to.v);
    found.push(...misfits(Reveal.getCurrentSlide()).map((line) => `slide ${k + 1}: ${line}`));
  });
  return found;
})();
"""


def test_every_slide_fits_and_nothing_comes_from_elsewhere(browser, decks):
    with serve(decks) as address:
        for path in chapters():
            browser.open(f"{address}/{path.stem}.html", width=1280, height=720)
            assert browser.run("return Reveal.getTotalSlides()") > 5
            assert browser.run(MISFITS) == [], path.stem
            assert "\\(" not in browser.run("return document.querySelector('.slides').innerText"), path.stem
            assert browser.run("return document.querySelectorAll('mjx-merror').length") == 0, path.stem
            assert browser.errors() == []
            assert browser.foreign_requests() == []


def test_a_slide_that_does_not_fit_is_seen(browser, decks):
    with serve(decks) as address:
        browser.open(f"{address}/{chapters()[0].stem}.html", width=1280, height=720)
        browser.run("Reveal.getSlides()[4].insertAdjacentHTML('beforeend', '<p>words</p>'.repeat(40))")
        found = browser.run(MISFITS)
    assert "slide 5: P: words" in found
    assert all(line.startswith("slide 5: ") for line in found)


def test_the_speakers_view_opens(browser, decks):
    with serve(decks) as address:
        browser.open(f"{address}/{chapters()[0].stem}.html")
        browser.run("Reveal.getPlugin('notes').open()")
        assert len(browser.driver.window_handles) == 2
        assert browser.errors() == []
