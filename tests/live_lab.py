"""What the live pages have in common: an element with a lab in it, to be clicked, asked and audited."""

from importlib.resources import files

from selenium.webdriver import ActionChains

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


class LiveLab:
    """A page, open.

    A subclass has the element's ``TAG``, JavaScript for it (``HOST``) and for the page's object (``LAB``),
    and JavaScript that is true once all that was asked for is there (``DONE``).
    """

    def settle(self):
        """Wait until everything is there."""
        self.browser.wait(self.DONE, 60)

    def run(self, script, *arguments):
        """Run JavaScript with ``lab``, the page's object, and ``root``, what is in the element."""
        names = f"const lab = {self.LAB}, root = {self.HOST}.shadowRoot"
        return self.browser.run(f"{names}; {script}", *arguments)

    def state(self, expression):
        """An expression of ``lab`` as JSON."""
        return self.run(f"return {expression}")

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

    def keys(self, *keys):
        """Type on whatever has the focus."""
        ActionChains(self.browser.driver, duration=0).send_keys(*keys).perform()

    def drag(self, *places):
        """Drag from place to place with the mouse, where `point` says that they are."""
        chain = ActionChains(self.browser.driver, duration=20)
        chain.w3c_actions.pointer_action.move_to_location(*self.point(*places[0]))
        chain.w3c_actions.pointer_action.pointer_down()
        for place in places[1:]:
            chain.w3c_actions.pointer_action.move_to_location(*self.point(*place))
        chain.w3c_actions.pointer_action.pointer_up()
        chain.perform()
        self.settle()

    def audit(self, narrow):
        """Fail where the page is not accessible, light, dark and on a phone, or too wide for that.

        ``narrow``: JavaScript that is true once the page has taken the width of the phone.
        """
        self.browser.run((files("axe_core_python") / "axe.min.js").read_text() + "; return true")
        assert self.violations(RULES) == {}
        self.browser.run("document.documentElement.dataset.theme = 'dark'")
        assert self.violations(["color-contrast"]) == {}
        self.browser.resize(360, 780)
        self.browser.wait(f"return {narrow}")
        assert self.violations(["color-contrast"]) == {}
        assert self.browser.run("return document.documentElement.scrollWidth") <= 360
        outside = self.run(
            "return [...root.querySelectorAll('*')].filter((e) => !e.closest('.hidden') &&"
            "e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 80))"
        )
        assert outside == []

    def violations(self, rules):
        """What axe finds in the element: rule -> the beginnings of what breaks it."""
        found = self.browser.run(
            "return axe.run(document.querySelector(arguments[0]), arguments[1])", self.TAG, {"runOnly": rules}
        )
        assert found["passes"]
        return {rule["id"]: [node["html"][:120] for node in rule["nodes"]] for rule in found["violations"]}
