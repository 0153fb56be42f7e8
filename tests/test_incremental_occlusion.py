"""Occlusion of what a patch changes only: equal to full passes, used where it pays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import compiled_functions, conv_net, fill, lite_net, random_images

from helpers import incremental_occlusion as module
from helpers.backend import keras
from helpers.incremental_occlusion import plan
from helpers.models import build_mnist_cnn
from helpers.occlusion import _positions, occlusion
from helpers.vgg16 import build_vgg16

layers = keras.layers


def corners(size, side, stride):
    return _positions(size, side, stride).reshape(-1, 2)


def chain(body, height, width, end=None):
    """A network of the layers given, which ends in an average and two classes."""
    end = end or [layers.GlobalAveragePooling2D(), layers.Dense(2)]
    return fill(keras.Sequential([keras.Input((height, width, 2)), *body, *end]))


def layer(kind, size, stride, padding):
    """A layer of one kind."""
    if kind == "conv":
        return layers.Conv2D(3, size, stride, padding=padding, activation="relu")
    if kind == "depthwise":
        return layers.DepthwiseConv2D(size, stride, padding=padding, activation="relu6")
    pooling = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}
    if kind in pooling:
        return pooling[kind](size, stride, padding=padding)
    others = {"norm": layers.BatchNormalization, "relu": layers.ReLU, "dropout": lambda: layers.Dropout(0.5)}
    return others[kind]()


KINDS = st.sampled_from(["conv", "conv", "depthwise", "max", "average", "norm", "relu", "dropout"])
LAYERS = st.tuples(KINDS, st.integers(1, 4), st.integers(1, 2), st.sampled_from(["same", "valid"]))


def both_ways(model, images, side, stride, **options):
    """Heat maps with and without full passes, and the plan."""
    found = []
    for worthwhile in (0, np.inf):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "WORTHWHILE", worthwhile)
            found.append(occlusion(model, images, 1, side, stride, score="logit", **options))
            used = plan(model, images.shape[1:], side, found[-1].positions.reshape(-1, 2))
        assert (used is None) == (worthwhile > 0)
    return found


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(
    st.lists(LAYERS, min_size=1, max_size=5),
    st.tuples(st.integers(16, 23), st.integers(16, 23)),
    st.integers(1, 13).flatmap(lambda side: st.tuples(st.just(side), st.integers(1, side))),
    st.sampled_from([1, 7, "auto"]),
)
def test_every_position_is_what_full_passes_give(body, size, patch, batch_size):
    body = [("conv", 3, 1, "same"), *body]  # something to follow: under 13 pixels it changes 15 of 16
    model, images = chain([layer(*kind) for kind in body[:3]], *size), random_images(2, *size, 2)
    baseline = random_images(1, *size, 2, seed=5)[0]
    fast, full = both_ways(model, images, *patch, baseline=baseline, batch_size=batch_size)
    scale = np.abs(full.score).max()
    np.testing.assert_allclose(fast.heatmap, full.heatmap, atol=1e-5 * scale)
    np.testing.assert_allclose(fast.maps, full.maps, atol=1e-5 * scale)
    np.testing.assert_array_equal(fast.score, full.score)


def test_positions_differ_from_one_another_so_that_equality_says_something():
    model, images = chain([layer("conv", 3, 1, "same")], 16, 19), random_images(1, 16, 19, 2)
    fast, _ = both_ways(model, images, 3, 2)
    assert len(np.unique(fast.heatmap)) == fast.heatmap.size


ENDINGS = {
    "dense": lambda: [layers.Flatten(), layers.Dense(4, activation="relu"), layers.Dense(2)],
    "softmax": lambda: [layers.GlobalMaxPooling2D(), layers.Dense(2, activation="softmax")],
    "nested": lambda: [
        keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(3, 5, activation="tanh")]),
        layers.Flatten(),
        layers.Dense(2),
    ],
    "dilated": lambda: [layers.Conv2D(3, 3, dilation_rate=2), layers.Flatten(), layers.Dense(2)],
    "over all places": lambda: [
        layers.Conv2D(3, 3, activation=lambda x: x - keras.ops.mean(x, (1, 2), keepdims=True)),
        layers.GlobalMaxPooling2D(),
        layers.Dense(2),
    ],
    "across places": lambda: [layers.BatchNormalization(axis=1), layers.Flatten(), layers.Dense(2)],
}


@pytest.mark.slow
@pytest.mark.parametrize("end", ENDINGS)
def test_what_does_not_work_place_by_place_gets_the_whole_map(end):
    model = chain([layer("conv", 3, 1, "same")], 16, 16, ENDINGS[end]())
    fast, full = both_ways(model, random_images(1, 16, 16, 2), 3, 2)
    np.testing.assert_allclose(fast.heatmap, full.heatmap, atol=1e-5 * np.abs(full.score).max())


def test_it_is_used_where_it_saves_two_thirds_of_the_multiplications():
    """VGG16, followed by hand: two pixels more in a convolution; half, or half and one, in a pooling."""
    vgg = build_vgg16(include_top=False)
    classes = layers.Dense(3)(layers.GlobalAveragePooling2D()(vgg.output))
    vgg = keras.Model(vgg.input, classes)
    fine = plan(vgg, (224, 224, 3), 16, corners((224, 224), 16, 8))
    sides = [18, 20, 10, 12, 14, 8, 10, 12, 14, 8, 10, 12, 14, 8, 10, 12]
    assert [tuple(step.window) for step in fine.steps] == [(side, side) for side in sides]
    assert fine.saving == pytest.approx(15_346 / 2_243, rel=0.01)  # millions of multiplications
    assert plan(vgg, (224, 224, 3), 150, corners((224, 224), 150, 50)) is None
    assert plan(build_mnist_cnn(), (28, 28, 1), 7, corners((28, 28), 7, 1)) is None


def test_a_network_with_a_sum_is_left_to_full_passes():
    assert plan(lite_net(size=64), (64, 64, 1), 1, corners((64, 64), 1, 1)) is None


def test_it_is_compiled_once_for_all_images_classes_and_chunks_of_one_kind_of_patch():
    model = conv_net(size=64)
    images = random_images(2, 64, 64)
    for batch_size in (3, 100):
        occlusion(model, images, 0, 4, 4, batch_size=batch_size)
        occlusion(model, images[:1], [2], 4, 4, baseline=0.0, batch_size=batch_size)
    functions = {
        name: f for name, f in compiled_functions(model).items() if name[2] in ("incremental", "clean maps")
    }
    assert [f.experimental_get_tracing_count() for f in functions.values()] == [1, 1]
