"""The hidden tests of chapter 2's assignment."""

import numpy as np

from helpers.checks.shared import array, require, same, told


def check_calibration(answer):
    """Other digits and bins; perfect calibration is 0, and a sure network that is always wrong is 1."""
    edges = np.array([0, 0.25, 0.5, 0.75, 1])
    sure = np.repeat([0.25, 0.5, 0.75, 1], 4)
    right = np.array([1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1], bool)
    require(same(answer(sure, right, edges), 0), "a perfectly calibrated network has no error of 0")
    require(same(answer(np.ones(9), np.zeros(9, bool), edges), 1), "always sure and always wrong should be 1")
    for seed in range(3):
        random = np.random.default_rng(seed + 50)
        edges = np.array([0, *np.sort(random.random(seed + 2)), 1])
        sure, right = random.random(90 + seed), random.random(90 + seed) < 0.6
        bins = np.searchsorted(edges, sure) - 1
        sums = [abs((sure[bins == k] - right[bins == k]).sum()) for k in range(len(edges) - 1)]
        given = answer(sure, right, edges)
        require(same(given, sum(sums) / len(sure)), f"for {len(sure)} other digits it gives {told(given)}")
        turned = random.permutation(len(sure))
        require(same(answer(sure[turned], right[turned], edges), given), "the order of the digits matters")


def check_confused_pair(answer):
    """Other matrices, of other sizes; the pair moves along when the classes get other numbers."""
    for seed, size in enumerate([2, 3, 10, 17]):
        random = np.random.default_rng(seed + 70)
        counts = random.permutation(1000)[: size * size].reshape(size, size)
        both = np.triu(counts + counts.T, 1)
        expected = np.argwhere(both == both.max())
        given = array(answer(counts))
        require(given.tolist() in expected.tolist(), f"for {size} classes it gives {told(given)}")
    counts = np.zeros((6, 6), int)
    counts[5, 1] = 3
    require(same(answer(counts), (1, 5)), "mistakes in one direction only: the smaller class comes first")


def check_abstain(answer):
    """Other digits; nothing to leave out, all to leave out, and no help from a rest that is wrong."""
    require(same(answer(np.array([0.5, 0.6]), np.ones(2, bool), 1.0), 0), "all right: none is left out")
    require(same(answer(np.array([0.9, 0.2, 0.4]), np.zeros(3, bool), 0.5), 1), "none right: all go")
    for seed in range(4):
        random = np.random.default_rng(seed + 90)
        sure = random.permutation(np.linspace(0.1, 1, 23 + seed))
        right = random.random(len(sure)) < sure
        ordered = right[np.argsort(sure)]
        rest = [ordered[k:].mean() for k in range(len(sure))]
        for wanted in (0.5, 0.8, 0.95):
            expected = next((k / len(sure) for k, share in enumerate(rest) if share >= wanted), 1.0)
            given = answer(sure, right, wanted)
            require(same(given, expected), f"for {len(sure)} other digits and {wanted}: {told(given)}")
