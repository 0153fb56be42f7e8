"""The checks of chapter 2's exercises."""

import numpy as np

from helpers.checks.shared import array, function_exercise, require, same, told

MATRIX = np.array([[8, 1, 1, 0], [0, 5, 0, 0], [2, 0, 17, 1], [3, 4, 0, 8]])


@function_exercise
def check_f1(f1_scores):
    """Chapter 2: ``(K, K) counts, true rows and predicted columns`` -> ``(K,)`` F1 scores, 0 to 1."""
    given = array(f1_scores(MATRIX.copy()))
    recall, precision = (np.diag(MATRIX) / MATRIX.sum(axis=axis) for axis in (1, 0))
    require(given.shape == (4,), f"there should be one score a class: 4, not the shape {given.shape}")
    require(not same(given, recall), "that is recall: it looks at the rows only")
    require(not same(given, precision), "that is precision: it looks at the columns only")
    require(not same(given, (recall + precision) / 2), "that is the arithmetic mean; F1 is the harmonic mean")
    require(same(given, 2 * precision * recall / (precision + recall)), f"{np.round(given, 3)} is not F1")
    print("Right: F1 is near the smaller of precision and recall, whichever that is.")


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
