"""The benchmark: right ratios, the right way round, contenders that do the work, page and picture."""

import inspect
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from benchmarks import course, loops, picture, subjects, table
from benchmarks.cases import CASES, Case, Contender
from helpers.settings import ROOT

CASE = Case(
    "occlusion",  # a name that is in the list of cases, so that the table looks at it
    "Work",
    "Network",
    "Some work",
    "subject",
    100,
    (
        Contender("course", "occlusion", "ours"),
        Contender("loop", "occlusion_predict", "one by one", part=10),
        Contender("library", "saliency", "theirs"),
        Contender("library", "saliency", "theirs too", "library_bare"),
        Contender("floor", "forward", "bare"),
    ),
)
SECONDS = {
    "occlusion_course": [0.010, 0.020, 0.010],
    "occlusion_loop": [0.050, 0.200],  # ratios 5 and 10
    "occlusion_library": [0.020, 0.040, 0.080],  # ratios 2, 2 and 8
    "occlusion_library_bare": [0.030, 0.060, 0.030],
    "occlusion_floor": [0.010, 0.010, 0.008],  # 1, 0.5 and 0.8 of the course's time
}
CONTENDERS = [(case, contender) for case in CASES for contender in case.contenders]
every_contender = pytest.mark.parametrize(
    ("case", "contender"), CONTENDERS, ids=[case.key(contender) for case, contender in CONTENDERS]
)


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


@pytest.fixture
def committed():
    return json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))


# The table


def test_a_ratio_is_the_median_over_the_rounds_that_both_took_part_in():
    assert list(table.times_as_long(CASE, SECONDS).values()) == [7.5, 2, 3, 0.8]


def test_a_row_shows_time_factors_by_role_and_what_is_added_to_the_networks_memory(results):
    heading, row = table.rows(results)
    assert heading == ["Work", "The course", "The obvious loop", "Library", "Bare passes", "Memory"]
    assert row == [
        "Some work",
        "10 ms (10 to 20)",
        "≈ 7.5 × (one by one)",
        "2 × (theirs)<br>3 × (theirs too)",
        "1.25 × (bare)",  # turned round: the course's time over that of the bare passes
        "60 MiB",
    ]


def test_what_ran_to_its_end_is_not_called_about(results):
    assert "≈" not in str(table.rows({**results, "scaled": False}))


def test_a_time_is_the_median_with_the_smallest_and_the_largest():
    assert table.spread([0.574, 0.245, 3.26]) == "574 ms (245 to 3,260)"
    assert table.spread([177.04]) == "177 s"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1 ×"), (1.256, "1.26 ×"), (9.999, "10 ×"), (52.04, "52 ×"), (2140.4, "2,140 ×"), (100, "100 ×")],
)
def test_factors_are_written_with_three_figures(value, text):
    assert table.factor(value) == text


def test_the_page_says_where_it_was_measured_and_what_the_picture_shows(results):
    page = table.page(results)
    assert "Measured on 2 processor cores, no GPU, with numpy 2.0." in page
    assert "Bare passes: 0.8 to 0.8 times. Libraries: 2 to 3 times. The obvious loops: 7.5 to 7.5" in page


# The picture


def test_the_picture_has_every_factor_at_its_place_and_the_largest_in_figures(results):
    figure = picture.draw(results)
    (ax,) = figure.axes
    assert ax.get_xscale() == "log"
    drawn = {
        (line.get_marker(), float(line.get_xdata()[0])) for line in ax.lines if len(line.get_xdata()) == 1
    }
    assert drawn == {("o", 7.5), ("s", 2.0), ("s", 3.0), ("d", 0.8)}
    assert [text.get_text() for text in ax.texts] == ["7.5 ×"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Network", "Work"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "the course",
        "bare passes",
        "a library",
        "the obvious loop",
    ]
    low, high = ax.get_xlim()
    assert low < 0.5
    assert high > 7.5
    plt.close(figure)


def test_kinds_differ_in_colour_and_in_marker():
    for what in ("color", "marker"):
        assert len({style[what] for _, style in picture.KINDS.values()}) == len(picture.KINDS)


def test_a_picture_is_as_wide_as_the_page_wants_and_knows_its_numbers(results, tmp_path):
    picture.save(results, tmp_path / "bench.png")
    with Image.open(tmp_path / "bench.png") as drawn:
        assert drawn.width == 1520
        assert drawn.text == {"Source": picture.digest(results)}
    assert picture.digest({**results, "cores": 4}) != picture.digest(results)


# What is committed


def test_the_committed_page_shows_the_committed_numbers(committed):
    assert {name: set(case["seconds"]) for name, case in committed["cases"].items()} == {
        case.name: {case.key(contender) for contender in case.contenders} for case in CASES
    }
    assert (ROOT / "book" / "bench.md").read_text(encoding="utf-8") == table.page(committed)


def test_the_committed_picture_was_drawn_from_the_committed_numbers(committed):
    with Image.open(ROOT / "book" / "images" / "bench.png") as drawn:
        assert drawn.text["Source"] == picture.digest(committed)


# Who takes part


def test_every_case_begins_with_the_course_and_has_one_floor():
    for case in CASES:
        roles = [contender.role for contender in case.contenders]
        assert roles[0] == "course"
        assert (roles.count("course"), roles.count("floor")) == (1, 1)


def test_no_two_contenders_have_one_name():
    keys = [case.key(contender) for case, contender in CONTENDERS]
    assert len(set(keys)) == len(keys)


@every_contender
def test_every_contender_can_be_called_as_it_will_be(case, contender):
    assert callable(getattr(subjects, case.subject))
    inspect.signature(contender.load()).bind("subject", case.pieces, **case.options)
    assert 0 < (contender.part or case.pieces) <= case.pieces


# Left out: what takes a minute, because it goes through all of VGG16 or through 1,280 channels.
LONG = {("score_cam_photo", "course"), ("score_cam_photo", "library")}
QUICK = [(case, one) for case, one in CONTENDERS if not case.slow and (case.name, one.role) not in LONG]


@pytest.mark.slow
@pytest.mark.parametrize(("case", "contender"), QUICK, ids=[case.key(contender) for case, contender in QUICK])
def test_every_contender_does_a_piece_of_its_work(case, contender):
    # One step of an ascent, nine places of a patch on a digit and four on a photograph.
    little = {"steps": 1, "patch": 208 if case.subject == "photograph" else 26}
    options = {name: little.get(name, value) for name, value in case.options.items()}
    found = contender.load()(case.load_subject(), 2 if "steps" in case.options else 20, **options)
    for values in found if isinstance(found, list) else [found]:
        assert np.isfinite(values).all()
        assert np.ptp(values) > 0


def test_the_pieces_are_as_many_as_the_work_has():
    for case in CASES:
        if "patch" in case.options:
            size = {"one_digit": 28}.get(case.subject, 224)
            places = len(range(0, size - case.options["patch"] + 1, case.options["stride"]))
            assert case.pieces == places**2
    course_maps = course.occlusion(subjects.one_digit(), 484, patch=7, stride=1)
    assert course_maps.size == 28 * 28


@pytest.mark.slow
def test_the_obvious_loops_find_what_the_course_finds():
    one, ten = subjects.one_digit(), subjects.ten_digits()
    patched = loops.occlusion_predict(one, 484, patch=28, stride=1)  # all of the digit is covered
    drop = one.model(one.images).numpy()[0, 3] - patched[0, 3]
    assert_allclose(course.occlusion(one, 1, patch=28, stride=1), np.full((28, 28), drop), atol=1e-5)
    assert_allclose(loops.saliency(ten, 10), course.saliency(ten, 10), rtol=1e-4, atol=1e-5)
    assert_allclose(loops.grad_cam(ten, 10), course.grad_cam(ten, 10), rtol=1e-4, atol=1e-4)
    path = loops.integrated_gradients(one, 65)
    assert_allclose(path.sum(), course.integrated_gradients(one, 65).sum(), rtol=0.03)
