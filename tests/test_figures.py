"""The comparison of figures itself: what it lets through, and what it does not."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import conftest
from helpers.plots import image_grid
from helpers.settings import ROOT


@pytest.fixture
def panels():
    """Forty small pictures of noise, all different."""
    return np.random.default_rng(0).random((40, 12, 12))


def drawn(images):
    """Draw them as a notebook would, and give the pixels."""
    figure = image_grid(images)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
    plt.close(figure)
    return pixels


def test_the_same_figure_passes(panels):
    assert conftest.difference(drawn(panels), drawn(panels)) is None


def test_differences_of_a_grey_level_pass(panels):
    figure = drawn(panels)
    off_by_one = np.clip(figure.astype(int) + np.random.default_rng(1).integers(-1, 2, figure.shape), 0, 255)
    assert conftest.difference(figure, off_by_one.astype(np.uint8)) is None


def test_one_changed_panel_among_forty_fails(panels):
    changed = panels.copy()
    changed[17] = changed[17].T
    problem = conftest.difference(drawn(panels), drawn(changed))
    assert problem.startswith("similarity")


def test_another_size_fails(panels):
    assert "pixels" in conftest.difference(drawn(panels), drawn(panels[:30]))


def test_a_changed_figure_is_shown_beside_the_committed_one(panels):
    before, after = drawn(panels), drawn(1 - panels)
    picture = conftest.side_by_side(before, after)
    assert picture.size == (3 * (before.shape[1] + 10), before.shape[0])


def test_the_page_on_reproducibility_has_the_tolerances_that_are_used():
    text = (ROOT / "book" / "reproducibility.md").read_text()
    for words in (
        f"at least {conftest.WHOLE} ",
        f"at least {conftest.PART:g} ",
        f"{conftest.SQUARE} x {conftest.SQUARE} pixels",
    ):
        assert words in text
