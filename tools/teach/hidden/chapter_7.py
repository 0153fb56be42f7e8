"""The hidden tests of chapter 7's assignment."""

import numpy as np

from helpers.checks.shared import array, require, same, told


def check_attribute(answer):
    """Other functions, images of more dimensions: the sum is the change, and what changes nothing gets 0."""
    random = np.random.default_rng(70)
    x, start, w = random.random((3, 2, 3))
    given = array(answer(lambda x: w, x, start))
    require(same(given, w * (x - start)), "a linear function of an image of 2 x 3 pixels")
    given = array(answer(lambda x: 3 * x**2, x, start))
    require(same(given / (x**3 - start**3), np.ones((2, 3)), 0.01), "the sum of all cubes")
    x, start = np.array([1.5, 0.7, 4.0]), np.array([-0.5, 0.2, 4.0])
    given = array(answer(lambda x: np.array([np.exp(x[0]) * x[1], np.exp(x[0]), 9.0]), x, start))
    change = np.exp(1.5) * 0.7 - np.exp(-0.5) * 0.2
    require(same(given[:2].sum() / change, 1, 0.01), f"exp(x1) x2: the sum is {told(given[:2].sum())}")
    require(same(given[2], 0), "a pixel that is the same in the baseline gets 0, whatever its gradient")


def check_guided(answer):
    """Networks of other sizes; strict at zero; twice the last weights, twice the map."""
    for seed, sizes in enumerate([(2, 3, 4), (6, 1, 5), (9, 12, 2)]):
        random = np.random.default_rng(75 + seed)
        inside, middle, top = sizes
        first, second = random.normal(size=(middle, inside)), random.normal(size=(top, middle))
        last, x = random.normal(size=top), random.normal(size=inside)
        into = first @ x, second @ np.maximum(first @ x, 0)
        signal = second.T @ (np.maximum(last, 0) * (into[1] > 0))
        expected = first.T @ (np.maximum(signal, 0) * (into[0] > 0))
        given = answer(first, second, last, x)
        require(same(given, expected, 1e-6), f"for layers of {sizes} units it gives {told(given)}")
        require(
            same(answer(first, second, 2 * last, x), 2 * expected, 1e-6), "twice the weights, twice the map"
        )
        require(same(answer(first, second, -np.abs(last), x), 0 * x), "nothing speaks for it: a map of zeros")
