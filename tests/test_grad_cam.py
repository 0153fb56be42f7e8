"""Class activation maps against maps that can be worked out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import (
    ONE_CONV_IMAGE,
    blind_pixel_net,
    conv_net,
    fill,
    free_nets,
    mirror_blind_net,
    nested_net,
    one_conv,
    random_images,
)

from helpers.activations import feature_maps
from helpers.backend import keras, tf
from helpers.grad_cam import grad_cam, score_cam

VARIANTS = ("gradcam", "gradcam++", "layercam")
NET, IMAGES = conv_net(), random_images(4)


def pooled_parts(class_index):
    """Of a network that ends with global average pooling and a dense layer: W, b, A and the positions."""
    weights, bias = NET.get_layer("out").get_weights()
    maps = feature_maps(NET, IMAGES, ["conv2"])["conv2"]  # (N, 4, 4, 5)
    return weights[:, class_index], bias[class_index], maps, maps.shape[1] * maps.shape[2]


def test_grad_cam_before_pooling_and_dense_is_the_weighted_sum_of_the_maps():
    weights, _, maps, places = pooled_parts(1)
    expected = np.maximum(maps @ weights, 0) / places
    assert (expected == 0).any()
    assert (expected > 0).any()
    np.testing.assert_allclose(grad_cam(NET, IMAGES, 1, "conv2", resize=False), expected, atol=1e-7)


def test_what_the_relu_cuts_off_completes_the_logit():
    """Before its ReLU the map sums to logit - b. Seen from both sides: of W and of -W."""
    weights, bias, maps, _ = pooled_parts(1)
    positive = grad_cam(NET, IMAGES, 1, "conv2", resize=False)
    turned = conv_net()
    turned.get_layer("out").set_weights([-w for w in NET.get_layer("out").get_weights()])
    negative = grad_cam(turned, IMAGES, 1, "conv2", resize=False)
    logits = maps.mean(axis=(1, 2)) @ weights + bias
    np.testing.assert_allclose((positive - negative).sum(axis=(1, 2)), logits - bias, atol=1e-6)


def test_layer_cam_before_pooling_and_dense_keeps_positive_weights_only():
    weights, _, maps, places = pooled_parts(2)
    found = grad_cam(NET, IMAGES, 2, "conv2", "layercam", resize=False)
    np.testing.assert_allclose(found, maps @ np.maximum(weights, 0) / places, atol=1e-7)


def test_grad_cam_gives_the_published_map():
    found = grad_cam(one_conv(), ONE_CONV_IMAGE, 0, "relu", resize=False)
    np.testing.assert_allclose(found, [[[0, 4], [28, 32.5]]])


def test_grad_cam_plus_plus_is_the_form_with_the_exponential_score():
    """G of exp(score) is exp(score) g; for small scores the published form can be computed as it stands."""
    weights, bias, maps, places = pooled_parts(1)
    score = np.exp(maps.mean(axis=(1, 2)) @ weights + bias)[:, None, None, None]
    g = np.broadcast_to(weights / places, maps.shape)
    first, second, third = score * g, score * g**2, score * g**3
    alphas = second / (2 * second + maps.sum(axis=(1, 2), keepdims=True) * third)
    expected = np.maximum((maps * (alphas * np.maximum(first, 0)).sum(axis=(1, 2), keepdims=True)).sum(-1), 0)
    found = grad_cam(NET, IMAGES, 1, "conv2", "gradcam++", resize=False)
    np.testing.assert_allclose(found * score[:, :, 0], expected, rtol=1e-4, atol=1e-6)


def test_grad_cam_plus_plus_stays_finite_at_huge_logits():
    model = conv_net()
    model.get_layer("out").set_weights([w * 1e4 for w in model.get_layer("out").get_weights()])
    maps = grad_cam(model, IMAGES, variant="gradcam++")
    assert np.isfinite(maps).all()
    assert maps.max() > 0


@pytest.mark.parametrize("variant", VARIANTS)
def test_dead_maps_give_zero_and_nothing_else(variant):
    model = conv_net()
    model.get_layer("conv2").set_weights([np.zeros((3, 3, 4, 5)), -np.ones(5)])
    np.testing.assert_array_equal(grad_cam(model, IMAGES, 1, "conv2", variant), 0)


def test_score_cam_is_the_probability_weighted_sum_of_the_maps():
    """The whole method by hand, with the network called on one masked image after the other."""
    maps = feature_maps(NET, IMAGES, ["conv2"])["conv2"]
    expected = np.zeros(maps.shape[:3])
    for n, image in enumerate(IMAGES):
        for k in range(maps.shape[-1]):
            mask = tf.image.resize(maps[n, :, :, k, None], (8, 8)).numpy()
            if mask.max() == mask.min():
                continue
            mask = (mask - mask.min()) / (mask.max() - mask.min())
            expected[n] += NET((mask * image)[None]).numpy()[0, 2] * maps[n, :, :, k]
    np.testing.assert_allclose(
        score_cam(NET, IMAGES, 2, "conv2", resize=False), expected, rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("ending", [None, keras.layers.Softmax()])
def test_score_cam_takes_the_softmax_once_whether_the_network_has_it_or_not(ending):
    np.testing.assert_allclose(
        score_cam(conv_net(ending=ending), IMAGES, 1), score_cam(NET, IMAGES, 1), rtol=1e-5, atol=1e-7
    )


def test_score_cam_of_a_sigmoid_network_uses_the_sigmoid():
    model = conv_net(ending="sigmoid")
    found, softmaxed = score_cam(model, IMAGES, 1), score_cam(NET, IMAGES, 1)
    assert np.abs(found - softmaxed).max() > 1e-3
    model.get_layer("out").set_weights([np.zeros((5, 3)), np.zeros(3)])  # every probability is 1/2
    maps = feature_maps(model, IMAGES, ["conv2"])["conv2"]
    np.testing.assert_allclose(
        score_cam(model, IMAGES, 1, "conv2", resize=False), maps.sum(axis=-1) / 2, rtol=1e-5
    )


def test_score_cam_leaves_out_maps_that_show_no_place():
    """A map of 9 everywhere, which no class looks at, adds as little as one of 0 everywhere."""
    found = []
    for level in (9.0, 0.0):
        model = conv_net()
        (kernel, bias), (weights, offset) = (model.get_layer(name).get_weights() for name in ("conv2", "out"))
        kernel[..., 0], bias[0], weights[0] = 0, level, 0
        model.get_layer("conv2").set_weights([kernel, bias])
        model.get_layer("out").set_weights([weights, offset])
        found.append(score_cam(model, IMAGES, 1, "conv2", resize=False))
    np.testing.assert_array_equal(found[0], found[1])
    assert found[0].max() > 0


def test_score_cam_with_few_channels_takes_those_that_vary_most():
    maps = feature_maps(NET, IMAGES[:1], ["conv2"])["conv2"][0]
    best = int(np.argmax(maps.std(axis=(0, 1))))
    found = score_cam(NET, IMAGES[:1], 1, "conv2", max_channels=1, resize=False)[0]
    np.testing.assert_allclose(found / found.max(), maps[..., best] / maps[..., best].max(), rtol=1e-5)
    all_of_them = score_cam(NET, IMAGES[:1], 1, "conv2", max_channels=99)
    np.testing.assert_allclose(all_of_them, score_cam(NET, IMAGES[:1], 1, "conv2"))


def test_maps_are_resized_as_tensorflow_does():
    coarse = grad_cam(NET, IMAGES, 0, "conv2", resize=False)
    expected = tf.image.resize(coarse[..., None], (8, 8))[..., 0]
    np.testing.assert_allclose(grad_cam(NET, IMAGES, 0, "conv2"), expected, atol=1e-6)


def test_layer_left_out_is_the_last_that_still_has_a_place():
    np.testing.assert_array_equal(grad_cam(NET, IMAGES), grad_cam(NET, IMAGES, layer_name="conv2"))
    np.testing.assert_array_equal(score_cam(NET, IMAGES), score_cam(NET, IMAGES, layer_name="conv2"))


@pytest.mark.parametrize("variant", VARIANTS)
def test_layer_inside_a_nested_network_gives_the_map_of_the_flat_one(variant):
    """The nested network halves its input: it sees of the doubled image what the flat one sees."""
    found = grad_cam(nested_net(), 2 * IMAGES, 1, "conv2", variant)
    np.testing.assert_allclose(found, grad_cam(NET, IMAGES, 1, "conv2", variant), rtol=1e-5, atol=1e-7)


def test_relu_rule_acts_above_the_layer():
    """In the published network all gradients at its ReLU go back through one that is open."""
    guided = grad_cam(one_conv(), ONE_CONV_IMAGE, 0, "conv", relu="deconv", resize=False)
    # at the convolution, deconvolution lets only the positive gradients through: (1, 1, 1, 1), (1, 0, 0, 0)
    conv = np.array([[[-5, 4], [31, 40]], [[-30, -21], [6, 15]]])
    expected = np.maximum(1 * conv[0] + 0.25 * conv[1], 0)
    np.testing.assert_allclose(guided[0], expected)


def test_layer_cam_of_a_place_without_weights_is_zero():
    """Grad-CAM weighs whole maps, so this holds for Layer-CAM alone."""
    maps = grad_cam(blind_pixel_net(1, 2), random_images(3, 4, 4, 2), 1, "conv", "layercam")
    np.testing.assert_array_equal(maps[:, 1, 2], 0)
    assert maps.max() > 0


@pytest.mark.parametrize("variant", VARIANTS)
def test_mirrored_images_give_mirrored_maps(variant):
    model = mirror_blind_net()
    maps, mirrored = (grad_cam(model, x, 1, variant=variant) for x in (IMAGES, IMAGES[:, :, ::-1]))
    assert maps.max() > 0
    np.testing.assert_allclose(mirrored, maps[:, :, ::-1], atol=1e-6)


def test_mirrored_images_give_mirrored_score_cam():
    model = mirror_blind_net()
    maps, mirrored = (score_cam(model, x, 1) for x in (IMAGES, IMAGES[:, :, ::-1]))
    np.testing.assert_allclose(mirrored, maps[:, :, ::-1], atol=1e-6)


FREE = free_nets()
KINDS = st.sampled_from(list(FREE))


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(st.integers(1, 4), st.integers(4, 11), st.integers(4, 11), KINDS, st.integers(1, 4))
def test_maps_have_the_images_shape_whatever_the_batch_size(count, height, width, kind, batch_size):
    model, images = FREE[kind], random_images(count, height, width, kind[1], seed=width)
    before = images.copy()
    for variant in VARIANTS:
        maps = grad_cam(model, images, variant=variant, batch_size=batch_size)
        assert maps.shape == (count, height, width)
        assert maps.dtype == np.float32
        np.testing.assert_allclose(maps, grad_cam(model, images, variant=variant), rtol=1e-4, atol=1e-6)
    maps = score_cam(model, images, batch_size=batch_size)
    assert maps.shape == (count, height, width)
    np.testing.assert_allclose(maps, score_cam(model, images), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(images, before)


def test_one_output_without_softmax_counts_as_a_logit_of_a_yes_or_no():
    model = fill(
        keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                keras.layers.Conv2D(2, 3, activation="relu"),
                keras.layers.Flatten(),
                keras.layers.Dense(1),
            ]
        )
    )
    with_sigmoid = keras.Sequential([*model.layers, keras.layers.Activation("sigmoid")])
    with_sigmoid.build((None, 8, 8, 1))
    np.testing.assert_allclose(score_cam(model, IMAGES), score_cam(with_sigmoid, IMAGES), rtol=1e-6)
