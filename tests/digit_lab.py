"""The live page in a browser, to be drawn on, clicked and asked."""

import numpy as np
from selenium.webdriver import ActionChains, Keys

PAGE = "/book/playground.html"
LAB = "document.querySelector('digit-lab')"
DONE = f"const lab = {LAB}; return !!lab?.results?.shown.occlusion && lab.results.id === lab.asked"


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
