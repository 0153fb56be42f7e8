"""The site: what its pages refer to, and how they work in a real browser."""

import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import axe_core_python
import nbformat
import pytest
from pybtex.database import parse_file
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from helpers.settings import ROOT
from tools.browser import serve
from tools.site.pages import CARDS, write_card_pictures

CHAPTERS = re.findall(r"file: notebooks/(\S+)", (ROOT / "book" / "_toc.yml").read_text())

# What can be seen without a browser


def test_the_site_has_a_page_for_every_chapter(pages):
    assert {f"notebooks/{name}.html" for name in CHAPTERS} | {"index.html", "search.html"} <= set(pages)


def test_every_page_is_whole_without_a_network(pages):
    for name, page in pages.items():
        assert [source for source in page.loads if re.match(r"(https?:)?//", source)] == [], name


def test_everything_a_page_loads_or_links_to_is_there(site, pages):
    for name, page in pages.items():
        for target in {*page.loads, *page.links}:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            other = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
            other = other if parts.path else name
            assert not other.startswith(".."), f"{name} refers to {target}, outside of the site"
            assert (site / other).is_file(), f"{name} refers to {target}"
            if parts.fragment and other in pages:
                assert unquote(parts.fragment) in pages[other].anchors, f"{name} refers to {target}"


def test_every_picture_says_what_it_shows(pages):
    assert {name: page.without_alt for name, page in pages.items() if page.without_alt} == {}


def test_every_chapter_has_a_card_with_a_picture_on_the_first_page(pages):
    page = pages["book/index.html"]
    cards = page.text.split('class="sd-card ')[1:]
    assert len(cards) == len(CHAPTERS)
    for chapter, card in zip(CHAPTERS, cards, strict=True):
        assert f'<img alt="" class="sd-card-img-top decoration" src="../_images/{chapter}.png"' in card
        assert f'href="../notebooks/{chapter}.html"' in card


def test_a_chapter_without_a_picture_for_its_card_is_told(tmp_path, monkeypatch):
    notebooks = ROOT / "notebooks"
    monkeypatch.setitem(CARDS, CHAPTERS[0], ("fig-none", (0, 0)))
    with pytest.raises(ValueError, match=rf"^{CHAPTERS[0]} has no figure fig-none"):
        write_card_pictures(notebooks, tmp_path / "one")
    monkeypatch.delitem(CARDS, CHAPTERS[0])
    with pytest.raises(ValueError, match=f"^no card shows {CHAPTERS[0]}: name one of its figures"):
        write_card_pictures(notebooks, tmp_path / "two")


def test_figures_are_numbered_and_have_a_frame_and_a_size(pages):
    for number, chapter in enumerate(CHAPTERS, start=1):
        page = pages[f"notebooks/{chapter}.html"].text
        numbers = re.findall(r'<span class="caption-number">Fig\. (\S+)', page)
        assert numbers == [f"{number}.{k}" for k in range(1, len(numbers) + 1)]
        assert len(numbers) == len(re.findall(r"<figure ", page)) > 1
        framed = r'<div class="figure-frame[^>]*><img width="\d+" height="\d+" alt="[^"]{20,}" src="[^"]+"'
        assert len(re.findall(framed, page)) == len(numbers)


def test_solutions_are_folded(pages):
    for chapter in CHAPTERS:
        page = pages[f"notebooks/{chapter}.html"].text
        folds = re.findall(r"<details class=\"[^\"]*\bhide\b[^>]*>", page)
        assert 2 <= len(folds) <= 4, chapter
        assert not any(" open" in fold for fold in folds)
        assert page.count("Show the solution") == len(folds)


# Glossary and bibliography

GLOSSARY = (ROOT / "book" / "glossary.md").read_text()
TERMS = re.findall(r"^## (.+)$", GLOSSARY, re.MULTILINE)
WORKS = parse_file(ROOT / "book" / "references.bib").entries.values()


def anchor(heading):
    """The anchor that GitHub, and Sphinx as it is set here, give a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def prose(chapter):
    """The text of a chapter, without its code."""
    notebook = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", 4)
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_terms_are_in_order_and_explained():
    assert sorted(TERMS, key=str.lower) == TERMS
    for entry in re.split(r"^## ", GLOSSARY, flags=re.MULTILINE)[1:]:
        term, text = entry.split("\n", 1)
        assert len(text.split()) >= 8, term
        assert set(re.findall(r"\(#([\w-]+)\)", text)) <= set(map(anchor, TERMS)), term


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_links_terms_that_the_glossary_has_once_each(chapter):
    links = re.findall(r"\]\(\.\./book/glossary\.md#([^)]*)\)", prose(chapter))
    assert len(links) >= 5
    assert set(links) <= set(map(anchor, TERMS))
    assert sorted(set(links)) == sorted(links)


def letters(text):
    """Only what is read out, for comparing titles."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def assert_in_the_bibliography(references):
    """Works that are referred to as ``(year). Title.`` are in the .bib file, with the same arXiv number."""
    found = 0
    for reference in re.split(r"(?=\(\d{4}\)\.)", references)[1:]:
        year, rest = reference[1:5], letters(reference[7:])
        works = [work for work in WORKS if rest.startswith(letters(work.fields["title"]))]
        works.sort(key=lambda work: -len(work.fields["title"]))  # one title may begin like another
        assert [work.fields["year"] for work in works[:1]] == [year], reference
        number = re.search(r"arXiv:(\d{4}\.\d{4,5})", reference)
        assert not number or works[0].fields.get("eprint") == number[1], reference
        found += 1
    return found


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_a_chapter_refers_to_is_in_the_bibliography(chapter):
    references = prose(chapter).split("## References")[1]
    assert assert_in_the_bibliography(references) == len(re.findall(r"^- ", references, re.MULTILINE))


METHODS = (
    "agreement", "ascent", "evaluation", "grad_cam", "lime_image", "occlusion", "randomization", "saliency",
    "shapley", "efficientnet", "vgg16", "data",
)  # fmt: skip


@pytest.mark.parametrize("module", METHODS)
def test_the_source_of_every_method_is_in_the_bibliography(module):
    text = (ROOT / "helpers" / f"{module}.py").read_text()
    sections = re.findall(r"References\n +-+\n(.*?)(?:\n\n|\"\"\")", text, re.DOTALL)
    assert sections
    assert sum(assert_in_the_bibliography(" ".join(section.split())) for section in sections) >= len(sections)


def test_every_work_has_authors_and_a_place_where_it_appeared():
    for work in WORKS:
        place = {"journal", "booktitle", "publisher", "institution", "eprint", "howpublished"}
        assert work.persons["author"], work.key
        assert place & set(work.fields), work.key


# What only a browser can tell

LOAD_FIGURES = """
const pictures = [...document.images].filter((p) => p.src);
pictures.forEach((p) => (p.loading = "eager"));
const broken = pictures.map((p) => p.decode().then(() => null, () => p.src));
return Promise.all(broken).then((all) => all.filter(Boolean));
"""
AXE = next(Path(axe_core_python.__file__).parent.rglob("axe.min.js")).read_text()
VIOLATIONS = """
return axe.run(document, {resultTypes: ["violations"], ...arguments[0]}).then((found) => found.violations
  .filter((rule) => ["serious", "critical"].includes(rule.impact))
  .flatMap((rule) => rule.nodes.map((node) => rule.id + ": " + node.target.join(" "))));
"""
UNFOLD = "document.querySelectorAll('details').forEach((fold) => (fold.open = true))"
SIDEWAYS = (
    "return document.documentElement.scrollWidth > window.innerWidth ? ['the page scrolls sideways'] : []"
)
# A chapter has thousands of coloured words of code, but only a dozen colours.
ONE_WORD_A_COLOUR = """
const seen = new Set();
for (const word of document.querySelectorAll(".highlight span[class]")) {
  if (seen.has(word.className)) word.remove();
  seen.add(word.className);
}
"""
DARK = "const {theme} = document.documentElement.dataset; return !theme || theme === 'dark'"


def faults(browser, address):
    """Everything that is wrong with a page, as a list of lines: wide, on a phone, and dark, in one visit."""
    browser.open(address)
    browser.run(UNFOLD)
    browser.run(AXE)
    found = browser.run(LOAD_FIGURES) + browser.run(SIDEWAYS)
    browser.resize(360)
    found += browser.run(SIDEWAYS)
    browser.resize(1280)
    browser.run(ONE_WORD_A_COLOUR)
    found += browser.run(VIOLATIONS, {})
    browser.prefer(dark=True)
    browser.wait(DARK)
    found += browser.run(VIOLATIONS, {"runOnly": ["color-contrast"]})
    return found + browser.errors() + browser.foreign_requests()


def test_every_page_works_and_is_accessible(browser, site_address, pages):
    found = {name: faults(browser, f"{site_address}/{name}") for name in pages}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_audit_sees_what_is_wrong(browser, tmp_path):
    (tmp_path / "bad.html").write_text(
        """<html><style>@media (prefers-color-scheme: dark) { p { background: #333 } }</style>
        <body><main><h1>A</h1><img src="none.png"><p style="width: 2000px">wide</p>
        <script src="https://example.org/x.js"></script></main></body></html>"""
    )
    with serve(tmp_path) as address:
        found = "\n".join(faults(browser, f"{address}/bad.html"))
    for fault in ("none.png", "sideways", "image-alt", "html-has-lang", "https://example.org/x.js"):
        assert fault in found
    assert "color-contrast" in found  # in the dark only


SEARCHES = {
    "Grad-CAM": "notebooks/08_grad_cam",
    "superpixel": "notebooks/09_lime",
    "logit": "book/glossary",
    "Zeiler": "book/bibliography",
}


def test_the_search_finds_chapters_terms_and_works(browser, site_address):
    for words, page in SEARCHES.items():
        browser.open(f"{site_address}/book/index.html")  # where no results of the words before are left
        ActionChains(browser.driver).key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()
        browser.wait("return document.activeElement.name === 'q'")
        ActionChains(browser.driver).send_keys(words, Keys.ENTER).perform()
        browser.wait("return /[1-9]/.test(document.querySelector('.search-summary')?.textContent || '')")
        links = browser.run("return [...document.querySelectorAll('ul.search li a')].map((a) => a.href)")
        assert any(f"{page}.html" in link for link in links[:5]), (words, links)
    assert browser.errors() + browser.foreign_requests() == []


def test_a_solution_unfolds_and_folds(browser, site_address):
    browser.open(f"{site_address}/notebooks/{CHAPTERS[0]}.html")
    fold = browser.driver.find_element("css selector", "details.hide")
    title, code = (fold.find_element("css selector", part) for part in ("summary", "div.highlight"))
    assert not code.is_displayed()
    title.click()
    assert title.text == "Hide the solution"
    assert code.is_displayed()
    title.send_keys(Keys.ENTER)
    assert title.text == "Show the solution"
    assert not code.is_displayed()


FOCUSED = """
const at = document.activeElement, style = getComputedStyle(at);
const seen = at.getClientRects().length > 0;
const marks = [style.outlineStyle, style.boxShadow, style.textDecorationLine];
const ring = marks.some((mark) => mark !== "none");
return {what: at.id || at.className || at.tagName, tag: at.tagName, text: at.textContent.trim(), seen, ring};
"""


def tab_through(browser, most=400):
    """Press the tab key until the focus comes round; what had the focus on the way."""
    stops = []
    for _ in range(most):
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        stop = browser.run(FOCUSED)
        if stop["tag"] == "BODY":
            break
        stops.append(stop)
    return stops


def test_the_tab_key_reaches_everything(browser, site_address):
    browser.open(f"{site_address}/notebooks/04_feature_maps.html")
    stops = tab_through(browser)
    assert stops[0]["text"] == "Skip to main content"
    assert all(stop["seen"] for stop in stops)
    assert [stop["what"] for stop in stops if not stop["ring"]] == []
    texts = {stop["text"] for stop in stops}
    shown = "[...document.querySelectorAll('nav.bd-links a')].filter((link) => link.checkVisibility())"
    assert set(browser.run(f"return {shown}.map((link) => link.text.trim())")) <= texts
    assert {"Hint", "Show the solution"} <= {text.replace("Hide the solution", "").strip() for text in texts}


def test_on_a_phone_the_chapters_are_behind_a_button(browser, site_address):
    browser.open(f"{site_address}/index.html", width=360)
    link = "nav.bd-links a[href*='01_mnist_cnn']"
    visible = f'return document.querySelector("{link}").getClientRects()[0]?.right > 0'
    assert not browser.run(visible)
    browser.driver.find_element("css selector", "button.primary-toggle").send_keys(Keys.ENTER)
    assert browser.wait(visible)
