"""The checks of chapter 6's exercises."""

from functools import partial

import numpy as np

from helpers.checks.shared import array, function_exercise, require, same, told


@function_exercise
def check_passes(passes):
    """Chapter 6: ``(height, width, side, stride)`` -> how many places a patch has on an image."""
    images = (
        ((28, 28, 5, 1), 576),
        ((28, 28, 28, 3), 1),
        ((28, 28, 7, 7), 16),
        ((10, 28, 7, 7), 8),  # the last row of patches is put against the border
        ((28, 28, 5, 3), 81),
        ((64, 48, 16, 4), 117),
    )
    for (height, width, side, stride), count in images:
        given = passes(height, width, side, stride)
        what = f"{height} x {width} pixels, side {side} and stride {stride}"
        require(same(given, count), f"for {what} it gives {told(given)}, not {count}")
    print("Right: so 224 x 224 pixels, side 16 and stride 1 make 43,681 forward passes.")


@function_exercise
def check_interaction(interaction):
    """Chapter 6: ``(score, image, first, second, side, grey)`` -> drop of two patches, less both alone."""
    image = np.zeros((6, 6, 1), np.float32)
    image[:2, :2], image[3:5, 3:5] = 1, 1
    before = image.copy()
    rules = (
        ("either part is enough", max, 0.75),
        ("both parts are needed", min, -0.75),
        ("each part counts for itself", sum, 0.0),
    )
    for what, rule, expected in rules:
        given = interaction(partial(_two_parts, rule), image, (0, 0), (3, 3), 2, 0.25)
        require(np.array_equal(image, before), "the function changes the image that it is given")
        require(same(given, expected), f"where {what} it gives {told(given)}, not {expected}")
    given = interaction(lambda picture: float(picture.sum()), image, (0, 0), (1, 0), 2, 0.25)
    require(same(given, -1.5), f"with two patches that overlap it gives {told(given)}, not -1.5")
    print("Right: positive where two parts can stand in for each other.")


def _two_parts(rule, picture):
    """A score that follows from how bright two squares of 2 x 2 pixels are."""
    return float(rule([picture[:2, :2].mean(), picture[3:5, 3:5].mean()]))


@function_exercise
def check_always_changed(always_changed):
    """Chapter 6: ``(predicted (shades, R, Q), own class)`` -> ``(R, Q)``, where every shade changes it."""
    predicted = np.full((3, 2, 4), 7)
    predicted[:, 0, 1] = 2  # changed to the same class
    predicted[:, 1, 0] = 2, 9, 1  # changed to three classes
    predicted[0, 0, 2] = 9  # by one shade only
    predicted[:2, 1, 3] = 4  # by two shades only
    given = array(always_changed(predicted.copy(), 7))
    require(given.shape == (2, 4), f"it gives shape {given.shape}: one value for each place is needed")
    require(
        not given[0, 2] and not given[1, 3], "at some of these places one shade leaves the answer as it was"
    )
    require(given[1, 0], "a place counts even if the shades make different classes of it")
    require(same(given, np.all(predicted != 7, axis=0)), "some places are wrong")
    require(
        same(always_changed(np.full((2, 3, 3), 5), 7), np.ones((3, 3))),
        "another class everywhere is a change",
    )
    print("Right.")
