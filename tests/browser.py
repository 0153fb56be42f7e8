"""Chromium without a window, on pages that a server on this machine serves. For the tests of the site.

Use it so, in a module marked with ``pytestmark = needs_chromium``::

    with serve(folder) as address, chromium() as browser:
        browser.open(address + "/index.html", width=360)
        assert browser.errors() == []
        assert browser.foreign_requests() == []

The browser cannot leave this machine: every name but that of this machine is unknown to it.
"""

import base64
import contextlib
import functools
import http.server
import json
import shutil
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

HOST = "127.0.0.1"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--hide-scrollbars",
    "--disable-features=Translate,OptimizationHints",
]
UNREACHABLE = f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def missing():
    """What is not installed of what the tests need, in words; empty if all is there."""
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    wanted = {"Chromium": browser, "chromedriver": shutil.which("chromedriver")}
    return " and ".join(name for name, path in wanted.items() if path is None)


needs_chromium = pytest.mark.skipif(bool(missing()), reason=f"{missing()}: not installed")


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


@contextlib.contextmanager
def serve(folder):
    """Serve a folder on a free port of this machine; yields the address, without a slash at its end."""
    handler = functools.partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer((HOST, 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()


class Browser:
    """A browser that remembers what its pages asked for and complained about.

    Attributes
    ----------
    driver : selenium.webdriver.Chrome
        For all that the methods here do not do.
    """

    def __init__(self, driver):
        self.driver, self._address, self._events = driver, "", []

    def open(self, address, width=1280, height=900, dark=False):
        """Load a page in a window of that size, and forget what earlier pages did.

        Returns when the page is loaded, formulas set, and pictures in view decoded.
        """
        self.resize(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, still]})
        self.driver.get_log("performance")
        self.driver.get_log("browser")
        self._address, self._events = address, []
        self.driver.get(address)
        self.wait("return !window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)")

    def resize(self, width, height=900):
        """Give the window another size, in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def run(self, script, *arguments):
        """Run JavaScript in the page; ``return`` gives its value, a promise the value that it comes to."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, script, seconds=20):
        """Wait until a script returns something true, and return that; fail if it does not."""
        return WebDriverWait(self.driver, seconds, 0.05).until(lambda driver: driver.execute_script(script))

    def errors(self):
        """What the console has complained about since `open`: errors and exceptions, as lines."""
        entries = self.driver.get_log("browser")
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def requests(self):
        """Every address that the page and its frames have asked for since `open`.

        What a worker asks for is not among them, but if that leaves this machine it fails, and
        the console says so.
        """
        for entry in self.driver.get_log("performance"):
            self._events.append(json.loads(entry["message"])["message"])
        sent = [event for event in self._events if event["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]

    def foreign_requests(self):
        """Those of them that would leave the server of the page."""
        own = urlsplit(self._address).netloc
        inside = ("data", "blob", "about")
        return [u for u in self.requests() if urlsplit(u).scheme not in inside and urlsplit(u).netloc != own]

    def screenshot(self, path, whole=False):
        """Save what is in view, or the whole page, as a PNG file."""
        if whole:
            height = self.run("return document.documentElement.scrollHeight")
            self.resize(self.run("return window.innerWidth"), min(height, 16_000))
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        Path(path).write_bytes(base64.b64decode(shot["data"]))


@contextlib.contextmanager
def chromium():
    """Start Chromium with a profile of its own; yields a `Browser`. It ends with the block."""
    options = webdriver.ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, NAMES)))
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    options._ignore_local_proxy = True  # the method that sets this warns, and names no way that works here
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in [*FLAGS, UNREACHABLE, f"--user-data-dir={profile}"]:
            options.add_argument(flag)
        driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
        driver.set_page_load_timeout(60)
        try:
            yield Browser(driver)
        finally:
            driver.quit()
