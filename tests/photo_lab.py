"""The photograph's page in a browser, to be loaded, given photographs, and asked."""

import base64
import functools
import io
import json

import numpy as np
from live_lab import LiveLab
from PIL import Image

PAGE = "/book/photo.html"
HOST = "document.querySelector('photo-lab')"
# Gives the page a file as a drop does: arguments are its name, its bytes in base64, its type, and where it
# is dropped. Whether the browser is kept from opening it.
DROP = """
const [name, content, type, where] = arguments;
const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
const transfer = new DataTransfer();
transfer.items.add(new File([bytes], name, { type }));
const host = document.querySelector("photo-lab");
const how = { dataTransfer: transfer, bubbles: true, cancelable: true, composed: true };
const target = document.querySelector(where) ?? host.shadowRoot.getElementById("stage");
return ["dragover", "drop"].every((kind) => !target.dispatchEvent(new DragEvent(kind, how)));
"""


class Lab(LiveLab):
    """The page, open, with the network loaded and the first photograph looked at."""

    TAG, HOST, LAB = "photo-lab", HOST, f"{HOST}.lab"
    DONE = f"return {HOST}.lab?.settled"

    def __init__(self, browser, address, load=True, **window):
        self.browser = browser
        browser.open(address + PAGE, **window)
        if load:
            self.load()

    def load(self):
        """Ask for the network, and wait for the first answer."""
        self.browser.run(f"{HOST}.querySelector('button').click()")
        self.browser.wait(self.DONE, 60)

    def settle(self):
        """Wait until everything that was asked for is painted."""
        super().settle()
        self.browser.run("return new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")

    def says(self, selector, part, seconds=20):
        """Wait until an element says something; what it says then."""
        script = "const said = root.querySelector({}).textContent; return said.includes({}) && said"
        script = script.format(json.dumps(selector), json.dumps(part))
        return self.browser.wait(f"const root = {HOST}.shadowRoot; {script}", seconds)

    def take(self, name):
        """Take one of the course's photographs."""
        self.run(
            "return lab.sources.example(lab.sources.examples.findIndex((e) => e.name === arguments[0]))", name
        )
        self.settle()

    def give(self, picture, name="given.png", **how):
        """Drop a picture, an array, and wait until it is looked at."""
        before = self.state("lab.asker.version")
        self.drop(name, as_file(picture, name, **how))
        self.browser.wait(f"return {HOST}.lab.asker.version > {before}")
        self.settle()

    def drop(self, name, content, kind="", where="#stage"):
        """Drop a file on the photograph, or on an element of the page around it."""
        assert self.browser.run(DROP, name, base64.b64encode(content).decode(), kind, where)

    @property
    def rgb(self):
        """What the network got, (224, 224, 3)."""
        return np.array(self.state("[...lab.answer.rgb]"), np.uint8).reshape(224, 224, 3)

    def top(self, count=1):
        """The likeliest classes with their probabilities."""
        rows = self.run(
            "return [...root.querySelectorAll('#top .class')].map((row) => "
            "[row.querySelector('.label').textContent, row.querySelector('.share').textContent])"
        )
        return [(name, float(share.rstrip("%"))) for name, share in rows[:count]]

    def pixels(self, selector):
        """The colours of a canvas, (height, width, 4)."""
        url = self.run("return root.querySelector(arguments[0]).toDataURL()", selector)
        return decoded(url)

    def box(self, selector="#stage"):
        """Where an element is in the window, scrolled into its middle: left, top, width, height."""
        return self.run(
            "const e = root.querySelector(arguments[0]); e.scrollIntoView({block: 'center'});"
            "const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]",
            selector,
        )

    def point(self, x, y):
        """Where a place of the square (0 to 1) is in the window."""
        left, top, width, height = self.box()
        return round(left + width * x), round(top + height * y)

    def touch(self, kind, *places):
        """One touch event with fingers at places of the square."""
        points = [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(self.point(*p) for p in places)]
        self.browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def decoded(url):
    """The pixels of a picture in a data URL."""
    return np.array(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGBA"))


def as_file(picture, name, **how):
    """A picture, an array or a PIL image, as the bytes of a file of the kind that its name says."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    file = io.BytesIO()
    image.save(file, {"jpg": "jpeg"}.get(name.split(".")[-1], name.split(".")[-1]), **how)
    return file.getvalue()


@functools.cache
def scene(height=224, width=224):
    """A picture of smooth colours in which no place is like another, (height, width, 3)."""
    down, across = np.mgrid[0:height, 0:width]
    channels = (across * 255 / width, down * 255 / height, 128 + 100 * np.sin(across * 9 / width))
    return np.stack(channels, axis=-1).astype(np.uint8)


def composed(lab):
    """The photograph with what lies over it, as the network's own (224, 224, 3)."""
    return decoded(lab.run(COMPOSED))[:, :, :3]


COMPOSED = """
const canvas = document.createElement("canvas");
[canvas.width, canvas.height] = [224, 224];
lab.stage.compose(canvas.getContext("2d"));
return canvas.toDataURL();
"""
