"""One student, one chapter after the other: what a server with its kernel takes at its peak."""

import asyncio
import contextlib

from psutil import Error, process_iter, virtual_memory

from tools.hub.load.browser import Browser
from tools.hub.load.crowd import show
from tools.hub.load.kernel import timed
from tools.hub.load.memory import GB, Taken, Watch, free, taken
from tools.hub.load.student import Plan, Student, steps
from tools.hub.settings import VARIABLE

OFTEN = 0.5  # seconds between two looks at the memory of a single student
AT_ONCE = Plan(0, 0, "stays", 0, 0, "alone")


async def chapter(address, name, secrets, number, watch=None):
    """Run a chapter without pauses. Gives GB at the peak, processor seconds of its kernel, failures."""
    student = Student(address, name, secrets, AT_ONCE, number, pace=0, probes=False)
    watch, peak, last = watch or Watch(), Taken(), Taken()

    async def look():
        nonlocal peak, last
        while True:
            last = (await asyncio.to_thread(watch.look)).get(name, Taken())
            peak = peak.peak(last)
            show(f"chapter {number}: cell {len(student.record.cells)}, {last.pss / GB:.2f} GB")
            await asyncio.sleep(OFTEN)

    await student.open()
    looking = asyncio.ensure_future(look())
    try:
        cells = steps(await student.notebook())
        _, seconds = await timed(student.go_through(cells))
        last = (await asyncio.to_thread(watch.look)).get(name, last)
    finally:
        looking.cancel()
        student.kernel.close()
        await _shut_down(student)
    found = {"pss": peak.pss, "own": peak.own, "files": peak.files, "server": peak.server}
    return {what: round(value / GB, 3) for what, value in found.items()} | {
        "processors": round(last.seconds, 1),
        "seconds": round(seconds, 1),
        "cells": [round(seconds, 3) for _, _, seconds in student.record.cells],
        "failures": [f"{cause}: {words}"[:200] for _, cause, words in student.record.failures],
    }


async def _shut_down(student):
    """End the kernels of a student and wait until they are gone."""
    for session in await student.browser.api(f"{student.server}api/sessions"):
        await student.browser.api(f"{student.server}api/sessions/{session['id']}", "DELETE")


def without_students():
    """GB of the machine without students: "others" is what programs take that are not the hub's.

    "empty" is the rest: the system, the hub and its proxy: what a machine takes that has only this to do.
    """
    used, others = virtual_memory().total - free(), 0
    for process in process_iter():
        with contextlib.suppress(OSError, Error):
            if VARIABLE not in process.environ():
                others += taken([process]).own
    return {"empty": round((used - others) / GB, 3), "others": round(others / GB, 3)}


async def leave(address, name, secrets):
    """Stop the server on which the chapters were run."""
    browser = Browser(address)
    await browser.sign_in(name, secrets)
    await browser.stop_server(name)
