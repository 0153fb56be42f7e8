"""Chromium without a window, and a server for the pages that it opens.

    with serve(folder) as address, chromium() as browser:
        browser.open(address + "/index.html", width=360)
        assert browser.errors() == []
        assert browser.foreign_requests() == []

The browser cannot leave this machine: every name but those of this machine is unknown to it.
"""

import contextlib
import functools
import http.server
import json
import shutil
import tempfile
import threading
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

HOST = "127.0.0.1"
ROOM = "room.test"  # the same, and not trusted as one's own machine is: as in a room, over plain HTTP
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
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
    f"--host-resolver-rules=MAP {ROOM} {HOST}, MAP * ~NOTFOUND, EXCLUDE {HOST}",
]


def find_chromium():
    """The path of Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def missing():
    """What `chromium` needs and is not installed, in words; empty if all is there."""
    needed = {"Chromium": find_chromium(), "chromedriver": shutil.which("chromedriver")}
    return " and ".join(name for name, path in needed.items() if path is None)


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


@contextlib.contextmanager
def serve(folder):
    """Serve a folder on a free port of this machine; yields the address, without a slash at its end."""
    handler = functools.partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer((HOST, 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
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
        self.prefer(dark)
        self.driver.get_log("performance")
        self.driver.get_log("browser")
        self._address, self._events = address, []
        self.driver.get(address)
        self.wait("return !window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)")

    def resize(self, width, height=900):
        """Give the window another size, in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, dark=False, still=True):
        """What the reader's system asks pages for: dark colours, and that nothing moves."""
        wanted = {
            "prefers-color-scheme": "dark" if dark else "light",
            "prefers-reduced-motion": "reduce" if still else "no-preference",
        }
        features = [{"name": name, "value": value} for name, value in wanted.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

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

    def close_other_windows(self):
        """Close every window but the first."""
        first, *others = self.driver.window_handles
        for window in others:
            self.driver.switch_to.window(window)
            self.driver.close()
        self.driver.switch_to.window(first)


@contextlib.contextmanager
def chromium():
    """Start Chromium with a profile of its own; yields a `Browser`. It ends with the block."""
    options = webdriver.ChromeOptions()
    options.binary_location = find_chromium()
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    options._ignore_local_proxy = True  # the method that sets this warns, and names no way that works here
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in [*FLAGS, f"--user-data-dir={profile}"]:
            options.add_argument(flag)
        driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
        driver.set_page_load_timeout(60)
        try:
            yield Browser(driver)
        finally:
            driver.quit()
