"""What many tests share, made once: the site, the edition for printing, the slides, one browser a process.

`make test` runs two processes. Each takes whole files, the longest first; what one of them has built, the
other one finds.
"""

import os
import shutil

import matplotlib.pyplot as plt
import pytest
from filelock import FileLock
from html_page import read_pages

from tools import browser as browsers
from tools.site.build import build
from tools.site.print import print_book
from tools.site.slides import write_slides

LONGEST = ("test_site.py", ".ipynb", "test_print.py", "test_slides.py", "test_playground_page.py")
LONGEST += ("test_photo_sources.py", "test_photo_page.py", "test_photo_access.py")
SLOW_FIXTURES = {"site", "launch_site", "edition", "decks", "reference_folder", "facts"}
SLOW_FIXTURES |= {"photo_reference_folder"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what `make test-fast` leaves out, and put first what takes longest."""
    for item in items:
        needs = set(getattr(item, "fixturenames", ()))
        if "browser" in needs:
            item.add_marker(pytest.mark.browser)
        if needs & SLOW_FIXTURES:
            item.add_marker(pytest.mark.slow)
    items.sort(
        key=lambda item: next(
            (k for k, end in enumerate(LONGEST) if item.path.name.endswith(end)), len(LONGEST)
        )
    )


@pytest.fixture
def ax():
    """Axes to draw on."""
    return plt.subplots()[1]


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    """Close what a test has drawn."""
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """``once(name, make)``: a folder that ``make(folder)`` has filled, in whichever process came first."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def folder(name, make):
        made, done = base / name, base / f"{name}.done"
        with FileLock(base / f"{name}.lock"):
            if not done.exists():
                shutil.rmtree(made, ignore_errors=True)
                made.mkdir()
                make(made)
                done.touch()
        return made

    return folder


@pytest.fixture(scope="session")
def site(once):
    """The folder of the site, built with warnings as errors."""
    return once("site", lambda folder: build(folder / "html", folder / "work")) / "html"


@pytest.fixture(scope="session")
def pages(site):
    """All pages of the site: path within the site -> Page."""
    return read_pages(site)


@pytest.fixture(scope="session")
def edition(once, site):
    """The page for printing, made of what Sphinx has read for the site."""
    return once("print", lambda folder: print_book(folder, site.parent / "work")) / "index.html"


@pytest.fixture(scope="session")
def decks(once):
    """The folder of the slides of all chapters."""
    return once("slides", write_slides)


@pytest.fixture(scope="session")
def reference_folder(once):
    """What the helpers say of the digits that the live page is compared with."""
    from playground_reference import write_reference  # starts TensorFlow

    return once("reference", write_reference)


@pytest.fixture(scope="session")
def photo_reference_folder(once):
    """The photograph's page's weights, and what the helpers say of the pictures that it is compared with."""
    from photo_reference import write_views  # starts TensorFlow

    return once("photo_reference", write_views)


@pytest.fixture(scope="session")
def _browser():
    if browsers.missing():
        pytest.skip(f"{browsers.missing()}: not installed")
    with browsers.chromium() as browser:
        browser.driver.set_script_timeout(120)
        yield browser


@pytest.fixture
def browser(_browser):
    """Chromium, with one window again after each test."""
    yield _browser
    _browser.close_other_windows()


@pytest.fixture(scope="session")
def site_address(site):
    """Where the site is served."""
    with browsers.serve(site) as address:
        yield address


@pytest.fixture
def lab(request, browser, site_address):
    """A live page, open and ready: the `Lab` of the test's module. Nothing may go wrong or leave the site."""
    yield request.module.Lab(browser, site_address)
    assert browser.errors() == []
    assert browser.foreign_requests() == []
