"""The checks of chapter 9's exercises."""

import itertools

import numpy as np

from helpers.checks.shared import array, function_exercise, require, same, told


@function_exercise
def check_above_noise(above_noise):
    """Chapter 9: ``(coefficients (K,), empty (K,) of bool)`` -> squares with ink above every empty one."""
    coefficients = np.array([0.3, -2.0, 0.1, 0.6, 5.0, -0.5, 0.8, -0.7])
    empty = np.array([True, False, True, False, False, False, False, True])
    given = above_noise(coefficients.copy(), empty.copy())
    found = sorted(array(given).ravel())
    require(np.asarray(given).dtype != bool, "give the indices of the squares, not one bool for each square")
    require(7 not in found, "square 7 is empty: it sets the bar, and is not above it")
    require(3 not in found, "0.6 is less than the 0.7 of an empty square: take absolute values for the bar")
    require(1 in found, "a coefficient of -2 is far from zero too: it speaks against the class")
    require(same(found, [1, 4, 6]), f"it gives {told(given)}; the squares above 0.7 are 1, 4 and 6")
    print("Right: the empty squares say how large chance alone can be.")


@function_exercise
def check_blind_spot(blind_spot):
    """Chapter 9: ``(shown (16, 4) of 0 and 1)`` -> (16,) scores of which a linear model explains nothing."""
    shown = np.array(list(itertools.product((0, 1), repeat=4)))  # (16, 4)
    given = array(blind_spot(shown.copy()))
    require(given.shape == (16,), f"there should be 16 scores, one a mask, not the shape {given.shape}")
    require(np.isfinite(given).all(), "the scores should be finite numbers")
    require(np.ptp(given) > 1e-9, "the score never changes: it does not depend on the segments")
    centred = given - given.mean()
    coefficients = np.linalg.lstsq(shown - 0.5, centred)[0]
    r2 = 1 - np.sum((centred - (shown - 0.5) @ coefficients) ** 2) / np.sum(centred**2)
    require(r2 < 1e-6, f"a linear model explains {r2:.0%} of it: some segment helps more often than it harms")
    print("Right: R2 is 0, and every coefficient too. For LIME, no segment matters.")


@function_exercise
def check_fair_shares(fair_shares):
    """Chapter 9: ``(score)``, a function of the set of shown segments -> the Shapley values of 0, 1 and 2."""

    def score(shown):
        key = frozenset(int(segment) for segment in shown)
        require(key <= {0, 1, 2}, f"score was asked for {told(set(shown))}: the segments are 0, 1 and 2")
        return wins[key]

    wins = dict(zip(map(frozenset, [(), {0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}]),
                    [1.0, 3.0, 0.5, 2.0, 8.0, 3.5, 4.0, 9.0], strict=True))  # fmt: skip
    whole, nothing = frozenset({0, 1, 2}), frozenset()
    alone = [wins[frozenset({k})] - wins[nothing] for k in range(3)]
    last = [wins[whole] - wins[whole - {k}] for k in range(3)]
    pairs = [wins[frozenset({k, j})] - wins[frozenset({j})] for k in range(3) for j in range(3) if j != k]
    middle = np.reshape(pairs, (3, 2)).sum(axis=1)
    expected = (2 * np.array(alone) + middle + 2 * np.array(last)) / 6
    given = array(fair_shares(score))
    require(given.shape == (3,), f"there should be three shares, not the shape {given.shape}")
    require(not same(given, alone), "this is what each adds when it comes first: the other places count too")
    require(not same(given, last), "this is what each adds when it comes last: the other places count too")
    require(not same(given, 6 * expected), "these are the sums over the six orders: take their means")
    every = (np.array(alone) + middle + last) / 4
    require(not same(given, every), "a mean over sets is not one over orders: first and last count double")
    apart = given.sum() - (wins[whole] - wins[nothing])
    require(abs(apart) < 1e-6, f"the shares should add up to 8: they add up to {given.sum():.3g}")
    require(same(given, expected), f"it gives {told(given)}, which adds up, but in other parts")
    print("Right: the shares add up, whatever the score is.")
