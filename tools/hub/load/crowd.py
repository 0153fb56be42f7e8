"""Many students at once, the machine's memory beside them, and how many of them it holds."""

import asyncio
import contextlib
import sys
import time
from collections import Counter
from dataclasses import replace

import psutil

from tools.hub.load import report
from tools.hub.load.browser import Failed
from tools.hub.load.memory import GB, Taken, Watch, free
from tools.hub.load.student import Student, plans

KEEP = 2 * GB  # of memory, that are never used up
FIRST_GUESS = 1.5 * GB  # a student, as long as none was measured
LOOKED = 2  # seconds between two looks at memory
SLOWLY = 5  # seconds between two arrivals while students are added step by step
COMING = 300  # seconds that newcomers have for getting in


class Crowd:
    """A class of students of one hub. `people` yields names with secrets; `options` go to each Student.

    `alone` has the seconds of the chapter's cells for one student who has the machine alone, if known.
    `look` gives name -> Taken, `room` the bytes that are left; tests put their own in. Used as an
    asynchronous context manager: at its end all sockets are closed, and the students' servers stopped.
    """

    def __init__(self, address, people, chapter, watch=None, room=free, alone=None, **options):
        self.address, self.people, self.chapter = address, iter(people), chapter
        self.alone, self.options = alone, options
        self.look, self.room = (watch or Watch()).look, room
        self.students, self.tasks, self.peaks, self.latest = [], [], {}, {}
        self.began, self.full, self.lowest = time.monotonic(), asyncio.Event(), room()
        self.own = psutil.Process()

    async def __aenter__(self):
        self.looking = asyncio.ensure_future(self._look())
        self._reset()
        return self

    async def __aexit__(self, *_):
        for task in (*self.tasks, self.looking):
            task.cancel()
        await asyncio.gather(*self.tasks, self.looking, return_exceptions=True)
        show("")
        await asyncio.gather(*map(self._stop, self.students))

    async def _stop(self, student):
        with contextlib.suppress(Failed):
            await student.browser.stop_server(student.name)

    def add(self, coming):
        """Let students come who have these plans, from now on."""
        for plan in coming:
            name, secrets = next(self.people)
            student = Student(self.address, name, secrets, plan, self.chapter, **self.options)
            self.students.append(student)
            self.tasks.append(asyncio.ensure_future(student.run(self.began)))

    def now(self):
        return time.monotonic() - self.began

    async def _look(self):
        """Follow memory. `full` is set as soon as less is left than is to be kept."""
        while True:
            self.latest = await asyncio.to_thread(self.look)
            for name, taken in self.latest.items():
                self.peaks[name] = self.peaks.get(name, Taken()).peak(taken)
            self.lowest = min(self.lowest, self.room())
            if self.room() < KEEP:
                self.full.set()
            show(self.line())
            await asyncio.sleep(LOOKED)

    def line(self):
        """How it stands, in one line."""
        minutes, seconds = divmod(int(self.now()), 60)
        states = Counter(student.state for student in self.students)
        found = report.spread(report.waits(self.students, self.now() - 60))
        waits = f"tenth waits {report.duration(found.get('tenth'))}"
        failed = sum(len(student.record.failures) for student in self.students)
        doing = ", ".join(f"{count} {state}" for state, count in states.items())
        left = f"{self.room() / GB:.1f} GB left"
        return f"{minutes}:{seconds:02} {doing} | {waits} | {left} | {failed} failures"

    async def inside(self, students, limit=COMING):
        """Wait until these have a kernel or have failed, or the memory is full, or time is up."""
        until = time.monotonic() + limit
        while time.monotonic() < until and not self.full.is_set():
            if all("kernel" in one.record.stages or one.state == "failed" for one in students):
                return
            await asyncio.sleep(0.2)

    async def hold(self, seconds):
        """Let them live for some time; shorter if the memory is full."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.full.wait(), seconds)

    def _reset(self):
        """Begin a part that is measured for itself."""
        self.since, self.lowest = self.now(), self.room()
        psutil.cpu_percent()
        self.used = sum(self.own.cpu_times()[:2])

    def result(self):
        """What was seen since the last call, as numbers."""
        mine = {one.name: self.latest[one.name] for one in self.students if one.name in self.latest}
        peaks = [self.peaks[name] for name in mine]
        memory = {"free": self.lowest / GB}
        if mine:
            memory["each"] = sum(taken.pss for taken in mine.values()) / len(mine) / GB
            memory["own"] = sum(taken.own for taken in mine.values()) / len(mine) / GB
            memory["most"] = max(taken.pss for taken in peaks) / GB
        seconds = self.now() - self.since
        cores = psutil.cpu_percent() / 100 * psutil.cpu_count()
        own = sum(self.own.cpu_times()[:2]) - self.used
        found = {
            "students": len(self.students),
            "seconds": round(seconds),
            "waits": report.spread(report.waits(self.students, self.since)),
            "stages": report.stages(self.students),
            "memory": {name: round(value, 3) for name, value in memory.items()},
            "cores used": round(cores, 2),
            "of these by the test": round(own / max(seconds, 1e-9), 2),
            "cells": sum(len(one.record.cells) for one in self.students),
            "slower": report.slower(self.students, self.alone, self.since),
            "came again": sum(one.record.refused for one in self.students),
            "states": dict(Counter(one.state for one in self.students)),
            "failures": report.causes(self.students, self.since),
        }
        self._reset()
        return found


async def hold(crowd, students, seconds, seed=0, arrive=60.0):
    """A class that arrives over a minute and stays; gives one result."""
    crowd.add(plans(students, seed, arrive))
    await crowd.inside(crowd.students)
    await crowd.hold(seconds)
    found = crowd.result()
    found["gave way"] = gave_way(found, crowd.full.is_set())
    return found


async def find(crowd, keep, start=4, step=3, most=60, seconds=60, seed=0):
    """Add students step by step until something gives way. `keep` is called with each result."""
    for plan in range(start, most + 1, step):
        count = plan - len(crowd.students)
        each = max([taken.pss for taken in crowd.peaks.values()], default=FIRST_GUESS)
        if crowd.room() - KEEP < count * each:
            left = f"{crowd.room() / GB:.1f} GB were left, and {KEEP / GB:.0f} GB are kept"
            return {"what": "memory", "how": f"{left}: {count} more would take {count * each / GB:.1f} GB"}
        numbered = sorted(plans(plan, seed), key=lambda one: one.number)[-count:]
        coming = [replace(one, arrives=SLOWLY * place) for place, one in enumerate(numbered)]
        crowd.add(coming)
        await crowd.inside(crowd.students[-count:])
        await crowd.hold(seconds)
        result = crowd.result()
        keep(result)
        if gave := gave_way(result, crowd.full.is_set()):
            return gave
    return {"what": "nothing", "how": f"{len(crowd.students)} students were held, and no more were tried"}


def gave_way(result, full):
    """What gave way in a result, and how it looked: None if nothing did."""
    if full:
        return {"what": "memory", "how": f"less than {KEEP / GB:.0f} GB were left"}
    tenth = result["waits"].get("tenth", 0)
    if tenth > report.LIMIT:
        how = f"the slowest tenth waited {report.duration(tenth)} for a trivial cell"
        return {"what": "processors", "how": how}
    if failed := result["states"].get("failed"):
        cause = next(iter(result["failures"]), "unknown")
        return {"what": "the hub", "how": f"{failed} did not get in or fell out: {cause}"}
    return None


def show(line, stream=sys.stderr):
    """One line that is written over itself in a terminal, and now and then elsewhere."""
    if stream.isatty():
        print(f"\r\x1b[K{line[:150]}", end="", file=stream, flush=True)
    elif line and time.monotonic() - show.last > 15:
        show.last = time.monotonic()
        print(line, file=stream, flush=True)


show.last = 0.0
