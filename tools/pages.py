"""Mend what the theme and Sphinx get wrong in the built pages. Called by `tools/build_book.py`."""

from bs4 import BeautifulSoup
from PIL import Image

# The figure that stands for each chapter on the first page, and which part of it is shown.
CARDS = {
    "01_mnist_cnn": ("fig-architecture", "0% 0%"),
    "02_confusion_matrix": ("fig-confusion-matrix", "20% 0%"),
    "03_vgg16_filters": ("fig-colour-filters", "0% 50%"),
    "04_feature_maps": ("fig-first-maps", "0% 60%"),
    "05_activation_maximization": ("fig-close-up", "100% 20%"),
    "06_occlusion": ("fig-occlusion-cat", "0% 20%"),
    "07_saliency": ("fig-gradient-of-four", "0% 40%"),
    "08_grad_cam": ("fig-cat-and-espresso", "100% 60%"),
    "09_lime": ("fig-cat-top-five", "0% 70%"),
}
SCREEN = 96  # CSS pixels to the inch
FIGURES = 120  # pixels to the inch of the chapters' figures, as `helpers.plots` draws them


FIRST = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Seeing Through CNNs</title>
<link rel="icon" href="_static/favicon.svg">
<meta http-equiv="refresh" content="0; url=book/index.html"></head>
<body><main><h1><a href="book/index.html">Seeing Through CNNs</a></h1></main></body></html>
"""


def mend(site):
    """Mend every page of a built site, in place.

    Parameters
    ----------
    site : pathlib.Path
    """
    (site / "index.html").write_text(FIRST)  # Jupyter Book's has no language, no title and no icon
    for path in site.rglob("*.html"):
        if "_static" in path.parts:
            continue
        page = BeautifulSoup(path.read_text(), "html.parser")
        leave_out_thebe(page)
        give_roles(page)
        frame_figures(page, path.parent)
        make_cards(page, path.parent)
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


def make_cards(page, folder):
    """Turn the first page's table of chapters into a list with a picture of each."""
    table = page.select_one("section#the-chapters table")
    if table is None:
        return
    cards = page.new_tag("ul", attrs={"class": "chapter-cards"})
    for row in table.select("tbody tr"):
        link, purpose = row.select_one("a"), row.select("td")[1]
        card = page.new_tag("li")
        card.append(picture_of(page, folder / link["href"]))
        link["class"] = "card-title"
        card.append(link.extract())
        purpose.name, purpose.attrs = "p", {}
        card.append(purpose.extract())
        cards.append(card)
    table.find_parent("div", class_="pst-scrollable-table-container").replace_with(cards)


def picture_of(page, chapter):
    """The figure that stands for a chapter; decoration, because the link beside it has the words."""
    if chapter.stem not in CARDS:
        raise RuntimeError(f"tools/pages.py has no card for {chapter.stem}: name one of its figures in CARDS")
    figure, place = CARDS[chapter.stem]
    found = BeautifulSoup(chapter.read_text(), "html.parser").select_one(f"figure#{figure} img")
    if found is None:
        raise RuntimeError(f"{chapter.stem} has no figure {figure}, which its card on the first page shows")
    return page.new_tag(
        "img",
        attrs={
            "src": found["src"],
            "alt": "",
            "class": "decoration",
            "loading": "lazy",
            "style": f"object-position: {place}",
        },
    )
