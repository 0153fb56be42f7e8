"""The site, built once for all tests that look at it."""

import atexit
import functools
import shutil
import tempfile
from html.parser import HTMLParser
from pathlib import Path

from tools.site.build import build as build_site


def build(repository=""):
    """Build the site into a folder of its own, with warnings as errors; returns that folder."""
    return _build(repository)


@functools.cache
def _build(repository):
    folder = Path(tempfile.mkdtemp(prefix="site-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    build_site(folder / "html", folder / "work", repository=repository)
    return folder / "html"


class Page(HTMLParser):
    """What a page refers to, and what can be referred to in it."""

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.loads, self.links, self.anchors, self.without_alt = [], [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if tag in ("script", "img", "iframe", "source") and found.get("src"):
            self.loads.append(found["src"])
        if tag == "link" and found.get("rel") in ("stylesheet", "icon", "preload"):
            self.loads.append(found["href"])
        if tag == "img" and not found.get("alt") and "decoration" not in (found.get("class") or ""):
            self.without_alt.append(found.get("src"))


def pages(repository=""):
    """All pages of the built site: path within the site -> Page."""
    return _pages(repository)


@functools.cache
def _pages(repository):
    folder = build(repository)
    paths = (path for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts)
    return {path.relative_to(folder).as_posix(): Page(path.read_text()) for path in paths}
