"""The live page in a browser, to be drawn on, clicked and asked."""

import numpy as np
from live_lab import LiveLab
from selenium.webdriver import Keys

PAGE = "/book/playground.html"
LAB = "document.querySelector('digit-lab')"


class Lab(LiveLab):
    """The page, open and ready."""

    TAG, HOST, LAB = "digit-lab", LAB, LAB
    DONE = f"const lab = {LAB}; return !!lab?.results?.shown.occlusion && lab.results.id === lab.asked"

    def __init__(self, browser, address, query="", **window):
        self.browser = browser
        browser.open(address + PAGE + query, **window)
        self.settle()

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
