"""What the drawings show: every value at its place, on the scale that is promised."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image

from helpers import build_mnist_cnn, plots
from helpers.plots import pattern_sheet


@pytest.fixture(autouse=True)
def closed():
    """Leave no figure open."""
    yield
    plt.close("all")


@pytest.fixture
def ax():
    return plt.subplots()[1]


def shown(ax):
    """The numbers that an image on some axes was drawn from."""
    return np.ma.filled(ax.images[0].get_array(), np.nan)


# Images


@pytest.mark.parametrize(("kind", "top"), [(np.float32, 1), (np.uint8, 255)])
def test_grey_goes_from_black_at_0_to_white_at_the_top_of_the_type(ax, kind, top):
    image = np.array([[[0.2], [0.6]]]) * top
    assert plots.show_image(image.astype(kind), ax, "title") is ax
    assert_array_equal(shown(ax), image[..., 0].astype(kind))
    assert ax.images[0].get_clim() == (0, top)
    assert ax.images[0].get_cmap().name == "gray"
    assert (ax.get_title(), len(ax.get_xticks()), len(ax.get_yticks())) == ("title", 0, 0)


def test_a_colour_image_is_drawn_as_it_is(ax):
    image = np.random.default_rng(0).random((4, 5, 3))
    plots.show_image(image, ax)
    assert_array_equal(shown(ax), image)


def test_a_grid_has_its_images_in_order_with_their_titles_and_hides_what_is_left_over():
    images = np.random.default_rng(0).random((5, 6, 12))
    figure = plots.image_grid(images, list("abcde"), columns=3, width=6)
    assert figure.get_figwidth() == 6
    assert figure.get_figheight() == pytest.approx(2 * (2 * 6 / 12 + 0.2))  # two rows of images and titles
    for ax, image, title in zip(figure.axes, images, "abcde", strict=False):
        assert_array_equal(shown(ax), image)
        assert ax.get_title() == title
    assert [ax.axison for ax in figure.axes] == [True] * 5 + [False]


# Maps


def test_an_unsigned_map_goes_from_0_to_its_largest_value(ax):
    drawn = plots.show_map(np.array([[0.5, 2.0]]), ax)
    assert (drawn.get_clim(), drawn.get_cmap().name) == ((0, 2), "viridis")


def test_a_signed_map_is_symmetric_with_white_at_zero(ax):
    drawn = plots.show_map(np.array([[-3.0, 0.0, 2.0]]), ax, signed=True)
    assert drawn.get_clim() == (-3, 3)
    assert_allclose(drawn.to_rgba(0.0)[:3], 1, atol=0.04)
    assert drawn.to_rgba(3.0)[0] > drawn.to_rgba(3.0)[2]  # red above, blue below
    assert drawn.to_rgba(-3.0)[2] > drawn.to_rgba(-3.0)[0]


def test_a_given_limit_is_the_end_of_the_scale_and_a_zero_map_has_one(ax):
    assert plots.show_map(np.ones((2, 2)), ax, limit=5).get_clim() == (0, 5)
    assert plots.show_map(np.ones((2, 2)), ax, signed=True, limit=5).get_clim() == (-5, 5)
    assert plots.show_map(np.zeros((2, 2)), ax).get_clim() == (0, 1)


@pytest.mark.parametrize("draw", [plots.show_map, plots.map_sheet])
def test_what_is_negative_is_not_drawn_as_if_it_were_zero(ax, draw):
    values = np.array([[[1.0], [-0.01]]])
    values = values[..., 0] if draw == plots.show_map else values
    with pytest.raises(ValueError, match=r"go down to -0\.01, which would look like zero: give signed=True"):
        draw(values, ax)
    draw(values, ax, signed=True)
    draw(np.where(values < 0, -1e-7, values), ax)  # rounding is no sign


def test_maps_of_a_grid_share_one_scale_and_its_bar():
    maps = np.array([[[1.0, -2.0]], [[0.5, 0.0]], [[0.0, 0.25]]])
    figure = plots.map_grid(maps, ["a", "b", "c"], columns=2, signed=True, label="logits")
    *panels, bar = figure.axes
    for ax, values in zip(panels, maps, strict=False):
        assert_array_equal(shown(ax), values)
        assert ax.images[0].get_clim() == (-2, 2)
    assert [ax.axison for ax in panels] == [True, True, True, False]
    assert bar.get_ylabel() == "logits"


def test_a_sheet_has_every_map_at_its_place_and_the_number_of_each_rows_first(ax):
    maps = np.random.default_rng(0).random((28, 14, 10))
    plots.map_sheet(maps, ax, columns=4)
    sheet, margin = shown(ax), 2
    assert sheet.shape == (3 * 28 + 2 * margin, 4 * 14 + 3 * margin)
    for index in range(10):
        top, left = index // 4 * (28 + margin), index % 4 * (14 + margin)
        assert_array_equal(sheet[top : top + 28, left : left + 14], maps[..., index])
    assert np.isnan(sheet[28:30]).all()
    assert np.isnan(sheet[60:, 32:]).all()  # the places that are left over
    assert ax.images[0].get_clim() == (0, maps.max())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "4", "8"]
    assert_allclose(ax.get_yticks(), [13.5, 43.5, 73.5])  # the middle of each row
    assert len(ax.figure.axes) == 1
    plots.map_sheet(maps, ax, label="activation")
    assert ax.figure.axes[1].get_ylabel() == "activation"


# Numbers


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


def test_an_architecture_shows_every_kind_of_layer_in_its_colour():
    picture = plots.architecture(build_mnist_cnn())
    assert (picture.mode, 900 < picture.width < 1300) == ("RGB", True)
    pixels = {tuple(pixel) for pixel in np.asarray(picture).reshape(-1, 3)}
    for kind in ("Conv2D", "MaxPooling2D", "Flatten", "Dense"):
        colour = to_rgb(plots.LAYER_COLOURS[kind])
        assert any(np.allclose(np.array(pixel) / 255, colour, atol=0.01) for pixel in pixels), kind


# Sheets of colour patterns


@pytest.fixture
def patterns():
    """Nine smooth colour patterns of 16 pixels a side."""
    across = np.linspace(0, 1, 16)
    phases = np.arange(9)[:, np.newaxis, np.newaxis] / 9
    waves = [np.sin(np.pi * (across[:, np.newaxis] * k + across + phases)) ** 2 for k in (0, 1, 2)]
    return np.stack(waves, axis=-1)


def test_every_pattern_is_at_its_place_pixel_for_pixel(patterns):
    sheet = np.asarray(pattern_sheet(patterns, columns=4, margin=5, colours=256).convert("RGB")) / 255
    assert sheet.shape == (3 * 16 + 2 * 5, 4 * 16 + 3 * 5, 3)
    for index, pattern in enumerate(patterns):
        top, left = index // 4 * 21, index % 4 * 21
        assert np.abs(sheet[top : top + 16, left : left + 16] - pattern).mean() < 0.03
    np.testing.assert_allclose(sheet[16:21], 1, atol=0.02)
    np.testing.assert_allclose(sheet[42:, 21:], 1, atol=0.02)  # the places that are left over


def test_no_more_colours_than_asked_for_and_a_smaller_file():
    noise = np.random.default_rng(0).random((8, 32, 32, 3))
    sheet = pattern_sheet(noise, colours=64)
    assert len(np.unique(np.asarray(sheet.convert("RGB")).reshape(-1, 3), axis=0)) <= 64
    sizes = []
    for picture in (sheet, Image.fromarray(np.uint8(255 * noise.reshape(256, 32, 3)))):
        file = io.BytesIO()
        picture.save(file, "png")
        sizes.append(len(file.getvalue()))
    assert sizes[0] < sizes[1] / 3


def test_the_patterns_given_are_left_as_they_were(patterns):
    before = patterns.copy()
    pattern_sheet(patterns)
    np.testing.assert_array_equal(patterns, before)


# Maps in rows, numbers, scores


def test_a_picture_stands_beside_its_maps_of_which_only_what_is_positive_is_shown():
    maps = np.stack([np.full((4, 4), value) for value in (-1.0, 2.0, 3.0)])
    figure = plots.picture_beside_maps(plt.figure(), np.zeros((4, 4, 1)), maps, "ABC", columns=2)
    picture, *panels = figure.axes
    assert [ax.get_title() for ax in panels] == ["A", "B", "C"]
    assert panels[0].images[0].get_array().max() == 0
    assert panels[2].images[0].get_array().max() == 3
    assert picture.get_subplotspec().rowspan.stop == 2  # as high as both rows


def test_rows_of_maps_have_titles_above_and_labels_beside():
    figure = plots.rows_of_maps(np.ones((2, 3, 4, 4)), ["a", "b", "c"], ["first", "second"], signed=True)
    axes = np.reshape(figure.axes, (2, 3))
    assert [ax.get_title() for ax in axes[0]] == ["a", "b", "c"]
    assert [ax.get_ylabel() for ax in axes[:, 0]] == ["first", "second"]
    assert axes[0, 0].images[0].get_cmap().name == "RdBu_r"


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
