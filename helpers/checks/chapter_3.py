"""The checks of chapter 3's exercises."""

import numpy as np

from helpers.checks.shared import array, exercise, function_exercise, require, same, told


@exercise
def check_panels(answer):
    """Chapter 3: panels, and parameters with biases, of a convolution with kernels (5, 5, 96, 256)."""
    answer = array(answer)
    require(answer.shape == (2,), "the answer should be two numbers: (panels, parameters)")
    panels, parameters = answer
    require(panels != 256, "256 is the number of filters; each has 96 channels to be shown")
    require(not same(panels, 25 * 96 * 256), "a panel shows all 25 weights of a channel at once")
    require(same(panels, 96 * 256), f"{told(panels)} is not the number of panels")
    require(parameters != 25 * 96 * 256, "the parameters lack the biases")
    require(
        not same(parameters, (25 + 1) * 96 * 256), "that is a bias for every panel; a filter has only one"
    )
    require(parameters != (9 * 96 + 1) * 256, "these kernels are 5 x 5, not 3 x 3")
    require(same(parameters, 614_656), f"{told(parameters)} is not the number of parameters")
    print("Right: 24,576 panels for 614,656 parameters. Nobody looks at that many pictures.")


@function_exercise
def check_scale_symmetric(scale_symmetric):
    """Chapter 3: ``(kernels)`` -> the same kernels scaled to 0 to 1 with zero at 0.5."""
    kernels = np.random.default_rng(0).normal(size=(3, 3, 2, 5)) - 1
    before = kernels.copy()
    given = scale_symmetric(kernels)
    require(np.array_equal(kernels, before), "the function changes the kernels that it is given")
    low, high = before.min(), before.max()
    require(
        not same(given, (before - low) / (high - low)), "that is min-max scaling: a zero does not become 0.5"
    )
    require(array(given).shape == before.shape, "it should give an array of the shape of the kernels")
    largest = np.abs(before).max()
    require(
        not same(given, before / (2 * before.max()) + 0.5),
        "the largest weight is not the largest absolute one: a strong negative weight falls below 0",
    )
    require(
        not same(given, before / (2 * np.abs(before).max(axis=(0, 1, 2))) + 0.5),
        "every filter has a scale of its own: one scale for the whole block is asked for",
    )
    require(same(given, before / (2 * largest) + 0.5), "zero should become 0.5, and all lie between 0 and 1")
    zeros = scale_symmetric(np.zeros((3, 3, 1, 2)))
    require(same(zeros, np.full((3, 3, 1, 2), 0.5)), "a block of zeros should become 0.5 everywhere")
    print("Right: now grey means zero in every figure.")


def _pictures():
    """Small test pictures (9, 9)."""
    edge = np.zeros((9, 9))
    edge[:, :4] = 1  # bright on the left
    dot = np.zeros((9, 9))
    dot[4, 4] = 1
    others = {"opposite": edge[:, ::-1], "top": edge.T, "bottom": edge.T[::-1]}
    return {"edge": edge, **others, "bright dot": dot, "dark dot": 1 - dot}


@exercise
def check_edge_kernel(kernel):
    """Chapter 3: a (3, 3) kernel for edges that are bright on the left and dark on the right.

    It is laid on small pictures: the edge has to give the most, and the opposite edge nothing. A detector of
    lines answers to both.
    """
    from scipy.signal import correlate2d

    kernel = array(kernel)
    require(kernel.shape == (3, 3), f"the kernel should be 3 x 3, not of shape {kernel.shape}")
    require(np.isfinite(kernel).all(), "the kernel holds NaN or infinity")
    require(np.any(kernel), "a kernel of zeros sees nothing")
    total, kernel = kernel.sum(), kernel / np.abs(kernel).max()
    require(abs(kernel.sum()) < 1e-9, f"the weights add up to {total:.3g}: an even surface is not zero")
    most = {name: correlate2d(picture, kernel, "valid").max() for name, picture in _pictures().items()}
    most = {name: 0 if value < 1e-9 else value for name, value in most.items()}
    edge, across = most["edge"], max(most["top"], most["bottom"])
    require(edge or not most["opposite"], "it answers to edges that are dark on the left: exchange the signs")
    require(
        not across or across < edge - 1e-9,
        "it answers to horizontal edges at least as much: turn it by a quarter",
    )
    require(edge, "it gives nothing on the edge: the columns should differ")
    require(
        not most["opposite"],
        "it answers to the opposite edge as well, as a detector of lines does: it should stay silent there",
    )
    require(
        max(most["bright dot"], most["dark dot"]) < edge + 1e-9,
        "it answers more to a single dot than to the edge: let the rows work together",
    )
    print("Right: edges of this kind, nothing on the opposite ones, and nothing on even surfaces.")


@function_exercise
def check_favourite_colour(favourite_colour):
    """Chapter 3: kernels (3, 3, 3, filters), blue first -> (filters, 3): red, green, blue, each 0 or 1."""
    kernels = np.random.default_rng(1).normal(size=(3, 3, 3, 7))
    kernels[..., 0] = 0
    before = kernels.copy()
    given = array(favourite_colour(kernels))
    require(np.array_equal(kernels, before), "the function changes the kernels that it is given")
    likes = before.sum(axis=(0, 1)) > 0  # (blue, green, red; filters)
    require(given.shape != (3, 7), "it should have a row for each filter: exchange the axes")
    require(given.shape == (7, 3), f"for 7 filters it should be of shape (7, 3), not {given.shape}")
    require(not same(given, likes.T), "that is blue, green, red: VGG16 takes blue first")
    require(not same(given, ~likes[::-1].T), "that is the colour that each filter likes least")
    require(not np.any(given[0]), "where the weights add up to zero, the answer should be 0")
    require(
        not same(given, (before.max(axis=(0, 1)) > -before.min(axis=(0, 1)))[::-1].T),
        "the largest weight alone does not decide: all nine count",
    )
    require(np.isin(given, (0, 1)).all(), "red, green and blue should be 0 or 1 each")
    require(same(given, likes[::-1].T), "some filters would answer more to another colour")
    print("Right: what a filter likes can be computed for the first layer. Deeper ones have to be asked.")
