"""Puts a class of made-up students on a hub, and measures how long they wait and what they take.

Run it where the hub runs, so that memory can be read, as root or as who started the hub. Students sign in
through the form, keep their sockets open, read, close lids and come back. Ctrl-C leaves the result so far.
"""

import argparse
import asyncio
import hashlib
import json
import logging
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from helpers.settings import ROOT
from tools.hub.load import alone, crowd, killed, page, report
from tools.hub.load.browser import Failed
from tools.hub.load.memory import machine

PACKAGES = ("jupyterhub", "jupyterlab", "ipykernel", "tensorflow")
CODE = "COURSE_HUB_CODE"
ALL = [f"{number:02}" for number in range(1, 12)]


def _options(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tools.hub.load", description=__doc__.splitlines()[0])
    parser.add_argument("address", nargs="?", help="of the hub, if it is not the one of --hub")
    parser.add_argument("--hub", type=Path, default=ROOT / "build" / "hub", help="its folder (build/hub)")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--students", type=int, metavar="N", help="a class of this size")
    what.add_argument("--find", action="store_true", help="more and more, until something gives way")
    what.add_argument("--chapters", nargs="*", metavar="NN", help="memory and processor time of each, alone")
    what.add_argument("--kill", action="store_true", help="kill a server in mid-lesson: what is lost?")
    what.add_argument("--draw", action="store_true", help="measure nothing, only write the page")
    parser.add_argument("--chapter", default="08", metavar="NN", help="that they open (08)")
    parser.add_argument("--minutes", type=float, default=5, help="that a class stays once all are in (5)")
    parser.add_argument("--step", type=int, default=3, help="students that --find adds at once (3)")
    parser.add_argument("--first", type=int, default=4, help="students that --find begins with (4)")
    parser.add_argument("--hold", type=float, default=60, help="seconds that --find stays at each (60)")
    parser.add_argument("--pace", type=float, default=0.2, help="part of reading time that is waited (0.2)")
    parser.add_argument("--arrive", type=float, default=60, help="seconds in which a class arrives (60)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", type=Path, help="file: a name and a password a line")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "load.json", help="(build/load.json)")
    given = parser.parse_args(arguments)
    address, code = of_hub(given.hub)
    given.address, given.code = given.address or address, os.environ.get(CODE) or code
    if not given.draw and not given.address:
        parser.error("no hub was started by make hub; give its address, such as http://127.0.0.1:8000")
    return given


def people(path=None, code=None):
    """Names, each with what it writes into the form: from a file, or made up, with the class code.

    These have a password made from name and code, so that the next run can sign in with it again.
    """
    if path:
        for line in path.read_text(encoding="utf-8").splitlines():
            if words := line.split():
                yield words[0], dict(zip(("password", "code"), words[1:], strict=False))
        raise Failed(f"{path.name} has no more names")
    if not code:
        raise Failed(f"no class code: set {CODE}, or give a file with names and passwords to --people")
    for number in range(1, 1000):
        name = f"student-{number:02}"
        yield name, {"password": hashlib.sha256(f"{name} {code}".encode()).hexdigest()[:16], "code": code}


def of_hub(folder):
    """Address and class code of the hub that `make hub` runs from a folder; None for what is not there."""
    told, code = folder / "settings.json", folder / "class-code.txt"
    found = json.loads(told.read_text(encoding="utf-8")) if told.is_file() else None
    address = found and f"http://{found['address']}:{found['port']}"
    return address, code.read_text(encoding="utf-8").strip() if code.is_file() else None


class Kept:
    """Results in a file that is whole at any time."""

    def __init__(self, path):
        self.path = path
        self.found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        self.set(machine=machine(), versions=_versions())

    def set(self, **values):
        self.found |= values
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.found, indent=1) + "\n", encoding="utf-8")
        new.replace(self.path)


def _versions():
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


async def measure(given, kept):
    """Do what was asked for; what is known by then is in `kept` at any time."""
    names = people(given.people, given.code)
    if given.chapters is not None:
        await _chapters(given, kept, names)
    elif given.kill:
        kept.set(killed=await killed.killed(given.address, *next(names), given.chapter))
        print(json.dumps(kept.found["killed"], indent=1))
    else:
        alone_there = kept.found.get("chapters", {}).get(given.chapter, {}).get("cells")
        options = {"pace": given.pace, "again": given.find, "alone": alone_there}
        async with crowd.Crowd(given.address, names, given.chapter, **options) as room:
            await (_find if given.find else _class)(given, kept, room)


async def _chapters(given, kept, names):
    """Each chapter that is not known yet."""
    found = kept.found.get("chapters", {})
    if "empty" not in kept.found:
        kept.set(**alone.without_students())
    name, secrets = next(names)
    for chapter in given.chapters or ALL:
        if given.chapters or chapter not in found:
            found[chapter] = await alone.chapter(given.address, name, secrets, chapter)
            kept.set(chapters=found)
            print(f"\nchapter {chapter}: {found[chapter]}", flush=True)
    await alone.leave(given.address, name, secrets)


async def _find(given, kept, room):
    steps = []
    kept.set(pace=given.pace, seed=given.seed, steps=steps, **{"gave way": None})

    def keep(result):
        steps.append(result | {"chapter": given.chapter})
        kept.set(steps=steps)
        print(f"\n{report.table([result])}", flush=True)

    limits = {"start": given.first, "step": given.step, "seconds": given.hold, "seed": given.seed}
    try:
        kept.set(**{"gave way": await crowd.find(room, keep, **limits)})
    except asyncio.CancelledError:
        keep(room.result())
        raise
    print(f"\n{report.table(steps)}\nFirst to give way: {kept.found['gave way']}")


async def _class(given, kept, room):
    try:
        found = await crowd.hold(room, given.students, 60 * given.minutes, given.seed, given.arrive)
    except asyncio.CancelledError:
        found = room.result()
        raise
    finally:
        kept.set(room=found | {"chapter": given.chapter, "pace": given.pace})
        print(f"\n{report.table([found])}\n{json.dumps(found['stages'], indent=1)}")


def main(arguments=None):
    given = _options(arguments)
    if given.draw:
        results = json.loads(page.RESULTS.read_text(encoding="utf-8"))
        page.PAGE.write_text(page.written(page.PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
        print(f"Wrote {page.PAGE.relative_to(ROOT)}")
        return
    logging.getLogger("tornado").setLevel(logging.CRITICAL)  # what ends badly is counted here
    kept = Kept(given.out)
    try:
        asyncio.run(measure(given, kept))
    except KeyboardInterrupt:
        sys.exit(f"\nStopped; what was seen so far is in {given.out}.")
    except Failed as problem:
        sys.exit(f"{problem}" + (f" ({problem.seen})" if problem.seen else ""))
    print(f"In {given.out}.")


if __name__ == "__main__":
    main()
