"""The photograph's page in a real browser: what is loaded, photographs of all kinds, moved and zoomed."""

import numpy as np
import pytest
from photo_lab import HOST, Lab, as_file, scene
from PIL import Image
from selenium.webdriver import Keys

from helpers.imagenet import centre_square
from tools.browser import _Handler


@pytest.fixture
def asked(monkeypatch):
    """What the server is asked for, by the page and its workers, as paths."""
    paths = []

    def note(self, form, *args):
        if args and " " in str(args[0]):
            paths.append(str(args[0]).split()[1].split("?")[0])

    monkeypatch.setattr(_Handler, "log_message", note)
    return paths


# What is loaded, and when


def test_nothing_of_it_is_loaded_before_it_is_asked_for(browser, site_address, asked):
    Lab(browser, site_address, load=False)
    browser.wait(f"return {HOST}.querySelector('button') && 1")
    of_page = [path.split("/photo/")[1] for path in asked if "/_static/photo/" in path]
    assert set(of_page) <= {"photo.mjs", "picture.jpg"}
    assert "11 MB" in browser.run(f"return {HOST}.innerText")


def test_what_is_loaded_is_at_most_12_mb_and_nothing_comes_after_it(browser, site, site_address, asked):
    lab = Lab(browser, site_address, load=False)
    browser.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    browser.run("return caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")
    lab.load()
    total = sum((site / path.lstrip("/")).stat().st_size for path in set(asked) if "/_static/photo/" in path)
    print(f"{total:,} bytes")
    assert 9_000_000 < total <= 12_000_000
    asked.clear()
    lab.give(scene())
    lab.take("temple")
    lab.drag((0.3, 0.3), (0.6, 0.5))
    lab.run("lab.press('tool', 'cover'); lab.setBrush('blurred', 20)")
    lab.drag((0.3, 0.3), (0.6, 0.5))
    lab.click("#top .class:nth-child(2) .versus")
    lab.click("#features summary")
    for k in range(6):
        lab.run("root.querySelectorAll('[name=depth]')[arguments[0]].click()", k)
        lab.settle()
    lab.click("#occlude")
    lab.run("lab.forget(2)")
    lab.settle()
    lab.run("HTMLAnchorElement.prototype.click = () => {}; return lab.save()")
    assert asked == []
    assert browser.foreign_requests() == []
    assert browser.errors() == []


def test_the_network_is_no_work_for_the_page_itself(lab):
    loaded = lab.browser.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    names = {name.split("/photo/")[1] for name in loaded if "/_static/photo/" in name}
    assert "lab.mjs" in names
    assert {name for name in names if "engine" in name or "vendor" in name or "weights" in name} == set()


def test_a_second_visit_takes_the_network_from_the_browsers_cache(browser, site_address, asked):
    Lab(browser, site_address)
    asked.clear()
    Lab(browser, site_address)
    assert [path for path in asked if path.endswith((".bin", ".wasm"))] == []


# Photographs of all kinds


def test_the_network_gets_the_very_pixels_of_a_square_of_its_size(lab):
    lab.give(scene())
    assert np.array_equal(lab.rgb, scene())
    assert lab.text("#about") == "given.png: 224 × 224 pixels."


@pytest.mark.parametrize("name", ["cat", "grace_hopper", "temple"])
def test_a_larger_square_is_scaled_as_the_chapters_scale_it(lab, site, name):
    lab.take(name)
    file = site / "_static" / "photo" / "pictures" / f"{name}.jpg"
    wanted = centre_square(np.array(Image.open(file).convert("RGB")), 224).astype(int)
    assert np.abs(lab.rgb - wanted).max() <= 3  # browsers decode JPEG files in their own way
    assert np.mean(lab.rgb != wanted) < 0.02


def test_a_turned_photograph_is_upright(lab):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    turned = Image.fromarray(scene()).transpose(Image.Transpose.ROTATE_90)
    lab.give(turned, "turned.jpg", exif=exif, quality=95)
    assert np.abs(lab.rgb.astype(int) - scene()).mean() < 3


def test_what_is_transparent_lies_on_grey_and_is_told(lab):
    clear = np.dstack([scene(), np.full((224, 224), 255, np.uint8)])
    clear[:, :112, 3] = 0
    lab.give(clear)
    assert np.array_equal(lab.rgb[:, :112], np.full((224, 112, 3), 127))
    assert np.array_equal(lab.rgb[:, 112:], scene()[:, 112:])
    assert "transparent parts are shown on grey" in lab.text("#about")


def test_a_photograph_without_colours_is_told(lab):
    lab.give(scene()[:, :, 0], "grey.png")
    assert np.array_equal(lab.rgb, np.repeat(scene()[:, :, :1], 3, axis=2))
    assert "It has no colours" in lab.text("#about")


@pytest.mark.parametrize("size", [(1, 1), (3, 500), (20, 30)])
def test_a_very_small_photograph_is_enlarged(lab, size):
    lab.give(np.full((*size, 3), 90, np.uint8))
    assert np.abs(lab.rgb.astype(int) - 90).max() <= 1
    assert "is enlarged" in lab.text("#about")


def test_a_photograph_of_50_megapixels_is_shown_smaller(lab):
    lab.give(Image.fromarray(scene()).resize((8660, 5774)), "huge.jpg", quality=60)
    assert "8,660 × 5,774 pixels" in lab.text("#about")
    assert lab.state("lab.stage.bitmap.width * lab.stage.bitmap.height") <= 2**22 + 5000
    assert abs(int(lab.rgb[112, 112, 1]) - 127) < 6  # its middle is in the middle


FOREIGN = {
    "notes.pdf": (b"%PDF-1.7\n", "notes.pdf is a PDF document"),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(80), "in HEIC format, which this browser"),
    "clip.mp4": (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(80), "clip.mp4 is a video"),
    "drawing.svg": (b"<svg xmlns='x'></svg>", "drawing.svg is an SVG drawing"),
    "letter.docx": (b"PK\x03\x04" + bytes(60), "letter.docx is an archive"),
    "letter.txt": (b"Dear all, this is no picture", "letter.txt is a text"),
    "nothing.jpg": (b"", "nothing.jpg is empty"),
    "odd.bin": (bytes(range(1, 200)), "odd.bin is not a photograph that this browser can open"),
    "broken.png": (b"\x89PNG\r\n\x1a\n" + bytes(90), "broken.png is a damaged PNG file"),
    "broken.jpg": (b"\xff\xd8\xff\xe0" + bytes(90), "broken.jpg is a damaged JPEG file"),
}


def test_what_is_no_photograph_is_told_in_one_line_and_changes_nothing(lab):
    before = lab.text("#explained")
    for name, (content, said) in FOREIGN.items():
        lab.drop(name, content)
        line = lab.says("#problem", said)
        assert "\n" not in line
        assert len(line) < 160
        assert "JPEG" in line  # what is allowed
    assert lab.text("#explained") == before
    lab.give(scene())
    assert lab.run("return root.getElementById('problem').hidden")


def test_half_a_photograph_is_shown_or_told(lab):
    whole = as_file(scene(), "half.jpg")
    lab.drop("half.jpg", whole[: len(whole) // 2])
    told = "!lab.byId('problem').hidden || lab.byId('about').textContent.startsWith('half')"
    lab.browser.wait(f"const {{ lab }} = {HOST}; return {told}")


def test_a_photograph_may_be_dropped_before_the_network_is_there_and_beside_it(browser, site_address):
    lab = Lab(browser, site_address, load=False)
    outline = f"{HOST}.toggleAttribute('dropping', true); return getComputedStyle({HOST}).outlineStyle"
    assert browser.run(outline) == "dashed"
    lab.drop("first.png", as_file(scene(300, 320), "first.png"), where="photo-lab img")
    browser.wait(lab.DONE, 60)
    lab.says("#about", "first.png: 320 × 300 pixels.")
    assert browser.run(outline) == "dashed"
    lab.drop("beside.png", as_file(scene(310, 330), "beside.png"), where="h1")
    lab.says("#about", "beside.png: 330 × 310 pixels.")


def test_a_link_or_several_files_are_dropped(lab):
    lab.run(
        "const transfer = new DataTransfer(); transfer.setData('text/uri-list', 'elsewhere.example/cat.jpg');"
        "const how = {dataTransfer: transfer, bubbles: true, composed: true, cancelable: true};"
        "root.getElementById('stage').dispatchEvent(new DragEvent('drop', how))"
    )
    assert "nothing is fetched from other sites" in lab.text("#problem")
    lab.run("lab.sources.files([0, 1].map((k) => new File([lab.sources.examples[k].blob], `${k}.jpg`)))")
    lab.says("#about", "The first of 2 files was taken. 0.jpg")


def test_a_photograph_is_pasted(lab):
    lab.run(
        "const transfer = new DataTransfer();"
        "transfer.items.add(new File([lab.sources.examples[3].blob], 'image.jpg', {type: 'image/jpeg'}));"
        "document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: transfer, cancelable: true}))"
    )
    lab.says("#about", "The pasted picture: 640 × 427")


CAMERA = """
const canvas = document.createElement("canvas");
[canvas.width, canvas.height] = [64, 48];
const context = canvas.getContext("2d");
setInterval(() => { context.fillStyle = "rgb(10, 200, 30)"; context.fillRect(0, 0, 64, 48); }, 20);
navigator.mediaDevices.getUserMedia = async () => (window.stream = canvas.captureStream());
"""


def test_the_camera_is_used_only_when_asked_and_switched_off_again(lab):
    assert lab.run("return root.querySelector('.shutter').hidden")
    lab.browser.run(CAMERA)
    lab.find("#camera").click()
    lab.browser.wait(f"const lab = {HOST}.lab; return lab.all('video')[0].videoWidth === 64")
    lab.find("#shoot").click()
    lab.says("#about", "The camera’s picture: 64 × 48")
    lab.settle()
    assert np.abs(lab.rgb.reshape(-1, 3).astype(int).mean(axis=0) - (10, 200, 30)).max() < 12
    assert lab.browser.run("return stream.getTracks().every((track) => track.readyState === 'ended')")
    lab.browser.run(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') }"
    )
    lab.find("#camera").click()
    assert "may not use the camera" in lab.says("#problem", "camera")


def test_the_courses_photographs_have_their_credits(lab):
    for name, credit in (("temple", "danielbuechele"), ("flower", "vultilion"), ("rocket", "SpaceX")):
        lab.take(name)
        assert credit in lab.text("#about")
        assert credit in lab.state("lab.caption")
    assert (
        lab.state("lab.sources.buttons.map((b) => b.getAttribute('aria-pressed')).join()").count("true") == 1
    )


# Moving and zooming


def view(lab):
    """Left, top and side of the square in the photograph."""
    return np.array(lab.state("[lab.stage.view.left, lab.stage.view.top, lab.stage.view.side]"))


def test_the_photograph_is_moved_and_zoomed_with_the_mouse(lab):
    lab.give(scene(448, 896))
    assert view(lab).tolist() == [224, 0, 448]
    lab.drag((0.6, 0.5), (0.35, 0.5))
    assert np.abs(view(lab) - (336, 0, 448)).max() < 3
    lab.drag((0.1, 0.5), (0.9, 0.5))
    lab.drag((0.1, 0.5), (0.9, 0.5))
    assert view(lab)[0] == 0  # not beyond the edge
    x, y = lab.point(1, 1)
    wheel = {"type": "mouseWheel", "x": x - 3, "y": y - 3, "deltaX": 0, "deltaY": -100}
    lab.browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", wheel)
    lab.browser.wait(f"return {HOST}.lab.stage.view.factor > 1.15")
    left, top, side = view(lab)
    assert abs(left + side - 448) < 4  # the corner that the mouse is at stays
    assert abs(top + side - 448) < 4


def test_the_photograph_is_moved_and_zoomed_with_the_keyboard_and_that_is_said(lab):
    lab.give(scene(448, 896))
    lab.run("root.getElementById('stage').focus()")
    lab.keys(*[Keys.ARROW_RIGHT] * 2)
    assert np.abs(view(lab) - (224 + 0.1 * 448, 0, 448)).max() < 1
    lab.keys("++")
    assert lab.text("#cursor").startswith("1.4 times")
    assert lab.text("#zoom-value") == "1.4 times"
    lab.keys("-")
    assert lab.text("#cursor").startswith("1.2 times")
    lab.keys("0")
    lab.settle()
    assert view(lab).tolist() == [224, 0, 448]


def test_the_photograph_is_zoomed_with_two_fingers_and_the_page_stays(browser, site_address):
    lab = Lab(browser, site_address, width=360, height=780)
    before = view(lab)
    lab.point(0.5, 0.5)
    scrolled = browser.run("return window.scrollY")
    lab.touch("touchStart", (0.4, 0.4), (0.6, 0.6))
    lab.touch("touchMove", (0.2, 0.2), (0.8, 0.8))
    lab.touch("touchEnd")
    lab.settle()
    after = view(lab)
    assert before[2] / after[2] == pytest.approx(3, rel=0.1)
    assert np.abs((after[:2] + after[2] / 2) - (before[:2] + before[2] / 2)).max() < 8
    assert browser.run("return window.scrollY") == scrolled


def test_a_finger_scrolls_the_page_where_it_cannot_move_the_photograph(browser, site_address):
    lab = Lab(browser, site_address, width=360, height=780)
    moved = []
    for script in ("", "lab.stage.view.zoom(2); lab.stage.update()", "lab.press('tool', 'cover')"):
        lab.run(script)
        lab.settle()
        x, y = lab.point(0.5, 0.6)
        before = np.array([browser.run("return window.scrollY"), view(lab)[1]])
        for k in range(7):
            finger = {"x": x, "y": y - 20 * k, "id": 0}
            kind = "touchMove" if k else "touchStart"
            event = {"type": kind, "touchPoints": [finger]}
            browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", event)
        lab.touch("touchEnd")
        lab.settle()
        after = np.array([browser.run("return window.scrollY"), view(lab)[1]])
        moved.append(((after - before) > 20).tolist())
    assert moved == [[True, False], [False, True], [False, False]]  # the page, the photograph
    assert lab.state("lab.stage.cover.strokes.length") == 1


def test_the_slider_zooms(lab):
    lab.run(
        "const zoom = root.getElementById('zoom'); zoom.value = 50; zoom.dispatchEvent(new Event('input'))"
    )
    lab.settle()
    least, most = 24, 300
    assert lab.state("lab.stage.view.factor") == pytest.approx((most / least) ** 0.5, rel=0.01)
