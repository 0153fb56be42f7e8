"""The hidden tests of chapter 10's assignment."""

import numpy as np

from helpers.checks.shared import array, require, same, told


def check_area_under(answer):
    """Straight lines, other curves; backwards, a curve has the same area, and two halves add up."""
    for points in (2, 3, 17, 200):
        line = np.linspace(-1, 3, points)
        require(same(answer(line), 1), f"a straight line from -1 to 3 with {points} points")
    for seed in range(3):
        curve = np.random.default_rng(seed + 5).normal(size=9)
        expected = (curve.sum() - (curve[0] + curve[-1]) / 2) / 8
        given = answer(curve)
        require(same(given, expected), f"for another curve it gives {told(given)}, not {expected:.4f}")
        require(same(answer(curve[::-1]), expected), "backwards, the area is another")
        halves = array(answer(curve[:5])) + array(answer(curve[4:]))
        require(same(halves / 2, expected), "both halves do not give the whole")


def check_above_chance(answer):
    """Other maps and masks: scale does not matter, a mask and its opposite cancel, the best is known."""
    for seed, shape in enumerate([(1, 6), (5, 5), (3, 8)]):
        random = np.random.default_rng(seed + 15)
        values, mask = random.normal(size=shape), np.zeros(shape, bool)
        mask.flat[random.permutation(mask.size)[: mask.size // 3]] = True
        given = array(answer(values, mask))
        positive = np.where(values > 0, values, 0)
        expected = (positive * mask).sum() / positive.sum() - mask.sum() / mask.size
        require(same(given, expected), f"for a map of {shape} it gives {told(given)}, not {expected:.4f}")
        require(same(answer(50 * values, mask), expected), "a map 50 times as strong gets another answer")
        require(same(answer(values, ~mask), -expected), "inside and outside should cancel")
        require(same(answer(mask - 0.5, mask), 1 - mask.mean()), "all of the map inside: the best there is")
    given = array(answer(np.zeros((2, 2)), np.eye(2, dtype=bool)))
    require(given.shape == () and np.isnan(given), f"a map of zeros has no answer, and not {told(given)}")
