"""The checks of chapter 11's exercises."""

import numpy as np

from helpers.checks.shared import array, exercise, function_exercise, require, same, told

PLACES = ("top", "bottom", "left", "right", "middle", "everywhere")
FIFTH = (2, "top")


@function_exercise
def check_count_kinds(count_kinds):
    """Chapter 11: ``eigenvalues, rising`` -> how many lie before the largest gap among the first eight."""
    two = np.array([0, 0.02, 0.41, 0.5, 0.55, 0.6, 0.62, 0.66, 0.7, 0.75])
    given = count_kinds(two.copy())
    require(not same(given, 1), "count the eigenvalues before the gap: there are two here, 0 and 0.02")
    require(not same(given, 3), "count the eigenvalues before the gap, not the one behind it as well")
    require(same(given, 2), f"for 0, 0.02, 0.41, 0.5, ... it gives {told(given)} where the right answer is 2")
    late = np.concatenate([np.linspace(0, 0.44, 9), [0.95, 0.96, 0.97]])
    late[5:] += 0.05
    given = count_kinds(late.copy())
    require(not same(given, 9), "only the gaps after the first eight count: the gap after the ninth does not")
    require(same(given, 5), f"it gives {told(given)} where the largest gap that counts comes after the fifth")
    given = count_kinds(np.array([0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2]))
    require(same(given, 1), f"one kind of reason is an answer as well: here 1, not {told(given)}")
    last = np.array([0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.5, 0.51])
    given = count_kinds(last)
    require(same(given, 8), f"the gap after the eighth still counts: here 8, not {told(given)}")
    print("Right: as many kinds as there are eigenvalues before the gap.")


@exercise
def check_fifth_network(suspicion):
    """Chapter 11: the class whose pictures the fifth network knows by a hint, and where the hint is."""
    require(
        isinstance(suspicion, tuple | list) and len(suspicion) == 2,
        f"a class and a place are needed, such as (7, 'middle'), not {told(suspicion)}",
    )
    label, place = suspicion
    label = array(label)
    require(
        label.shape == () and label in range(10), f"the class is a digit, 0 to 9, not {told(suspicion[0])}"
    )
    require(
        isinstance(place, str) and place in PLACES,
        f"the place is one of {', '.join(PLACES)}, not {told(place)}",
    )
    require(
        label == FIFTH[0],
        f"class {int(label)} has nothing to hide: compare the mean maps of the ten classes away from the ink",
    )
    require(
        place == FIFTH[1], f"the class is right, but its hint is not there ({place}): look at its mean map"
    )
    print("Right: both class and place. You have caught it.")
