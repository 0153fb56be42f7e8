"""Right and wrong answers to the exercises of chapter 6."""

import math

import numpy as np

from helpers import checks


def passes(height, width, side, stride, rounded=math.ceil):
    return math.prod(rounded((length - side) / stride) + 1 for length in (height, width))


def cover(image, place, side, grey):
    row, column = place
    covered = image.copy()
    covered[row : row + side, column : column + side] = grey
    return covered


def interaction(score, image, first, second, side, grey):
    one, other = cover(image, first, side, grey), cover(image, second, side, grey)
    both = cover(one, second, side, grey)
    whole = score(image)
    return (whole - score(both)) - (whole - score(one)) - (whole - score(other))


def both_drop(score, image, first, second, side, grey):
    return score(image) - score(cover(cover(image, first, side, grey), second, side, grey))


def in_place(score, image, first, second, side, grey):
    wanted = interaction(score, image, first, second, side, grey)
    image[first[0] : first[0] + side, first[1] : first[1] + side] = grey
    return wanted


def added_up(score, image, first, second, side, grey):
    """Right unless the patches overlap: what they change is added up."""
    one, other = cover(image, first, side, grey), cover(image, second, side, grey)
    return score(one) + score(other) - score(one + other - image) - score(image)


def always_changed(predicted, own):
    return np.all(predicted != own, axis=0)


def changed_alike(predicted, own):
    return (predicted[0] != own) & np.all(predicted == predicted[0], axis=0)


def changed_unlike(predicted, own):
    return always_changed(predicted, own) & np.any(predicted != predicted[0], axis=0)


RIGHT = {
    checks.check_passes: [
        passes,
        lambda h, w, s, t: len(range(0, h - s + t, t)) * len(range(0, w - s + t, t)),
    ],
    checks.check_interaction: [interaction],
    checks.check_always_changed: [
        always_changed,
        lambda predicted, own: always_changed(predicted, own).astype(int).tolist(),
    ],
}
WRONG = {
    checks.check_passes: [
        (lambda: 576, "has to be a function"),
        (lambda: lambda h, w, s, t: passes(h, w, s, t, math.floor), "10 x 28 pixels"),
        (lambda: lambda h, w, s, t: passes(h, h, s, t), "10 x 28 pixels"),
        (lambda: lambda h, w, s, t: ((h - s) // t) * ((w - s) // t), "28 x 28 pixels, side 5 and stride 1"),
        (lambda: lambda h, w, s, t: math.ceil(h / t) * math.ceil(w / t), "side 5 and stride 1"),
    ],
    checks.check_interaction: [
        (lambda: both_drop, "either part is enough|both parts are needed|for itself"),
        (lambda: lambda *given: -interaction(*given), "either part is enough"),
        (lambda: in_place, "changes the image"),
        (lambda: added_up, "patches that overlap"),
        (lambda: lambda s, i, a, b, n, g: interaction(s, i, a, b, n, 0), "either part is enough"),
    ],
    checks.check_always_changed: [
        (lambda: lambda predicted, own: np.any(predicted != own, axis=0), "one shade leaves"),
        (lambda: changed_alike, "different classes"),
        (lambda: lambda predicted, own: np.all(predicted == own, axis=0), "different classes"),
        (lambda: lambda predicted, own: always_changed(predicted, own).sum(), "one value for each place"),
        (lambda: lambda predicted, own: predicted[0] != own, "one shade leaves"),
        (lambda: changed_unlike, "some places are wrong"),
        (lambda: lambda predicted, own: (predicted != own).sum(axis=0) == 3, "another class everywhere"),
    ],
}
