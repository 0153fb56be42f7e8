"""Occlusion against differences that can be worked out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import blind_pixel_net, free_nets, linear, mirror_blind_net, random_images

from helpers.backend import keras, tf
from helpers.occlusion import occlusion
from helpers.saliency import integrated_gradients

WEIGHTS = np.random.default_rng(1).standard_normal((6, 9, 2, 3)).astype(np.float32)
IMAGES = random_images(3, 6, 9, 2)
MODEL = linear(WEIGHTS, 0.4)


def test_patches_that_do_not_overlap_take_away_their_share_of_a_linear_function():
    found = occlusion(MODEL, IMAGES, 1, patch_size=3, stride=3, baseline=0.2, score="logit")
    shares = WEIGHTS[..., 1] * (IMAGES - np.float32(0.2))  # (N, 6, 9, 2)
    expected = shares.reshape(3, 2, 3, 3, 3, 2).sum(axis=(2, 4, 5))  # (N, 2, 3)
    np.testing.assert_allclose(found.score[:, None, None] - found.heatmap, expected, atol=1e-5)
    np.testing.assert_allclose(found.maps, expected.repeat(3, axis=1).repeat(3, axis=2), atol=1e-5)


def test_single_pixels_against_zero_are_integrated_gradients_of_a_linear_function():
    found = occlusion(MODEL, IMAGES, 2, patch_size=1, baseline=0.0, score="logit")
    np.testing.assert_allclose(found.maps, integrated_gradients(MODEL, IMAGES, 2).attributions, atol=1e-5)


def test_positions_are_those_of_the_classic_digit():
    model = linear(np.zeros((28, 28, 1, 10), np.float32))
    found = occlusion(model, random_images(1, 28, 28), patch_size=7, stride=1)
    assert found.positions.reshape(-1, 2).shape == (484, 2)
    assert found.heatmap.shape == (1, 22, 22)


@pytest.mark.parametrize(
    ("side", "stride", "expected"),
    [
        (7, 3, [0, 3, 6, 9, 12, 15, 18, 21]),
        (5, 3, [0, 3, 6, 9, 12, 15, 18, 21, 23]),
        (28, 3, [0]),
    ],
)
def test_last_patch_lies_against_the_border(side, stride, expected):
    model = linear(np.ones((28, 28, 1, 1), np.float32))
    found = occlusion(model, random_images(1, 28, 28), patch_size=side, stride=stride, score="logit")
    np.testing.assert_array_equal(found.positions[:, 0, 0], expected)
    np.testing.assert_array_equal(found.positions[0, :, 1], expected)
    assert np.isfinite(found.maps).all()


def test_pixel_gets_the_mean_drop_of_the_patches_that_cover_it():
    found = occlusion(MODEL, IMAGES, 0, patch_size=3, stride=2, score="logit")
    drops = found.score[:, None, None] - found.heatmap
    row, column = 2, 8  # patches begin at rows 0, 2, 3 and columns 0, 2, 4, 6: (0, 6) and (2, 6) cover it
    expected = drops[:, [0, 1], 3].mean(axis=1)
    np.testing.assert_allclose(found.maps[:, row, column], expected, atol=1e-6)


def test_predictions_and_their_counts_are_those_with_the_patch_in_place():
    """Class 0 is the brightness of the left half, class 1 that of the right half."""
    weights = np.zeros((4, 4, 1, 3), np.float32)
    weights[:, :2, :, 0] = weights[:, 2:, :, 1] = 1
    image = np.ones((4, 4, 1), np.float32)
    image[0, 3] = 0.5  # the left half wins
    found = occlusion(linear(weights, activation="softmax"), image, patch_size=2, stride=2, baseline=0.0)
    np.testing.assert_array_equal(found.predicted, [[[1, 0], [1, 0]]])
    np.testing.assert_array_equal(found.counts, [[2, 2, 0]])
    assert found.score[0] == pytest.approx(np.exp(8) / (np.exp(8) + np.exp(7.5) + 1), rel=1e-5)
    assert found.heatmap[0, 0, 0] == pytest.approx(np.exp(4) / (np.exp(4) + np.exp(7.5) + 1), rel=1e-5)


def test_baseline_may_be_a_colour_or_an_image():
    colour = np.array([0.1, 0.9], np.float32)
    found = occlusion(MODEL, IMAGES, 1, 2, 2, baseline=colour, score="logit")
    full = occlusion(MODEL, IMAGES, 1, 2, 2, baseline=np.broadcast_to(colour, (6, 9, 2)), score="logit")
    np.testing.assert_array_equal(found.heatmap, full.heatmap)
    shares = (WEIGHTS[..., 1] * (IMAGES - colour))[:, :2, :2].sum(axis=(1, 2, 3))
    np.testing.assert_allclose(found.score - found.heatmap[:, 0, 0], shares, atol=1e-5)


def test_pixel_without_weights_gets_nothing():
    model, images = blind_pixel_net(1, 2), random_images(3, 4, 4, 2)
    maps = occlusion(model, images, patch_size=1, score="logit").maps
    np.testing.assert_allclose(maps[:, 1, 2], 0, atol=1e-7)
    assert np.abs(maps).max() > 1e-3


def test_mirrored_images_give_mirrored_maps():
    model, images = mirror_blind_net(), random_images(2)
    found, mirrored = (occlusion(model, x, 1, patch_size=3) for x in (images, images[:, :, ::-1]))
    np.testing.assert_allclose(mirrored.maps, found.maps[:, :, ::-1], atol=1e-6)
    np.testing.assert_allclose(mirrored.heatmap, found.heatmap[:, :, ::-1], atol=1e-6)


@pytest.mark.parametrize("score", ["logit", "probability"])
def test_several_classes_of_one_image_are_as_one_by_one(score):
    image, options = IMAGES[:1], {"patch_size": 3, "stride": 2, "score": score}
    together = occlusion(MODEL, image, [2, 0], **options)
    assert together.maps.shape == (2, 6, 9)
    for row, class_ in enumerate((2, 0)):
        alone = occlusion(MODEL, image, class_, **options)
        for name, values in together._asdict().items():
            expected = alone.positions if name == "positions" else getattr(alone, name)[0]
            np.testing.assert_array_equal(values if name == "positions" else values[row], expected)
    assert np.abs(together.maps[0] - together.maps[1]).max() > 1e-5


def test_several_classes_of_one_image_come_from_the_same_passes():
    model, seen = counting_net()
    assert occlusion(model, random_images(1), [1, 0, 1], patch_size=2).score.shape == (3,)
    assert sum(seen) == 49 + 1


def counting_net():
    """A network, and a list that gets the number of images in each of its passes."""
    seen = []

    class Count(keras.layers.Layer):
        def call(self, x):
            note = tf.numpy_function(
                lambda n: (seen.append(int(n)), np.int32(0))[1], [tf.shape(x)[0]], tf.int32
            )
            with tf.control_dependencies([note]):
                return tf.identity(x)

    model = keras.Sequential(
        [keras.Input((8, 8, 1)), Count(), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")]
    )
    return model, seen


def test_no_more_occluded_images_exist_at_once_than_the_batch_size():
    model, seen = counting_net()
    occlusion(model, random_images(2), 0, patch_size=2, batch_size=10)
    assert max(seen) == 10
    assert sum(seen) == 2 * (49 + 1)  # and each image once as it is


FREE = free_nets()


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from(list(FREE)),
    st.tuples(st.integers(1, 3), st.integers(3, 9), st.integers(3, 9)),
    st.integers(1, 3).flatmap(lambda side: st.tuples(st.just(side), st.integers(1, side))),
    st.integers(1, 30),
)
def test_heatmap_is_what_the_network_says_of_images_occluded_one_by_one(kind, shape, patch, batch_size):
    side, stride = patch
    model, images = FREE[kind], random_images(*shape, kind[1], seed=side)
    before = images.copy()
    found = occlusion(model, images, 2, side, stride, batch_size=batch_size)
    np.testing.assert_array_equal(images, before)
    assert found.maps.shape == shape
    occluded = []
    for image in images:
        for top, left in found.positions.reshape(-1, 2):
            copy = image.copy()
            copy[top : top + side, left : left + side] = 0.5
            occluded.append(copy)
    outputs = model(np.stack(occluded)).numpy()
    np.testing.assert_allclose(found.heatmap.ravel(), outputs[:, 2], atol=1e-5)
    assert found.counts.sum() == len(occluded)
    sums, counts = np.zeros(shape), np.zeros(shape)
    drops = (found.score[:, None, None] - found.heatmap).reshape(len(images), -1)
    for (top, left), drop in zip(found.positions.reshape(-1, 2), drops.T, strict=True):
        sums[:, top : top + side, left : left + side] += drop[:, None, None]
        counts[:, top : top + side, left : left + side] += 1
    np.testing.assert_allclose(found.maps, sums / counts, atol=1e-6)
