"""Right and wrong answers to the exercises of chapter 4."""

import numpy as np

from helpers import checks


def field(layers, count_strides=True):
    side = jump = 1
    for kernel, stride in layers:
        side += (kernel - 1) * jump
        jump *= stride if count_strides else 1
    return side


def silent(maps, axes=(0, 1, 2)):
    return np.flatnonzero(maps.max(axis=axes) == 0)


def moved(before, after, columns=None):
    width = before.shape[1]
    return min(
        columns or range(width // 2 + 1), key=lambda k: np.abs(after[:, k:] - before[:, : width - k]).mean()
    )


RIGHT = {
    checks.check_cells_moved: [moved, lambda before, after: float(moved(before, after))],
    checks.check_receptive_field: [field],
    checks.check_silent_channels: [silent, lambda maps: silent(maps).tolist()],
}
WRONG = {
    checks.check_cells_moved: [
        (lambda: lambda before, after: moved(before, after, range(1, 9)), "moved by 0 .* not at all"),
        (lambda: lambda before, after: moved(before, after, range(8)), "moved by 8 .* half of the 16"),
        (lambda: lambda before, after: -moved(before, after), "to the right as positive"),
        (lambda: lambda before, after: 0, "moved by 3 columns it gives 0"),
    ],
    checks.check_receptive_field: [
        (lambda: lambda layers: sum(k for k, _ in layers), "two 3 x 3"),
        (lambda: lambda layers: field(layers, count_strides=False), "the MNIST network"),
        (lambda: lambda layers: field(layers) ** 2, "one 3 x 3"),
        (lambda: lambda layers: field(layers[::-1]), "for"),
    ],
    checks.check_silent_channels: [
        (lambda: lambda maps: silent(maps[:1]), "zero on the first image only"),
        (lambda: lambda maps: silent(maps[:, 0, 0], axes=0), "at one place only"),
        (lambda: lambda maps: maps.max(axis=(0, 1, 2)) == 0, "the silent channels are 1 and 4"),
        (lambda: lambda maps: [1], "the silent channels are 1 and 4"),
    ],
}
