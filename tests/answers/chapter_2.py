"""Right and wrong answers to the exercises of chapter 2."""

import itertools
import warnings
from functools import partial

import numpy as np

from helpers import checks


def calibration(confidence, right, edges, weigh=True, size=np.abs, middle=False, join=np.sum, scale=1):
    """The expected calibration error, with something miscounted."""
    parts = []
    for low, high in itertools.pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            sure = (low + high) / 2 if middle else confidence[inside].mean()
            weight = inside.mean() if weigh else 1
            parts.append(weight * size(sure - right[inside].mean()))
    return scale * join(parts)


def with_empty_bins(confidence, right, edges):
    bins = np.digitize(confidence, edges[1:-1], right=True)
    each = [bins == k for k in range(len(edges) - 1)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sum(b.mean() * abs(confidence[b].mean() - right[b].mean()) for b in each)


def pair(counts):
    both = np.triu(counts + counts.T, k=1)
    return np.unravel_index(both.argmax(), both.shape)


def abstain(confidences, right, wanted):
    ordered = right[np.argsort(confidences)]
    return next((k / len(right) for k in range(len(right)) if ordered[k:].mean() >= wanted), 1.0)


RIGHT = {
    checks.check_calibration: [calibration, lambda *given: np.float32(calibration(*given))],
    checks.check_confused_pair: [pair, lambda counts: [int(k) for k in pair(counts)]],
    checks.check_abstain: [abstain],
}
WRONG = {
    checks.check_calibration: [
        (lambda: partial(calibration, weigh=False, join=np.mean), "every bin counts alike"),
        (lambda: partial(calibration, size=float), "of both signs cancel"),
        (lambda: lambda *given: abs(calibration(*given, size=float)), "of both signs cancel"),
        (lambda: partial(calibration, weigh=False, join=max), "the largest distance"),
        (lambda: partial(calibration, middle=True), "not its middle"),
        (lambda: partial(calibration, scale=100), "in per cent"),
        (lambda: lambda *given: np.array([calibration(*given)]), "one number is asked for"),
        (lambda: with_empty_bins, "a bin may be empty"),
        (lambda: lambda confidence, right, edges: 0.0, "is not the error"),
        (lambda: 0.5, "has to be a function"),
    ],
    checks.check_confused_pair: [
        (lambda: lambda c: (0, 1), "add both directions"),
        (lambda: lambda c: np.unravel_index(c.argmax(), c.shape), "is on the diagonal"),
        (lambda: lambda c: (2, 1), "smaller class first"),
        (lambda: lambda c: (0, 3), "is not the pair"),
        (lambda: lambda c: 3, "two classes"),
        (lambda: lambda c: np.fill_diagonal(c, 0) or (1, 2), "changes the matrix"),
    ],
    checks.check_abstain: [
        (lambda: lambda c, r, wanted: 0.0, "for an accuracy of 0.75"),
        (lambda: lambda c, r, wanted: abstain(-c, r, wanted), "for an accuracy of"),
        (lambda: lambda c, r, wanted: 1 - abstain(c, r, wanted), "for an accuracy of 0.7 "),
        (lambda: lambda c, r, wanted: 10 * abstain(c, r, wanted), "for an accuracy of 0.75"),
        (lambda: lambda c, r, wanted: abstain(c, r, min(wanted + 0.1, 1)), "for an accuracy of"),
    ],
}
