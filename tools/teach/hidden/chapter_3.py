"""The hidden tests of chapter 3's assignment."""

import numpy as np

from helpers.checks.shared import array, require, same


def check_scale_symmetric(answer):
    """Other blocks: all above zero, all below, one filter; signs exchanged mirror the answer at 0.5."""
    for seed, shape in enumerate([(3, 3, 3, 4), (5, 5, 1, 1), (1, 1, 6, 2)]):
        kernels = np.random.default_rng(seed + 10).normal(size=shape)
        for block in (kernels, np.abs(kernels), -np.abs(kernels) - 1):
            given = array(answer(block.copy()))
            require(given.min() >= -1e-9 and given.max() <= 1 + 1e-9, "values outside 0 to 1")
            require(same(given, block / (2 * np.abs(block).max()) + 0.5), "not right for other blocks")
            require(same(answer(-block), 1 - given), "with all signs exchanged, it should be mirrored at 0.5")
            require(same(answer(7 * block), given), "a block seven times as strong should look the same")


def check_favourite_colour(answer):
    """Filters made for one colour each, and their negatives; other numbers of filters."""
    kernels = np.zeros((3, 3, 3, 6))
    for colour in range(3):  # blue, green, red
        kernels[1, 2, colour, colour], kernels[0, 0, colour, 3 + colour] = 1, -1
    likes = np.concatenate([np.eye(3)[::-1].T, np.zeros((3, 3))])
    require(same(answer(kernels), likes), "filters with a single weight: one colour, or none")
    for seed, filters in enumerate([1, 3, 64]):
        kernels = np.random.default_rng(seed + 20).normal(size=(3, 3, 3, filters))
        expected = (kernels.sum(axis=(0, 1))[::-1] > 0).T
        require(same(answer(kernels), expected), f"not right for {filters} other filters")
        require(same(answer(kernels / 50), expected), "weaker weights have the same favourite")
