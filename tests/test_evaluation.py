"""Tests of the tests: what they must say where the answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from small_models import conv_net, linear, random_images

from helpers.agreement import energy_inside, mosaic, similarity
from helpers.backend import keras
from helpers.engine import forward, logits
from helpers.evaluation import deletion, fidelity, infidelity, insertion, sensitivity
from helpers.randomization import cascade, randomize, with_weights
from helpers.saliency import saliency

WEIGHTS = np.random.default_rng(1).standard_normal((6, 6, 2, 3)).astype(np.float32)
LINEAR = linear(WEIGHTS, bias=0.5, activation="softmax")
IMAGES = random_images(3, 6, 6, channels=2)
CLASSES = [0, 2, 1]
CONTRIBUTIONS = np.stack(
    [(WEIGHTS[..., c] * image).sum(axis=-1) for c, image in zip(CLASSES, IMAGES, strict=True)]
)  # of each pixel to its logit, for a black baseline
NET = conv_net()


# Insertion and deletion


@pytest.mark.parametrize("steps", [36, 9, 5])
def test_of_a_linear_network_the_curves_are_the_sorted_contributions_summed_up(steps):
    counts = np.rint(np.linspace(0, 36, steps + 1)).astype(int)
    ordered = -np.sort(-CONTRIBUTIONS.reshape(3, 36), axis=1)
    shown = 0.5 + np.concatenate([np.zeros((3, 1)), ordered.cumsum(axis=1)], axis=1)[:, counts]
    put_in = insertion(LINEAR, IMAGES, CONTRIBUTIONS, CLASSES, steps=steps, score="logit")
    assert_allclose(put_in.scores, shown, atol=1e-4)
    assert_allclose(put_in.areas, (shown[:, 1:] + shown[:, :-1]).mean(axis=1) / 2, atol=1e-4)
    taken_out = deletion(LINEAR, IMAGES, CONTRIBUTIONS, CLASSES, steps=steps, score="logit")
    assert_allclose(taken_out.scores, 1 + CONTRIBUTIONS.sum(axis=(1, 2))[:, np.newaxis] - shown, atol=1e-4)


def test_no_order_of_pixels_is_better_than_that_of_a_linear_networks_contributions():
    best = insertion(LINEAR, IMAGES, CONTRIBUTIONS, CLASSES, steps=36, score="logit").areas
    for seed in range(5):
        random = np.random.default_rng(seed).random((3, 6, 6))
        assert (insertion(LINEAR, IMAGES, random, CLASSES, steps=36, score="logit").areas < best).all()


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 40), st.integers(1, 20), st.sampled_from(["logit", "probability"]))
def test_putting_in_is_taking_out_backwards_in_any_batch(steps, batch_size, score):
    maps = np.random.default_rng(0).random((2, 8, 8))
    images, options = random_images(2), {"steps": steps, "score": score, "baseline": 0.3}
    put_in = insertion(NET, images, maps, 1, batch_size=batch_size, progress=True, **options)
    taken_out = deletion(NET, images, -maps, 1, **options)
    assert_allclose(put_in.scores, taken_out.scores[:, ::-1], atol=1e-5)
    assert_allclose(put_in.areas, taken_out.areas, atol=1e-5)


def test_curves_begin_and_end_with_the_baseline_and_the_image():
    images, blurred = random_images(2), random_images(2, seed=5)
    curve = insertion(NET, images, np.zeros((2, 8, 8)), [1, 2], baseline=blurred).scores
    ends = np.stack([forward(NET, blurred)[[0, 1], [1, 2]], forward(NET, images)[[0, 1], [1, 2]]], axis=1)
    assert_allclose(curve[:, [0, -1]], ends, atol=1e-6)


def test_the_ranking_of_two_maps_can_turn_round_with_the_baseline():
    """A network that counts how bright the left half is, and an image that is dark there."""
    weights = np.zeros((4, 4, 1, 1), np.float32)
    weights[:, :2] = 1
    model, image = linear(weights), np.full((1, 4, 4, 1), 0.5, np.float32)
    left = np.zeros((1, 4, 4))
    left[:, :, :2] = 1
    options = {"class_index": 0, "steps": 16, "score": "logit"}
    areas = {
        (name, baseline): insertion(model, image, values, baseline=baseline, **options).areas[0]
        for name, values in (("left", left), ("right", 1 - left))
        for baseline in (0.0, 1.0)
    }
    assert areas["left", 0.0] > areas["right", 0.0]
    assert areas["left", 1.0] < areas["right", 1.0]


# Fidelity and infidelity


def test_contributions_of_a_linear_network_predict_every_loss():
    assert_allclose(fidelity(LINEAR, IMAGES, CONTRIBUTIONS, CLASSES, grid=3), 1, atol=1e-5)
    assert_allclose(fidelity(LINEAR, IMAGES, -CONTRIBUTIONS, CLASSES, grid=3), -1, atol=1e-5)
    assert_allclose(infidelity(LINEAR, IMAGES, 7 * CONTRIBUTIONS, CLASSES, grid=3), 0, atol=1e-8)


@pytest.mark.parametrize("baseline", [0.3, [0.2, 0.7], random_images(3, 6, 6, channels=2, seed=9)])
def test_with_another_baseline_it_is_the_contributions_of_the_difference(baseline):
    change = IMAGES - np.asarray(baseline, np.float32)
    maps = np.stack([(WEIGHTS[..., c] * x).sum(axis=-1) for c, x in zip(CLASSES, change, strict=True)])
    assert_allclose(fidelity(LINEAR, IMAGES, maps, CLASSES, 3, baseline=baseline), 1, atol=1e-5)
    assert (fidelity(LINEAR, IMAGES, CONTRIBUTIONS, CLASSES, 3, baseline=baseline) < 0.999).all()


@pytest.mark.parametrize("value", [0.0, 0.7, -3.0])
def test_a_constant_map_predicts_nothing_and_is_said_so(value):
    maps = np.full((3, 6, 6), value)
    assert np.isnan(fidelity(LINEAR, IMAGES, maps, CLASSES, grid=3)).all()


def test_the_infidelity_of_nothing_is_the_mean_squared_loss():
    found = infidelity(LINEAR, IMAGES[:1], np.zeros((6, 6)), 0, grid=2, subset=0.25, n_samples=400)
    cells = CONTRIBUTIONS[0].reshape(2, 3, 2, 3).sum(axis=(1, 3)).ravel()
    assert_allclose(found, np.mean(cells**2), rtol=0.15)  # each of four cells is hidden in a quarter of them


def test_always_equally_many_cells_are_hidden():
    """A network that counts bright pixels loses the same each time: there is nothing to correlate with."""
    model = linear(np.ones((6, 6, 1, 1), np.float32))
    maps = np.random.default_rng(0).random((1, 6, 6))
    assert_array_equal(fidelity(model, np.ones((1, 6, 6, 1), np.float32), maps, 0, grid=3), 0)


# Sensitivity


def test_a_map_that_does_not_look_does_not_move():
    assert_array_equal(sensitivity(lambda images: np.ones(images.shape[:3]), IMAGES, 0.1), 0)
    assert np.isnan(sensitivity(lambda images: np.zeros(images.shape[:3]), IMAGES, 0.1)).all()


def test_a_map_that_is_the_image_moves_as_far_as_the_image():
    moved = sensitivity(lambda images: images[..., 0], IMAGES, 0.1, n_samples=50)
    length = np.sqrt((IMAGES[..., 0] ** 2).sum(axis=(1, 2)))
    assert (moved < 0.1 * 6 / length).all()  # every pixel by the radius
    assert (moved > 0.1 * 6 / np.sqrt(3) / length).all()  # more than on average


def test_the_gradient_of_a_linear_network_does_not_move():
    assert_allclose(sensitivity(lambda x: saliency(LINEAR, x, CLASSES), IMAGES, 0.2), 0, atol=1e-6)


# Weights drawn anew


def test_named_layers_are_drawn_anew_and_all_else_stays():
    before, copy = NET.get_weights(), randomize(NET, ["conv2"], seed=3)
    for path in with_weights(NET):
        pairs = zip(NET.get_layer(path).get_weights(), copy.get_layer(path).get_weights(), strict=True)
        assert all(np.array_equal(*pair) for pair in pairs) == (path != "conv2"), path
    assert all(np.array_equal(*pair) for pair in zip(before, NET.get_weights(), strict=True))
    assert_array_equal(copy.get_layer("conv2").get_weights()[1], 0)  # a bias begins with zeros


def test_the_draws_depend_on_the_seed_and_are_those_of_the_initialiser():
    kernels = [randomize(NET, "conv2", seed).get_layer("conv2").get_weights()[0] for seed in (1, 1, 2)]
    assert_array_equal(kernels[0], kernels[1])
    assert np.abs(kernels[0] - kernels[2]).max() > 0.01
    *_, before, after = kernels[0].shape
    limit = np.sqrt(6 / (9 * (before + after)))  # Glorot's
    assert 0.9 * limit < np.abs(kernels[0]).max() <= limit


def test_two_layers_of_one_shape_are_not_drawn_alike():
    twins = keras.Sequential([keras.Input((4,)), *(keras.layers.Dense(4, name=name) for name in "ab")])
    first, second = (randomize(twins).get_layer(name).get_weights()[0] for name in "ab")
    assert np.abs(first - second).max() > 0.1


def test_a_cascade_goes_from_the_top_down():
    names, fresh = with_weights(NET), randomize(NET, seed=4)
    for count, (path, copy) in enumerate(cascade(NET, seed=4), start=1):
        assert path == names[-count]
        for name in names:
            source = fresh if name in names[-count:] else NET
            assert_array_equal(copy.get_layer(name).get_weights()[0], source.get_layer(name).get_weights()[0])
    assert count == len(names)
    assert_allclose(logits(copy, random_images(1)), logits(fresh, random_images(1)), atol=1e-6)


def test_a_map_that_does_not_use_a_layer_stays_the_same_when_it_forgets():
    def first_maps(model):
        return model.get_layer("conv1")(random_images(2)).numpy().max(axis=-1)

    assert_allclose(similarity(first_maps(NET), first_maps(randomize(NET, "conv2"))), 1)
    assert (similarity(first_maps(NET), first_maps(randomize(NET, "conv1"))) < 0.99).all()


def test_an_unknown_layer_is_told():
    with pytest.raises(ValueError, match="conv9"):
        randomize(NET, ["conv9"])


# Agreement


@pytest.mark.parametrize("kind", ["rank", "absolute rank", "ssim"])
def test_a_map_is_like_itself_and_a_constant_one_like_nothing(kind):
    maps = np.random.default_rng(0).normal(size=(3, 9, 9))
    maps[2] = 5
    assert_allclose(similarity(maps, 2 * maps, kind), [1, 1, np.nan])


def test_signs_count_in_the_rank_and_not_in_the_absolute_rank():
    one = np.random.default_rng(0).normal(size=(1, 9, 9))
    assert_allclose(similarity(one, -one, "rank"), -1)
    assert_allclose(similarity(one, -one, "absolute rank"), 1)


def test_rounding_of_what_is_next_to_nothing_is_not_ranked():
    draw = np.random.default_rng(0)
    one, other = (1e-6 * draw.normal(size=(1, 9, 9)) for _ in range(2))
    for values in (one, other):
        values[0, :3] = [[1] * 9, [2] * 9, [3] * 9]
    assert_allclose(similarity(one, other), 1)


def test_all_that_lies_inside_is_one_and_a_uniform_map_scores_the_area():
    masks = np.zeros((3, 8, 8), bool)
    masks[:, :4, :4] = True
    inside, uniform, nothing = masks[0] * 2.0, np.ones((8, 8)), -np.ones((8, 8))
    assert_array_equal(energy_inside([inside, uniform, nothing], masks), [1, 0.25, np.nan])
    assert_array_equal(energy_inside(inside - 5 * ~masks[0], masks[0]), 1)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4))
def test_a_mosaic_shows_each_image_where_its_mask_is(rows, columns, side):
    images = random_images(rows * columns, side, side + 1, channels=3)
    picture, masks = mosaic(images, rows, columns)
    assert picture.shape == (rows * side, columns * (side + 1), 3)
    assert_array_equal(masks.sum(axis=0), 1)
    for image, mask in zip(images, masks, strict=True):
        assert_array_equal(picture[mask].reshape(image.shape), image)


# What is not allowed


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: insertion(NET, random_images(2), np.zeros((3, 8, 8))), r"shape \(3, 8, 8\): \(2, 8, 8\)"),
        (lambda: insertion(NET, random_images(1), np.full((8, 8), np.nan)), "64 values that are NaN"),
        (lambda: deletion(NET, random_images(1), np.zeros((8, 8)), steps=0), "steps=0.*at least 1"),
        (lambda: deletion(NET, random_images(1), np.zeros((8, 8)), score="loss"), "score='loss'.*logit"),
        (lambda: deletion(NET, random_images(1), np.zeros((8, 8)), baseline=[0, 1]), "baseline"),
        (lambda: fidelity(NET, random_images(1), np.zeros((8, 8)), grid=1), "grid=1.*2 to 8"),
        (lambda: fidelity(NET, random_images(1), np.zeros((8, 8)), subset=0), "hides 0 of 49 cells"),
        (lambda: infidelity(NET, random_images(1), np.zeros((8, 8)), n_samples=1), "n_samples=1"),
        (lambda: sensitivity(lambda x: x, random_images(1), 0.1), r"maps have shape \(1, 8, 8, 1\)"),
        (lambda: sensitivity(lambda x: x[..., 0], random_images(1), -1), "radius=-1"),
        (lambda: similarity(np.zeros((8, 8)), np.zeros((9, 9))), r"others have shape \(1, 9, 9\)"),
        (lambda: similarity(np.zeros((8, 8)), np.zeros((8, 8)), "l2"), "kind='l2'.*absolute rank"),
        (lambda: energy_inside(np.zeros((8, 8)), np.zeros((8, 8))), "dtype float64: give bools"),
        (lambda: mosaic(random_images(3), 2, 2), "give 4 images"),
        (lambda: randomize(NET, seed=-1), "seed=-1"),
    ],
)  # fmt: skip
def test_bad_arguments_are_told(call, said):
    with pytest.raises(ValueError, match=said):
        call()
