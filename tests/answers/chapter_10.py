"""Right and wrong answers to the exercises of chapter 10."""

import numpy as np

from helpers import checks


def area(scores):
    return np.mean((np.asarray(scores)[1:] + np.asarray(scores)[:-1]) / 2)


def above(values, mask, clip=True, empty=np.nan):
    positive = np.maximum(values, 0) if clip else values
    if clip and not positive.any():
        return empty
    return positive[mask].sum() / positive.sum() - mask.mean()


ANSWERS = {"similarity": np.nan, "fidelity": float("nan"), "sensitivity": 0, "energy_inside": 0.25}

RIGHT = {
    checks.check_area_under: [area, lambda scores: np.trapezoid(scores, dx=1 / (len(scores) - 1))],
    checks.check_above_chance: [above, lambda values, mask: np.float32(above(values, mask))],
    checks.check_constant_map: [ANSWERS, ANSWERS | {"sensitivity": np.zeros(())}],
}
WRONG = {
    checks.check_area_under: [
        (lambda: lambda scores: np.trapezoid(scores), "for 6 scores of 1 it gives 5"),
        (lambda: lambda scores: np.mean(scores), "the two at the ends count half"),
        (lambda: lambda scores: np.mean(scores[1:]), "the score at its end only"),
        (lambda: lambda scores: np.mean(scores[:-1]), "the score at its beginning only"),
        (lambda: lambda scores: 1.0, "the area is 0.5333"),
    ],
    checks.check_above_chance: [
        (lambda: lambda values, mask: above(values, mask) + mask.mean(), "take away the share of the area"),
        (lambda: lambda values, mask: above(values, mask, clip=False), "negative values count as zero"),
        (lambda: lambda values, mask: 2 * above(values, mask), "the right answer is 0.55"),
        (lambda: lambda values, mask: 0.55, "at chance, 0, and not 0.55"),
        (lambda: lambda values, mask: above(values, mask, empty=0.0), "give NaN, not 0"),
    ],
    checks.check_constant_map: [
        (lambda: [np.nan, np.nan, 0, 0.25], "a dictionary is needed"),
        (lambda: {"similarity": np.nan}, "its keys should be similarity, fidelity"),
        (lambda: ANSWERS | {"similarity": 1.0}, "similarity is not 1: there is no order"),
        (lambda: ANSWERS | {"fidelity": 0}, "fidelity is not 0: every subset"),
        (lambda: ANSWERS | {"sensitivity": 1}, "sensitivity is not 1: a map that never moves"),
        (lambda: ANSWERS | {"energy_inside": 0.5}, "energy_inside is not 0.5: what share"),
    ],
}
