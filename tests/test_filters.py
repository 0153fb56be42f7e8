"""Kernel blocks of networks whose shapes are published."""

import numpy as np
import pytest
from small_models import nested_net

from helpers.backend import keras
from helpers.filters import kernel_blocks, scale_kernels

VGG16 = [(1, 3, 64), (1, 64, 64), (2, 64, 128), (2, 128, 128), (3, 128, 256), (3, 256, 256), (3, 256, 256)]
VGG16 += [(4, 256, 512), (4, 512, 512), (4, 512, 512), (5, 512, 512), (5, 512, 512), (5, 512, 512)]


@pytest.fixture(scope="module")
def zeros():
    """Start all weights at zero: VGG16's 138 million random numbers take seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.initializers.GlorotUniform, "__call__", keras.initializers.Zeros.__call__)
        yield


def test_vgg16_has_13_kernel_blocks_of_the_published_shapes(zeros):
    model = keras.applications.VGG16(weights=None, include_top=False)
    blocks = kernel_blocks(model)
    assert [block.shape for block in blocks.values()] == [(3, 3, before, after) for _, before, after in VGG16]
    assert [name.split("_")[0] for name in blocks] == [f"block{number}" for number, _, _ in VGG16]
    assert model.count_params() == 14_714_688


def test_vgg16_with_its_classifier_has_the_published_number_of_parameters(zeros):
    assert keras.applications.VGG16(weights=None).count_params() == 138_357_544


def test_blocks_of_a_nested_network_are_found_and_are_copies():
    model = nested_net()
    blocks = kernel_blocks(model)
    assert {name: block.shape for name, block in blocks.items()} == {
        "backbone/conv1": (3, 3, 1, 4),
        "backbone/conv2": (3, 3, 4, 5),
    }
    kept = model.get_weights()[0].copy()
    np.testing.assert_array_equal(blocks["backbone/conv1"], kept)
    blocks["backbone/conv1"][:] = 0
    np.testing.assert_array_equal(model.get_weights()[0], kept)


def test_a_block_is_scaled_as_a_whole():
    kernels = np.array([-2.0, 0.0, 1.0, 2.0]).reshape(1, 1, 2, 2)
    np.testing.assert_allclose(scale_kernels(kernels).ravel(), [0, 0.5, 0.75, 1])


def test_a_block_of_equal_weights_becomes_grey():
    np.testing.assert_array_equal(scale_kernels(np.full((3, 3, 1, 2), 7.0)), 0.5)
