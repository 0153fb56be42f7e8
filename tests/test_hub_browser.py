"""The hub in a real browser: students sign in by keyboard, open a chapter, run it, and one waits for room.

The browser comes over plain HTTP and by another name than this machine's own, as in a room.
"""

import shutil
import time
from importlib.resources import files
from importlib.util import find_spec

import pytest

if missing := [name for name in ("jupyterhub", "jupyterhub_idle_culler") if not find_spec(name)]:
    pytest.skip(f"{missing[0]} is not installed: make setup TEACH=1", allow_module_level=True)
if missing := [name for name in ("node", "bwrap") if not shutil.which(name)]:
    pytest.skip(f"{missing[0]} is not installed", allow_module_level=True)

from hub_client import Room, free_port
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from tools import browser
from tools.hub import proxy, walls

if lacking := browser.missing():
    pytest.skip(f"{lacking} is not installed", allow_module_level=True)
if not walls.works():
    pytest.skip("bubblewrap may not be used here", allow_module_level=True)
if not proxy.is_ready() and not shutil.which("npm"):
    pytest.skip("npm is not installed, and the proxy is not there", allow_module_level=True)

pytestmark = [pytest.mark.slow, pytest.mark.browser]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
CHAPTERS = "return [...document.querySelectorAll('.jp-DirListing-itemText')].map((e) => e.textContent)"
CELLS = "return document.querySelectorAll('.jp-Notebook .jp-CodeCell').length"
PROMPT = "return document.querySelector('.jp-Notebook .jp-CodeCell .jp-InputPrompt').textContent"


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A hub for one student at a time."""
    room = Room(tmp_path_factory.mktemp("b") / "hub", free_port(), "--limit", "1", "--memory", "2000").open()
    room.page = room.url.replace(browser.HOST, browser.ROOM)
    yield room
    room.close()


@pytest.fixture(scope="module")
def ada():
    """One student's browser."""
    with browser.chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def eve():
    """Another student's browser."""
    with browser.chromium() as opened:
        yield opened


def keys(student, *typed, held=None):
    """Type on whatever has the focus, with another key held down or none."""
    chain = ActionChains(student.driver, duration=0)
    chain = chain.key_down(held).send_keys(*typed).key_up(held) if held else chain.send_keys(*typed)
    chain.perform()


def sign_in(student, name, password, code):
    """Fill in the form without a mouse: the first field has the focus, and the eye is passed over."""
    keys(student, name, Keys.TAB, password, Keys.TAB, Keys.TAB, code, Keys.ENTER)


def choose(student, *labels):
    """Choose from JupyterLab's menu."""
    for label in labels:
        path = f"//div[contains(@class, '-itemLabel') and text()='{label}']"
        last = time.monotonic() + 10
        while not (seen := [e for e in student.driver.find_elements(By.XPATH, path) if e.is_displayed()]):
            assert time.monotonic() < last, f"there is no {label}"
            time.sleep(0.1)
        seen[0].click()


def violations(student):
    """What axe finds in the page, in light and in dark colours: rule -> the beginnings of what breaks it."""
    student.run((files("axe_core_python") / "axe.min.js").read_text() + "; return true")
    found = {}
    for dark in (False, True):
        student.prefer(dark)
        audit = student.run("return axe.run(document, {runOnly: arguments[0]})", RULES)
        assert audit["passes"]
        found |= {rule["id"]: [node["html"][:120] for node in rule["nodes"]] for rule in audit["violations"]}
    return found


def test_the_form_is_legible_for_everybody_on_every_screen(room, ada):
    ada.open(room.page, width=360, height=780)
    assert not ada.run("return isSecureContext")
    assert ada.run("return document.documentElement.scrollWidth") <= 360
    assert "HTTPS" not in ada.run("return document.body.innerText")  # no student can switch it on
    assert "unencrypted" in ada.run("return document.body.innerText")
    assert violations(ada) == {}
    assert ada.errors() == []


def test_a_name_that_cannot_be_is_told_before_all_is_typed_again(room, ada):
    ada.open(room.page)
    sign_in(ada, "Ada Lovelace", "correct horse", room.code)
    assert ada.run("return document.querySelector('#username_input').validity.patternMismatch")
    assert ada.run("return document.querySelector('#code_input').value") == room.code


def test_a_student_signs_in_by_keyboard_and_finds_the_chapters(room, ada):
    ada.open(room.page)
    sign_in(ada, "ada", "correct horse", room.code)
    ada.wait("return location.pathname.includes('/lab')", 90)
    ada.wait(f"{CHAPTERS}[0]?.startsWith('01_')", 30)  # for a moment it shows the home
    names = ada.run(CHAPTERS)
    assert len(names) == 11
    assert names[0] == "01_mnist_cnn.ipynb"
    script = (
        "return [...document.querySelectorAll(arguments[0])].filter((e) => e.scrollWidth > e.clientWidth)"
    )
    assert len(ada.run(script, ".jp-DirListing-itemText")) <= 1  # the others are legible as a whole


def test_a_chapter_runs_by_keyboard_and_is_saved(room, ada):
    path = room.folder / "homes" / "ada" / "notebooks" / "02_confusion_matrix.ipynb"
    before = path.read_text()
    ada.run("document.querySelectorAll('.jp-DirListing-itemText')[1].focus()")
    keys(ada, Keys.ARROW_DOWN)  # selects the first one
    ada.wait("return document.querySelector('.jp-DirListing-item.jp-mod-selected')")
    keys(ada, Keys.ARROW_DOWN)
    ada.wait("return document.querySelectorAll('.jp-DirListing-item')[1].matches('.jp-mod-selected')")
    keys(ada, Keys.ENTER)
    ada.wait(CELLS)
    ada.wait("return document.querySelector('#jp-bottom-panel').innerText.includes('Idle')", 60)
    keys(ada, Keys.ENTER, held=Keys.SHIFT)
    ada.wait("return document.querySelector('.jp-CodeCell.jp-mod-active')")
    keys(ada, Keys.ENTER, held=Keys.SHIFT)
    ada.wait(f"{PROMPT} === '[*]:'")
    ada.wait(f"{PROMPT} === '[1]:'", 60)
    assert ada.run("return document.querySelector('.jp-CodeCell [data-mime-type*=stderr]')") is None
    keys(ada, "s", held=Keys.CONTROL)
    ada.wait("return !document.querySelector('.jp-mod-dirty')")
    assert path.read_text() != before


def test_jupyterlab_complains_of_nothing_and_asks_nobody_else(room, ada):
    # no news, no updates, no extensions: a room has no network, and a student cannot install anything
    said = "return [...document.querySelectorAll('.jp-Dialog, .Toastify__toast')].map((e) => e.innerText)"
    assert ada.run(said) == []
    assert ada.errors() == []
    assert ada.foreign_requests() == []
    assert ada.run("return document.querySelectorAll('[data-id*=extensionmanager]').length") == 0


def test_who_comes_to_a_full_hub_is_told_and_gets_in_after_a_log_out(room, eve, ada):
    eve.open(room.page)
    sign_in(eve, "eve", "battery staple", room.code)
    assert eve.wait("return document.querySelector('h1')?.innerText === 'The hub is full'")
    assert "1 server is running" in eve.run("return document.body.innerText")
    assert violations(eve) == {}
    choose(ada, "File", "Log Out")
    ada.wait("return document.querySelector('#username_input')", 30)
    eve.run("return document.querySelector('main a.btn')").click()
    eve.wait("return location.pathname.includes('/user/eve/lab')", 90)
