"""The checks of chapter 8's exercises."""

import numpy as np

from helpers.checks.shared import array, function_exercise, require, same


@function_exercise
def check_cam_weights(cam_weights):
    """Chapter 8: ``(kernel (channels, classes), class_index, places)`` -> Grad-CAM's weights (channels,)."""
    kernel = np.random.default_rng(0).normal(size=(5, 3))
    given = array(cam_weights(kernel.copy(), 1, 16))
    require(given.shape == (5,), f"there should be one weight a channel: 5, not the shape {given.shape}")
    expected = kernel[:, 1] / 16
    require(not same(given, kernel[:, 1]), "16 times too large: one place is only a part of the average")
    require(not same(given, np.maximum(expected, 0)), "keep negative weights: the relu comes later")
    require(same(given, expected), "the weights are not those of the class asked for")
    print("Right: behind an average, Grad-CAM reads its weights off the dense layer. That is CAM.")


@function_exercise
def check_speaks_against(speaks_against):
    """Chapter 8: ``(maps, gradient)``, both (N, h, w, channels) -> (N, h, w), what speaks against a class."""
    random = np.random.default_rng(0)
    maps, gradient = random.random((2, 3, 4, 6)), random.normal(size=(2, 3, 4, 6))
    before = maps.copy(), gradient.copy()
    given = speaks_against(maps, gradient)
    unchanged = np.array_equal(maps, before[0]) and np.array_equal(gradient, before[1])
    require(unchanged, "the function changes the arrays that it is given")
    given = array(given)
    require(given.shape == (2, 3, 4), f"the map should have the shape (2, 3, 4), not {given.shape}")
    weights = gradient.mean(axis=(1, 2), keepdims=True)  # (2, 1, 1, 6)
    signed = (weights * maps).sum(axis=-1)  # (2, 3, 4)
    require(np.min(given) >= 0, "a map should not be negative: what speaks for the class is left out")
    require(not same(given, np.maximum(signed, 0)), "that is Grad-CAM itself: what speaks for it")
    only_negative = (np.maximum(-weights, 0) * maps).sum(axis=-1)
    require(not same(given, only_negative), "positive weights count too: take the sum first")
    alone = np.maximum(-(gradient * maps).sum(axis=-1), 0)
    require(not same(given, alone), "average the gradient over the places first, as Grad-CAM does")
    require(same(given, np.maximum(-signed, 0)), "some values are not those of Grad-CAM with its sign turned")
    print("Right: Grad-CAM of the negative logit. Where one map is bright, the other is zero.")


@function_exercise
def check_pointing_game(hits):
    """Chapter 8: ``(maps (N, H, W), boxes (N, 4))`` -> N bools, whether each map points into its box."""
    random = np.random.default_rng(0)
    maps = random.random((60, 5, 9)).astype(np.float32)
    peaks = np.stack([random.integers(0, 5, 60), random.integers(0, 9, 60)], axis=1)  # (60, 2)
    maps[range(60), *peaks.T] = 2
    top, left = random.integers(0, 4, 60), random.integers(0, 8, 60)
    boxes = np.stack(
        [top, top + 1 + random.integers(0, 5 - top), left, left + 1 + random.integers(0, 9 - left)], 1
    )
    maps, boxes = (
        np.concatenate([maps, np.zeros((1, 5, 9), np.float32)]),
        np.concatenate([boxes, [[0, 5, 0, 9]]]),
    )
    before = maps.copy(), boxes.copy()
    given = hits(maps, boxes)
    unchanged = np.array_equal(maps, before[0]) and np.array_equal(boxes, before[1])
    require(unchanged, "the function changes the arrays that it is given")
    given = array(given)
    require(given.shape == (61,), f"there should be one answer a map: 61, not the shape {given.shape}")
    require(np.isin(given, (0, 1)).all(), "each answer should be True or False")
    given = given.astype(bool)
    inside, closed, turned = (
        [rule(*peak, *box) for peak, box in zip(peaks, boxes, strict=False)]
        for rule in (_inside, _closed, _turned)
    )
    require(
        not same(given[:-1], turned), "rows and columns are exchanged: a box is (top, bottom, left, right)"
    )
    require(not same(given[:-1], closed), "the border: row bottom and column right are no part of the box")
    share = [maps[k, t:b, x:r].sum() > maps[k].sum() / 2 for k, (t, b, x, r) in enumerate(boxes[:-1])]
    require(
        not same(given[:-1], share), "that is where most of the map lies: only its brightest pixel counts"
    )
    require(same(given[:-1], inside), "for some maps the answer is not whether the brightest pixel is inside")
    require(not given[-1], "a map that is zero everywhere points at nothing: it misses")
    print("Right: the brightest pixel counts, and an empty map misses.")


def _inside(row, column, top, bottom, left, right):
    return top <= row < bottom and left <= column < right


def _closed(row, column, top, bottom, left, right):
    return top <= row <= bottom and left <= column <= right


def _turned(row, column, top, bottom, left, right):
    return _inside(column, row, top, bottom, left, right)
