"""The load test: what it counts, what a class needs, what is written into the page."""

import itertools
import json
import os
import subprocess
import sys

import pytest

from tools.hub.load import __main__ as load
from tools.hub.load import alone, capacity, crowd, page, report
from tools.hub.load.browser import Failed
from tools.hub.load.memory import Taken, Watch, rollup
from tools.hub.load.student import Record


class Seen:
    """A student of whom only the record is looked at."""

    def __init__(self, waits=(), failures=(), probe_sent=None, now=100.0):
        self.record = Record("s", "stays", waits=list(waits), failures=list(failures))
        self.probe_sent, self._now = probe_sent, now

    def now(self):
        return self._now


# Numbers


def test_the_slowest_tenth_is_known_to_take_at_least_the_ninetieth_of_a_hundred():
    assert report.quantile(range(1, 101), 0.9) == 90
    assert report.quantile([3, 1, 2], 0.5) == 2
    assert report.quantile([7], 0.9) == 7
    assert report.quantile([], 0.9) is None


def test_spread_rounds_and_says_how_many():
    assert report.spread([0.1, 0.20004, 9]) == {"count": 3, "median": 0.2, "tenth": 9, "longest": 9}
    assert report.spread([]) == {"count": 0}


def test_a_long_wait_counts_for_the_cells_that_it_kept_from_being_sent():
    assert report.at_every_moment([1, 25], every=10) == [1, 25, 15, 5]
    assert report.at_every_moment([10], every=10) == [10]


def test_a_cell_that_is_still_waited_for_counts_once_it_waits_too_long():
    assert report.waits([Seen([(1, 0.5)], probe_sent=93.0)]) == [0.5, 7.0]
    assert report.waits([Seen([(1, 0.5)], probe_sent=96.0)]) == [0.5]


def test_only_what_was_sent_in_a_step_counts_for_it():
    one = Seen([(5, 0.1), (15, 0.2), (25, 0.3)])
    assert report.waits([one], since=10, until=20) == [0.2]


def test_failures_are_counted_by_cause_with_the_first_words_that_were_seen():
    students = [Seen(failures=[(1, "a", "first"), (2, "b", "")]), Seen(failures=[(3, "a", "later")])]
    assert report.causes(students) == {"a": [2, "first"], "b": [1, ""]}
    assert report.causes(students, since=2.5) == {"a": [1, "later"]}


def test_cells_of_the_chapter_are_compared_with_the_same_cells_alone():
    one, other = Seen(), Seen()
    one.record.cells = [(1, 0, 9.0), (5, 0, 2.0), (6, 1, 6.0)]
    other.record.cells = [(7, 1, 10.0)]
    assert report.slower([one, other], [1.0, 4.0], since=5) == 2.0  # 18 s for what takes 9
    assert report.slower([one, other], None) is None
    assert report.slower([Seen()], [1.0, 4.0]) is None


def result(students=4, tenth=1.0, **other):
    found = {
        "students": students,
        "chapter": "08",
        "waits": {"count": 100, "median": 0.1, "tenth": tenth, "longest": 12.34},
        "stages": {name: {"median": 1.5, "tenth": 20.0} for name in ("sign in", "server")},
        "memory": {"free": 10.0, "each": 1.25, "own": 1.0, "most": 1.5},
        "states": {"reading": students},
        "slower": 2.04,
        "failures": {"GET /hub/spawn: 429 Too Many Requests": [2, "The room is full."]},
    }
    return found | other


def test_a_row_of_the_table_and_the_failures_below_it():
    text = report.table([result()])
    assert "| 4 | 0.10 s | 1.0 s | 12 s | 1.2 GB | 10.0 GB | 2 |" in text
    assert text.endswith('4 students: 2 x GET /hub/spawn: 429 Too Many Requests ("The room is full.")')
    assert "| 4 | - | - | - | - | 10.0 GB | 0 |" in report.table(
        [result(waits={"count": 0}, memory={"free": 10.0}, failures={})]
    )


@pytest.mark.parametrize(
    ("found", "full", "what"),
    [
        (result(tenth=5.0), False, None),
        (result(tenth=5.1), False, "processors"),
        (result(), True, "memory"),
        (result(states={"failed": 1, "reading": 3}), False, "the hub"),
        (result(waits={"count": 0}), False, None),
    ],
)
def test_what_gave_way_is_named(found, full, what):
    gave = crowd.gave_way(found, full)
    assert (gave and gave["what"]) == what


# Memory


def test_a_rollup_is_read_in_bytes():
    text = "55-7f ---p 00 00:00 0   [rollup]\nRss:   1760 kB\nPss:  411 kB\nPss_Anon:   112 kB\n"
    assert rollup(text) == {"Rss": 1760 * 1024, "Pss": 411 * 1024, "Pss_Anon": 112 * 1024}


def test_a_peak_takes_each_number_for_itself():
    peak = Taken(pss=5, own=1, seconds=2.0).peak(Taken(pss=3, own=4, seconds=1.0))
    assert (peak.pss, peak.own, peak.seconds) == (5, 4, 2.0)


@pytest.fixture
def children():
    """Two processes of a student: one that takes 64 MB, and one that is called like a kernel."""
    code = "import sys; held = bytearray(64_000_000 * ('big' in sys.argv)); print(1, flush=True); input()"
    environment = os.environ | {"JUPYTERHUB_USER": "watched"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, word],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for word in ("big", "ipykernel")
    ]
    for process in started:
        process.stdout.readline()
    yield started
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what is shared")
def test_memory_is_summed_over_the_processes_of_a_student(children):
    watch = Watch()
    taken = watch.look()["watched"]
    assert {process.pid for process in taken.processes} == {process.pid for process in children}
    assert 64e6 < taken.own < taken.pss < 150e6
    assert taken.kernels == 1
    assert taken.server > 64e6  # the other one
    assert taken.pss == pytest.approx(taken.own + taken.files, rel=0.01)
    children[0].kill()
    children[0].wait()
    assert watch.look()["watched"].pss < 64e6


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what is shared")
def test_what_other_programs_take_is_told_apart_from_the_machine(children):
    with_them = alone.without_students()
    children[0].kill()
    children[0].wait()
    without = alone.without_students()
    assert 0.04 < with_them["others"] - without["others"] < 0.4  # 64 MB, on a machine where others work too


# What a class needs

CHAPTERS = {
    "01": {"own": 1.0, "files": 0.5, "processors": 100.0},
    "08": {"own": 2.0, "files": 0.7, "processors": 50.0},
}
MEASURED = {
    "machine": {"cores": 2, "memory": 16.0},
    "versions": {"jupyterhub": "6.0"},
    "empty": 1.5,
    "others": 0.5,
    "pace": 0.1,
    "room": result(8),
    "chapters": CHAPTERS,
    "steps": [result(4, 0.2), result(8, 5.0), result(12, 7.0, memory={"free": 1.0, "own": 1.0})],
    "gave way": {"what": "processors", "how": "the slowest tenth waited 7.0 s for a trivial cell"},
    "killed": {
        "autosave": 60,
        "lost": 57.0,
        "server again after": 33.0,
        "an open page afterwards": "saved",
        "variables": "gone",
    },
}


def test_memory_is_the_machines_the_shared_files_and_each_students_own():
    assert capacity.memory(MEASURED, "01", 10) == 1.5 + 0.5 + 10 * 1.0 + 2.0
    assert capacity.memory(MEASURED, "08", 40) == 1.5 + 0.7 + 40 * 2.0 + 2.0


def test_cores_grow_with_students_and_with_the_work_of_a_chapter():
    assert capacity.held(MEASURED) == 8  # 12 waited too long
    assert capacity.cores(MEASURED, "08", 8) == 2  # what was measured
    assert capacity.cores(MEASURED, "08", 9) == 3
    assert capacity.cores(MEASURED, "01", 8) == 4  # twice the work
    assert capacity.cores(MEASURED, "08", 1) == 1


def test_the_table_for_a_teacher():
    heading, first, second = capacity.rows(MEASURED, classes=(8, 10))
    assert heading == ["chapter", "a student", "processor time", "8 students", "10 students"]
    assert first == ["1", "1.0 GB", "100 s", "12 GB, 4 cores", "14 GB, 5 cores"]
    assert second == ["8", "2.0 GB", "50 s", "21 GB, 2 cores", "25 GB, 3 cores"]


def test_what_the_rule_says_stands_beside_what_was_measured():
    assert capacity.foretold(MEASURED) == (pytest.approx(1.5 + 0.7 + 12 * 2.0), 14.5)


def test_the_page_gets_its_blocks_and_only_those():
    blocks = [page.BLOCK.format(name=name, text="old") for name in ("students", "capacity", "killed")]
    text = "before\n\n" + "\n\nbetween\n\n".join(blocks) + "\n\nafter\n"
    new = page.written(text, MEASURED)
    assert new.startswith("before\n\n% students, written by")
    assert new.endswith("% end of killed\n\nafter\n")
    assert "First to give way: processors. With 12 students, the slowest tenth waited 7.0 s" in new
    assert "| 8 | 2.0 GB | 50 s |" in new
    assert "For 12 students in chapter 8 this says 26 GB without the spare ones, and 14 GB were taken" in new
    assert "When 8 come within a minute: signing in takes 1.5 s (the slowest tenth 20 s)" in new
    assert "a chapter's own cells take 2.0 times as long" in new
    assert "within a minute" not in page.students({k: v for k, v in MEASURED.items() if k != "room"})
    assert "Cores: 2 served 8 students in chapter 8. The other rows are scaled by the processor time" in new
    memory_first = MEASURED | {"gave way": {"what": "memory", "how": "none was left"}}
    assert "this is on the safe side" in page.needed(memory_first)
    assert "this is on the safe side" not in new
    assert "| work that is lost | 57 s |" in new
    assert "old" not in new
    assert page.written(new, MEASURED) == new
    with pytest.raises(ValueError, match="0 places for students"):
        page.written("nothing", MEASURED)


def test_the_committed_page_shows_the_committed_numbers():
    results = json.loads(page.RESULTS.read_text(encoding="utf-8"))
    assert sorted(results["chapters"]) == load.ALL
    assert [one["failures"] for one in results["chapters"].values()] == [[]] * 11
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.written(text, results) == text


# The command


def test_names_come_from_a_file_or_are_made_up(tmp_path):
    file = tmp_path / "names"
    file.write_text("ada one\n\nbob two three\n")
    first, second = itertools.islice(load.people(file), 2)
    assert first == ("ada", {"password": "one"})
    assert second == ("bob", {"password": "two", "code": "three"})
    with pytest.raises(Failed, match="names has no more names"):
        list(load.people(file))
    made = dict(itertools.islice(load.people(code="abcd-efgh"), 2))
    assert list(made) == ["student-01", "student-02"]
    assert {secrets["code"] for secrets in made.values()} == {"abcd-efgh"}
    assert len({secrets["password"] for secrets in made.values()}) == 2
    assert made == dict(itertools.islice(load.people(code="abcd-efgh"), 2))
    with pytest.raises(Failed, match="no class code: set COURSE_HUB_CODE"):
        next(load.people())


def test_the_hub_that_runs_here_is_found_by_its_folder(tmp_path, monkeypatch):
    monkeypatch.delenv(load.CODE, raising=False)
    (tmp_path / "settings.json").write_text('{"address": "10.0.0.5", "port": 8001}')
    (tmp_path / "class-code.txt").write_text("abcd-efgh\n")
    given = load._options(["--find", "--hub", str(tmp_path)])
    assert (given.address, given.code) == ("http://10.0.0.5:8001", "abcd-efgh")
    monkeypatch.setenv(load.CODE, "other")
    given = load._options(["http://hub", "--find", "--hub", str(tmp_path)])
    assert (given.address, given.code) == ("http://hub", "other")


def test_results_are_kept_beside_what_is_there(tmp_path):
    kept = load.Kept(tmp_path / "new" / "load.json")
    kept.set(empty=1.5)
    load.Kept(kept.path).set(steps=[])
    found = json.loads(kept.path.read_text())
    assert (found["empty"], found["steps"]) == (1.5, [])
    assert found["machine"]["cores"] >= 1


def test_an_address_is_asked_for(capsys, tmp_path):
    with pytest.raises(SystemExit):
        load._options(["--find", "--hub", str(tmp_path)])
    assert "give its address, such as http://127.0.0.1:8000" in capsys.readouterr().err
