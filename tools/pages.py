"""Mend what the theme and Sphinx get wrong in the built pages. Called by `tools/build_book.py`."""

from bs4 import BeautifulSoup


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
        for repair in REPAIRS:
            repair(page)
        path.write_text(str(page))


def leave_out_thebe(page):
    """Thebe would fetch itself from elsewhere, and is declared twice, which stops the second script."""
    for script in page.find_all("script"):
        if "THEBE_JS_URL" in script.text or "sphinx-thebe" in script.get("src", ""):
            script.decompose()
    for style in page.find_all("link", href=True):
        if "sphinx-thebe" in style["href"]:
            style.decompose()


REPAIRS = (leave_out_thebe,)
