"""The checks of chapter 10's exercises."""

import numpy as np

from helpers.checks.shared import array, exercise, function_exercise, require, same, told


@function_exercise
def check_area_under(area_under):
    """Chapter 10: ``(scores (steps + 1,))`` -> the area under them from 0 to 1, by the trapezoid rule."""
    for points in (2, 6, 29):
        given = area_under(np.ones(points))
        require(
            same(given, 1), f"for {points} scores of 1 it gives {told(given)}; the area is 1 for any number"
        )
    scores = np.array([0.0, 0.2, 0.9, 1.0])
    given = area_under(scores.copy())
    require(
        not same(given, scores.mean()),
        "that is the mean of the scores: the two at the ends count half in a trapezoid",
    )
    require(not same(given, scores[1:].mean()), "that counts each step by the score at its end only")
    require(not same(given, scores[:-1].mean()), "that counts each step by the score at its beginning only")
    require(same(given, 1.6 / 3), f"for 0, 0.2, 0.9, 1 it gives {told(given)}; the area is {1.6 / 3:.4f}")
    print("Right: each step counts with the mean of its two ends.")


@function_exercise
def check_above_chance(above_chance):
    """Chapter 10: ``(map (H, W), mask (H, W))`` -> the share inside, less the mask's share of the area."""
    mask = np.zeros((4, 5), bool)
    mask[:2, :2] = True
    values = np.where(mask, 3.0, -1.0)
    values[3, 4] = 4.0
    expected = 12 / 16 - 0.2
    given = above_chance(values.copy(), mask.copy())
    require(not same(given, 12 / 16), "that is the share inside: take away the share of the area")
    whole = values.sum()
    require(not same(given, 12 / whole - 0.2), "negative values count as zero, in the whole sum too")
    require(same(given, expected), f"it gives {told(given)} where the right answer is {expected:.2f}")
    given = above_chance(np.ones((4, 5)), mask.copy())
    require(same(given, 0), f"a map that is the same everywhere is at chance, 0, and not {told(given)}")
    given = array(above_chance(-np.ones((4, 5)), mask.copy()))
    require(given.shape == () and np.isnan(given), f"where nothing is positive, give NaN, not {told(given)}")
    print("Right: 0 is chance, and no answer is an answer too.")


@exercise
def check_constant_map(answers):
    """Chapter 10: a dictionary of what four tests give a map of ones."""
    right = {"similarity": np.nan, "fidelity": np.nan, "sensitivity": 0.0, "energy_inside": 0.25}
    why = {
        "similarity": "there is no order in a constant map, so nothing to correlate",
        "fidelity": "every subset of equally many cells has the same sum: nothing to correlate",
        "sensitivity": "a map that never moves has moved by how much?",
        "energy_inside": "what share of the area does one of four cells take?",
    }
    require(isinstance(answers, dict), f"a dictionary is needed, not {told(answers)}")
    require(set(answers) == set(right), f"its keys should be {', '.join(right)}")
    for name, expected in right.items():
        given = array(answers[name])
        fits = given.shape == () and (np.isnan(given) if np.isnan(expected) else abs(given - expected) < 1e-6)
        require(fits, f"{name} is not {told(answers[name])}: {why[name]}")
    print("Right: two tests have no answer for it, one gives it full marks, and one tells the chance level.")
