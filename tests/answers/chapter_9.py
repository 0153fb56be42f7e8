"""Right and wrong answers to the exercises of chapter 9."""

import numpy as np

from helpers import checks


def above(coefficients, empty, size=np.abs):
    bar = size(coefficients[empty]).max()
    return np.flatnonzero(~empty & (size(coefficients) > bar))


def one_of_two(shown):
    return shown[:, 0] != shown[:, 1]


RIGHT = {
    checks.check_above_noise: [above, lambda c, empty: above(c, empty).tolist()[::-1]],
    checks.check_rather: [lambda a, b: a - b, lambda a, b: [x - y for x, y in zip(a, b, strict=True)]],
    checks.check_blind_spot: [
        one_of_two,
        lambda shown: 3 - 2.0 * (shown.sum(axis=1) % 2),  # parity of all four
        lambda shown: (shown.sum(axis=1) - 2) ** 2,
        lambda shown: [float(row[2] == row[3]) for row in shown],
    ],
}
WRONG = {
    checks.check_above_noise: [
        (lambda: lambda c, empty: above(c, empty, size=np.asarray), "take absolute values for the bar"),
        (lambda: lambda c, empty: np.flatnonzero(~empty & (c > np.abs(c[empty]).max())), "speaks against"),
        (lambda: lambda c, empty: np.flatnonzero(np.abs(c) >= np.abs(c[empty]).max()), "cell 7 is empty"),
        (lambda: lambda c, empty: ~empty & (np.abs(c) > np.abs(c[empty]).max()), "not one bool"),
        (lambda: lambda c, empty: above(c, empty)[:2], "the cells above 0.7 are 1, 4 and 6"),
        (lambda: [1, 4, 6], "has to be a function"),
    ],
    checks.check_rather: [
        (lambda: lambda a, b: b - a, "the second rather than the first"),
        (lambda: lambda a, b: np.abs(a - b), "the sign is lost"),
        (lambda: lambda a, b: a / b, "gives other coefficients"),
        (lambda: lambda a, b: a, "gives other coefficients"),
        (lambda: lambda a, b: np.argsort(b - a), "gives other coefficients"),
        (lambda: lambda a, b: (a - b).max(), "one coefficient a segment"),
    ],
    checks.check_blind_spot: [
        (lambda: lambda shown: np.ones(16), "never changes"),
        (lambda: lambda shown: np.where(shown[:, 0], np.nan, shown[:, 1]), "finite numbers"),
        (lambda: lambda shown: shown[:, 0] & shown[:, 1], "a linear model explains 67%"),
        (lambda: lambda shown: shown[:, 0] - shown[:, 1], "a linear model explains 100%"),
        (lambda: lambda shown: shown.sum(axis=1) == 1, "a linear model explains"),
        (lambda: lambda shown: shown[:, :2].sum(axis=0), "16 scores, one a mask"),
    ],
}
