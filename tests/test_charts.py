"""Curves, tables and numbers: what is drawn is what was given."""

import numpy as np
import pytest
from drawn import Run, shown
from matplotlib.colors import to_rgba
from numpy.testing import assert_allclose, assert_array_equal

from helpers import plots
from helpers.plots import charts


def test_learning_curves_show_losses_and_percent_from_epoch_1():
    history = {"loss": [2, 1], "val_loss": [3, 2], "accuracy": [0.5, 0.75], "val_accuracy": [0.25, 0.5]}
    losses, accuracies = plots.learning_curves(history).axes
    drawn = {
        (ax.get_ylabel(), line.get_label()): line.get_ydata().tolist()
        for ax in (losses, accuracies)
        for line in ax.lines
    }
    assert drawn == {
        ("loss", "training"): [2, 1],
        ("loss", "validation"): [3, 2],
        ("accuracy (%)", "training"): [50, 75],
        ("accuracy (%)", "validation"): [25, 50],
    }
    assert losses.lines[0].get_xdata().tolist() == [1, 2]
    assert losses.get_ylim()[0] == 0


def test_a_confusion_matrix_has_its_numbers_but_no_zeros():
    percent = np.array([[96.0, 4.0, 0.0], [0.0, 100.0, 0.0], [9.0, 1.0, 90.0]])
    ax = plots.confusion_matrix(percent)
    written = {(text.get_position()[::-1], text.get_text()) for text in ax.texts}
    assert written == {(place, f"{value:.1f}") for place, value in np.ndenumerate(percent) if value > 0}
    assert_allclose(shown(ax), np.sqrt(percent))
    assert ax.images[0].get_clim() == (0, 10)
    assert {text.get_color() for text in ax.texts if float(text.get_text()) > 40} == {"white"}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted digit", "true digit")
    assert ax.figure.axes[1].get_yticklabels()[-1].get_text() == "100"


def test_panels_of_curves_run_from_0_to_100_percent():
    curves = {"ours": [0, 0.5, 1], "chance": [1, 0.5, 0]}
    figure = plots.curve_panels({"one": curves, "two": curves}, "share", "score", dashed=("chance",))
    assert [ax.get_title() for ax in figure.axes] == ["one", "two"]
    ours, chance = figure.axes[1].lines
    assert list(ours.get_xdata()) == [0, 50, 100]
    assert list(chance.get_ydata()) == [1, 0.5, 0]
    assert (ours.get_linestyle(), chance.get_linestyle()) == ("-", "--")


def test_a_table_of_numbers_shows_each_once_and_none_where_there_is_none():
    figure = plots.number_table([[0.04, -0.04], [np.nan, 1.0]], ["r", "s"], ["a", "b"], "share")
    table, bar = figure.axes
    assert [text.get_text() for text in table.texts] == ["0.0", "0.0", "1.0"]
    assert bar.get_ylabel() == "share"


def test_scores_have_their_mean_and_standard_error_and_controls_another_colour():
    values = np.array([[1.0, 3.0], [np.nan, 2.0], [np.nan, np.nan]])
    figure = plots.score_panels({"test": values}, ["method", "noise", "none"], controls=2, label="better")
    (ax,) = figure.axes
    means = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert means == [2, 2]  # a row without any value stays empty
    method, noise = ax.collections
    assert np.ptp(method.get_segments()[0][:, 0]) == pytest.approx(2 / np.sqrt(2))
    assert np.ptp(noise.get_segments()[0][:, 0]) == 0
    assert not np.array_equal(method.get_color(), noise.get_color())


def test_a_matrix_of_mistakes_shows_the_surest_of_each_cell_and_counts_the_others():
    images = np.random.default_rng(0).random((6, 4, 4, 1))
    labels, said = np.array([0, 0, 0, 0, 1, 2]), np.array([0, 0, 1, 1, 0, 2])
    sure = np.array([0.9, 0.8, 0.6, 0.7, 0.9, 0.5])
    probabilities = np.where(np.arange(3) == said[:, np.newaxis], sure[:, np.newaxis], 0.0)
    ax = plots.mistakes_matrix(images, labels, probabilities)
    spots = {
        tuple(np.round(np.mean(np.reshape(image.get_extent(), (2, 2)), axis=1), 1)): image
        for image in ax.images
    }
    assert set(spots) == {(0.0, -0.1), (1.0, 0.0), (0.0, 1.0), (2.0, 1.9)}
    assert_allclose(spots[(0.0, -0.1)].get_array(), images[:2].mean(axis=0)[..., 0])
    assert_array_equal(spots[(1.0, 0.0)].get_array(), images[3, ..., 0])  # of two mistakes, the surest
    assert_array_equal(spots[(0.0, 1.0)].get_array(), images[4, ..., 0])
    written = [(text.get_position(), text.get_text()) for text in ax.texts]
    assert written == [((0, 0.36), "2"), ((1.3, -0.3), "2"), ((2, 2.36), "1")]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("read as", "label")


def test_filters_are_piled_on_tenths_with_their_number():
    kernels = np.random.default_rng(0).normal(size=(3, 3, 3, 5))
    figure = plots.filter_piles({"five": (kernels, np.array([0.0, 0.05, 0.99, 1.0, 0.5]))}, across=1)
    (ax,) = figure.axes
    assert [text.get_text() for text in ax.texts] == ["2", "", "", "", "", "1", "", "", "", "2"]
    places = sorted(round(10 * image.get_extent()[0]) for image in ax.images)
    assert places == [0, 0, 5, 9, 9]
    assert ax.get_title() == "five"


def test_answers_are_coloured_written_and_counted(ax):
    run = Run()
    run.predicted = np.full((1, 9, 9), 7)
    run.predicted[0, :5, :5] = 2
    run.predicted[0, 8, 8] = 9  # too small to be written on
    plots.show_digit_answers(np.zeros((11, 11, 1)), run, ax, 7, "title")
    assert_allclose(shown(ax)[0, 0], to_rgba(charts.ANSWERS[2]))
    assert_allclose(shown(ax)[0, 8], to_rgba("#e4e4e4"))
    assert [(text.get_text(), text.get_position()) for text in ax.texts] == [("2", (3, 3))]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["2: 25", "7: 55", "9: 1"]
    assert (ax.get_xlim(), ax.get_ylim(), ax.get_title()) == ((-0.5, 10.5), (10.5, -0.5), "title")


def test_dots_stand_at_their_values_and_the_bar_at_the_mean():
    ax = plots.dot_rows({"one": np.array([0.2, np.nan, 0.4]), "two": np.array([1.0])}, "share", line=0.5)
    dots, bar = ax.lines[:2]
    assert_array_equal(dots.get_xdata(), [0.2, np.nan, 0.4])
    assert_allclose(bar.get_xdata(), 0.3)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"]


def test_bars_stand_at_the_means_of_their_dots():
    series = {"first": [[1, 3], [4, 6]], "second": [[0, 0], [-1, -3]], "last": [[1, 1], [2, 2]]}
    ax = plots.bars_with_dots(series, ["a", "b_c"], "loss")
    assert [bar.get_height() for bar in ax.patches] == [2, 5, 0, -2, 1, 2]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b\nc"]
    places = [bar.get_x() for bar in ax.patches]
    assert places[0] < places[2] < places[4] < places[1]


def test_ranks_are_counted_from_the_largest(ax):
    plots.rank_lines([[3.0, 1.0, 2.0], [1.0, 5.0, 0.0]], [0, 1], ax)
    assert [line.get_ydata().tolist() for line in ax.lines] == [[1, 2], [3, 1]]
    assert ax.get_ylim() == (10.5, 0.5)


def test_distances_are_counted_and_have_their_weights():
    figure = plots.draw_distances(np.array([0.3, 0.3, 0.4]), np.array([0.5, 0.5, 0.2]))
    bars, dots = figure.axes
    assert [(bar.get_center()[0].round(6), bar.get_height()) for bar in bars.patches] == [(0.3, 2), (0.4, 1)]
    assert_allclose(dots.lines[0].get_xydata(), [[0.3, 0.5], [0.3, 0.5], [0.4, 0.2]])
    assert dots.lines[1].get_xydata().tolist() == [[0, 1]]
