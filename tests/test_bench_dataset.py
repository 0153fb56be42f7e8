"""Whole data sets: the tables say what was measured and simulated, and both are done by the real code."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import helpers
from benchmarks.dataset import __main__ as program
from benchmarks.dataset import page, simulation, ways
from helpers import load_maps

RESULTS = {
    "versions": {"numpy": "2.0"},
    "cores": 2,
    "cases": {
        "digits": {
            "pictures": 60_000,
            "chunk": 1_000,
            "seconds": {"here": [30.0, 40.0, 20.0], "one": [33.0, 42.0, 24.0], "two": [18.0, 18.0, 15.0]},
            "steady": [0.2, 0.25, 0.3],
            "memory": {"here": [900.0, 0], "one": [250.0, 800.0], "two": [260.0, 810.0]},
        }
    },
    "simulation": {
        "digits": {
            "runs": [
                {"machines": 1, "chunks": 60, "rate": 4.0, "ideal": 4.0},
                {"machines": 100, "chunks": 900, "rate": 60.0, "ideal": 400.0},
            ],
            "ceiling": {"machines": 4, "chunks": 900, "rate": 80.0, "ideal": None},
        }
    },
}


@pytest.fixture
def results(monkeypatch):
    monkeypatch.setattr(page, "CASES", {"digits": ways.CASES["digits"]})
    return RESULTS


def test_a_way_is_compared_with_one_process_within_each_round(results):
    measured = results["cases"]["digits"]
    assert page.overhead(measured, "one") == 1.1  # of 1.1, 1.05 and 1.2
    assert page.overhead(measured, "two") == 0.6  # of 0.6, 0.45 and 0.75


def test_the_first_table_says_what_was_measured(results):
    lines = page.times(results).splitlines()
    assert lines[2:5] == [
        "| 60,000 x saliency of digits | one process | 30 s (20 to 40) | 2,000 |  | 900 MiB |",
        "|  | Dask, one worker | 33 s (24 to 42) | 1,818 | 1.1 × | 250 MiB, 800 MiB a worker |",
        "|  | Dask, two workers | 18 s (15 to 18) | 3,333 | 0.6 × | 260 MiB, 810 MiB a worker |",
    ]
    assert lines[-1] == "Measured on 2 processor cores, no GPU, one thread a process, with numpy 2.0."


def test_the_second_table_says_what_a_million_cost_and_where_it_ends(results):
    lines = page.machines(results).splitlines()
    assert lines[2:4] == [
        "| saliency of digits | 1 | 4,000 | 100% | 4 min |",  # 250 s
        "|  | 100 | 60,000 | 15% | 17 s |",
    ]
    # 80 chunks a second of 0.5 s each keep 40 workers busy, two to a machine.
    assert "takes a worker 0.50 s, and 80 chunks a second are the most" in lines[-1]
    assert "beyond about 20 machines" in lines[-1]


@pytest.mark.parametrize(
    ("seconds", "text"), [(41.4, "41 s"), (750, "12 min"), (12_240, "3.4 h"), (360_000, "100.0 h")]
)
def test_times_are_written_for_reading(seconds, text):
    assert page.duration(seconds) == text


def test_tables_go_to_their_places_and_nothing_else_changes(results):
    blocks = [page.BLOCK.format(name=name, text="old") for name in ("times", "machines")]
    text = f"before\n\n{blocks[0]}\n\nbetween\n\n{blocks[1]}\n\nafter\n"
    written = page.written(text, results)
    assert "old" not in written
    assert page.times(results) in written
    assert page.machines(results) in written
    assert [word in written for word in ("before", "between", "after")] == [True] * 3
    assert page.written(written, results) == written
    with pytest.raises(ValueError, match="0 places for times"):
        page.written("nothing", results)


def test_the_committed_page_shows_the_committed_numbers():
    results = json.loads(program.RESULTS.read_text(encoding="utf-8"))
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.written(text, results) == text
    assert set(results["cases"]) == set(results["simulation"]) == set(ways.CASES)
    for name, measured in results["cases"].items():
        runs = results["simulation"][name]["runs"]
        assert [run["machines"] for run in runs] == list(simulation.MACHINES)
        for run in runs:  # simulated with what was measured
            ideal = run["machines"] * program.THREADS / page.chunk_seconds(measured)
            assert run["ideal"] == pytest.approx(ideal)


def test_the_pictures_are_as_many_and_as_large_as_they_should_be(tmp_path):
    ways.write_pictures(ways.CASES["digits"], 5_010, tmp_path / "digits.npy")
    digits = np.load(tmp_path / "digits.npy")
    assert (digits.shape, digits.dtype) == ((5_010, 28, 28, 1), np.float32)
    assert_array_equal(digits[5_000:], digits[:10])  # from the beginning again
    ways.write_pictures(ways.CASES["photographs"], 9, tmp_path / "photographs.npy")
    photographs = np.load(tmp_path / "photographs.npy")
    assert (photographs.shape, photographs.dtype) == ((9, 224, 224, 3), np.uint8)
    assert len({picture.tobytes() for picture in photographs}) == 9
    assert photographs.std(axis=(1, 2, 3)).min() > 1


@pytest.mark.slow
def test_a_way_gives_the_methods_maps_and_says_how_long_it_took(tmp_path):
    case = ways.CASES["digits"]
    ways.write_pictures(case, 1_200, tmp_path / "digits.npy")
    found = ways.measure(case, "here", tmp_path / "digits.npy", tmp_path / "maps")
    digits = np.load(tmp_path / "digits.npy")
    maps = load_maps(tmp_path / "maps")
    assert_array_equal(maps[1_000:], helpers.saliency(helpers.load_mnist_cnn(), digits[1_000:], 0))
    assert 0 < found["steady"] < found["seconds"]
    assert found["chunk"] == 1_000
    assert found["memory"][0] > 100


def test_nothing_heavy_is_imported_before_the_clock_starts():
    code = "import sys, benchmarks.dataset.ways; print({'tensorflow', 'distributed'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.slow
def test_machines_that_sleep_are_as_fast_as_they_should_be_while_nothing_holds_them_up():
    pictures = np.zeros((8, 4, 4, 1), np.float32)
    few = simulation.simulate(pictures, 4, 4, seconds=0.4, machines=2, threads=1, lasting=2)
    assert few["ideal"] == 5
    assert 0.5 * few["ideal"] < few["rate"] < 1.05 * few["ideal"]
    many = simulation.simulate(pictures, 4, 4, seconds=0.4, machines=4, threads=2, lasting=2)
    assert many["rate"] > 2 * few["rate"]


@pytest.mark.slow
def test_everything_runs_on_a_small_part_and_writes_nothing(capfd):
    before = [path.read_bytes() for path in (program.RESULTS, page.PAGE)]
    program.main(["--part", "0.05", "--rounds", "1", "--lasting", "0.5"])
    said = capfd.readouterr().out
    assert re.search(r"\| 3,000 x saliency of digits \| one process \| [\d.]+ m?s \|", said)
    assert re.search(r"\| 100 x Grad-CAM of photographs \| one process \|", said)
    assert "Nothing written" in said
    assert [path.read_bytes() for path in (program.RESULTS, page.PAGE)] == before
