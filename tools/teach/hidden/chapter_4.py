"""The hidden tests of chapter 4's assignment."""

import numpy as np

from helpers.checks.shared import array, require, same, told


def check_receptive_field(answer):
    """Other stacks, compared with the places that a one can be traced back to."""
    require(same(answer([]), 1), "without any layer, a unit is a pixel")
    random = np.random.default_rng(30)
    for _ in range(12):
        layers = [
            (int(random.integers(1, 8)), int(random.integers(1, 4))) for _ in range(random.integers(1, 6))
        ]
        first = last = 0
        for kernel, stride in layers[::-1]:
            first, last = first * stride, last * stride + kernel - 1
        given = answer(layers)
        require(same(given, last - first + 1), f"for {layers} it gives {told(given)}")


def check_silent_channels(answer):
    """Other maps: none silent, all silent, and channels that are not silent because they are negative."""
    random = np.random.default_rng(31)
    maps = random.normal(size=(2, 3, 5, 9))
    maps[..., 4] = -np.abs(maps[..., 4])
    require(array(answer(maps)).size == 0, "a channel that is negative everywhere is not silent")
    require(same(sorted(array(answer(0 * maps)).ravel()), range(9)), "maps of zeros: all are silent")
    for _ in range(3):
        maps, silent = random.random((3, 4, 4, 20)), np.sort(random.permutation(20)[:7])
        maps[..., silent] = 0
        maps[1] = 0
        require(same(sorted(array(answer(maps)).ravel()), silent), "not right for other maps")


def check_cells_moved(answer):
    """Every shift of other maps, also of maps with a strong background, and with one channel."""
    random = np.random.default_rng(32)
    for width, channels, background in ((10, 1, 0), (14, 5, 40), (7, 2, 0)):
        scene = random.random((4, 2 * width, channels)) + background
        for moved in range(width // 2 + 1):
            before = scene[:, width // 2 : width // 2 + width]
            after = scene[:, width // 2 - moved : width // 2 - moved + width]
            given = answer(before, after + random.normal(0, 1e-3, after.shape))
            require(same(given, moved), f"maps of {width} columns, moved by {moved}: {told(given)}")
