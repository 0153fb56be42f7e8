"""Right and wrong answers to the exercises of chapter 8."""

import numpy as np

from helpers import checks


def weights(kernel, class_index, places):
    return kernel[:, class_index] / places


def against(maps, gradient):
    """Cut off the part of the signed map that Grad-CAM keeps."""
    signed = (gradient.mean(axis=(1, 2), keepdims=True) * maps).sum(axis=-1)
    return -np.minimum(signed, 0)


def negative_weights(maps, gradient):
    return (np.maximum(-gradient.mean(axis=(1, 2), keepdims=True), 0) * maps).sum(axis=-1)


def without_average(maps, gradient):
    return np.maximum(-(gradient * maps).sum(axis=-1), 0)


def in_place(maps, gradient):
    gradient *= -1
    return np.maximum((gradient.mean(axis=(1, 2), keepdims=True) * maps).sum(axis=-1), 0)


RIGHT = {
    checks.check_cam_weights: [weights, lambda kernel, k, z: [row[k] / z for row in kernel.tolist()]],
    checks.check_speaks_against: [against, lambda maps, gradient: against(maps, gradient).tolist()],
    checks.check_hidden_beacon: [(22, 42), np.array([48, 46])],
}
WRONG = {
    checks.check_cam_weights: [
        (lambda: lambda kernel, k, z: kernel[:, k], "16 times too large"),
        (lambda: lambda kernel, k, z: kernel[k] / z, "5, not the shape"),
        (lambda: lambda kernel, k, z: np.maximum(kernel[:, k], 0) / z, "keep negative weights"),
        (lambda: lambda kernel, k, z: kernel[:, 0] / z, "of the class asked for"),
        (lambda: 3, "has to be a function"),
    ],
    checks.check_speaks_against: [
        (lambda: lambda maps, gradient: against(maps, -gradient), "Grad-CAM itself"),
        (lambda: lambda maps, gradient: -against(maps, gradient), "not be negative"),
        (lambda: negative_weights, "take the sum first"),
        (lambda: without_average, "average the gradient"),
        (lambda: in_place, "changes the arrays"),
        (lambda: lambda maps, gradient: against(maps, gradient)[0], "should have the shape"),
        (lambda: lambda maps, gradient: 2 * against(maps, gradient), "some values"),
        (lambda: np.zeros((2, 3, 4)), "has to be a function"),
    ],
    checks.check_hidden_beacon: [
        (lambda: (32, 34), "still a beacon"),  # where the map is brightest
        (lambda: (20, 20), "still a beacon"),  # on the tower
        (lambda: (60, 30), "0 to 54"),
        (lambda: (22.5, 42), "whole numbers"),
        (lambda: 22, "two numbers"),
    ],
}
