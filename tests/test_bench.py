"""The benchmark's tables: right ratios, the right way round, and the page that belongs to the numbers."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from benchmarks import contenders, table
from benchmarks.cases import CASES, Case, Contender

ROOT = Path(__file__).resolve().parent.parent
CASE = Case(
    "occlusion",  # a name that is in the list of cases, so that the tables look at it
    "Some work",
    "subject",
    (
        Contender("course", "course", "ours"),
        Contender("loop", "loop", "one by one", target=5, whole=100, part=10, why="They are slow."),
        Contender("library", "library", "theirs", target=3, why="They are quick."),
        Contender("floor", "floor", "bare", target=1.2),
    ),
    memory_target=50,
)
SECONDS = {
    "course": [0.010, 0.020, 0.010],
    "loop": [0.050, 0.200],  # ratios 5 and 10
    "library": [0.020, 0.040, 0.080],  # ratios 2, 2 and 8
    "floor": [0.010, 0.010, 0.008],  # the course takes 1, 2 and 1.25 times as long
}


@pytest.fixture
def results(monkeypatch):
    monkeypatch.setattr(table, "CASES", (CASE,))
    return {
        "versions": {"numpy": "2.0"},
        "cores": 2,
        "device": "no GPU",
        "scaled": True,
        "cases": {"occlusion": {"seconds": SECONDS, "memory": {"model": 100.0, "peak": 160.0}}},
    }


def test_a_ratio_is_the_median_over_the_rounds_that_both_took_part_in():
    assert table.ratios(CASE, SECONDS) == {"loop": 7.5, "library": 2, "floor": 1.25}


def test_a_row_shows_time_and_factors_in_the_column_of_their_role(results):
    heading, row = table.time_rows(results)
    assert heading == ["Work", "The course", "The obvious loop", "Library", "Bare passes"]
    assert row == ["Some work", "10 ms (10 to 20)", "7.5 × (one by one)", "2 × (theirs)", "1.25 × (bare)"]


def test_a_target_is_at_least_for_what_is_slower_and_at_most_for_the_floor(results):
    assert table.target_rows(results)[1:] == [
        ["Some work", "one by one", "at least 5 ×", "7.5 ×", "yes"],
        ["Some work", "theirs", "at least 3 ×", "2 ×", "**no**"],
        ["Some work", "bare", "at most 1.2 ×", "1.25 ×", "**no**"],
        ["Some work", "the network's own memory", "at most 50 MiB", "60 MiB", "**no**"],
    ]


def test_a_time_is_the_median_with_the_smallest_and_the_largest():
    assert table.spread([0.574, 0.245, 3.26]) == "574 ms (245 to 3,260)"
    assert table.spread([177.04]) == "177 s"


def test_memory_is_the_networks_own_and_what_is_added(results):
    assert table.memory_rows(results)[1] == ["Some work", "100 MiB", "60 MiB"]


def test_the_page_says_what_was_scaled_and_where_it_was_measured(results):
    page = table.page(results)
    assert "one by one, 10 of 100 (Some work)" in page
    assert "Measured on 2 processor cores, no GPU, with numpy 2.0." in page
    assert "10 of 100" not in table.page({**results, "scaled": False})


def test_the_page_says_why_where_a_target_was_missed_and_only_there(results):
    page = table.page(results)
    assert "They are quick." in page
    assert "They are slow." not in page


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1 ×"), (1.256, "1.26 ×"), (9.999, "10 ×"), (52.04, "52 ×"), (2140.4, "2,140 ×"), (100, "100 ×")],
)
def test_factors_are_written_with_three_figures(value, text):
    assert table.factor(value) == text


def test_every_case_begins_with_the_course_and_has_one_floor():
    for case in CASES:
        assert [c.role for c in case.contenders].count("course") == 1
        assert case.contenders[0].role == "course"
        assert [c.role for c in case.contenders].count("floor") == 1


def test_every_contender_exists():
    source = (ROOT / "benchmarks" / "contenders.py").read_text()
    for case in CASES:
        for function in (case.subject, *(contender.function for contender in case.contenders)):
            assert f"def {function}(" in source


def test_the_obvious_loops_find_what_the_course_finds():
    ours = contenders.occlusion_course().heatmap.ravel()[:3]
    assert_allclose([found[0, 3] for found in contenders.occlusion_predict_loop(3)], ours, atol=1e-5)
    assert_allclose(
        np.concatenate(contenders.saliency_loop()), contenders.saliency_course(), rtol=1e-4, atol=1e-5
    )
    loop = np.concatenate(contenders.grad_cam_loop(), axis=-1).transpose(2, 0, 1)
    assert_allclose(loop, contenders.grad_cam_course(), rtol=1e-4, atol=1e-4)


def test_the_committed_page_shows_the_committed_numbers():
    results = json.loads((ROOT / "benchmarks" / "results.json").read_text())
    assert set(results["cases"]) == {case.name for case in CASES}
    assert (ROOT / "book" / "bench.md").read_text() == table.page(results)
