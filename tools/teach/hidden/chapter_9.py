"""The hidden tests of chapter 9's assignment."""

import itertools

import numpy as np

from helpers.checks.shared import array, require, same, told


def check_above_noise(answer):
    """Other coefficients; nothing above, all above, and turned signs, which change nothing."""
    for seed in range(4):
        random = np.random.default_rng(90 + seed)
        coefficients, empty = random.normal(size=30), random.random(30) < 0.3
        coefficients[~empty] *= 1.5
        bar = np.abs(coefficients[empty]).max()
        expected = [k for k in range(30) if not empty[k] and abs(coefficients[k]) > bar]
        for sign in (1, -1):
            found = np.sort(array(answer(sign * coefficients, empty)).ravel())
            require(same(found, expected), f"for 30 other squares it gives {told(found)}")
    none = answer(np.array([3.0, 1, -2]), np.array([True, False, False]))
    require(array(none).size == 0, "no square stands out: an empty answer is right")
    every = answer(np.array([0.0, 1, -2, 5]), np.array([True, False, False, False]))
    require(same(np.sort(array(every)), [1, 2, 3]), "every square with ink stands out")


def check_blind_spot(answer):
    """The masks in another order: the scores belong to the masks, and not to their places in the list."""
    shown = np.array(list(itertools.product((0, 1), repeat=4)))
    first = array(answer(shown))
    for seed in range(4):
        order = np.random.default_rng(95 + seed).permutation(16)
        given = array(answer(shown[order]))
        require(same(given, first[order]), "the same masks in another order get other scores")
    require(np.ptp(first) > 1e-6, "the score never changes")


def check_fair_shares(answer):
    """Other scores: an idle segment gets nothing, equals get the same, and scores can be added."""
    sets = [frozenset(c) for size in range(4) for c in itertools.combinations(range(3), size)]
    random = np.random.default_rng(99)
    tables = [dict(zip(sets, random.normal(size=8), strict=True)) for _ in range(2)]
    one, two = (array(answer(lambda shown, t=t: t[frozenset(shown)])) for t in tables)
    both = answer(lambda shown: sum(t[frozenset(shown)] for t in tables))
    require(same(both, one + two), "the shares of two scores added are not the sum of both shares")
    for table, shares in zip(tables, (one, two), strict=True):
        require(same(shares.sum(), table[sets[-1]] - table[sets[0]]), "the shares do not add up")
        for k in range(3):
            idle = array(answer(lambda shown, k=k, t=table: t[frozenset(shown) - {k}]))
            require(same(idle[k], 0), f"segment {k} changes nothing, and gets {told(idle[k])}")
    equal = answer(lambda shown: float(len(shown)) ** 2)
    require(same(equal, [3, 3, 3]), "three segments that do the same should get the same")
