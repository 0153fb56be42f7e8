"""Shapley values: all coalitions enumerated by hand, known games, sums, any batch size."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from helpers.backend import keras
from helpers.engine import forward
from helpers.segments import grid_segments
from helpers.shapley import _coalitions, shapley_image

layers = keras.layers
SEGMENTS = grid_segments(4, 10, 2)  # 2 x 5: ten segments


@pytest.fixture(scope="module")
def network():
    """A small convolutional network, far from linear."""
    keras.utils.set_random_seed(3)
    spread = keras.initializers.RandomNormal(stddev=0.8)
    image = keras.Input((4, 10, 1))
    x = layers.Conv2D(6, 3, padding="same", activation="relu", kernel_initializer=spread)(image)
    x = layers.Dense(3, kernel_initializer=spread)(layers.GlobalMaxPooling2D()(x))
    return keras.Model(image, x)


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).random((4, 10, 1)).astype(np.float32)


def game(weights, pairs=()):
    """A network whose score is w.x plus products of two pixels."""
    keep = keras.Input((1, len(weights), 1))
    flat = layers.Flatten()(keep)
    score = layers.Dense(1, use_bias=False)(flat)
    for i, j in pairs:
        score = layers.Add()([score, flat[:, i : i + 1] * flat[:, j : j + 1]])
    model = keras.Model(keep, score)
    model.set_weights([np.array(weights, np.float32)[:, np.newaxis]])
    return model


def by_definition(model, image, segments, class_index):
    """Every segment's value by Shapley's own formula, over all coalitions of the others."""
    players = range(segments.max() + 1)
    coalitions = [set(some) for size in range(len(players) + 1) for some in combinations(players, size)]
    shown = np.stack([np.isin(segments, list(some)) for some in coalitions])[..., np.newaxis]
    scores = forward(model, (shown * image).astype(np.float32))[:, class_index]
    value = {frozenset(some): score for some, score in zip(coalitions, scores, strict=True)}
    n = len(players)
    return [
        sum(
            factorial(len(some)) * factorial(n - len(some) - 1) / factorial(n)
            * (value[frozenset(some | {player})] - value[frozenset(some)])
            for some in coalitions
            if player not in some
        )
        for player in players
    ]  # fmt: skip


@pytest.mark.parametrize("class_index", [0, 2])
def test_with_all_1024_coalitions_of_ten_segments_the_values_are_shapleys(network, image, class_index):
    found = shapley_image(network, image, class_index, SEGMENTS, n_samples=1024, fill=0.0)
    assert found.exact
    assert_allclose(found.values, by_definition(network, image, SEGMENTS, class_index), atol=1e-5)
    assert np.abs(found.values).max() > 0.01


@pytest.mark.parametrize("n_samples", [1024, 200, 37])
def test_values_add_up_to_the_score_less_that_of_the_hidden_image(network, image, n_samples):
    found = shapley_image(network, image, 1, SEGMENTS, n_samples, fill=0.3)
    base, score = forward(network, np.stack([np.full_like(image, 0.3), image]))[:, 1]
    assert_allclose([found.base, found.score], [base, score], atol=1e-6)
    assert_allclose(found.values.sum(), score - base, atol=1e-6)


def test_of_a_sum_each_gets_its_own_and_a_product_is_halved():
    model = game([3, -1, 0, 2], pairs=[(0, 3)])
    found = shapley_image(model, np.ones((1, 4, 1)), 0, np.arange(4)[np.newaxis], fill=0.0)
    assert_allclose(found.values, [3.5, -1, 0, 2.5], atol=1e-6)


def test_of_a_sum_any_draw_of_coalitions_gives_each_its_own():
    weights = np.random.default_rng(1).normal(size=14)
    found = shapley_image(game(weights), np.ones((1, 14, 1)), 0, np.arange(14)[np.newaxis], 200, fill=0.0)
    assert not found.exact
    assert_allclose(found.values, weights, atol=1e-5)


def test_estimates_come_closer_with_more_samples(network, image):
    exact = shapley_image(network, image, 0, SEGMENTS, 1024, fill=0.0).values
    apart = [
        np.mean([
            np.abs(shapley_image(network, image, 0, SEGMENTS, count, seed, fill=0.0).values - exact).mean()
            for seed in range(6)
        ])
        for count in (30, 120, 480)
    ]  # fmt: skip
    assert apart[0] > 1.5 * apart[1] > 2.25 * apart[2]


@settings(max_examples=5, deadline=None)
@given(batch_size=st.integers(1, 40), seed=st.integers(0, 5))
def test_result_depends_on_the_seed_and_not_on_the_batch_size(network, image, batch_size, seed):
    together = shapley_image(network, image, 0, SEGMENTS, 60, seed)
    apart = shapley_image(network, image, 0, SEGMENTS, 60, seed, batch_size=batch_size, progress=True)
    assert_allclose(apart.values, together.values, atol=1e-5)


def test_the_predicted_class_is_explained_and_the_image_left_alone(network, image):
    before = image.copy()
    found = shapley_image(network, image[np.newaxis], n_samples=20)
    assert found.class_index == forward(network, image)[0].argmax()
    assert_array_equal(image, before)
    assert found.segments.shape == (4, 10)
    assert len(found.values) == found.segments.max() + 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"segments": np.zeros((4, 10), int)}, "one segment only.*at least 2"),
        ({"n_samples": 3}, "n_samples=3.*at least 4"),
        ({"seed": -1}, "seed=-1"),
        ({"fill": "median"}, "fill='median'.*mean"),
        ({"class_index": 3}, "class_index=3 is out of range"),
        ({"image": np.zeros((2, 4, 10, 1))}, "one image at a time"),
    ],
)
def test_what_is_not_allowed_is_told(network, image, wrong, said):
    with pytest.raises(ValueError, match=said):
        shapley_image(network, **{"image": image, **wrong})


def test_coalitions_are_drawn_in_pairs_of_complements_their_sizes_as_often_as_the_kernel_says():
    shown, weights = _coalitions(16, 8002, seed=0)
    assert_array_equal(shown[:2], [[0] * 16, [1] * 16])
    assert_array_equal(weights, [0, 0, *[1] * 8000])
    first, second = shown[2:4002], shown[4002:]
    assert_array_equal(first + second, 1)
    sizes = np.bincount(first.sum(axis=1), minlength=17)[1:16] / 4000
    kernel = 1 / (np.arange(1, 16) * np.arange(15, 0, -1))
    assert_allclose(sizes, kernel / kernel.sum(), atol=0.025)
    assert_allclose(first.mean(axis=0), 0.5, atol=0.03)  # every segment as often as any other
