"""Pictures of networks and formulas: every part is there, and right."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import shown
from matplotlib.colors import to_rgb, to_rgba
from numpy.testing import assert_allclose, assert_array_equal

from helpers import build_mnist_cnn, plots
from helpers.plots import drawings, style


@pytest.fixture
def layers():
    """Values of a network of one convolution, a dense layer and three classes; map 4 of the first is dead."""
    random = np.random.default_rng(0)
    maps = random.random((6, 6, 8)) * (np.arange(8) != 4)
    return {"conv": maps, "dense": random.random(16), "preds": np.array([0.1, 0.7, 0.2])}


@pytest.mark.slow
def test_an_architecture_shows_every_kind_of_layer_in_its_colour():
    picture = plots.architecture(build_mnist_cnn())
    assert (picture.mode, 1500 < picture.width < 1700) == ("RGB", True)
    pixels = {tuple(pixel) for pixel in np.asarray(picture).reshape(-1, 3)}
    for kind in ("Conv2D", "MaxPooling2D", "Flatten", "Dense"):
        colour = to_rgb(drawings.LAYER_COLOURS[kind])
        assert any(np.allclose(np.array(pixel) / 255, colour, atol=0.01) for pixel in pixels), kind


def test_a_network_at_work_has_its_digits_the_maps_of_most_contrast_and_the_answer(layers):
    images = np.random.default_rng(1).random((3, 6, 6, 1))
    (ax,) = plots.network_at_work(images, 1, layers, shown=4).axes
    drawn = [image.get_array() for image in ax.images]
    assert len(drawn) == 3 + 1 + 4 + 1  # the row, the one image, maps, units
    for image, expected in zip(drawn, [*images, images[1]], strict=False):
        assert_array_equal(image, expected[..., 0])
    best = np.sort(np.argsort(-layers["conv"].std(axis=(0, 1)))[:4])
    assert 4 not in best
    for image, k in zip(drawn[4:8], best, strict=True):
        assert_allclose(image * layers["conv"][..., best].max(), layers["conv"][..., k])
    assert_array_equal(drawn[8], layers["dense"].reshape(-1, 4))
    words = [text.get_text() for text in ax.texts]
    assert {"6 x 6\n8 maps", "dense\n16 units", "conv", "10%", "70%", "20%"} <= set(words)
    assert [text.get_color() for text in ax.texts if text.get_text() == "1"] == [style.SECOND]


def test_a_colour_filter_is_grey_where_a_weight_is_zero_and_full_where_it_is_largest():
    kernels = np.zeros((3, 3, 3, 3))
    kernels[0, 1, 2, 0], kernels[2, 2, 0, 1] = 4, -0.1  # the third is empty
    ax = plots.colour_filters(kernels, plt.figure().subplots(), columns=2, labels="abc")
    chips = [np.asarray(image.get_array()) for image in ax.images]
    expected = np.full((3, 3, 3, 3), 0.5)
    expected[0, 0, 1, 2], expected[1, 2, 2, 0] = 1, 0
    assert_allclose(chips, expected)
    assert [text.get_text() for text in ax.texts] == list("abc")
    lefts, tops = zip(*[image.get_extent()[::3] for image in ax.images], strict=True)
    assert lefts[0] == lefts[2] < lefts[1]
    assert tops[0] == tops[1] < tops[2]


def test_kernel_blocks_are_drawn_to_scale():
    shapes = {
        "block1_conv1": (3, 3, 3, 64),
        "block4_conv1": (3, 3, 256, 512),
        "block4_conv2": (3, 3, 512, 512),
    }
    (ax,) = plots.block_shapes(shapes, marked=["block1_conv1"]).axes
    assert [(box.get_height(), box.get_width()) for box in ax.patches] == [(3, 64), (256, 512), (512, 512)]
    assert ax.get_aspect() == 1
    tops = [box.get_y() for box in ax.patches]
    assert tops[0] < tops[1] == tops[2]
    assert [box.get_facecolor() == to_rgba(style.SECOND) for box in ax.patches] == [True, False, False]


def test_the_parts_of_a_convolution_show_the_patch_the_kernel_and_the_value():
    random = np.random.default_rng(0)
    picture, values = random.random((20, 20, 3)), random.normal(size=(20, 20, 3))
    kernel, maps = random.normal(size=(3, 3, 3)), random.random((20, 20)) * 90
    figure = plots.convolution_parts(picture, values, kernel, maps, 9, 8, ("a", "b", "c"), reach=5)
    by_title = {ax.get_title(): ax for ax in figure.axes}
    assert_allclose(shown(by_title["$x$, b"]), values[8:11, 7:10, 1])
    assert_allclose(shown(by_title["$w$, c"]), kernel[..., 2])
    assert_allclose(shown(by_title["the picture"]), picture[4:15, 3:14])
    assert_allclose(shown(by_title[f"the map, here {maps[9, 8]:.0f}"]), maps[4:15, 3:14])
    (frame,) = by_title["the picture"].patches
    assert (frame.get_xy(), frame.get_width()) == ((3.5, 3.5), 3)  # around pixel 5 of 11
    assert [text.get_text() for text in by_title["$w$, c"].texts][4] == f"{kernel[1, 1, 2]:.1f}"


def test_the_parts_of_a_first_order_change_are_drawn_with_their_product():
    gradient, change = np.array([[1.0, -2], [0, 4]]), np.array([[1.0, 1], [1, -2]])
    figure = plots.first_order(np.zeros((2, 2)), gradient, change)
    assert_array_equal(shown(figure.axes[3]), [[1, -2], [0, -8]])
    assert [ax.get_xlabel() for ax in figure.axes[4:]] == ["logits per unit", "units", "logits"]


def test_images_on_a_way_are_dots_on_its_curve():
    images = {place: np.full((4, 4), place) for place in (0, 0.5, 1)}
    figure = plots.way_and_curve(images, np.array([0, 1.0]), np.array([2.0, 4]), "score")
    assert_array_equal(shown(figure.axes[1]), images[0.5])
    assert_array_equal(figure.axes[3].lines[1].get_xydata(), [[0, 2], [0.5, 3], [1, 4]])


def test_the_formula_shows_chosen_maps_their_weights_and_both_sums():
    rng = np.random.default_rng(0)
    maps, weights = rng.random((7, 7, 20)), rng.normal(size=20)
    figure = plots.weighted_maps(maps, weights, [3, 5, 8, 13])
    shown = [ax.images[0].get_array() for ax in figure.axes[:8]]
    for values, channel in zip(shown, [3, 5, 8, 13], strict=False):
        assert_allclose(values, maps[..., channel])
    assert f"times {weights[13]:+.4f}" in figure.axes[3].get_title()
    assert_allclose(shown[4], maps[..., [3, 5, 8, 13]] @ weights[[3, 5, 8, 13]])
    assert_allclose(shown[5], maps @ weights)
    assert_allclose(shown[6], np.maximum(maps @ weights, 0))
