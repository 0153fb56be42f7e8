"""The picture helpers: ranges, zero and constant maps, TensorFlow's resizing convention, no mutation."""

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from helpers import image
from helpers.backend import tf

FEW = settings(max_examples=40, deadline=None)
NUMBERS = st.floats(-1e6, 1e6, width=32)


def arrays(*dimensions, elements=NUMBERS):
    shapes = st.one_of([hnp.array_shapes(min_dims=n, max_dims=n, max_side=9) for n in dimensions])
    return hnp.arrays(np.float32, shapes, elements=elements)


def pictures():
    shapes = st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]))
    return hnp.arrays(np.float32, shapes, elements=st.floats(0, 1, width=32))


# normalize_map


def test_each_map_is_divided_by_its_own_largest_value():
    maps = np.array([[[1, 2], [0, 4]], [[10, 0], [0, 5]]], np.float32)
    assert_array_equal(image.normalize_map(maps), [[[0.25, 0.5], [0, 1]], [[1, 0], [0, 0.5]]])


def test_negative_values_count_as_zero_unless_signed():
    maps = np.array([[-4, 2]], np.float32)
    assert_array_equal(image.normalize_map(maps), [[0, 1]])
    assert_array_equal(image.normalize_map(maps, signed=True), [[-1, 0.5]])


def test_channels_of_one_map_share_one_scale():
    maps = np.array([[[[1, -4]]], [[[2, 1]]]], np.float32)  # (2, 1, 1, 2)
    assert_array_equal(image.normalize_map(maps, signed=True), [[[[0.25, -1]]], [[[1, 0.5]]]])


@pytest.mark.parametrize("signed", [False, True])
def test_a_zero_map_stays_zero_and_a_constant_map_is_not_erased(signed):
    maps = np.stack([np.zeros((3, 4)), np.full((3, 4), 7.0), np.full((3, 4), 1e-30)])
    expected = np.stack([np.zeros((3, 4)), np.ones((3, 4)), np.ones((3, 4))])
    assert_array_equal(image.normalize_map(maps, signed), expected)


@FEW
@given(arrays(2, 3, 4), st.booleans())
def test_normalized_maps_are_finite_in_range_and_unchanged_by_scaling(maps, signed):
    before = maps.copy()
    result = image.normalize_map(maps, signed)
    assert_array_equal(maps, before)
    assert result.shape == maps.shape and result.dtype == np.float32
    assert result.min() >= (-1 if signed else 0) and result.max() <= 1
    assert_allclose(image.normalize_map(maps * np.float32(4), signed), result, rtol=1e-6)


# resize


def test_resizing_puts_pixel_centres_at_one_half():
    assert_allclose(image.resize([[0.0, 1.0]], (1, 4)), [[0, 0.25, 0.75, 1]])
    assert_allclose(image.resize([[0.0, 2.0, 4.0, 8.0]], (1, 2)), [[1, 6]])


@FEW
@given(arrays(2, 3, 4), st.integers(1, 20), st.integers(1, 20))
def test_resizing_agrees_with_tensorflow(maps, height, width):
    before = maps.copy()
    result = image.resize(maps, (height, width))
    lead, tail = (maps.ndim == 2), (maps.ndim < 4)
    batch = maps[np.newaxis] if lead else maps
    batch = batch[..., np.newaxis] if tail else batch
    expected = tf.image.resize(batch, (height, width), method="bilinear", antialias=False).numpy()
    expected = expected[..., 0] if tail else expected
    expected = expected[0] if lead else expected
    assert_array_equal(maps, before)
    assert result.shape == expected.shape and result.dtype == np.float32
    assert_allclose(result, expected, rtol=1e-5, atol=2e-6 * max(1, np.abs(maps).max()))


def test_resizing_large_maps_agrees_with_tensorflow():
    maps = np.random.default_rng(0).normal(size=(2, 7, 14, 3)).astype(np.float32)
    assert_allclose(image.resize(maps, (224, 301)), tf.image.resize(maps, (224, 301)), atol=2e-5)
    assert_allclose(image.resize(maps, (3, 5)), tf.image.resize(maps, (3, 5)), atol=1e-5)


@FEW
@given(arrays(3, elements=st.floats(0, 1, width=32)), st.integers(1, 20), st.integers(1, 20))
def test_resizing_never_leaves_the_range_and_keeps_constants(maps, height, width):
    result = image.resize(maps, (height, width))
    assert maps.min() - 1e-6 <= result.min() and result.max() <= maps.max() + 1e-6
    constant = np.full_like(maps, 0.75)
    assert_allclose(image.resize(constant, (height, width)), 0.75, rtol=1e-6)


def test_resizing_to_the_same_size_changes_nothing():
    maps = np.random.default_rng(0).normal(size=(2, 5, 6)).astype(np.float32)
    assert_array_equal(image.resize(maps, (5, 6)), maps)


# overlay


def test_overlay_covers_the_picture_as_far_as_there_is_heat():
    picture = np.full((1, 3, 1), 0.5, np.float32)
    colors = [[0, 0, 0], [1, 0.5, 0]]  # black to orange
    result = image.overlay(picture, [[0.0, 0.5, 1.0]], strength=0.4, colors=colors)
    half = [0.8 * 0.5 + 0.2 * channel for channel in (0.5, 0.25, 0)]  # a fifth of half the orange
    whole = [0.6 * 0.5 + 0.4 * channel for channel in (1, 0.5, 0)]
    assert_allclose(result, [[[0.5, 0.5, 0.5], half, whole]], atol=1e-7)


def test_overlay_of_whole_numbers_equals_overlay_of_fractions():
    whole = np.array([[[0, 51, 255]]], np.uint8)
    assert_allclose(image.overlay(whole, [[1.0]]), image.overlay(whole / 255.0, [[1.0]]))
    assert_allclose(image.overlay(whole, [[1.0]], strength=0), [[[0, 0.2, 1]]], atol=1e-7)


def test_overlay_resizes_a_coarse_heatmap_to_the_picture():
    picture = np.zeros((28, 20, 3), np.float32)
    coarse = np.random.default_rng(0).random((7, 5))
    expected = image.overlay(picture, image.resize(coarse, (28, 20)))
    assert_allclose(image.overlay(picture, coarse), expected, atol=1e-6)


def test_the_default_colours_are_those_of_inferno():
    ramp = np.linspace(0, 1, 256)[np.newaxis]
    shown = image.overlay(np.zeros((1, 256, 3)), ramp, strength=1)[0]  # on black, as far as there is heat
    assert_allclose(shown, np.array(matplotlib.colormaps["inferno"].colors) * ramp.T, atol=0.03)


@FEW
@given(pictures(), st.floats(0, 1), st.data())
def test_overlays_are_colour_pictures_in_range(picture, strength, data):
    heatmap = data.draw(arrays(2, elements=st.floats(0, 1, width=32)))
    before = picture.copy(), heatmap.copy()
    result = image.overlay(picture, heatmap, strength)
    assert_array_equal(picture, before[0])
    assert_array_equal(heatmap, before[1])
    assert result.shape == (*picture.shape[:2], 3) and result.dtype == np.float32
    assert result.min() >= 0 and result.max() <= 1
    alone = np.broadcast_to(picture, result.shape)
    assert_allclose(image.overlay(picture, heatmap, strength=0), alone, atol=1e-7)


# tile


def test_tiles_stand_row_by_row_with_margins_only_between_them():
    images = np.arange(1, 4)[:, np.newaxis, np.newaxis] * np.ones((3, 1, 2), int)
    expected = [[1, 1, 9, 2, 2], [9, 9, 9, 9, 9], [3, 3, 9, 9, 9]]
    assert_array_equal(image.tile(images, columns=2, margin=1, fill=9), expected)


def test_eight_by_eight_patterns_of_64_pixels_make_a_sheet_of_547():
    assert image.tile(np.zeros((64, 64, 64, 3)), columns=8).shape == (547, 547, 3)


@FEW
@given(arrays(3, 4), st.integers(1, 5), st.integers(0, 3))
def test_every_tile_can_be_cut_out_again(images, columns, margin):
    before = images.copy()
    sheet = image.tile(images, columns, margin, fill=-1)
    assert_array_equal(images, before)
    assert sheet.dtype == images.dtype
    height, width = images.shape[1:3]
    for index, expected in enumerate(images):
        top, left = (index // columns) * (height + margin), (index % columns) * (width + margin)
        assert_array_equal(sheet[top : top + height, left : left + width], expected)
    assert (sheet == -1).sum() == sheet.size - images.size + (images == -1).sum()


# deprocess


def test_a_pattern_is_centred_at_one_half_with_the_given_contrast():
    pattern = np.array([[[3.0], [7.0]]])  # mean 5, standard deviation 2
    assert_allclose(image.deprocess(pattern), [[[0.35], [0.65]]], atol=1e-7)
    assert_allclose(image.deprocess(pattern, contrast=0.1), [[[0.4], [0.6]]], atol=1e-7)


def test_each_pattern_of_a_batch_is_treated_alone():
    batch = np.random.default_rng(0).normal(size=(3, 4, 5, 3)) * [[[[1]]], [[[50]]], [[[1e-3]]]]
    alone = [image.deprocess(pattern) for pattern in batch]
    assert_array_equal(image.deprocess(batch), alone)
    assert_allclose(image.deprocess(batch).mean(axis=(1, 2, 3)), 0.5, atol=0.01)


def test_values_far_from_the_mean_are_clipped():
    pattern = np.zeros((10, 10, 1))
    pattern[0, 0] = 1e4
    assert image.deprocess(pattern).max() == 1
    assert image.deprocess(-pattern).min() == 0


@FEW
@given(arrays(3, 4))
def test_deprocessed_patterns_are_finite_in_range_and_constants_become_grey(patterns):
    before = patterns.copy()
    result = image.deprocess(patterns)
    assert_array_equal(patterns, before)
    assert result.shape == patterns.shape and result.dtype == np.float32
    assert result.min() >= 0 and result.max() <= 1
    constant = np.full(patterns.shape, patterns.flat[0])
    assert_array_equal(image.deprocess(constant), np.full(patterns.shape, 0.5, np.float32))
