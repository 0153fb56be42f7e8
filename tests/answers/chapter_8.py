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


def peaks(maps):
    return np.stack(np.unravel_index(maps.reshape(len(maps), -1).argmax(axis=1), maps.shape[1:]), axis=1)


def first_inside(maps, boxes):
    """The rule, but for maps that are zero everywhere."""
    (row, column), (top, bottom, left, right) = peaks(maps).T, boxes.T
    return (top <= row) & (row < bottom) & (left <= column) & (column < right)


def points_into(maps, boxes):
    return first_inside(maps, boxes) & (maps.max(axis=(1, 2)) > 0)


def turned(maps, boxes):
    return points_into(maps, boxes[:, [2, 3, 0, 1]])


def closed(maps, boxes):
    return points_into(maps, boxes + np.array([0, 1, 0, 1]))


def most_of_it(maps, boxes):
    return [m[t:b, x:r].sum() > m.sum() / 2 for m, (t, b, x, r) in zip(maps, boxes, strict=True)]


def spoiled(maps, boxes):
    maps *= 2
    return points_into(maps, boxes)


RIGHT = {
    checks.check_cam_weights: [weights, lambda kernel, k, z: [row[k] / z for row in kernel.tolist()]],
    checks.check_speaks_against: [against, lambda maps, gradient: against(maps, gradient).tolist()],
    checks.check_pointing_game: [
        points_into,
        lambda maps, boxes: [int(hit) for hit in points_into(maps, boxes)],
    ],
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
    checks.check_pointing_game: [
        (lambda: turned, "rows and columns"),
        (lambda: closed, "the border"),
        (lambda: most_of_it, "only its brightest pixel"),
        (lambda: lambda maps, boxes: first_inside(maps, boxes), "it misses"),
        (lambda: lambda maps, boxes: ~np.array(points_into(maps, boxes)), "is not whether"),
        (lambda: lambda maps, boxes: points_into(maps, boxes)[:5], "one answer a map"),
        (lambda: lambda maps, boxes: maps.max(axis=(1, 2)), "True or False"),
        (lambda: spoiled, "changes the arrays"),
        (lambda: [True] * 61, "has to be a function"),
    ],
}
