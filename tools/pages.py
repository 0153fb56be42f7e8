"""Mend what the theme and Sphinx get wrong in the built pages. Called by `tools/build_book.py`."""

from bs4 import BeautifulSoup
from PIL import Image

SCREEN = 96  # CSS pixels to the inch
FIGURES = 120  # pixels to the inch of the chapters' figures, as `helpers.plots` draws them


def mend(site):
    """Mend every page of a built site, in place.

    Parameters
    ----------
    site : pathlib.Path
    """
    for path in site.rglob("*.html"):
        if "_static" in path.parts:
            continue
        page = BeautifulSoup(path.read_text(), "html.parser")
        leave_out_thebe(page)
        give_roles(page)
        frame_figures(page, path.parent)
        path.write_text(str(page))


def leave_out_thebe(page):
    """Thebe would fetch itself from elsewhere, and is declared twice, which stops the second script."""
    for script in page.find_all("script"):
        if "THEBE_JS_URL" in script.text or "sphinx-thebe" in script.get("src", ""):
            script.decompose()
    for style in page.find_all("link", href=True):
        if "sphinx-thebe" in style["href"]:
            style.decompose()


def give_roles(page):
    """For readers who hear the page: works are items of a list, the course's name is navigation, and what a
    fold holds is said by its own words."""
    for work in page.select(".citation-list > .citation"):
        work["role"] = "listitem"
    for brand in page.select(".sidebar-primary-item > a.navbar-brand"):
        brand.parent.attrs |= {"role": "navigation", "aria-label": "Home"}
    for title in page.select("details.hide > summary"):
        del title["aria-label"]


def frame_figures(page, folder):
    """Give each picture its size, so that nothing jumps while it loads, and a frame that can scroll.

    The theme makes frames of that class reachable with the keyboard where they do scroll.
    """
    for picture in page.select("figure img, .cell_output img"):
        path = folder / picture["src"]
        if path.suffix == ".png" and not picture.get("width"):
            width, height = (round(side * SCREEN / FIGURES) for side in Image.open(path).size)
            picture.attrs |= {"width": width, "height": height}
        if picture.find_parent("figure"):
            frame = picture.find_parent("a") or picture
            frame.wrap(page.new_tag("div", attrs={"class": "figure-frame pst-scrollable-table-container"}))
