"""The site: what its pages refer to, and how they work in a real browser."""

import re
from urllib.parse import unquote, urlsplit

from built_site import build, pages

from helpers.runtime import ROOT

CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))

# What can be seen without a browser


def test_the_site_has_a_page_for_every_chapter():
    assert {f"notebooks/{name}.html" for name in CHAPTERS} | {"index.html", "search.html"} <= set(pages())


def test_every_page_is_whole_without_a_network():
    for name, page in pages().items():
        assert [source for source in page.loads if re.match(r"(https?:)?//", source)] == [], name


def test_everything_a_page_loads_or_links_to_is_there():
    folder = build()
    for name, page in pages().items():
        for target in page.loads + page.links:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            path = (folder / name).parent / unquote(parts.path) if parts.path else folder / name
            assert path.resolve().is_relative_to(folder.resolve())
            assert path.is_file(), f"{name} refers to {target}"
            other = path.resolve().relative_to(folder.resolve()).as_posix()
            if parts.fragment and other in pages():
                assert unquote(parts.fragment) in pages()[other].anchors, f"{name} refers to {target}"


def test_every_picture_says_what_it_shows():
    assert {name: page.without_alt for name, page in pages().items() if page.without_alt} == {}


def test_formulas_are_shown_by_files_of_the_site():
    page = pages()["notebooks/01_mnist_cnn.html"]
    scripts = [source for source in page.loads if "mathjax" in source]
    assert len(scripts) == 1
    assert (build() / "notebooks" / scripts[0].split("?")[0]).resolve().is_file()
