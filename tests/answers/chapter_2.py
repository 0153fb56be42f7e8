"""Right and wrong answers to the exercises of chapter 2."""

import numpy as np

from helpers import checks


def f1(counts):
    return 2 * np.diag(counts) / (counts.sum(axis=0) + counts.sum(axis=1))


def pair(counts):
    both = np.triu(counts + counts.T, k=1)
    return np.unravel_index(both.argmax(), both.shape)


def abstain(confidences, right, wanted):
    ordered = right[np.argsort(confidences)]
    return next((k / len(right) for k in range(len(right)) if ordered[k:].mean() >= wanted), 1.0)


RIGHT = {
    checks.check_f1: [f1, lambda counts: f1(counts).tolist()],
    checks.check_confused_pair: [pair, lambda counts: [int(k) for k in pair(counts)]],
    checks.check_abstain: [abstain],
}
WRONG = {
    checks.check_f1: [
        (lambda: lambda c: np.diag(c) / c.sum(axis=1), "that is recall"),
        (lambda: lambda c: np.diag(c) / c.sum(axis=0), "that is precision"),
        (
            lambda: lambda c: (np.diag(c) / c.sum(axis=1) + np.diag(c) / c.sum(axis=0)) / 2,
            "the arithmetic mean",
        ),
        (lambda: lambda c: f1(c).mean(), "one score a class"),
        (lambda: lambda c: 100 * f1(c), "is not F1"),
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
