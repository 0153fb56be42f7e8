"""The checks of chapter 9's exercises."""

import itertools

import numpy as np

from helpers.checks.shared import array, function_exercise, require, same, told


@function_exercise
def check_above_noise(above_noise):
    """Chapter 9: ``(coefficients (K,), empty (K,) of bool)`` -> cells with ink that beat every empty cell."""
    coefficients = np.array([0.3, -2.0, 0.1, 0.6, 5.0, -0.5, 0.8, -0.7])
    empty = np.array([True, False, True, False, False, False, False, True])
    given = above_noise(coefficients.copy(), empty.copy())
    found = sorted(array(given).ravel())
    require(np.asarray(given).dtype != bool, "give the indices of the cells, not one bool for each cell")
    require(7 not in found, "cell 7 is empty: it sets the bar, and is not above it")
    require(3 not in found, "0.6 is less than the 0.7 of an empty cell: take absolute values for the bar")
    require(1 in found, "a coefficient of -2 is far from zero too: it speaks against the class")
    require(same(found, [1, 4, 6]), f"it gives {told(given)}; the cells above 0.7 are 1, 4 and 6")
    print("Right: the empty cells say how large chance alone can be.")


@function_exercise
def check_rather(rather):
    """Chapter 9: the coefficients (K,) of two scores -> those of the difference of the scores, (K,)."""
    random = np.random.default_rng(0)
    shown = random.integers(0, 2, (60, 5))
    scores = np.stack([np.exp(shown @ random.normal(size=5)) for _ in range(2)], axis=1)  # not linear
    scores = np.column_stack([scores, scores[:, 0] - scores[:, 1]])
    fitted = np.linalg.lstsq(np.column_stack([shown, np.ones(60)]), scores)[0][:-1]  # (5, 3)
    first, second, expected = fitted.T
    given = array(rather(first.copy(), second.copy()))
    require(given.shape == (5,), f"there should be one coefficient a segment: 5, not {given.shape}")
    require(not same(given, -expected), "these are the coefficients of the second rather than the first")
    require(not same(given, np.abs(expected)), "the sign is lost: which class does a segment speak for?")
    require(same(given, expected), "a fit to the difference of the scores gives other coefficients")
    print("Right: the explanation of a difference is the difference of the explanations.")


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
