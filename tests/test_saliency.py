"""Gradient maps against gradients that are known beforehand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import (
    ONE_CONV_IMAGE,
    blind_pixel_net,
    conv_net,
    free_nets,
    linear,
    mirror_blind_net,
    one_conv,
    random_images,
)

from helpers.backend import keras, tf
from helpers.saliency import integrated_gradients, saliency, smooth_grad

WEIGHTS = np.random.default_rng(1).standard_normal((3, 4, 2, 5)).astype(np.float32)
IMAGES = random_images(4, 3, 4, 2)


def test_gradient_of_a_linear_function_is_its_weights():
    grads = saliency(linear(WEIGHTS, 0.7), IMAGES, [0, 1, 2, 4], signed=True)
    np.testing.assert_allclose(grads, np.moveaxis(WEIGHTS[..., [0, 1, 2, 4]], -1, 0), rtol=1e-6)


def test_map_is_the_largest_absolute_gradient_over_the_channels():
    maps = saliency(linear(WEIGHTS), IMAGES, 3)
    np.testing.assert_allclose(maps[2], np.abs(WEIGHTS[..., 3]).max(axis=-1), rtol=1e-6)


def test_smooth_grad_of_a_linear_function_is_its_weights_for_any_noise():
    for level in (0, 0.1, 10):
        grads = smooth_grad(linear(WEIGHTS), IMAGES, 1, n_samples=5, noise_level=level, signed=True)
        np.testing.assert_allclose(grads, np.broadcast_to(WEIGHTS[..., 1], grads.shape), rtol=1e-5)


def test_smooth_grad_of_a_relu_tends_to_the_share_of_noise_that_opens_it():
    weights = WEIGHTS[..., :1]
    image = 3 * IMAGES[0]  # the noise goes with the image's range
    inner = float((weights[..., 0] * image).sum())
    sigma = 0.3 * float(np.ptp(image)) * float(np.linalg.norm(weights))
    share = 0.5 * (1 + math.erf(inner / sigma / math.sqrt(2)))
    assert 0.1 < share < 0.9
    model = linear(weights, activation="relu")
    grads = smooth_grad(model, image, 0, n_samples=20_000, noise_level=0.3, signed=True)[0]
    np.testing.assert_allclose(grads, weights[..., 0] * share, rtol=0.02)


def test_smooth_grad_without_noise_is_the_gradient():
    model, images = conv_net(), random_images(3)
    np.testing.assert_allclose(
        smooth_grad(model, images, n_samples=3, noise_level=0), saliency(model, images), rtol=1e-4, atol=1e-7
    )


def test_smooth_grad_averages_signed_gradients():
    """f = |x|: the gradients of copies on both sides of 0 cancel, their sizes would not."""
    image = keras.Input((1, 2, 1))
    model = keras.Model(image, keras.ops.abs(keras.layers.Flatten()(image)))
    grads = smooth_grad(model, np.array([[[0.0], [1.0]]]), 0, n_samples=4000, noise_level=1)
    assert grads[0, 0, 0] < 0.05


def test_smooth_grad_depends_on_the_seed_alone():
    model, images = conv_net(), random_images(3)
    first = smooth_grad(model, images, n_samples=7, seed=3)
    np.testing.assert_array_equal(smooth_grad(model, images, n_samples=7, seed=3), first)
    assert np.abs(smooth_grad(model, images, n_samples=7, seed=4) - first).max() > 1e-3
    alone = smooth_grad(model, images[1], n_samples=7, seed=3)
    np.testing.assert_allclose(alone[0], first[1], rtol=1e-4, atol=1e-7)


def test_gradient_of_a_softmax_probability_follows_from_the_logits():
    model, image = conv_net(), random_images(1)
    logit_grads = saliency(model, np.repeat(image, 3, axis=0), [0, 1, 2], signed=True)
    x = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(x)
        probabilities = model(x)
        second = probabilities[0, 1]
    p = probabilities.numpy()[0]
    expected = p[1] * (logit_grads[1] - np.tensordot(p, logit_grads, axes=1))
    np.testing.assert_allclose(tape.gradient(second, x)[0], expected, atol=1e-6)


def test_gradient_survives_a_saturated_softmax():
    weights = WEIGHTS[..., :3] * 1e3
    model = linear(weights, activation="softmax")
    assert model(IMAGES).numpy().max() == 1
    np.testing.assert_allclose(saliency(model, IMAGES, 1)[0], np.abs(weights[..., 1]).max(axis=-1), rtol=1e-6)


def test_integrated_gradients_of_a_linear_function_are_weights_times_difference():
    baseline = np.array([0.3, -0.2], np.float32)
    found = integrated_gradients(linear(WEIGHTS, 0.7), IMAGES, 2, baseline, steps=3, signed=True)
    np.testing.assert_allclose(
        found.attributions, WEIGHTS[..., 2] * (IMAGES - baseline), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(found.completeness_gap, 0, atol=1e-5)


def test_integrated_gradients_add_up_to_the_change_of_the_logit():
    model, images = conv_net(), random_images(4)
    found = integrated_gradients(model, images, 1, baseline=0.2, steps=400)
    logits = np.log(model(images).numpy()), np.log(model(np.full_like(images, 0.2)).numpy())
    # logits and log-probabilities differ by the same number for all classes: compare class 1 with 0
    other = integrated_gradients(model, images, 0, baseline=0.2, steps=400)
    expected = (logits[0][:, 1] - logits[0][:, 0]) - (logits[1][:, 1] - logits[1][:, 0])
    sums = (found.attributions - other.attributions).sum(axis=(1, 2))
    np.testing.assert_allclose(sums, expected, atol=2e-3)
    np.testing.assert_allclose(found.change - other.change, expected, atol=1e-5)


def test_completeness_gap_is_the_sum_of_the_attributions_minus_the_change():
    found = integrated_gradients(conv_net(), random_images(4), 1, steps=2)
    gap = found.attributions.sum(axis=(1, 2)) - found.change
    np.testing.assert_allclose(found.completeness_gap, gap, atol=1e-6)
    assert np.abs(gap).max() > 1e-3  # two steps are too few


def test_integrated_gradients_share_a_product_equally():
    image = keras.Input((1, 2, 1))
    flat = keras.layers.Flatten()(image)
    model = keras.Model(image, flat[:, :1] * flat[:, 1:])
    found = integrated_gradients(model, np.array([[[3.0], [5.0]]]), 0, steps=4)
    np.testing.assert_allclose(found.attributions, [[[7.5, 7.5]]], rtol=1e-6)


def test_integrated_gradients_see_what_a_saturated_gradient_does_not():
    """f = 1 - relu(1 - x) at x = 2: the gradient is 0, yet f rose by 1 on the way."""
    image = keras.Input((1, 1, 1))
    model = keras.Model(image, 1 - keras.ops.relu(1 - keras.layers.Flatten()(image)))
    two = np.array([[[2.0]]])
    assert saliency(model, two, 0) == 0
    found = integrated_gradients(model, two, 0, steps=63)
    np.testing.assert_allclose(found.attributions, [[[1]]], rtol=1e-6)


def test_trapezoid_rule_counts_both_ends_half():
    """f = x^2 from 1 to 3 in one step: (2 + 6) / 2 * 2 = 8, and exact."""
    image = keras.Input((1, 1, 1))
    model = keras.Model(image, keras.ops.square(keras.layers.Flatten()(image)))
    found = integrated_gradients(model, np.array([[[3.0]]]), 0, baseline=1.0, steps=1)
    np.testing.assert_allclose(found.attributions, [[[8]]], rtol=1e-6)


@pytest.mark.parametrize(
    ("relu", "published"),
    [
        ("guided", [[0, 1, 1, 1], [1, 3, 3, 2], [1, 3, 3, 2], [1, 2, 2, 1]]),
        ("deconv", [[2, 3, 3, 1], [3, 5, 5, 2], [3, 5, 5, 2], [1, 2, 2, 1]]),
        # worked out: of kernel 1 three places are open with gradient 1, of kernel 2 the lower two with -1
        ("vanilla", [[0, 1, 1, 1], [0, 1, 1, 1], [0, 1, 1, 1], [0, 0, 0, 0]]),
    ],
)
def test_relu_rules_give_the_published_maps(relu, published):
    np.testing.assert_allclose(
        saliency(one_conv(), ONE_CONV_IMAGE, 0, relu, signed=True)[0, ..., 0], published
    )


@pytest.mark.parametrize(
    ("relu", "expected"),
    [
        # Pixels 2, -1, 7, 3 before a relu6; the gradients that come to it from above are 1, 2, 3 and -4.
        ("vanilla", [1, 0, 0, -4]),  # open between 0 and 6, whatever comes
        ("guided", [1, 0, 0, 0]),  # open, and only what is positive
        ("deconv", [1, 2, 3, 0]),  # whatever is positive, open or not
    ],
)
def test_relu6_lets_through_what_each_rule_says(relu, expected):
    image = keras.Input((1, 4, 1))
    x = keras.layers.Activation("relu6")(keras.layers.Flatten()(image))
    model = keras.Model(image, keras.layers.Dense(1)(x))
    model.set_weights([np.array([[1.0], [2.0], [3.0], [-4.0]]), np.zeros(1)])
    found = saliency(model, np.array([2.0, -1, 7, 3]).reshape(1, 4, 1), 0, relu, signed=True)
    np.testing.assert_array_equal(found.ravel(), expected)


@pytest.mark.parametrize("relu", ["vanilla", "guided", "deconv"])
def test_pixel_without_weights_gets_nothing(relu):
    model, images = blind_pixel_net(1, 2), random_images(3, 4, 4, 2)
    maps = saliency(model, images, relu=relu)
    np.testing.assert_array_equal(maps[:, 1, 2], 0)
    assert maps.max() > 0


def test_pixel_without_weights_gets_nothing_on_average_either():
    model, images = blind_pixel_net(1, 2), random_images(3, 4, 4, 2)
    np.testing.assert_array_equal(smooth_grad(model, images, n_samples=5)[:, 1, 2], 0)
    np.testing.assert_array_equal(integrated_gradients(model, images).attributions[:, 1, 2], 0)


@pytest.mark.parametrize("relu", ["vanilla", "guided", "deconv"])
def test_mirrored_images_give_mirrored_maps(relu):
    model, images = mirror_blind_net(), random_images(3)
    maps, mirrored = (saliency(model, x, 1, relu) for x in (images, images[:, :, ::-1]))
    np.testing.assert_allclose(mirrored, maps[:, :, ::-1], atol=1e-6)


def test_mirrored_images_give_mirrored_attributions():
    model, images = mirror_blind_net(), random_images(3)
    maps, mirrored = (integrated_gradients(model, x, 1).attributions for x in (images, images[:, :, ::-1]))
    np.testing.assert_allclose(mirrored, maps[:, :, ::-1], atol=1e-6)


FREE = free_nets()
KINDS = st.sampled_from(list(FREE))


@pytest.mark.slow  # a network is built for each example
@settings(max_examples=8, deadline=None)
@given(st.integers(1, 5), st.integers(3, 11), st.integers(3, 11), KINDS, st.integers(1, 4))
def test_maps_have_the_images_shape_whatever_the_batch_size(count, height, width, kind, batch_size):
    model, images = FREE[kind], random_images(count, height, width, kind[1], seed=height)
    before = images.copy()
    for method in (
        saliency,
        smooth_grad,
        lambda *a, **k: integrated_gradients(*a, steps=5, **k).attributions,
    ):
        maps = method(model, images, batch_size=batch_size)
        assert maps.shape == (count, height, width)
        assert maps.dtype == np.float32
        np.testing.assert_allclose(maps, method(model, images), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("value", [0.0, 1.0, -3.0])
def test_constant_images_give_finite_maps(value):
    images = np.full((1, 8, 8, 1), value, np.float32)
    assert np.isfinite(saliency(FREE["conv", 1], images)).all()
    assert np.isfinite(smooth_grad(FREE["conv", 1], images)).all()
    assert np.isfinite(integrated_gradients(FREE["conv", 1], images).attributions).all()
