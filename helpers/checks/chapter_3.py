"""The checks of chapter 3's exercises."""

import numpy as np

from helpers.checks.shared import array, exercise, function_exercise, require, same, told


@exercise
def check_panels(answer):
    """Chapter 3: panels, and parameters with biases, of a convolution with kernels (3, 3, 128, 256)."""
    answer = array(answer)
    require(answer.shape == (2,), "the answer should be two numbers: (panels, parameters)")
    panels, parameters = answer
    require(panels != 256, "256 is the number of filters; each has 128 channels to be shown")
    require(same(panels, 128 * 256), f"{told(panels)} is not the number of panels")
    require(parameters != 9 * 128 * 256, "the parameters lack the biases")
    require(same(parameters, 295_168), f"{told(parameters)} is not the number of parameters")
    print("Right: 32,768 panels for 295,168 parameters. Nobody looks at that many pictures.")


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
    require(same(given, before / (2 * np.abs(before).max()) + 0.5), "some weights are at the wrong place")
    zeros = scale_symmetric(np.zeros((3, 3, 1, 2)))
    require(same(zeros, np.full((3, 3, 1, 2), 0.5)), "a block of zeros should become 0.5 everywhere")
    print("Right: now grey means zero in every figure.")


@exercise
def check_edge_kernel(kernel):
    """Chapter 3: a (3, 3) kernel for edges that are bright on the left and dark on the right."""
    kernel = array(kernel)
    require(kernel.shape == (3, 3), f"the kernel should be 3 x 3, not of shape {kernel.shape}")
    require(np.isfinite(kernel).all(), "the kernel holds NaN or infinity")
    require(np.any(kernel), "a kernel of zeros sees nothing")
    require(
        abs(kernel.sum()) < 1e-9, f"the weights add up to {kernel.sum():.3g}: an even surface is not zero"
    )
    left = kernel[:, 0].sum() - kernel[:, 2].sum()  # the edge runs through the middle column
    top = kernel[0].sum() - kernel[2].sum()
    require(left >= 0, "it answers to edges that are dark on the left: exchange the signs")
    require(left > abs(top), "it answers to horizontal edges at least as much: turn it by a quarter")
    print("Right: edges of this kind, and nothing on even surfaces.")
