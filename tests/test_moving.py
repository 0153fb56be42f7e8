"""Figures that move: the filmstrips that chapters draw, and the slider that the site puts over them."""

import base64
import io
import re

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from numpy.testing import assert_array_equal
from outputs import picture
from PIL import Image
from selenium.webdriver import ActionChains, Keys
from test_site import AXE, SIDEWAYS, VIOLATIONS

from helpers import plots
from helpers.settings import ROOT
from tools.browser import serve
from tools.notebook import chapters
from tools.site.moving import SCRIPT, add_player, frame_size, moving_figures, picture_of

HEAVY = 300_000  # bytes of a filmstrip
OF_CHAPTERS = [(path, name) for path in chapters() for name in moving_figures(path)]
every_strip = pytest.mark.parametrize(
    ("path", "name"), OF_CHAPTERS, ids=[f"{path.stem[:2]}-{name}" for path, name in OF_CHAPTERS]
)
HELD = "const film = document.querySelector(`figure[id='${arguments[0]}'] course-frames`);"


def cell_of(path, name):
    """The cell that draws a figure."""
    cells = nbformat.read(path, 4).cells
    return next(c for c in cells if c.metadata.get("mystnb", {}).get("figure", {}).get("name") == name)


def strip_of(path, name):
    """A committed filmstrip, (H, W, 3) uint8."""
    return np.asarray(picture_of(cell_of(path, name)).convert("RGB"))


def cut(strip, frames, k):
    """Frame k of a filmstrip, as a reader would cut it out with scissors."""
    width, height = frames["size"]
    row, column = divmod(k, frames["columns"])
    return strip[row * height : (row + 1) * height, column * width : (column + 1) * width]


# The filmstrip


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "panels", "titles"), [(3, 2, ["a", "b\nc"]), (2, 4, None), (4, 1, None)])
def test_frames_are_cells_of_whole_pixels_and_nothing_lies_on_their_borders(columns, panels, titles):
    labels = [f"frame {k}" for k in range(5)]

    def colour(k):
        return np.array([0.2 * k, 0.9, 0.1])  # no letter is green

    figure, frames = plots.filmstrip(labels, columns, panels, titles)
    assert frames.shape == (5, panels)
    assert [text.get_text() for text in figure.texts] == labels
    for k, axes in enumerate(frames):
        assert [ax.get_title() for ax in axes] == (titles or [""] * panels)
        lefts_and_rights = [edge for ax in axes for edge in ax.get_position().intervalx * 1560]
        assert np.diff(lefts_and_rights)[1::2] == pytest.approx(10)  # between panels
        for ax in axes:
            plots.show_image(np.full((7, 7, 3), colour(k)), ax)
    strip = np.asarray(plots.in_few_colours(figure).convert("RGB"))
    size = frame_size(strip.shape[1::-1], columns, labels)
    cells = [cut(strip, {"size": size, "columns": columns}, k) for k in range(5)]
    inside = [np.abs(cell - 255 * colour(k)).max(axis=-1) < 10 for k, cell in enumerate(cells)]
    rows, across = np.nonzero(inside[0])
    assert rows.max() - rows.min() == pytest.approx((size[0] - 30 - 10 * panels) // panels, abs=4)  # square
    for cell, own in zip(cells, inside, strict=True):
        assert_array_equal(own[rows, across], True)  # each panel at the same place of its cell, to the pixel
        for border in (cell[:2], cell[-2:], cell[:, :2], cell[:, -2:]):
            assert border.min() == 255


@pytest.mark.slow
def test_a_filmstrip_is_not_cut_off_by_a_pixel():
    for columns in (2, 3, 4, 5, 6):
        for rows in (2, 3, 4, 5):
            labels = ["frame"] * columns * rows
            canvas = plots.filmstrip(labels, columns)[0].canvas
            assert frame_size(canvas.get_width_height(), columns, labels) == (
                1560 // columns,
                1560 // columns + 40,
            )


def test_a_filmstrip_says_what_does_not_fit():
    with pytest.raises(ValueError, match=r"^columns=7 is not allowed: 1,560 pixels must divide by it$"):
        plots.filmstrip("abc", columns=7)
    with pytest.raises(ValueError, match=r"^columns=0 is not allowed"):
        plots.filmstrip("abc", columns=0)
    with pytest.raises(ValueError, match=r"^1 titles for 2 panels: give one for each$"):
        plots.filmstrip("abc", panels=2, titles=["a"])


# In the chapters


def test_four_chapters_have_a_figure_that_moves():
    assert [path.stem[:2] for path, _ in OF_CHAPTERS] == ["05", "06", "07", "10"]


@pytest.mark.slow
@every_strip
def test_a_filmstrip_of_a_chapter_can_be_cut_and_is_light(path, name):
    data = cell_of(path, name).outputs[-1].data["image/png"]
    assert len(base64.b64decode(data)) <= HEAVY
    strip, frames = strip_of(path, name), moving_figures(path)[name]
    assert strip.shape[1] == 1560
    assert 6 <= len(frames["labels"]) <= 12
    assert len(set(frames["labels"])) == len(frames["labels"])
    for k in range(len(frames["labels"])):
        cell = cut(strip, frames, k)
        assert len(np.unique(cell.reshape(-1, 3), axis=0)) > 8, f"frame {k} is empty"
        for border in (cell[:2], cell[-2:], cell[:, :2], cell[:, -2:]):
            assert border.min() > 250, f"something lies across the border of frame {k}"


def notebook_with(folder, outputs, **frames):
    """A chapter with one cell that has such frames."""
    about = {"frames": frames, "mystnb": {"figure": {"name": "fig-film"}}}
    path = folder / "01_film.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("film", metadata=about, outputs=outputs)]), path)
    return path


def test_a_cell_that_is_no_filmstrip_is_named(tmp_path):
    drawn = picture(np.zeros((20, 31, 3), np.uint8))
    path = notebook_with(tmp_path, [drawn], columns=2, labels=["a", "b"])
    with pytest.raises(ValueError, match=r"^01_film, fig-film: 31 x 20 pixels are not a filmstrip of 2"):
        moving_figures(path)
    path = notebook_with(tmp_path, [drawn], columns=1, labels=["a", "b", "c"])
    with pytest.raises(ValueError, match="31 x 20 pixels are not a filmstrip of 3 frames in 1 columns"):
        moving_figures(path)
    path = notebook_with(tmp_path, [drawn], columns=1, labels=["a"])
    with pytest.raises(ValueError, match="not a filmstrip of 1 frames"):
        moving_figures(path)
    path = notebook_with(tmp_path, [drawn, drawn], columns=1, labels=["a", "b"])
    with pytest.raises(ValueError, match="fig-film: 2 pictures, where one filmstrip is expected"):
        moving_figures(path)
    path = notebook_with(tmp_path, [drawn], columns=1, names=["a", "b"])
    with pytest.raises(ValueError, match="fig-film: frames have columns and labels, not columns and names"):
        moving_figures(path)
    assert moving_figures(notebook_with(tmp_path, [drawn], columns=1, labels=["a", "b"])) == {
        "fig-film": {"columns": 1, "labels": ["a", "b"], "size": (31, 10)}
    }


# In the page


def test_the_page_keeps_picture_alt_text_and_caption(pages):
    for path, name in OF_CHAPTERS:
        page, about = pages[f"notebooks/{path.stem}.html"].text, cell_of(path, name).metadata.mystnb
        figure = re.search(rf'<figure[^>]* id="{name}".*?</figure>', page, re.DOTALL)[0]
        assert figure.count("<course-frames ") == figure.count("</course-frames>") == 1
        assert figure.count("<img ") == 1
        alt = re.search(r' alt="([^"]+)"', figure)[1]
        assert alt.replace("&#x27;", "'").replace("&#39;", "'") == about.image.alt
        assert "<figcaption" in figure.split("</course-frames>")[1]
        assert page.count(SCRIPT.strip()) == 1


def test_other_pages_are_left_alone(pages):
    moving = {f"notebooks/{path.stem}.html" for path, _ in OF_CHAPTERS}
    with_script = {name for name, page in pages.items() if "frames.mjs" in page.text}
    assert with_script == moving


def test_labels_may_contain_whatever_they_like():
    page = '<figure id="fig-a"><div class="figure-frame"><img src="a.png"></div></figure>'
    frames = {"columns": 1, "labels": ['"5" < 6 & more', "b\\1"], "size": (3, 4)}
    held = add_player(page, "fig-a", frames)
    assert 'labels="[&quot;\\&quot;5\\&quot; &lt; 6 &amp; more&quot;, &quot;b\\\\1&quot;]"' in held
    assert add_player(page, "fig-b", frames) == page


# In the browser


class Film:
    """A figure that moves, in a page that is open."""

    def __init__(self, browser, address, path, name, **window):
        self.browser, self.name, self.frames = browser, name, moving_figures(path)[name]
        browser.open(f"{address}/notebooks/{path.stem}.html", **window)
        self.ready()

    def ready(self):
        """Wait until a frame is painted."""
        self.browser.wait(f"{HELD.replace('arguments[0]', repr(self.name))} return film.count?.textContent")

    def run(self, script, *more):
        """Run JavaScript with ``film``, the element."""
        return self.browser.run(f"{HELD} {script}", self.name, *more)

    def find(self, selector):
        """A part of the player, brought into view."""
        part = self.run("return film.querySelector(arguments[1])", selector)
        self.browser.run("arguments[0].scrollIntoView({block: 'center'})", part)
        return part

    @property
    def said(self):
        """Which frame it says that it shows."""
        return self.run("return [film.slider.getAttribute('aria-valuetext'), film.count.textContent]")

    def pixels(self):
        """What is painted, (H, W, 3) uint8."""
        url = self.run("return film.canvas.toDataURL()")
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))

    def at(self, k):
        """What it says at frame k."""
        labels = self.frames["labels"]
        return [labels[k], f"{k % len(labels) + 1} of {len(labels)}"]


@pytest.fixture
def film(browser, site_address):
    film = Film(browser, site_address, *OF_CHAPTERS[0])
    yield film
    assert browser.errors() + browser.foreign_requests() == []


@every_strip
def test_every_frame_is_cut_out_to_the_pixel(browser, site_address, path, name):
    film, strip = Film(browser, site_address, path, name), strip_of(path, name)
    assert film.said == film.at(-1)  # the end is what the strip is about
    for k in range(len(film.frames["labels"])):
        film.run("film.choose(arguments[1])", k)
        assert film.said == film.at(k)
        assert_array_equal(film.pixels(), cut(strip, film.frames, k))
    alt = cell_of(path, name).metadata.mystnb.image.alt
    assert film.run("return film.canvas.getAttribute('aria-label')") == alt
    assert film.run("return getComputedStyle(film.strip).display") == "none"


def test_the_arrow_keys_go_from_frame_to_frame(film):
    slider = film.find("input")
    slider.send_keys(Keys.HOME)
    assert film.said == film.at(0)
    slider.send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert film.said == film.at(2)
    slider.send_keys(Keys.ARROW_LEFT)
    assert film.said == film.at(1)
    slider.send_keys(Keys.END)
    assert film.said == film.at(-1)


def touch(browser, kind, *points):
    """Let a finger do something at places of the window."""
    touches = [{"x": x, "y": y} for x, y in points]
    browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_a_finger_on_the_picture_moves_it_and_the_page_stays(browser, site_address):
    film = Film(browser, site_address, *OF_CHAPTERS[0], width=360, height=780)
    film.find("canvas")
    box = film.run("const b = film.canvas.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]")
    at = [(box[0] + share * box[2], box[1] + box[3] / 2) for share in (0.02, 0.5, 0.98)]
    before = browser.run("return scrollY")
    touch(browser, "touchStart", at[0])
    assert film.said == film.at(0)
    touch(browser, "touchMove", at[1])
    assert film.said == film.at(len(film.frames["labels"]) // 2)
    touch(browser, "touchMove", at[2])
    touch(browser, "touchEnd")
    assert film.said == film.at(-1)
    assert browser.run("return scrollY") == before
    heights = "return [...film.querySelectorAll('button, input')].filter((b) => b.checkVisibility())"
    assert film.run(f"{heights}.every((b) => b.offsetHeight >= 44)")  # for a thumb


def test_it_fits_a_phone_and_has_no_fault_that_can_be_found_in_the_dark_either(browser, site_address):
    film = Film(browser, site_address, *OF_CHAPTERS[0], width=360)
    assert browser.run(SIDEWAYS) == []
    assert film.run("return film.canvas.getBoundingClientRect().right <= innerWidth")
    browser.run(AXE)
    for dark in (False, True):
        browser.prefer(dark)
        for whole in (True, False):
            film.run("film.showAll(arguments[1])", whole)
            assert browser.run(VIOLATIONS.replace("axe.run(document,", "axe.run('figure',"), {}) == []


def test_it_plays_when_asked_and_stops_at_the_end(browser, film):
    play = "return film.playing.getClientRects().length"
    assert film.run(play) == 0  # the reader's system asks that nothing moves
    browser.prefer(still=False)
    assert film.said == film.at(-1)
    button = film.find(".frames-play")
    button.send_keys(Keys.ENTER)
    assert (film.said, button.text) == (film.at(0), "Pause")
    last = film.at(-1)[1]
    browser.wait(f"return document.querySelector('#{film.name} output').textContent === '{last}'")
    assert button.text == "Play"
    button.click()
    button.click()
    stopped = film.said
    assert stopped != film.at(-1)
    ActionChains(browser.driver).pause(0.8).perform()
    assert film.said == stopped
    browser.prefer(still=True)


def test_all_frames_side_by_side_and_back(film):
    button, shown = film.find(".frames-all"), "return getComputedStyle(arguments[1]).display"
    strip, canvas = film.find(".figure-frame"), film.find("canvas")
    assert [film.run(shown, part) for part in (strip, canvas)] == ["none", "block"]
    button.click()
    assert [film.run(shown, part) for part in (strip, canvas)] == ["block", "none"]
    assert button.text == "One by one"
    button.click()
    assert [film.run(shown, part) for part in (strip, canvas)] == ["none", "block"]


STRIP_ALONE = """
const strip = document.querySelector(`#${arguments[0]} .figure-frame`), picture = strip.querySelector("img");
const player = document.querySelector(`#${arguments[0]} .frames-player`);
const seen = (part) => !!part && getComputedStyle(part).display !== "none";
return [seen(strip), picture.naturalWidth, seen(player)];
"""


def test_without_scripts_and_on_paper_it_is_a_filmstrip(browser, site_address):
    path, name = OF_CHAPTERS[0]
    emulate = browser.driver.execute_cdp_cmd
    film = Film(browser, site_address, path, name)
    emulate("Emulation.setEmulatedMedia", {"media": "print"})
    assert browser.run(STRIP_ALONE, name) == [True, 1560, False]
    emulate("Emulation.setEmulatedMedia", {"media": ""})
    assert browser.run(STRIP_ALONE, name) == [False, 1560, True]
    assert film.said == film.at(-1)
    emulate("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.driver.get(f"{site_address}/notebooks/{path.stem}.html")
        assert browser.run(STRIP_ALONE, name) == [True, 1560, False]
    finally:
        emulate("Emulation.setScriptExecutionDisabled", {"value": False})


def test_where_the_picture_is_missing_nothing_pretends_to_be_there(browser, tmp_path):
    frames = {"columns": 1, "labels": ["a", "b"], "size": (3, 4)}
    page = '<figure id="fig-a"><div class="figure-frame"><img src="none.png" alt="gone"></div></figure>'
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "_static").mkdir()
    script = (ROOT / "book" / "_static" / "frames.mjs").read_bytes()
    (tmp_path / "_static" / "frames.mjs").write_bytes(script)
    (tmp_path / "notebooks" / "a.html").write_text(add_player(page, "fig-a", frames) + SCRIPT)
    with serve(tmp_path) as address:
        browser.open(f"{address}/notebooks/a.html")
        browser.wait("return !document.querySelector('.frames-player')")
    assert not browser.run("return document.querySelector('course-frames').hasAttribute('live')")


def test_it_works_below_another_folder_and_as_a_file(browser, site, tmp_path):
    path, name = OF_CHAPTERS[0]
    (tmp_path / "courses").mkdir()
    (tmp_path / "courses" / "one").symlink_to(site)
    with serve(tmp_path) as address:
        film = Film(browser, f"{address}/courses/one", path, name)
        assert film.said == film.at(-1)
        assert browser.errors() + browser.foreign_requests() == []
    film = Film(browser, f"file://{site}", path, name)
    assert film.said == film.at(-1)
    film.find("input").send_keys(Keys.HOME)
    assert film.said == film.at(0)


def test_the_script_is_small_and_loads_nothing():
    script = (ROOT / "book" / "_static" / "frames.mjs").read_text(encoding="utf-8")
    assert len(script) < 8_000
    assert not re.search(r"\bimport\b|\bfetch\b|https?:|//\w+\.\w+/", script)
