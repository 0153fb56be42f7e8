"""Crowds of the load test: held, searched for the most, ended in time; one alone; a server that is killed."""

import asyncio
import itertools
import json
import time

import pytest
from fake_hub import RIGHT, on_hub

from tools.hub.load import __main__ as load
from tools.hub.load import alone, crowd, killed, report, student
from tools.hub.load.browser import Failed
from tools.hub.load.memory import GB, Taken, Watch

PEOPLE = [(f"s{number}", RIGHT) for number in range(1, 40)]


class NoMemory:
    """Looks at nothing."""

    def look(self):
        return {}


# A crowd


def test_a_class_is_held_and_its_servers_are_stopped_at_the_end():
    async def scenario(hub):
        async with crowd.Crowd(hub.address, PEOPLE, "08", NoMemory(), lambda: 50 * GB, pace=0) as room:
            found = await crowd.hold(room, 5, 0.3, arrive=0.2)
            assert len(hub.running) == 5
        return found, hub.running

    found, running = on_hub(scenario)
    assert found["students"] == 5
    assert found["failures"] == {}
    assert found["stages"]["kernel"]["count"] == 5
    assert found["gave way"] is None
    assert running == set()


def finding(hub, room, pace=0, **limits):
    async def scenario():
        kept, limits_of_all = [], {"start": 2, "step": 2, "seconds": 0.3} | limits
        options = {"pace": pace, "again": True}
        async with crowd.Crowd(hub.address, PEOPLE, "08", NoMemory(), room, **options) as found:
            return kept, await crowd.find(found, kept.append, **limits_of_all)

    return scenario()


@pytest.fixture
def fast(monkeypatch):
    monkeypatch.setattr(student, "EVERY", 0.05)
    monkeypatch.setattr(crowd, "SLOWLY", 0)
    monkeypatch.setattr(crowd, "LOOKED", 0.05)


def test_students_are_added_until_all_that_was_asked_for_are_there(fast):
    kept, gave = on_hub(lambda hub: finding(hub, lambda: 50 * GB, most=6))
    assert [one["students"] for one in kept] == [2, 4, 6]
    assert gave["what"] == "nothing"


def test_slow_kernels_end_the_search_with_processors(fast, monkeypatch):
    monkeypatch.setattr(report, "LIMIT", 0.1)

    async def scenario(hub):
        hub.delay = 0.15
        return await finding(hub, lambda: 50 * GB, pace=0.01, most=6, seconds=1)

    kept, gave = on_hub(scenario, cells=["1"])
    assert len(kept) == 1
    assert gave["what"] == "processors"


def test_memory_ends_the_search_before_it_is_used_up(fast):
    kept, gave = on_hub(lambda hub: finding(hub, lambda: 4 * GB, most=6))
    assert kept == []  # two more would take 3 GB, and 2 are kept
    assert gave["what"] == "memory"


def test_memory_that_runs_low_ends_a_step_at_once(fast):
    left = itertools.chain([50 * GB] * 6, itertools.repeat(1 * GB))
    began = time.monotonic()
    kept, gave = on_hub(lambda hub: finding(hub, lambda: next(left), most=6, seconds=60))
    assert gave == {"what": "memory", "how": "less than 2 GB were left"}
    assert len(kept) == 1
    assert time.monotonic() - began < 10


def test_a_hub_that_refuses_ends_the_search(fast):
    async def scenario(hub):
        hub.starts = False
        return await finding(hub, lambda: 50 * GB, most=6)

    _, gave = on_hub(scenario)
    assert gave["what"] == "the hub"
    assert "the server did not start" in gave["how"]


# Alone, and killed


def test_a_chapter_alone_says_what_it_took_and_what_failed():
    class Grows:
        sizes = itertools.chain([1.0, 3.0], itertools.repeat(2.0))

        def look(self):
            size = int(next(self.sizes) * GB)
            return {"s1": Taken(pss=size, own=size // 2, files=size // 2, seconds=size / GB)}

    async def scenario(hub):
        hub.delay = 0.4
        return await alone.chapter(hub.address, "s1", RIGHT, "08", Grows())

    found = on_hub(scenario, cells=["1", "fail", "3"])
    assert (found["pss"], found["own"], found["processors"]) == (3.0, 1.5, 2.0)
    assert found["failures"] == ["a cell ended with NameError: no such name"]


def test_what_was_not_saved_is_lost_when_a_server_is_killed(monkeypatch):
    monkeypatch.setattr(killed, "EDITED", 0.02)

    async def scenario(hub):
        hub.autosave = 0.5

        def end(name):
            hub.running.discard(name)
            hub.kernels.clear()

        return await killed.killed(hub.address, "s1", RIGHT, "08", end=end)

    found = on_hub(scenario)
    assert found["autosave"] == 0.5
    assert found["saved before"] == 1
    assert 0.3 < found["lost"] <= 0.6
    assert "503" in found["an open page then"]
    assert found["an open page afterwards"] == "saved"


def test_a_server_that_cannot_be_found_is_not_killed():
    with pytest.raises(Failed, match="nobody has no server here"):
        killed.Killer(Watch())("nobody")


def test_an_interrupted_search_keeps_what_it_saw(fast, tmp_path):
    kept = load.Kept(tmp_path / "load.json")
    kept.set(people=None)

    async def scenario(hub):
        words = [hub.address, "--find", "--first", "2", "--hold", "60", "--pace", "0"]
        given = load._options(words)
        given.people = tmp_path / "people"
        given.people.write_text("\n".join(f"{name} right" for name, _ in PEOPLE))
        task = asyncio.ensure_future(load.measure(given, kept))
        while len(hub.ran) < 5:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    on_hub(scenario)
    (step,) = json.loads(kept.path.read_text())["steps"]
    assert step["students"] == 2
    assert step["cells"] >= 1
