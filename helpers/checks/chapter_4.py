"""The checks of chapter 4's exercises."""

import numpy as np

from helpers.checks.shared import array, function_exercise, require, same, told


@function_exercise
def check_receptive_field(receptive_field):
    """Chapter 4: ``(list of (kernel size, stride))`` -> the side of the receptive field, in pixels."""
    stacks = {
        "one 3 x 3 convolution": ([(3, 1)], 3),
        "two 3 x 3 convolutions": ([(3, 1), (3, 1)], 5),
        "the three convolutions and two poolings of the MNIST network": (
            [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)],
            18,
        ),
        "a 7 x 7 convolution with stride 2, then a 3 x 3 one": ([(7, 2), (3, 1)], 11),
    }
    for what, (layers, side) in stacks.items():
        given = receptive_field(list(layers))
        require(
            same(given, side), f"for {what} it gives {told(given)}; a unit depends on {side} pixels a side"
        )
    print("Right: a unit of the MNIST network's last convolution sees 18 x 18 pixels of the 28 x 28.")


@function_exercise
def check_silent_channels(silent_channels):
    """Chapter 4: ``(maps (N, h, w, channels))`` -> the channels that are zero everywhere on all images."""
    maps = np.random.default_rng(0).random((3, 4, 5, 6))
    maps[..., [1, 4]] = 0
    maps[0, ..., 2] = 0  # silent on one image only
    maps[:, 0, 0, 3] = 0  # silent at one place only
    given = silent_channels(maps.copy())
    found = sorted(array(given).ravel())
    require(2 not in found, "channel 2 is zero on the first image only: look at all of them")
    require(3 not in found, "channel 3 is zero at one place only")
    require(same(found, [1, 4]), f"it gives {told(given)}; the silent channels are 1 and 4")
    print("Right.")


@function_exercise
def check_cells_moved(cells_moved):
    """Chapter 4: ``(before, after)``, maps (h, w, channels) -> by how many columns they moved."""
    random = np.random.default_rng(0)
    scene = random.random((6, 24, 3))
    before = scene[:, 8:]  # (6, 16, 3)
    for moved in (0, 3, 8):
        after = scene[:, 8 - moved : 24 - moved] + random.normal(0, 0.01, before.shape)
        given = cells_moved(before.copy(), after)
        backwards = moved and same(given, -moved)
        require(not backwards, f"it gives {-moved}; count columns to the right as positive")
        hints = {0: ": not at all is possible too", 8: ": half of the 16 columns is possible too"}
        require(
            same(given, moved),
            f"for maps that moved by {moved} columns it gives {told(given)}{hints.get(moved, '')}",
        )
    print("Right.")
