"""The live page in a real browser: everything that a reader can do, by mouse, touch and keyboard."""

import json
import shutil

import numpy as np
import pytest
from digit_lab import LAB, PAGE, Lab
from playground_reference import read_reference
from selenium.webdriver import ActionChains, Keys
from test_playground import CHECKS, SERVED

from tools.browser import serve

# What it computes


@pytest.mark.parametrize("query", ["", "?engine=plain"])
def test_the_page_shows_what_python_says(browser, site_address, reference_folder, query):
    lab = Lab(browser, site_address, query)
    assert lab.text("#engine").startswith("Engine: plain") == (query != "")
    arrays, plan = read_reference(reference_folder)
    lab.run("root.getElementById('centre').click()")
    for number in (3, 28):
        lab.run("lab.board.show(Float32Array.from(arguments[0]))", arrays["image"][number].ravel().tolist())
        for name in ("patch", "stride", "baseline"):
            lab.run("lab.set(arguments[0], arguments[1])", name, plan[number][name])
        lab.run("lab.pinned = arguments[0]", plan[number]["target"])
        lab.settle()
        shown = {
            "probabilities": "lab.results.shown.probabilities",
            "conv2": "lab.results.shown.conv2",
            "saliency": "lab.of(lab.results.shown.saliency)",
            "grad_cam": "lab.of(lab.results.shown.gradCam)",
            "occlusion_exact": "lab.of(lab.results.shown.occlusion)",
        }
        for name, script in shown.items():
            found = np.array(lab.run(f"return [...{script}]"))
            assert np.abs(found - arrays[name][number].ravel()).max() <= 1e-5, name


def copy_of(site, folder):
    """Make a copy of the site that has the page's files of its own, and return the folder of these."""
    (folder / "_static").mkdir(parents=True)
    for path in [*site.iterdir(), *(site / "_static").iterdir()]:
        if path.name not in ("_static", SERVED.name):
            (folder / path.relative_to(site)).symlink_to(path)
    return shutil.copytree(SERVED, folder / "_static" / SERVED.name)


def test_a_kernel_that_is_missing_broken_or_wrong_is_not_used(browser, site, tmp_path):
    place = copy_of(site, tmp_path) / "kernel.wasm"
    # 0xE4 0x01 adds four numbers, 0xE5 0x01 subtracts them: a kernel that runs and is wrong.
    wrong = place.read_bytes().replace(b"\xfd\xe4\x01", b"\xfd\xe5\x01")
    assert wrong != place.read_bytes()
    with serve(tmp_path) as address:
        for content, why in ((b"nothing", "does not run"), (None, "does not run"), (wrong, "differs by")):
            place.unlink() if content is None else place.write_bytes(content)
            lab = Lab(browser, address)
            assert "plain JavaScript" in lab.text("#engine")
            assert why in lab.text("#engine")
            assert lab.state("lab.explained") == 4


def test_missing_weights_leave_the_picture_and_say_why(browser, site, tmp_path):
    (copy_of(site, tmp_path) / "weights.bin").write_bytes(b"short")
    with serve(tmp_path) as address:
        browser.open(address + PAGE)
        said = browser.wait(f"const t = {LAB}.innerText; return t.includes('could not start') && t")
    assert "5 bytes, 917140 are expected" in said
    assert "python -m http.server" in said
    assert browser.run(f"return {LAB}.querySelector('img').getBoundingClientRect().height > 100")


# Drawing


def test_drawing_with_the_mouse_changes_everything_and_undo_takes_it_back(lab):
    parts = [".board", "[data-map=seen] .heat", "[data-map=saliency] .heat", "[data-map=gradCam] .heat"]
    parts += ["[data-map=occlusion] .heat", *(f"[data-sheet='{k}']" for k in range(3))]
    before = {part: lab.picture(part) for part in parts}
    assert lab.state("lab.explained") == 4
    lab.drag((12, 8), (16, 7), (20, 8))  # the 4 becomes a 9
    assert lab.state("lab.explained") == 9
    assert "The network says 9" in lab.browser.wait(
        f"const t = {LAB}.shadowRoot.getElementById('news').textContent; return t.includes('9,') && t"
    )
    for part in parts:
        assert lab.picture(part) != before[part], part
    lab.click("#undo")
    assert lab.state("lab.explained") == 4
    for part in parts:
        assert lab.picture(part) == before[part], part


def test_erasing_and_clearing(lab):
    lab.run("root.querySelector('[value=eraser]').click()")
    ink = lab.state("lab.board.ink.filter((v) => v > 0).length")
    lab.drag((5, 18.5), (24, 18.5))
    assert 0 < lab.state("lab.board.ink.filter((v) => v > 0).length") < ink
    assert not any(lab.state("[...lab.board.ink.slice(18 * 28, 19 * 28)]"))
    lab.click("#clear")
    assert lab.state("lab.board.ink.every((v) => v === 0)")
    assert lab.state("lab.explained") == 1  # the network has an answer to nothing, too


def test_drawing_with_a_finger_does_not_scroll_the_page(browser, site_address):
    lab = Lab(browser, site_address, width=360, height=780)
    lab.run("root.getElementById('clear').click()")
    start, end = lab.point(8, 5), lab.point(8, 24)
    scrolled = browser.run("return window.scrollY")
    for kind, places in (("touchStart", [start]), ("touchMove", [end]), ("touchEnd", [])):
        points = [{"x": x, "y": y} for x, y in places]
        browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    lab.settle()
    assert browser.run("return window.scrollY") == scrolled
    assert lab.state("lab.board.ink[14 * 28 + 8]") == 1
    assert lab.state("lab.explained") == 1


def test_drawing_with_the_keyboard_is_announced(lab):
    lab.click("#clear")
    lab.run("root.querySelector('.board').focus()")
    lab.keys(*[Keys.ARROW_UP] * 9, *[Keys.ARROW_LEFT] * 4)
    assert "Row 6, column 11, 0%" in lab.text("#cursor")
    lab.keys(Keys.SPACE, *[Keys.ARROW_RIGHT] * 8)
    assert "Row 6, column 19, 100%" in lab.text("#cursor")
    for _ in range(8):
        lab.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_LEFT)
    lab.keys(Keys.SPACE)
    assert "lifted" in lab.text("#cursor")
    lab.settle()
    assert lab.state("lab.explained") == 7
    lab.keys(Keys.DELETE)
    assert "Erased" in lab.text("#cursor")


def test_tab_reaches_everything_in_its_order(lab):
    lab.run("document.activeElement.blur(); root.querySelector('.board').focus()")
    visited = []
    for _ in range(60):
        lab.keys(Keys.TAB)
        name = lab.run(
            "const e = root.activeElement, data = e?.dataset;"
            "return e && (e.id || e.value || data.class || data.example || data.sheet || e.innerText)"
        )
        if name is None:
            break
        visited.append(name)
    assert visited[:4] == ["pen", "undo", "clear", "centre"]
    digits = [str(k) for k in range(20)]
    assert visited[4:] == [
        *digits[:10], *digits, "patch", "stride", "baseline", "own", *digits[:3], "hide", "random",
        *["Start"] * 3,
    ]  # fmt: skip


def test_a_digit_from_mnist_and_centring(lab):
    lab.click("[data-example='7']")
    assert lab.state("lab.explained") == 7
    lab.click("[data-example='17']")  # a hard 7
    assert lab.state("lab.explained") == 1
    assert lab.state("lab.results.image.every((v, k) => v === lab.board.ink[k])")
    lab.click("#clear")
    lab.drag((2, 2), (2, 12))
    assert lab.state("lab.results.image.some((v, k) => v !== lab.board.ink[k])")
    lab.click("#centre")
    assert lab.state("lab.results.image.every((v, k) => v === lab.board.ink[k])")


# Asking


def test_any_class_can_be_explained_on_one_scale(lab):
    high = lab.text("[data-map=occlusion] .high")
    before = lab.pixels("[data-map=occlusion] .heat")
    lab.click("[data-class='9']")
    assert lab.find("[data-class='9']").get_attribute("aria-pressed") == "true"
    assert lab.find("[data-class='4']").get_attribute("aria-pressed") == "false"
    assert "which you chose" in lab.text("#explained")
    assert lab.text("[data-map=occlusion] .high") == high  # one scale for all ten classes
    assert np.mean(lab.pixels("[data-map=occlusion] .heat") != before) > 0.1
    lab.click("#own")
    assert lab.text("[data-map=occlusion] .high") != high
    lab.click("#own")
    lab.click("[data-class='9']")
    assert lab.find("[data-class='4']").get_attribute("aria-pressed") == "true"
    assert np.array_equal(lab.pixels("[data-map=occlusion] .heat"), before)


def test_pointing_at_a_value_frames_what_it_sees(lab):
    sheet = lab.find("[data-sheet='1']")
    lab.run("arguments[0].scrollIntoView({block: 'center'})", sheet)
    ActionChains(lab.browser.driver).move_to_element_with_offset(sheet, 30, 20).perform()
    unit = lab.state("lab.unit")
    assert unit["conv"] == 1
    assert lab.text("#unit").startswith(f"conv2, map {unit['map'] + 1} of 64, row {unit['row'] + 1}, ")
    for canvas in (".board", "[data-map=seen] .heat", "[data-sheet='1']", "#close", "#field"):
        assert lab.marked(canvas), canvas
    assert not lab.marked("[data-sheet='0']")
    lab.click("#hide")
    assert lab.state("lab.unit") is None
    assert not lab.marked(".board")


def test_feature_maps_by_keyboard(lab):
    lab.run("root.querySelector('#own').focus()")
    lab.keys(Keys.TAB)  # to the first sheet
    lab.keys(Keys.ARROW_DOWN, *[Keys.ARROW_RIGHT] * 3)
    assert lab.state("lab.unit") == {"conv": 0, "map": 0, "row": 1, "column": 3}
    assert lab.text("#cursor") == lab.text("#unit")
    chain = ActionChains(lab.browser.driver, duration=0).key_down(Keys.SHIFT)
    chain.send_keys(Keys.ARROW_RIGHT).key_up(Keys.SHIFT).perform()
    assert lab.state("lab.unit") == {"conv": 0, "map": 1, "row": 1, "column": 3}


def test_patch_and_stride(lab):
    lab.slide("#patch", 4)
    assert lab.state("lab.settings.patch") == 4
    before = lab.pixels("[data-map=occlusion] .heat")
    lab.slide("#stride", 6)
    assert lab.state("[lab.settings.patch, lab.settings.stride]") == [6, 6]  # no pixel may be missed
    assert lab.text("#patch-value") == "6"
    lab.slide("#patch", 3)
    assert lab.state("[lab.settings.patch, lab.settings.stride]") == [3, 3]
    assert np.mean(lab.pixels("[data-map=occlusion] .heat") != before) > 0.1


def test_random_weights_layer_by_layer(lab):
    maps = ("saliency", "gradCam", "occlusion")
    trained = {name: lab.state(f"[...lab.of(lab.results.shown.{name})]") for name in maps}
    lab.click("[data-class='4']")
    for count, said in ((1, "preds"), (5, "preds, dense, conv3, conv2, conv1")):
        lab.slide("#random", count)
        assert lab.text("#random-value") == said
        for name, before in trained.items():
            now = lab.state(f"[...lab.of(lab.results.shown.{name})]")
            assert lab.state(f"[...lab.of(lab.results.trained.{name})]") == before
            text = lab.text(f"[data-map={name}] .trained span").split()[-1].replace("−", "-")
            assert float(text) == pytest.approx(np.corrcoef(now, before)[0, 1], abs=0.006)
            assert float(text) < 0.99
    lab.slide("#random", 0)
    assert lab.find("[data-map=saliency] .trained").get_attribute("hidden") is not None
    assert lab.state("[...lab.of(lab.results.shown.saliency)]") == trained["saliency"]


CANCELLED = """
const lab = document.querySelector("digit-lab");
return (async () => {
  const painted = [];
  lab.addEventListener("painted", ({ detail }) => painted.push([detail.stage, detail.id]));
  const first = lab.asked + 1;
  const ink = lab.board.ink.slice();
  const done = async (stage) => {
    while (!painted.some((row) => row[0] === stage && row[1] === lab.asked)) {
      await new Promise((go) => setTimeout(go, 10));
    }
  };
  for (let k = 0; k < 8; k++) {
    ink[k] = 1;
    lab.board.show(ink);
    await done("maps"); // now the worker is at the occlusion map of this stroke
  }
  await done("occlusion");
  return { first, last: lab.asked, painted };
})();
"""


def test_a_new_stroke_ends_the_work_on_the_one_before(browser, site_address):
    lab = Lab(browser, site_address, "?engine=plain")
    for name, value in (("patch", 4), ("stride", 1)):  # 625 places: seconds in plain JavaScript
        lab.run("lab.set(arguments[0], arguments[1])", name, value)
    lab.settle()
    found = browser.run(CANCELLED)
    assert found["last"] == found["first"] + 7
    slow = [number for stage, number in found["painted"] if stage == "occlusion"]
    assert slow[-1] == found["last"]
    assert len(slow) <= 3  # one, unless something else held up the browser for long
    quick = [number for stage, number in found["painted"] if stage == "maps"]
    assert quick[-1] == found["last"]
    assert quick == sorted(quick)


# Challenges


def test_the_first_challenge_is_solved_with_the_mouse(lab):
    lab.click("[data-challenge='0'] button")
    assert lab.state("lab.board.tool") == "eraser"
    assert not lab.state("root.getElementById('centre').checked")
    card = "root.querySelector(\"[data-challenge='0']\").classList.contains('solved')"
    for row in range(7, 12):
        assert not lab.state(card)
        lab.drag((6.5, row + 0.5), (16.5, row + 0.5))
    assert lab.state("lab.explained") == 1
    assert lab.state(card)
    assert "✓ solved with" in lab.text("[data-challenge='0'] .badge")
    assert lab.text("#cursor").startswith("Solved: A 7 that is called a 1")


def test_the_other_challenges_are_solved(lab):
    solutions = json.loads((CHECKS / "solutions.json").read_text())
    lab.click("[data-challenge='1'] button")
    assert lab.state("lab.board.ink.every((v) => v === 0)")
    lab.drag(*solutions[1]["draw"])
    assert max(lab.state("[...lab.results.shown.probabilities]")) <= 0.5
    assert lab.text("[data-challenge='1'] .badge") == "✓ solved"
    lab.click("[data-challenge='2'] button")
    lab.run(
        "const ink = lab.board.ink.slice(); for (const k of arguments[0]) ink[k] = 0; lab.board.show(ink)",
        solutions[2]["erase"],
    )
    lab.settle()
    assert lab.state("lab.explained") == 3
    assert lab.text("[data-challenge='2'] .badge") == "✓ solved with 8"


# For everybody


def test_it_is_accessible_and_fits_a_phone(browser, site_address):
    lab = Lab(browser, site_address)
    lab.slide("#random", 2)
    lab.run("lab.challenge(0); lab.choose({conv: 1, map: 3, row: 4, column: 5})")
    lab.settle()
    lab.audit(f"{LAB}.sheets[0].columns === 8")


def test_reduced_motion_is_respected(lab):
    moving = "return getComputedStyle(root.querySelector('.fill')).transitionDuration"
    assert lab.run(moving) == "0s"  # what the browser of the tests asks for
    lab.browser.prefer(still=False)
    assert lab.run(moving) != "0s"


def test_a_page_from_a_file_shows_a_picture_and_how_to_serve_it(browser, site):
    browser.open((site / "book" / "playground.html").as_uri())
    assert browser.run(f"const i = {LAB}.querySelector('img'); return i.complete && i.naturalWidth") > 300
    assert "python -m http.server" in browser.run(f"return {LAB}.innerText")
    assert browser.run(f"return {LAB}.querySelector('.help').getBoundingClientRect().height") > 10


def test_a_page_without_scripts_shows_the_same(browser, site_address):
    disable = "Emulation.setScriptExecutionDisabled"
    browser.driver.execute_cdp_cmd(disable, {"value": True})
    try:
        browser.driver.get(site_address + PAGE)
        shown = browser.driver.find_element("css selector", "digit-lab .help")
        assert shown.is_displayed()
        assert browser.driver.find_element("css selector", "digit-lab img").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd(disable, {"value": False})
