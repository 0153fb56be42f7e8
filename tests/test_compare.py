"""The comparison of texts and figures: what it lets through, and what it does not."""

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_output
from outputs import picture, printed

from helpers.plots import image_grid
from helpers.settings import ROOT
from tools.compare import (
    EXACT,
    LOOSE,
    STRICT,
    contents,
    differences,
    figure_difference,
    measure_of,
    side_by_side,
)
from tools.notebook import chapters


def words(expected, found, measure=STRICT):
    return [problem.words for problem in differences(expected, found, measure)]


GREY = np.full((8, 9, 3), 100, np.uint8)


# Texts


def test_the_same_text_and_figures_are_no_difference():
    assert words([printed("1.0\n"), picture(GREY)], [printed("1.0\n"), picture(GREY)]) == []


def test_one_digit_or_a_line_more_is_a_difference():
    assert words([printed("one\nscore 0.25\n")], [printed("one\nscore 0.26\n")]) == [
        "stdout: 'score 0.25' expected, 'score 0.26' found"
    ]
    assert words([printed("one\n")], [printed("one\ntwo\n")]) == ["stdout: '(end)' expected, 'two' found"]


def test_where_a_text_was_split_is_none():
    split = [printed("a"), picture(GREY), printed("b")]
    for _ in range(2):  # and comparing changes nothing
        assert words([printed("ab"), picture(GREY)], split) == []
    assert split[0].text == "a"


def test_another_kind_or_number_of_outputs_is_a_difference():
    assert words([picture(GREY)], [printed("a")]) == [
        "image/png: 1 outputs expected, 0 found",
        "stdout: 0 outputs expected, 1 found",
    ]
    assert words([], [printed("a", "stderr")]) == ["stderr: 0 outputs expected, 1 found"]


def test_a_progress_bar_is_left_out():
    bar = new_output("display_data", {"text/plain": "3 of 4"}, metadata={"progress": True})
    assert words([bar], []) == []


def test_the_tag_of_a_cell_says_how_it_is_compared():
    def tagged(*tags):
        return new_code_cell(metadata={"tags": list(tags)})

    assert measure_of(new_code_cell()) is STRICT
    assert measure_of(tagged("hide-cell", "compare-loosely")) is LOOSE
    assert measure_of(tagged("nbval-ignore-output")) is None


def test_the_page_on_reproducibility_has_the_tolerances_that_are_used():
    text = (ROOT / "book" / "reproducibility.md").read_text()
    whole, part, side = STRICT.whole, STRICT.part, STRICT.square
    assert f"at least {whole} over the whole figure, and at least {part:g} on average" in text
    assert f"each square of {side} x {side} pixels" in text
    whole, part, side = LOOSE.whole, LOOSE.part, LOOSE.square
    assert (
        f"at least {whole} over the whole figure and {part} in each square of {side} x {side} pixels" in text
    )


# Figures


PANELS = np.random.default_rng(0).random((40, 12, 12))
"""Small pictures of noise, all different."""


def drawn(images):
    """Draw them as a notebook would, and give the pixels."""
    figure = image_grid(images)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
    plt.close(figure)
    return pixels


@pytest.fixture(scope="module")
def figure():
    return drawn(PANELS)


@pytest.mark.slow
def test_the_same_figure_passes(figure):
    assert figure_difference(figure, drawn(PANELS)) is None


def test_differences_of_a_grey_level_pass_but_not_in_two_runs_on_one_machine(figure):
    off_by_one = np.clip(figure.astype(int) + np.random.default_rng(1).integers(-1, 2, figure.shape), 0, 255)
    off_by_one = off_by_one.astype(np.uint8)
    assert figure_difference(figure, off_by_one) is None
    assert "pixels differ, by up to 1 of 255" in figure_difference(figure, off_by_one, EXACT)


@pytest.mark.slow
def test_one_changed_panel_among_forty_fails(figure):
    changed = PANELS.copy()
    changed[17] = changed[17].T
    assert figure_difference(figure, drawn(changed)).startswith("similarity")


def test_another_size_fails(figure):
    assert "pixels" in figure_difference(figure, figure[:-1])


def test_a_changed_figure_is_shown_beside_the_committed_one(figure):
    together = side_by_side(figure, 255 - figure)
    assert together.size == (3 * (figure.shape[1] + 10), figure.shape[0])


# What is compared loosely


def test_numbers_may_differ_by_less_than_a_tenth_words_and_signs_may_not():
    row = printed("row 4: 52   16 to 1,090\n")
    assert words([row], [printed("row 4:  50  16 to 1,100\n")], LOOSE) == []
    assert len(words([row], [printed("row 4:  50  16 to 1,100\n")])) == 1
    for other in ("row 5: 52   16 to 1,090", "row 4: -52   16 to 1,090", "row 4: 52   14 to 1,090"):
        assert len(words([row], [printed(other)], LOOSE)) == 1
    assert len(words([row], [printed("column 4: 52   16 to 1,090")], LOOSE)) == 1
    assert len(words([printed("10 of 10")], [printed("9 of 10")], LOOSE)) == 1


def loosely_compared():
    """Each committed figure that is compared loosely."""
    for path in chapters():
        for cell in nbformat.read(path, 4).cells:
            if cell.cell_type == "code" and measure_of(cell) is LOOSE:
                for figure in contents(cell.outputs).get("image/png", []):
                    yield pytest.param(figure, id=f"{path.stem}-{cell.execution_count}")


def boxes(figure, least=70):
    """(rows, columns) of each panel of at least so many pixels: what lies between white gutters."""

    def stretches(mask):
        edges = np.flatnonzero(np.diff([False, *mask, False])).reshape(-1, 2)
        return [slice(*ends) for ends in edges if np.ptp(ends) >= least]

    ink = figure.min(axis=-1) < 250
    return [(rows, columns) for rows in stretches(ink.any(1)) for columns in stretches(ink[rows].any(0))]


def with_panel(figure, box, panel):
    """A figure with another picture in a panel, from its upper left corner on."""
    changed, (rows, columns) = figure.copy(), box
    place = changed[rows, columns]
    height, width = np.minimum(place.shape[:2], panel.shape[:2])
    place[:height, :width] = panel[:height, :width]
    return changed


@pytest.mark.slow
@pytest.mark.parametrize("figure", list(loosely_compared()))
def test_another_class_a_flipped_sign_and_exchanged_panels_still_fail(figure):
    places = boxes(figure)
    random = np.random.default_rng(0)
    for _ in range(3):
        first, second = (places[k] for k in random.choice(len(places), 2, replace=False))
        other_class = with_panel(figure, first, figure[second])
        exchanged = with_panel(other_class, second, figure[first])
        flipped = with_panel(figure, first, 255 - figure[first])
        # Two climbs that never left the noise they began with are the same picture.
        same = np.array_equal(figure[first], figure[second])
        for changed in (flipped,) if same else (flipped, other_class, exchanged):
            assert figure_difference(figure, changed, LOOSE), (first, second)


@pytest.mark.parametrize("figure", list(loosely_compared()))
def test_single_pixels_may_differ(figure):
    """By a tenth of their value, as 5% of all pixels do."""
    random = np.random.default_rng(0)
    darker = np.where(random.random(figure.shape[:2]) < 0.05, 0.9, 1)[..., np.newaxis]
    assert figure_difference(figure, (figure * darker).astype(np.uint8), LOOSE) is None


def test_a_figure_finer_than_the_page_is_compared_as_the_page_shows_it():
    """Pixels of black and white, and their mean: on the page, at half the size, they are the same grey."""
    fine = 255 * (np.indices((200, 1520)).sum(axis=0) % 2)
    fine, grey = (np.stack([x] * 3, axis=-1).astype(np.uint8) for x in (fine, np.full_like(fine, 127)))
    assert figure_difference(fine, grey) is None
    assert figure_difference(fine[:, :760], grey[:, :760])  # a figure of the page's size is left as it is
