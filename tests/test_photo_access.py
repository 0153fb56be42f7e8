"""The photograph's page for everybody: keyboard, phone, dark, any path; and where it cannot run."""

import os
import shutil

from photo_lab import HOST, PAGE, Lab
from selenium.webdriver import Keys

from helpers.settings import ROOT
from tools.browser import serve

SERVED = ROOT / "book" / "_static" / "photo"


# For everybody


def test_it_is_accessible_and_fits_a_phone(browser, site_address):
    lab = Lab(browser, site_address)
    lab.run("lab.compare(282); lab.byId('features').open = true; lab.press('tool', 'cover')")
    lab.settle()
    lab.find("#search").send_keys("cat")
    lab.run("lab.features.choose({map: 3, row: 40, column: 50}); lab.forget(2)")
    lab.run("lab.sources.complain('A line that says what is wrong.')")
    lab.settle()
    lab.audit(f"{HOST}.lab.features.sheet.columns === 4")


def test_tab_reaches_everything_in_its_order(lab):
    lab.run("lab.compare(282); root.getElementById('file').focus()")
    lab.settle()
    visited = []
    for _ in range(80):
        lab.keys(Keys.TAB)
        name = lab.run(
            "const e = root.activeElement, rank = e?.closest('[data-rank]')?.dataset.rank;"
            "return e && (e.id || e.value || rank || e.getAttribute('aria-label') || e.innerText)"
        )
        if name is None:
            break
        visited.append(name)
    assert len([name for name in visited if name.startswith("Use the photograph: ")]) == 7
    order = ["first", "stage", "move", "save", "zoom", "search", "own", "occlude", "patch", "random"]
    places = [visited.index(name) for name in order]
    assert places == sorted(places)


def test_whoever_loads_it_with_the_keyboard_goes_on_from_there(browser, site_address):
    lab = Lab(browser, site_address, load=False)
    browser.run(f"{HOST}.querySelector('button').focus()")
    lab.keys(Keys.ENTER)
    browser.wait(lab.DONE, 60)
    assert lab.run("return root.activeElement?.id") == "file"


def test_colours_of_the_system_leave_bars_and_what_is_chosen(lab):
    forced = [{"name": "forced-colors", "value": "active"}]
    lab.browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": forced})
    colour = "const e = root.querySelector(arguments[0]); return e && getComputedStyle(e).backgroundColor"
    for on, off in (
        ("#top .class .fill", "#top .class .track"),
        ("#top .class:nth-child(2) .fill", "#top .class:nth-child(2) .track"),
        ("[value=move] + span", "[value=cover] + span"),
        ("#top .class .bar", "#top .class:nth-child(2) .bar"),
    ):
        assert lab.run(colour, on) != lab.run(colour, off)


def test_reduced_motion_is_respected(lab):
    moving = "return getComputedStyle(root.querySelector('.fill')).transitionDuration"
    assert lab.run(moving) == "0s"  # what the browser of the tests asks for
    lab.browser.prefer(still=False)
    assert lab.run(moving) != "0s"


def test_it_works_below_any_path(browser, site, tmp_path):
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "where").symlink_to(site)
    with serve(tmp_path) as address:
        lab = Lab(browser, f"{address}/some/where")
        assert lab.top()[0][0] == "Egyptian cat"
    assert browser.errors() == []


# Where it cannot run


def copy_of(site, folder):
    """Make a copy of the site whose page has files of its own, and return the folder of these."""
    (folder / "_static").mkdir(parents=True)
    for path in [*site.iterdir(), *(site / "_static").iterdir()]:
        if path.name not in ("_static", SERVED.name):
            (folder / path.relative_to(site)).symlink_to(path)
    return shutil.copytree(site / "_static" / SERVED.name, folder / "_static" / SERVED.name)


def test_a_network_that_does_not_come_whole_is_told_and_can_be_asked_for_again(browser, site, tmp_path):
    weights = copy_of(site, tmp_path) / "weights.bin"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:1000])
    os.utime(weights, (0, 0))  # so old that a browser's own cache keeps it for good
    with serve(tmp_path) as address:
        lab = Lab(browser, address, load=False)
        browser.run(f"{HOST}.querySelector('button').click()")
        button = (
            f"const b = {HOST}.querySelector('button'); return b.innerText === 'Try again' && !b.disabled"
        )
        browser.wait(button)
        assert "weights.bin" in browser.run(f"return {HOST}.querySelector('.says').textContent")
        assert browser.run(f"return {HOST}.querySelector('img').getBoundingClientRect().height > 100")
        weights.write_bytes(whole)
        os.utime(weights, (0, 0))
        lab.load()
        assert lab.top()[0][0] == "Egyptian cat"


def test_a_browser_without_webassembly_is_told(browser, site_address):
    script = {"source": "delete window.WebAssembly"}
    added = browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", script)
    try:
        Lab(browser, site_address, load=False)
        browser.run(f"{HOST}.querySelector('button').click()")
        said = browser.run(f"return {HOST}.querySelector('.says').textContent")
        assert "has no WebAssembly" in said
    finally:
        browser.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_a_page_that_does_not_come_whole_is_told(browser, site, tmp_path):
    served = copy_of(site, tmp_path)
    (served / "kinds.mjs").unlink()  # what opens photographs needs it
    with serve(tmp_path) as address:
        lab = Lab(browser, address, load=False)
        browser.run(f"{HOST}.querySelector('button').click()")
        browser.wait(f"return {HOST}.lab && 1", 60)
        for _ in range(2):
            lab.run("lab.sources.complain('')")
            lab.run("lab.sources.example(1)")
            lab.says("#problem", "A part of this page could not be loaded")
        (served / "heat.mjs").unlink()
        browser.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        lab = Lab(browser, address, load=False)
        browser.run(f"{HOST}.querySelector('button').click()")
        said = f"return {HOST}.querySelector('.says').textContent"
        browser.wait(f"{said}.startsWith('A part of this page could not be loaded. Check')")


def test_a_browser_that_forbids_its_cache_loads_it_all_the_same(browser, site, tmp_path):
    worker = copy_of(site, tmp_path) / "worker.mjs"
    forbidden = (
        'Object.defineProperty(self, "caches", { get() { throw new Error("The operation is insecure"); } });'
    )
    worker.write_text(forbidden + worker.read_text())
    with serve(tmp_path) as address:
        assert Lab(browser, address).top()[0][0] == "Egyptian cat"


NO_MEMORY = """
WebAssembly.instantiate = async () => { throw new RangeError("could not allocate memory"); };
"""


def test_too_little_memory_is_told(browser, site, tmp_path):
    worker = copy_of(site, tmp_path) / "worker.mjs"
    worker.write_text(NO_MEMORY + worker.read_text())
    with serve(tmp_path) as address:
        Lab(browser, address, load=False)
        browser.run(f"{HOST}.querySelector('button').click()")
        said = browser.wait(
            f"const t = {HOST}.querySelector('.says').textContent; return t.includes('memory') && t"
        )
    assert "close other" in said


def test_a_page_from_a_file_shows_a_picture_and_how_to_serve_it(browser, site):
    browser.open((site / "book" / "photo.html").as_uri())
    assert browser.run(f"const i = {HOST}.querySelector('img'); return i.complete && i.naturalWidth") > 300
    assert "python -m http.server" in browser.run(f"return {HOST}.innerText")
    assert browser.run(f"return {HOST}.querySelector('.help').getBoundingClientRect().height") > 10


def test_a_page_without_scripts_shows_the_same(browser, site_address):
    disable = "Emulation.setScriptExecutionDisabled"
    browser.driver.execute_cdp_cmd(disable, {"value": True})
    try:
        browser.driver.get(site_address + PAGE)
        assert browser.driver.find_element("css selector", "photo-lab .help").is_displayed()
        assert browser.driver.find_element("css selector", "photo-lab img").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd(disable, {"value": False})
