"""Right and wrong answers to the exercises of chapter 9."""

from itertools import permutations

import numpy as np

from helpers import checks


def above(coefficients, empty, size=np.abs):
    bar = size(coefficients[empty]).max()
    return np.flatnonzero(~empty & (size(coefficients) > bar))


ORDERS = list(permutations(range(3)))


def by_orders(score, orders=ORDERS, by=6):
    shares = np.zeros(3)
    for order in orders:
        for place, segment in enumerate(order):
            shares[segment] += score({*order[: place + 1]}) - score(set(order[:place]))
    return shares / by


def by_sets(score, weights):
    """What each adds to every set of the others, weighted by the size of the set."""
    others = [{*range(3)} - {k} for k in range(3)]
    sets = [[set(), *({j} for j in rest), rest] for rest in others]
    return [sum(weights[len(part)] * (score(part | {k}) - score(part)) for part in sets[k]) for k in range(3)]


def one_of_two(shown):
    return shown[:, 0] != shown[:, 1]


RIGHT = {
    checks.check_above_noise: [above, lambda c, empty: above(c, empty).tolist()[::-1]],
    checks.check_blind_spot: [
        one_of_two,
        lambda shown: 3 - 2.0 * (shown.sum(axis=1) % 2),  # parity of all four
        lambda shown: (shown.sum(axis=1) - 2) ** 2,
        lambda shown: [float(row[2] == row[3]) for row in shown],
    ],
    checks.check_fair_shares: [
        by_orders,
        lambda score: by_sets(score, (1 / 3, 1 / 6, 1 / 3)),
    ],
}
WRONG = {
    checks.check_above_noise: [
        (lambda: lambda c, empty: above(c, empty, size=np.asarray), "take absolute values for the bar"),
        (lambda: lambda c, empty: np.flatnonzero(~empty & (c > np.abs(c[empty]).max())), "speaks against"),
        (lambda: lambda c, empty: np.flatnonzero(np.abs(c) >= np.abs(c[empty]).max()), "square 7 is empty"),
        (lambda: lambda c, empty: ~empty & (np.abs(c) > np.abs(c[empty]).max()), "not one bool"),
        (lambda: lambda c, empty: above(c, empty)[:2], "the squares above 0.7 are 1, 4 and 6"),
        (lambda: [1, 4, 6], "has to be a function"),
    ],
    checks.check_blind_spot: [
        (lambda: lambda shown: np.ones(16), "never changes"),
        (lambda: lambda shown: np.where(shown[:, 0], np.nan, shown[:, 1]), "finite numbers"),
        (lambda: lambda shown: shown[:, 0] & shown[:, 1], "a linear model explains 67%"),
        (lambda: lambda shown: shown[:, 0] - shown[:, 1], "a linear model explains 100%"),
        (lambda: lambda shown: shown.sum(axis=1) == 1, "a linear model explains"),
        (lambda: lambda shown: shown[:, :2].sum(axis=0), "16 scores, one a mask"),
    ],
    checks.check_fair_shares: [
        (lambda: lambda score: [score({k}) - score(set()) for k in range(3)], "when it comes first"),
        (lambda: lambda score: by_sets(score, (0, 0, 1)), "when it comes last"),
        (lambda: lambda score: by_orders(score, by=1), "take their means"),
        (lambda: lambda score: by_sets(score, (0.25, 0.25, 0.25)), "first and last count double"),
        (lambda: lambda score: by_orders(score) + 1, "they add up to 11"),
        (lambda: lambda score: by_orders(score, [(0, 1, 2)], by=1), "in other parts"),
        (lambda: lambda score: [score({k}) for k in (1, 2, 3)], "the segments are 0, 1 and 2"),
        (lambda: lambda score: by_orders(score).sum(), "three shares, not the shape"),
    ],
}
