"""What chapter 11 draws of its suspects: outlines that dim digits have too, and verdicts as words."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import example_digits
from helpers.plots import outlined_rows, verdict_table


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def outlines(figure):
    """The outlines of each panel, as the points of their paths."""
    return [[path.vertices for c in ax.collections for path in c.get_paths()] for ax in figure.axes]


@pytest.mark.filterwarnings("error")
def test_a_dim_digit_has_the_outline_of_the_bright_one():
    digits = example_digits()[0]
    bright, dim = (
        outlines(outlined_rows({"A": digits[..., 0]}, {"A": digits * light})) for light in (1, 0.4)
    )
    for one, other in zip(bright, dim, strict=True):
        assert len(one) > 0
        assert all(np.allclose(a, b, atol=1e-4) for a, b in zip(one, other, strict=True))


def test_an_alarm_about_the_wrong_class_is_false_in_every_network():
    alarms = np.array([[True, True, False], [True, False, False]])
    right = np.array([[True, False, True], [False, False, False]])
    figure = verdict_table(alarms, right, ["mean maps", "dimmed"], ["A", "B", "C"], honest=[1])
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words == ["found", "false alarm", "missed", "false alarm", "quiet", "missed"]
