"""Right and wrong answers to the exercises of chapter 3."""

import numpy as np

from helpers import checks


def symmetric(kernels):
    largest = np.abs(kernels).max()
    return kernels / (2 * largest if largest > 0 else 1) + 0.5


def sums(kernels):
    return kernels.sum(axis=(0, 1))[::-1].T


RIGHT = {
    checks.check_panels: [(24_576, 614_656), [24_576, 614_656], np.array([24_576.0, 614_656.0])],
    checks.check_scale_symmetric: [symmetric],
    checks.check_edge_kernel: [
        [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
        np.array([[1, 0, -1]] * 3),
        [[0, 0, 0], [1, 0, -1], [0, 0, 0]],
        [[0, 1, -1]] * 3,
        [[2, -1, -1]] * 3,
        1e-12 * np.array([[1, 0, -1]] * 3),
    ],
    checks.check_favourite_colour: [lambda k: sums(k) > 0, lambda k: np.heaviside(sums(k), 0).tolist()],
}
WRONG = {
    checks.check_panels: [
        (lambda: (256, 614_656), "each has 96 channels"),
        (lambda: (614_400, 614_656), "all 25 weights"),
        (lambda: (24_576, 614_400), "lack the biases"),
        (lambda: (24_576, 638_976), "a filter has only one"),
        (lambda: (24_576, 221_440), "5 x 5, not 3 x 3"),
        (lambda: (614_656, 24_576), "is not the number of panels"),
        (lambda: (24_576, 2_400), "is not the number of parameters"),
        (lambda: 24_576, "two numbers"),
    ],
    checks.check_scale_symmetric: [
        (lambda: lambda k: (k - k.min()) / (k.max() - k.min()), "min-max scaling"),
        (lambda: lambda k: k / np.abs(k).max() + 0.5, "zero should become 0.5"),
        (lambda: lambda k: k / (2 * k.max()) + 0.5, "not the largest absolute one"),
        (lambda: lambda k: k / (2 * np.abs(k).max()) + 0.5, "a block of zeros"),
        (lambda: lambda k: k / (2 * np.abs(k).max(axis=(0, 1, 2))) + 0.5, "a scale of its own"),
        (lambda: lambda k: symmetric(k).ravel(), "of the shape of the kernels"),
        (lambda: lambda k: np.divide(k, 2, out=k), "changes the kernels"),
    ],
    checks.check_edge_kernel: [
        (lambda: [[-1, 0, 1]] * 3, "exchange the signs"),
        (lambda: [[1, 1, 1], [0, 0, 0], [-1, -1, -1]], "turn it by a quarter"),
        (lambda: [[0, 1, 0], [1, 0, -1], [0, -1, 0]], "turn it by a quarter"),
        (lambda: [[1, -1, 0], [-1, 1, 0], [0, 0, 0]], "nothing on the edge"),
        (lambda: [[2, -3, 1]] * 3, "a detector of lines"),
        (lambda: [[1, -2, 1]] * 3, "a detector of lines"),
        (lambda: [[-1, 2, -1]] * 3, "a detector of lines"),
        (lambda: [[5, -5, 0], [-5, 5, 0], [1, 0, -1]], "a single dot"),
        (lambda: [[1, 0, 0]] * 3, "an even surface is not zero"),
        (lambda: np.zeros((3, 3)), "a kernel of zeros"),
        (lambda: [[np.nan, 0, 0]] * 3, "NaN or infinity"),
        (lambda: [1, 0, -1], "should be 3 x 3"),
    ],
    checks.check_favourite_colour: [
        (lambda: lambda k: (sums(k) > 0).T, "exchange the axes"),
        (lambda: lambda k: k > 0, r"of shape \(7, 3\)"),
        (lambda: lambda k: k.sum(axis=(0, 1)).T > 0, "VGG16 takes blue first"),
        (lambda: lambda k: sums(k) <= 0, "likes least"),
        (lambda: lambda k: sums(k) >= 0, "add up to zero"),
        (lambda: lambda k: (k.max(axis=(0, 1)) > -k.min(axis=(0, 1)))[::-1].T, "all nine count"),
        (lambda: sums, "0 or 1 each"),
        (lambda: lambda k: k[1, 1, ::-1].T > 0, "to another colour"),
        (lambda: lambda k: np.multiply(k, 2, out=k), "changes the kernels"),
    ],
}
