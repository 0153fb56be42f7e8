"""The checks of chapter 2's exercises."""

import itertools

import numpy as np

from helpers.checks.shared import array, function_exercise, require, same, told


@function_exercise
def check_calibration(calibration_error):
    """Chapter 2: ``(confidence (N,), right (N,) bool, edges (K + 1,))`` -> expected calibration error."""
    random = np.random.default_rng(0)
    confidence, edges = (
        0.5 + random.random(60) ** 2 / 2,
        np.array([0, 0.5, 0.6, 0.8, 0.9, 1]),
    )  # the first is empty
    right = random.random(60) < confidence + np.where(confidence > 0.75, -0.3, 0.2)
    bins = [(confidence > low) & (confidence <= high) for low, high in itertools.pairwise(edges)]
    gap, weight, from_middle = np.transpose(
        [
            (confidence[b].mean() - right[b].mean(), b.mean(), (low + high) / 2 - right[b].mean())
            for b, low, high in zip(bins, edges, edges[1:], strict=False)
            if b.any()
        ]
    )
    given = calibration_error(confidence.copy(), right.copy(), edges.copy())
    expected = np.sum(weight * np.abs(gap))
    require(array(given).shape == (), f"one number is asked for, not {told(given)}")
    require(not np.isnan(array(given)), "that is NaN: a bin may be empty, and the mean of nothing is NaN")
    for other, reason in (
        (np.abs(gap).mean(), "every bin counts alike there; weight each by its share of the digits"),
        (abs(np.sum(weight * gap)), "differences of both signs cancel there; take absolute values"),
        (np.sum(weight * gap), "differences of both signs cancel there; take absolute values"),
        (np.abs(gap).max(), "that is the largest distance, not the mean"),
        (np.sum(weight * np.abs(from_middle)), "take the mean confidence of a bin, not its middle"),
        (100 * expected, "that is in per cent; give a number from 0 to 1"),
    ):
        require(not same(given, other), reason)
    require(same(given, expected), f"{told(given)} is not the error: with these numbers it is {expected:.4f}")
    print("Right: the mean distance from the diagonal, each bin with the weight of its digits.")


@function_exercise
def check_confused_pair(most_confused_pair):
    """Chapter 2: ``(K, K) counts`` -> the smaller and the larger class of the pair confused most often."""
    counts = np.array([[90, 6, 0, 4], [0, 95, 5, 0], [0, 5, 92, 3], [3, 0, 0, 97]])
    before = counts.copy()
    answer = most_confused_pair(counts)
    require(np.array_equal(counts, before), "the function changes the matrix that it is given: copy it first")
    given = array(answer)
    require(given.shape == (2,), f"the answer should be two classes, not {told(answer)}")
    require(np.isin(given, range(4)).all(), f"{told(answer)} are not two of the classes 0 to 3")
    pair = tuple(int(k) for k in given)
    require(pair[0] != pair[1], f"{pair} is on the diagonal: those digits were recognised")
    require(
        pair != (0, 1), "0 taken for 1 is the largest single number; but add both directions of each pair"
    )
    require(tuple(sorted(pair)) == (1, 2), f"{pair} is not the pair: 1 and 2 are confused 10 times")
    require(pair == (1, 2), "the right pair; put the smaller class first")
    print("Right: adding the matrix to its transpose counts both directions.")


@function_exercise
def check_abstain(share_left_out):
    """Chapter 2: ``(confidences (N,), right (N,) bool, wanted accuracy)`` -> share of digits to leave out.

    It is the smallest share, 0 to 1, the least confident first, without which the rest is right at least as
    often as wanted.
    """
    confidences = np.array([0.9, 0.3, 0.8, 0.5, 0.6, 0.99, 0.7, 0.4, 0.95, 0.85])
    right = np.array([1, 0, 0, 0, 1, 1, 1, 1, 1, 1], dtype=bool)
    for wanted, expected in ((0.7, 0.0), (0.75, 0.1), (0.85, 0.3), (0.99, 0.6)):
        given = share_left_out(confidences.copy(), right.copy(), wanted)
        require(
            same(given, expected),
            f"for an accuracy of {wanted} it gives {told(given)}; it should be {expected}",
        )
    print("Right: the more accuracy is wanted, the more digits go to a person.")
