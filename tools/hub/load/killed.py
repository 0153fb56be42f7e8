"""A student's server is killed in mid-lesson and started again: what is lost, in seconds of work."""

import asyncio
import copy
import os
import signal
import time
from pathlib import Path

from tools.hub.load.alone import AT_ONCE
from tools.hub.load.browser import Failed
from tools.hub.load.crowd import show
from tools.hub.load.kernel import timed
from tools.hub.load.memory import Watch
from tools.hub.load.student import Student

DOCUMENTS = "lab/api/settings/@jupyterlab/docmanager-extension:plugin"
EDITED = 1  # seconds between two changes of a notebook
LATE = 0.95  # of the time between two saves has gone by when the server is killed


class Page:
    """A notebook open in JupyterLab, changed all the time, and saved as JupyterLab saves."""

    def __init__(self, student, model, interval):
        self.student, self.model, self.interval = student, model, interval
        self.url = f"{student.server}api/contents/{student.path}"
        self.saved, self.edited = 0, None

    async def work(self, until):
        """Change it once in a while and save it in the hub's interval, until a moment."""
        next_save = time.monotonic() + self.interval
        while time.monotonic() < until:
            self.edit()
            if time.monotonic() >= next_save:
                await self.save()
                next_save = time.monotonic() + self.interval
            left = f"{until - time.monotonic():.0f} s until the server is killed"
            show(f"edited, {self.saved} times saved, {left}")
            await asyncio.sleep(EDITED)

    def edit(self):
        """Write the moment into the last cell."""
        self.edited = time.monotonic()
        self.model["content"]["cells"][-1]["source"] = f"edited at {self.edited}"

    async def save(self):
        """Ask for the file's date first, then send all of it."""
        await self.student.browser.api(f"{self.url}?content=0")
        sent = {name: self.model[name] for name in ("type", "format", "content")}
        await self.student.browser.api(self.url, "PUT", copy.deepcopy(sent))
        self.saved += 1

    async def on_disk(self):
        """The moment of the last change that the server has."""
        model = await self.student.browser.api(self.url)
        _, _, moment = "".join(model["content"]["cells"][-1]["source"]).rpartition(" ")
        return float(moment)


async def autosave(browser, server):
    """Seconds between two saves, as the hub's JupyterLab has it set; None if it saves nothing by itself."""
    found = await browser.api(f"{server}{DOCUMENTS}")
    known = found["schema"]["properties"]
    names = ("autosave", "autosaveInterval")
    named = {name: found["settings"].get(name, known[name]["default"]) for name in names}
    return named["autosaveInterval"] if named["autosave"] else None


async def killed(address, name, secrets, number, watch=None, end=None):
    """Kill a student's server shortly before a save, start it again, and see what is lost.

    `end(name)` kills it; without it, its process gets the signal that none can refuse.
    """
    student = Student(address, name, secrets, AT_ONCE, number, pace=0, probes=False)
    await student.open()
    interval = await autosave(student.browser, student.server)
    if interval is None:
        raise Failed("this hub's JupyterLab does not save by itself")
    await student.kernel.execute("remembered = 1")
    model = await student.browser.api(f"{student.server}api/contents/{student.path}")
    page = Page(student, model, interval)
    await page.work(time.monotonic() + interval * (1 + LATE))
    (end or Killer(watch or Watch()))(name)
    moment = time.monotonic()
    seen = await _seen(page)
    refused, again = await timed(student.browser.start_server(name))
    lost = moment - await page.on_disk()
    kept = await _seen(page)
    student.kernel.close()
    await student.start_kernel()
    reply = await student.kernel.execute("remembered")
    student.kernel.close()
    await student.browser.stop_server(name)
    return {
        "autosave": interval,
        "saved before": page.saved - (kept == "saved"),
        "lost": round(lost, 1),
        "an open page then": seen,
        "came again": refused,
        "server again after": round(again, 1),
        "an open page afterwards": kept,
        "variables": "kept" if reply["status"] == "ok" else "gone",
    }


async def _seen(page):
    """What the page that stayed open sees when it saves: "saved", or why not."""
    try:
        await page.save()
    except Failed as problem:
        return f"{problem}"
    return "saved"


class Killer:
    """Ends a student's server, not its kernels, with a signal that it cannot refuse."""

    def __init__(self, watch):
        self.watch = watch

    def __call__(self, name):
        own = self.watch.processes().get(name, [])
        servers = [process for process in own if _is_server(process)]
        if not servers:
            raise Failed(f"{name} has no server here: run this where the hub runs, as root")
        for process in servers:
            os.kill(process.pid, signal.SIGKILL)


def _is_server(process):
    """Whether a process is Jupyter's server: Python, and no kernel; what started it is something else."""
    return Path(process.exe()).name.startswith("python") and "ipykernel" not in " ".join(process.cmdline())
