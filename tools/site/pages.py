"""What is done to pages beside Sphinx: pictures for the cards, and what theme and Sphinx get wrong."""

import base64
import io
import re
from html import unescape

import nbformat
from PIL import Image, ImageOps

from tools.notebook import chapters

# The figure on each chapter's card of the first page, and which part is seen: across and down, 0 to 1.
CARDS = {
    "01_mnist_cnn": ("fig-network-at-work", (0, 0)),
    "02_confusion_matrix": ("fig-mistakes", (0, 0.7)),
    "03_vgg16_filters": ("fig-first-filters", (0.5, 0.9)),
    "04_feature_maps": ("fig-cat-through-vgg16", (0, 0.1)),
    "05_activation_maximization": ("fig-class-images", (0, 0)),
    "06_occlusion": ("fig-occlusion-grace", (0, 0.5)),
    "07_saliency": ("fig-six-maps", (0.5, 0)),
    "08_grad_cam": ("fig-cam-two-classes", (1, 0.6)),
    "09_lime": ("fig-lime-astronaut", (0.5, 0.6)),
    "10_trust": ("fig-ten-maps", (0, 0)),
    "11_cheating_network": ("fig-four-networks", (1, 0.6)),
}
CARD_SIZE = (600, 360)  # pixels
SCREEN = 96  # CSS pixels to the inch
FIGURES = 208  # pixels to the inch of the chapters' figures, as `helpers.plots` draws them
FRAME = '<div class="figure-frame pst-scrollable-table-container">'

FIRST = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Seeing Through CNNs</title>
<link rel="icon" href="_static/favicon.svg">
<meta http-equiv="refresh" content="0; url=book/index.html"></head>
<body><main><h1><a href="book/index.html">Seeing Through CNNs</a></h1></main></body></html>
"""
MENDED = [
    # Thebe would fetch itself from elsewhere, and is declared twice, which stops the second script.
    (r"<script>const THEBE_JS_URL[^<]*</script>|<script[^>]*sphinx-thebe[^>]*></script>", ""),
    (r"<link[^>]*sphinx-thebe[^>]*>", ""),
    # For readers who hear the page: works are items of a list, the course's name is navigation, and what a
    # fold holds is said by its own words.
    (r'(<div class="citation" id="\w+") role="doc-biblioentry"', r'\1 role="listitem"'),
    (
        r'(<div class="sidebar-primary-item")(?=>\s*<a class="navbar-brand)',
        r'\1 role="navigation" aria-label="Home"',
    ),
    (r'(<details class="[^"]*\bhide\b[^>]*>\s*<summary) aria-label="[^"]*"', r"\1"),
]


def write_card_pictures(notebooks, folder):
    """Cut the pictures of the first page's cards from the chapters' figures, as they were committed."""
    folder.mkdir()
    for path in chapters(notebooks):
        if path.stem not in CARDS:
            raise ValueError(f"no card shows {path.stem}: name one of its figures in CARDS of {__name__}")
        name, centre = CARDS[path.stem]
        figure = Image.open(io.BytesIO(png_of(nbformat.read(path, 4), name, path.stem)))
        ImageOps.fit(figure.convert("RGB"), CARD_SIZE, centering=centre).save(folder / f"{path.stem}.png")


def png_of(notebook, name, chapter):
    """The figure of that name, as bytes of a PNG file; ValueError if there is none."""
    for cell in notebook.cells:
        if cell.metadata.get("mystnb", {}).get("figure", {}).get("name") == name:
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    return base64.b64decode(output["data"]["image/png"])
    raise ValueError(f"{chapter} has no figure {name}, which its card on the first page shows")


def postprocess_html(site):
    """Change every page of a built site, in place."""
    (site / "index.html").write_text(FIRST, encoding="utf-8")  # the first page is in book/
    for path in site.rglob("*.html"):
        if "_static" not in path.relative_to(site).parts:
            page = path.read_text(encoding="utf-8")
            for pattern, instead in MENDED:
                page = re.sub(pattern, instead, page)
            path.write_text(frame_figures(page, path.parent), encoding="utf-8")


def frame_figures(page, folder):
    """Give each picture its size, so that nothing jumps while it loads, and a frame that can scroll.

    The theme makes frames of that class reachable with the keyboard where they do scroll.
    """

    def frame(found):
        start, link, picture, end = found.groups(default="")
        path = folder / unescape(re.search(r'src="([^"]+)"', picture)[1])
        if path.suffix == ".png" and " width=" not in picture:
            width, height = (round(side * SCREEN / FIGURES) for side in Image.open(path).size)
            picture = picture.replace("<img ", f'<img width="{width}" height="{height}" ', 1)
        return f"{start}{FRAME}{link}{picture}{end}</div>"

    return re.sub(r"(<figure[^>]*>\s*)(<a [^>]*>\s*)?(<img [^>]*>)(\s*</a>)?", frame, page)
