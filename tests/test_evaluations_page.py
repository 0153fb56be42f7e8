"""The page to choose by: it, its picture and the results that are committed agree, and what it says holds."""

import json
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from evaluations import page, picture, read
from evaluations.plan import CONTROLS, FULL, METHODS, TESTS
from evaluations.read import PANELS, ROWS, Column
from helpers.settings import ROOT

RESULTS = json.loads((ROOT / "evaluations" / "results.json").read_text(encoding="utf-8"))
PAGE = (ROOT / "book" / "choose.md").read_text(encoding="utf-8")
DIGITS = RESULTS["scores"]["digits"]


def scores(group, name):
    """Row -> mean, of one test."""
    return {row: one["mean"] for row, one in RESULTS["scores"][group][name].items() if "mean" in one}


def apart(group, name, one, other):
    """By how many of their errors two rows are apart."""
    both = [RESULTS["scores"][group][name][row] for row in (one, other)]
    return abs(both[0]["mean"] - both[1]["mean"]) / np.hypot(both[0]["error"], both[1]["error"])


# What is committed


def test_the_committed_page_shows_the_committed_numbers():
    assert page.page(RESULTS) == PAGE
    assert f"| occlusion | {read.number(DIGITS['rank, 1 layer']['occlusion'])} |" in PAGE


def test_another_number_gives_another_page():
    changed = json.loads(json.dumps(RESULTS))
    changed["scores"]["mosaics"]["right place"]["occlusion"]["mean"] = 0.987
    assert page.page(changed).count("0.99") > PAGE.count("0.99")


def test_the_committed_picture_was_drawn_from_the_committed_numbers():
    with Image.open(ROOT / "book" / "images" / "choose.png") as drawn:
        assert drawn.text["Source"] == picture.digest(RESULTS)
        assert drawn.width == 1560
    assert picture.digest({**RESULTS, "versions": {}}) != picture.digest(RESULTS)


def test_the_results_are_of_the_full_setting_and_of_every_method_in_every_test():
    assert RESULTS["settings"] == FULL
    assert set(RESULTS["scores"]) == set(TESTS)
    for group in RESULTS["scores"].values():
        for rows in group.values():
            assert tuple(rows) == METHODS + CONTROLS
            for row, found in rows.items():
                assert found["n"][0] * found["n"][1] > found["empty"] or row == "noise"


def test_every_score_that_is_kept_is_shown():
    shown = {(column.group, column.name) for columns in read.TABLES.values() for column in columns}
    between = {("digits", f"{kind}rank, {n} layers") for kind in ("", "absolute ") for n in (2, 3, 4)}
    kept = {(group, name) for group, tests in RESULTS["scores"].items() for name in tests}
    assert kept == shown | between
    assert {(panel.group, panel.name) for panel in PANELS} <= shown


# What the page says


def test_what_the_page_says_of_occlusion_holds():
    right, moves = scores("mosaics", "right place"), scores("digits", "sensitivity")
    assert max(right, key=right.get) == "occlusion"
    assert min(moves, key=moves.get) == "occlusion"
    white = scores("digits", "deletion, white")
    assert max(METHODS, key=white.get) == "occlusion"


def test_what_the_page_says_of_grad_cam_holds():
    right, half = (RESULTS["scores"][group]["right place"]["Grad-CAM"] for group in ("mosaics", "composed"))
    assert abs(right["mean"] - 0.25) < 2 * right["error"]
    assert half["mean"] - 0.5 > 3 * half["error"]


def test_what_the_page_says_of_gradients_and_lime_holds():
    fidelity, moves = scores("digits", "fidelity"), scores("digits", "sensitivity")
    assert max(fidelity, key=fidelity.get) == "LIME"
    assert max(moves, key=moves.get) == "gradient"
    forgotten, unsigned = (scores("digits", f"{kind}, 5 layers") for kind in ("rank", "absolute rank"))
    assert max(METHODS, key=forgotten.get) == "guided gradient"
    assert abs(forgotten["integrated gradients"]) < 0.1
    assert unsigned["integrated gradients"] > 0.9
    assert apart("digits", "rank, 5 layers", "Score-CAM", "gradient") < 2


def test_what_the_page_says_of_ink_and_noise_holds():
    insertion, fidelity = scores("digits", "insertion, black"), scores("digits", "fidelity")
    assert max(insertion, key=insertion.get) == "ink"
    assert apart("digits", "fidelity", "ink", "integrated gradients") < 2
    assert fidelity["ink"] > fidelity["occlusion"]
    ink = RESULTS["scores"]["mosaics"]["right place"]["ink"]
    assert abs(ink["mean"] - 0.25) < 2 * ink["error"]
    black, white = scores("digits", "deletion, black"), scores("digits", "deletion, white")
    assert max(black, key=black.get) == "noise"
    assert apart("digits", "deletion, white", "noise", min(white, key=white.get)) < 2


def test_what_the_page_says_of_coarse_and_fine_maps_holds():
    coarse = ["LIME", "Grad-CAM", "Score-CAM"]
    for baseline in ("grey", "blur"):
        assert set(read.ranking(RESULTS, "photographs", f"insertion, {baseline}")[:3]) == set(coarse)
        fine = read.ranking(RESULTS, "photographs", f"deletion, {baseline}", high=False)[:2]
        assert fine == ["integrated gradients", "SmoothGrad"]
    grey = scores("photographs", "deletion, grey")
    assert grey["noise"] < min(grey[name] for name in coarse)


def test_no_row_is_on_the_right_in_every_panel():
    """In the better half, that is."""
    for row in ROWS:
        places = [read.ranking(RESULTS, panel.group, panel.name, panel.high) for panel in PANELS]
        assert any(row not in ranks[: len(ranks) // 2] for ranks in places), row


def test_the_price_is_told_for_digit_and_photograph():
    assert "| 485 forward; 170 forward |" in PAGE
    assert "| 1,000 forward; 500 forward |" in PAGE
    assert PAGE.count("| 1 forward and back |") == 3


# How numbers are read and drawn


MADE_UP = {
    "scores": {
        panel.group: {
            other.name: {
                row: {"mean": k / 20, "error": 0.01 * (1 + k)} if row != "noise" else {"empty": 1}
                for k, row in enumerate(ROWS)
            }
            for other in PANELS
            if other.group == panel.group
        }
        for panel in PANELS
    }
}


def test_the_best_comes_first_whichever_way_is_better():
    group, name = "digits", "fidelity"
    assert read.ranking(MADE_UP, group, name)[0] == "ink"
    assert read.ranking(MADE_UP, group, name, high=False)[0] == "occlusion"
    assert "noise" not in read.ranking(MADE_UP, group, name)


def test_numbers_have_their_error_and_no_answer_is_a_dash():
    assert read.number({"mean": 0.618, "error": 0.034}) == "0.62 ± 0.03"
    assert read.number({"mean": -0.001, "error": 0.1}) == "0.00 ± 0.10"
    assert read.number({"empty": 3}) == "–"


def test_the_best_of_a_column_is_bold_and_what_knows_no_network_in_italics():
    columns = Column("digits", "fidelity", "high"), Column("digits", "sensitivity", "low", high=False)
    head, _, *rows = page.table(MADE_UP, columns).splitlines()
    assert head == "| map | high | low |"
    assert rows[0] == "| occlusion | 0.00 ± 0.01 | **0.00 ± 0.01** |"
    assert rows[-1] == "| *ink* | **0.50 ± 0.11** | 0.50 ± 0.11 |"
    assert rows[-2] == "| *noise* | – | – |"
    only_fails = (Column("digits", "fidelity", "no praise", high=None),)
    assert "**" not in page.table(MADE_UP, only_fails)


def test_the_picture_has_every_mean_at_its_place_and_chance_where_it_is_known():
    figure = picture.draw(MADE_UP)
    assert len(figure.axes) == len(PANELS)
    for ax, panel in zip(figure.axes, PANELS, strict=True):
        dots = [line for line in ax.lines if line.get_marker() in ("o", "s")]
        drawn = {float(line.get_ydata()[0]): float(line.get_xdata()[0]) for line in dots}
        expected = {k: k / 20 if panel.high else 1 - k / 20 for k, row in enumerate(ROWS) if row != "noise"}
        assert drawn == pytest.approx(expected)
        chance = [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"]
        assert chance == ([] if panel.chance is None else [panel.chance])
        assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first row is at the top
        errors = [np.ptp(c.get_segments()[0][:, 0]) / 2 for c in ax.collections if len(c.get_segments()) == 1]
        assert errors == pytest.approx([0.01 * (1 + k) for k, row in enumerate(ROWS) if row != "noise"])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list(ROWS)
    plt.close(figure)


def test_the_chapter_and_the_page_lead_to_each_other():
    chapter = (ROOT / "notebooks" / "10_trust.ipynb").read_text(encoding="utf-8")
    assert "](../book/choose.md)" in chapter
    linked = set(re.findall(r"notebooks/(\d\d)_", PAGE))
    assert linked == {"06", "07", "08", "09", "10"}
