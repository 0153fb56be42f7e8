"""Right and wrong answers to the exercises of chapter 3."""

import numpy as np

from helpers import checks


def symmetric(kernels):
    largest = np.abs(kernels).max()
    return kernels / (2 * largest if largest > 0 else 1) + 0.5


RIGHT = {
    checks.check_panels: [(32_768, 295_168), [32_768, 295_168]],
    checks.check_scale_symmetric: [symmetric],
    checks.check_edge_kernel: [
        [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
        np.array([[1, 0, -1]] * 3),
        [[0, 0, 0], [1, 0, -1], [0, 0, 0]],
    ],
}
WRONG = {
    checks.check_panels: [
        (lambda: (256, 295_168), "each has 128 channels"),
        (lambda: (32_768, 294_912), "lack the biases"),
        (lambda: (295_168, 32_768), "is not the number of panels"),
        (lambda: (32_768, 1_152), "is not the number of parameters"),
        (lambda: 32_768, "two numbers"),
    ],
    checks.check_scale_symmetric: [
        (lambda: lambda k: (k - k.min()) / (k.max() - k.min()), "min-max scaling"),
        (lambda: lambda k: k / np.abs(k).max() + 0.5, "at the wrong place"),
        (lambda: lambda k: k / (2 * np.abs(k).max()) + 0.5, "a block of zeros"),
        (lambda: lambda k: k / (2 * np.abs(k).max(axis=(0, 1, 2))) + 0.5, "at the wrong place"),
        (lambda: lambda k: np.divide(k, 2, out=k), "changes the kernels"),
    ],
    checks.check_edge_kernel: [
        (lambda: [[-1, 0, 1]] * 3, "exchange the signs"),
        (lambda: [[1, 1, 1], [0, 0, 0], [-1, -1, -1]], "turn it by a quarter"),
        (lambda: [[1, 0, 0]] * 3, "an even surface is not zero"),
        (lambda: np.zeros((3, 3)), "a kernel of zeros"),
        (lambda: [1, 0, -1], "should be 3 x 3"),
    ],
}
