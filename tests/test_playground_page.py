"""The live page in a real browser: everything that a reader can do, by mouse, touch and keyboard."""

import json
import shutil
from importlib.resources import files

import numpy as np
import pytest
from built_site import build
from playground_reference import reference_folder
from selenium.webdriver import ActionChains, Keys
from test_playground import CHECKS, SERVED, assert_agreement

from tools.browser import chromium, missing, serve

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"{missing()}: not installed")

PAGE = "/site/book/playground.html"
LAB = "document.querySelector('digit-lab')"
DONE = f"const lab = {LAB}; return !!lab?.results?.shown.occlusion && lab.results.id === lab.asked"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What is served: the built site below a path of its own, the reference digits, the checks."""
    folder = tmp_path_factory.mktemp("served")
    for name, target in {"site": build(), "reference": reference_folder(), "checks": CHECKS}.items():
        (folder / name).symlink_to(target)
    return folder


@pytest.fixture(scope="module")
def address(folder):
    with serve(folder) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        browser.driver.set_script_timeout(300)
        yield browser


class Lab:
    """The page, open and ready."""

    def __init__(self, browser, address, query="", **window):
        self.browser = browser
        browser.open(address + PAGE + query, **window)
        self.settle()

    def settle(self):
        """Wait until everything is painted."""
        self.browser.wait(DONE, 60)

    def run(self, script, *arguments):
        """Run JavaScript with ``lab``, the element, and ``root``, what is in it."""
        return self.browser.run(f"const lab = {LAB}, root = lab.shadowRoot; {script}", *arguments)

    def find(self, selector):
        """An element of the page."""
        return self.run("return root.querySelector(arguments[0])", selector)

    def click(self, selector):
        """Click an element, and wait."""
        element = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()
        self.settle()

    def text(self, selector):
        """What an element says."""
        return self.run("return root.querySelector(arguments[0]).textContent", selector)

    def state(self, expression):
        """An expression of ``lab`` as JSON."""
        return self.run(f"return {expression}")

    def slide(self, selector, value):
        """Move a slider with the keyboard, as far as it takes."""
        element = self.find(selector)
        for _ in range(20):
            now = int(element.get_property("value"))
            if now == value:
                break
            element.send_keys(Keys.ARROW_RIGHT if now < value else Keys.ARROW_LEFT)
        self.settle()

    def pixels(self, selector):
        """The colours of a canvas, (N, 4)."""
        got = self.run(
            "const c = root.querySelector(arguments[0]);"
            "return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]",
            selector,
        )
        return np.array(got, np.uint8).reshape(-1, 4)

    def picture(self, selector):
        """A canvas as a PNG file in text."""
        return self.run("return root.querySelector(arguments[0]).toDataURL()", selector)

    def marked(self, selector):
        """Whether the orange of frames is on a canvas."""
        return self.run(
            "const c = root.querySelector(arguments[0]), context = c.getContext('2d');"
            "const words = new Uint32Array(context.getImageData(0, 0, c.width, c.height).data.buffer);"
            "return words.includes(0xff1c9fff)",
            selector,
        )

    def point(self, x, y):
        """Where a place of the drawing (0 to 28) is in the window."""
        box = self.run(
            "const c = root.querySelector('.board'); c.scrollIntoView({block: 'center'});"
            "const b = c.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]"
        )
        return round(box[0] + box[2] * x / 28), round(box[1] + box[3] * y / 28)

    def draw(self, *places):
        """Draw lines with the mouse."""
        chain = ActionChains(self.browser.driver, duration=20)
        chain.w3c_actions.pointer_action.move_to_location(*self.point(*places[0]))
        chain.w3c_actions.pointer_action.pointer_down()
        for place in places[1:]:
            chain.w3c_actions.pointer_action.move_to_location(*self.point(*place))
        chain.w3c_actions.pointer_action.pointer_up()
        chain.perform()
        self.settle()

    def keys(self, *keys):
        """Type on whatever has the focus."""
        ActionChains(self.browser.driver, duration=0).send_keys(*keys).perform()


@pytest.fixture
def lab(browser, address):
    lab = Lab(browser, address)
    yield lab
    assert browser.errors() == []
    assert browser.foreign_requests() == []


# What it computes


AGREEMENT = """
const [engineName, count] = arguments;
return (async () => {
  const served = "/site/_static/playground/";
  const load = (name) => import(served + name);
  const bytes = async (name) => (await fetch(name)).arrayBuffer();
  const json = async (name) => (await fetch(name)).json();
  const [engine, { plain }, { startKernel }, { decode }] = await Promise.all(
    ["engine.mjs", "plain.mjs", "kernel.mjs", "weights.mjs"].map(load));
  const { agreement } = await import("/checks/agreement.mjs");
  const weights = await decode(await bytes(served + "weights.bin"), await json(served + "manifest.json"));
  const ops = engineName === "plain" ? plain : await startKernel(await bytes(served + "kernel.wasm"));
  const index = await json("/reference/reference.json");
  const buffer = await bytes("/reference/reference.bin");
  return agreement(engine, new engine.Network(weights, ops), index, buffer, count);
})();
"""


@pytest.mark.parametrize("engine", ["plain", "kernel"])
def test_the_engine_agrees_with_python_in_the_browser(lab, engine):
    assert_agreement(lab.browser.run(AGREEMENT, engine, 100))


EMBEDDED = """
const lab = document.querySelector("digit-lab");
return (async () => {
  const index = await (await fetch("/reference/reference.json")).json();
  const buffer = await (await fetch("/reference/reference.bin")).arrayBuffer();
  const row = index.arrays.find(({ name }) => name === "image");
  lab.board.show(new Float32Array(buffer, row.offset + 4 * 784 * arguments[0], 784));
  return index.digits[arguments[0]];
})();
"""


@pytest.mark.parametrize("query", ["", "?engine=plain"])
def test_the_page_shows_what_python_says(browser, address, query):
    lab = Lab(browser, address, query)
    assert lab.text("#engine").startswith("Engine: plain") == (query != "")
    index = json.loads((reference_folder() / "reference.json").read_text())
    content = (reference_folder() / "reference.bin").read_bytes()
    arrays = {
        row["name"]: np.frombuffer(content, "<f4", np.prod(row["shape"]), row["offset"]).reshape(row["shape"])
        for row in index["arrays"]
    }
    lab.run("root.getElementById('centre').click()")
    for number in (3, 28):
        plan = browser.run(EMBEDDED, number)
        for name in ("patch", "stride", "baseline"):
            lab.run("lab.set(arguments[0], arguments[1])", name, plan[name])
        lab.run("lab.pinned = arguments[0]", plan["target"])
        lab.settle()
        shown = {
            name: np.array(lab.run(f"return [...{js}]"))
            for name, js in {
                "probabilities": "lab.results.shown.probabilities",
                "conv2": "lab.results.shown.conv2",
                "saliency": "lab.of(lab.results.shown.saliency)",
                "grad_cam": "lab.of(lab.results.shown.gradCam)",
                "occlusion_exact": "lab.of(lab.results.shown.occlusion)",
            }.items()
        }
        for name, found in shown.items():
            assert np.abs(found - arrays[name][number].ravel()).max() <= 1e-5, name


def test_a_kernel_that_is_missing_broken_or_wrong_is_not_used(browser, folder, tmp_path):
    kernel = (SERVED / "kernel.wasm").read_bytes()
    # 0xE4 0x01 adds four numbers, 0xE5 0x01 subtracts them: a kernel that runs and is wrong.
    wrong = kernel.replace(b"\xfd\xe4\x01", b"\xfd\xe5\x01")
    assert wrong != kernel
    shutil.copytree(folder / "site", tmp_path / "site")
    place = tmp_path / "site" / "_static" / "playground" / "kernel.wasm"
    with serve(tmp_path) as address:
        for content, why in ((b"nothing", "does not run"), (None, "does not run"), (wrong, "differs by")):
            place.unlink() if content is None else place.write_bytes(content)
            lab = Lab(browser, address)
            assert "plain JavaScript" in lab.text("#engine")
            assert why in lab.text("#engine")
            assert lab.state("lab.explained") == 4


def test_missing_weights_leave_the_picture_and_say_why(browser, folder, tmp_path):
    shutil.copytree(folder / "site", tmp_path / "site")
    (tmp_path / "site" / "_static" / "playground" / "weights.bin").write_bytes(b"short")
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
    lab.draw((12, 8), (16, 7), (20, 8))  # the 4 becomes a 9
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
    lab.draw((5, 18.5), (24, 18.5))
    assert 0 < lab.state("lab.board.ink.filter((v) => v > 0).length") < ink
    assert not any(lab.state("[...lab.board.ink.slice(18 * 28, 19 * 28)]"))
    lab.click("#clear")
    assert lab.state("lab.board.ink.every((v) => v === 0)")
    assert lab.state("lab.explained") == 1  # the network has an answer to nothing, too


def test_drawing_with_a_finger_does_not_scroll_the_page(browser, address):
    lab = Lab(browser, address, width=360, height=780)
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
    assert lab.text("#cursor") == "Row 6, column 11, 0 % ink"
    lab.keys(Keys.SPACE, *[Keys.ARROW_RIGHT] * 8)
    assert lab.text("#cursor") == "Row 6, column 19, 100 % ink"
    for _ in range(8):
        lab.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_LEFT)
    lab.keys(Keys.SPACE)
    assert lab.text("#cursor").startswith("Pen lifted")
    lab.settle()
    assert lab.state("lab.explained") == 7
    lab.keys(Keys.DELETE)
    lab.settle()
    assert lab.text("#cursor") == "Erased. Row 22, column 11, 0 % ink"


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
    lab.draw((2, 2), (2, 12))
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
    region = lab.state("lab.board.region")  # the 4 is centred already: nothing is moved
    assert region == {
        "top": max(2 * unit["row"] - 3, 0),
        "bottom": min(2 * unit["row"] + 5, 28),
        "left": max(2 * unit["column"] - 3, 0),
        "right": min(2 * unit["column"] + 5, 28),
    }
    assert lab.text("#unit").startswith(f"conv2, map {unit['map'] + 1} of 64, row {unit['row'] + 1}, ")
    for canvas in (".board", "[data-map=seen] .heat", "[data-sheet='1']", "#close", "#field"):
        assert lab.marked(canvas), canvas
    assert not lab.marked("[data-sheet='0']")
    lab.click("#hide")
    assert lab.state("lab.unit") is None
    assert not lab.marked(".board")


def test_the_frame_in_the_drawing_follows_the_centring(lab):
    lab.click("#clear")
    lab.draw((4, 4), (4, 24), (14, 24))
    lab.run("lab.choose({conv: 2, map: 0, row: 3, column: 3})")
    scale, left, top = lab.state("[lab.fit.scale, lab.fit.left, lab.fit.top]")
    assert scale != 1
    region = lab.state("lab.board.region")
    assert region["right"] == pytest.approx(min(max(23 / scale + left, 0), 28))
    assert region["top"] == pytest.approx(min(max(5 / scale + top, 0), 28))


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
    lab.run("const s = root.getElementById('baseline'); s.value = '0'; s.dispatchEvent(new Event('change'))")
    lab.settle()
    image, drop = (np.array(lab.state(f"[...{js}]")).reshape(28, 28)
                   for js in ("lab.results.image", "lab.of(lab.results.shown.occlusion)"))  # fmt: skip
    assert not image[:3, :3].any()
    assert not drop[:3, :3].any()  # a black patch on black changes nothing


def test_random_weights_layer_by_layer(lab):
    trained = {name: np.array(lab.state(f"[...lab.of(lab.results.shown.{name})]")) for name in
               ("saliency", "gradCam", "occlusion")}  # fmt: skip
    lab.click("[data-class='4']")
    assert lab.find("[data-map=saliency] .trained").get_attribute("hidden") is not None
    for count, said in ((1, "preds"), (2, "preds, dense"), (5, "preds, dense, conv3, conv2, conv1")):
        lab.slide("#random", count)
        assert lab.text("#random-value") == said
        for name, before in trained.items():
            now = np.array(lab.state(f"[...lab.of(lab.results.shown.{name})]"))
            kept = np.array(lab.state(f"[...lab.of(lab.results.trained.{name})]"))
            assert np.array_equal(kept, before)
            assert not np.allclose(now, before)
            expected = np.corrcoef(now, before)[0, 1]
            text = lab.text(f"[data-map={name}] .trained span")
            assert float(text.split()[-1].replace("−", "-")) == pytest.approx(expected, abs=0.006)
    features = np.array(lab.state("[...lab.results.shown.conv1]"))
    lab.slide("#random", 0)
    assert lab.find("[data-map=saliency] .trained").get_attribute("hidden") is not None
    assert np.array_equal(lab.state("[...lab.of(lab.results.shown.saliency)]"), trained["saliency"])
    assert not np.array_equal(lab.state("[...lab.results.shown.conv1]"), features)


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


def test_a_new_stroke_ends_the_work_on_the_one_before(browser, address):
    lab = Lab(browser, address, "?engine=plain")
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
        lab.draw((6.5, row + 0.5), (16.5, row + 0.5))
    assert lab.state("lab.explained") == 1
    assert lab.state(card)
    assert "✓ solved with" in lab.text("[data-challenge='0'] .badge")
    assert lab.text("#cursor").startswith("Solved: A 7 that is called a 1")


def test_the_second_challenge_is_solved_with_the_mouse(lab):
    lab.click("[data-challenge='1'] button")
    assert lab.state("lab.board.ink.every((v) => v === 0)")
    strokes = json.loads((CHECKS / "solutions.json").read_text())[1]["draw"]
    lab.draw(*strokes)
    assert max(lab.state("[...lab.results.shown.probabilities]")) <= 0.5
    assert lab.text("[data-challenge='1'] .badge") == "✓ solved"


def test_the_third_challenge_is_solved_with_the_keyboard(lab):
    lab.click("[data-challenge='2'] button")
    x, y = lab.state("[lab.board.cursor.x, lab.board.cursor.y]")
    for pixel in json.loads((CHECKS / "solutions.json").read_text())[2]["erase"]:
        row, column = divmod(pixel, 28)
        down, right = row - y, column - x
        vertical = [Keys.ARROW_DOWN if down > 0 else Keys.ARROW_UP] * abs(down)
        lab.keys(*vertical, *[Keys.ARROW_RIGHT if right > 0 else Keys.ARROW_LEFT] * abs(right), Keys.DELETE)
        x, y = column, row
    lab.settle()
    assert lab.state("lab.explained") == 3
    assert lab.text("[data-challenge='2'] .badge") == "✓ solved with 8"


# For everybody


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_no_accessibility_rule_is_broken(browser, address, theme, width):
    lab = Lab(browser, address, width=width, dark=theme == "dark")
    browser.run("document.documentElement.dataset.theme = arguments[0]", theme)
    lab.slide("#random", 2)
    lab.run("lab.challenge(0); lab.choose({conv: 1, map: 3, row: 4, column: 5})")
    lab.settle()
    browser.run((files("axe_core_python") / "axe.min.js").read_text() + "; return true")
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    found = browser.run("return axe.run(document.querySelector('digit-lab'), arguments[0])", options)
    broken = {rule["id"]: [node["html"][:120] for node in rule["nodes"]] for rule in found["violations"]}
    assert broken == {}
    assert len(found["passes"]) > 10


def test_a_phone_does_not_scroll_sideways(browser, address):
    lab = Lab(browser, address, width=360, height=780)
    lab.slide("#random", 3)
    lab.run("lab.choose({conv: 1, map: 3, row: 4, column: 5})")
    assert browser.run("return document.documentElement.scrollWidth") <= 360
    assert lab.state("lab.sheets[0].columns") == 8
    outside = lab.run(
        "return [...root.querySelectorAll('*')].filter((e) => !e.closest('.hidden') &&"
        "e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 80))"
    )
    assert outside == []
    browser.resize(1280)
    browser.wait(f"return {LAB}.sheets[0].columns === 16")


def test_reduced_motion_is_respected(browser, address):
    lab = Lab(browser, address)  # the browser of the tests asks for reduced motion
    moving = "return getComputedStyle(root.querySelector('.fill')).transitionDuration"
    assert lab.run(moving) == "0s"
    features = [{"name": "prefers-reduced-motion", "value": "no-preference"}]
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    assert lab.run(moving) == "0.09s"


def test_a_page_from_a_file_shows_a_picture_and_how_to_serve_it(browser):
    browser.open((build() / "book" / "playground.html").as_uri())
    assert browser.run(f"const i = {LAB}.querySelector('img'); return i.complete && i.naturalWidth") > 300
    assert "python -m http.server" in browser.run(f"return {LAB}.innerText")
    assert browser.run(f"return {LAB}.querySelector('.help').getBoundingClientRect().height") > 10


def test_a_page_without_scripts_shows_the_same(browser, address):
    disable = "Emulation.setScriptExecutionDisabled"
    browser.driver.execute_cdp_cmd(disable, {"value": True})
    try:
        browser.driver.get(address + PAGE)
        shown = browser.driver.find_element("css selector", "digit-lab .help")
        assert shown.is_displayed()
        assert browser.driver.find_element("css selector", "digit-lab img").is_displayed()
    finally:
        browser.driver.execute_cdp_cmd(disable, {"value": False})


def test_the_page_transfers_little(browser, address):
    browser.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    Lab(browser, address)
    sizes = browser.run(
        "return performance.getEntriesByType('resource').filter((e) => e.name.includes('/playground/'))"
        ".map((e) => [e.name.split('/').pop(), e.transferSize])"
    )
    own = {path.name: path.stat().st_size for path in SERVED.iterdir()}
    assert {name.split("?")[0] for name, _ in sizes} <= set(own)
    page = (build() / "book" / "playground.html").stat().st_size
    print(f"{sum(own.values()) + page:,} bytes with the page itself")
    assert sum(own.values()) + page <= 1_200_000
