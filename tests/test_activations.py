"""Feature maps against convolutions worked out by hand."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import ONE_CONV_IMAGE, conv_net, free_nets, nested_net, one_conv, random_images

from helpers.activations import feature_maps, sparsity


def test_maps_before_and_after_the_relu_are_the_published_ones():
    maps = feature_maps(one_conv(), ONE_CONV_IMAGE, ["conv", "relu"])
    np.testing.assert_array_equal(maps["conv"][0, ..., 0], [[-5, 4], [31, 40]])
    np.testing.assert_array_equal(maps["conv"][0, ..., 1], [[-30, -21], [6, 15]])
    np.testing.assert_array_equal(maps["relu"], np.maximum(maps["conv"], 0))


def test_maps_come_under_the_names_asked_for_in_their_order():
    maps = feature_maps(nested_net(), random_images(2), ["conv2", "backbone/conv1", "backbone"])
    assert {name: value.shape for name, value in maps.items()} == {
        "conv2": (2, 4, 4, 5),
        "backbone/conv1": (2, 8, 8, 4),
        "backbone": (2, 4, 4, 5),
    }
    assert list(maps) == ["conv2", "backbone/conv1", "backbone"]
    np.testing.assert_array_equal(maps["backbone"], maps["conv2"])
    flat = feature_maps(conv_net(), random_images(2) / 2, "conv2")["conv2"]
    np.testing.assert_allclose(maps["conv2"], flat, atol=1e-6)


def test_sparsity_counts_exact_zeros_per_image():
    maps = np.zeros((2, 2, 2, 2))
    maps[0, 0, 0] = 1e-30, -1.0
    np.testing.assert_array_equal(sparsity(maps), [0.75, 1])


FREE = free_nets()
KINDS = st.sampled_from(list(FREE))


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 5), st.integers(2, 9), st.integers(2, 9), KINDS, st.integers(1, 4))
def test_maps_do_not_depend_on_the_batch_size(count, height, width, kind, batch_size):
    images = random_images(count, height, width, kind[1], seed=width)
    before = images.copy()
    maps = feature_maps(FREE[kind], images, ["conv1", "conv2"])
    assert maps["conv1"].shape == (count, height, width, 4)
    assert maps["conv2"].shape == (count, height // 2, width // 2, 5)
    again = feature_maps(FREE[kind], images, ["conv1", "conv2"], batch_size=batch_size)
    for name in maps:
        np.testing.assert_allclose(again[name], maps[name], atol=1e-6)
    np.testing.assert_array_equal(images, before)
