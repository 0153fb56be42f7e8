"""The checks of chapter 7's exercises."""

import numpy as np

from helpers.checks.shared import array, digit_near_4, exercise, function_exercise, require, same, told

FURTHEST = 0.25  # what check_nine lets a pixel change


@exercise
def check_units(answer):
    """Chapter 7: factors of gradient and integrated gradients if a network takes 0 to 255, not 0 to 1."""
    answer = array(answer)
    require(answer.shape == (2,), "the answer should be two numbers: (gradient, integrated gradients)")
    gradient, integrated = answer
    require(not same(gradient, 255), "255 is the wrong way round: a unit of brightness is smaller there")
    require(not same(gradient, 1), "one unit of brightness is 255 times as small there, so it does less")
    require(same(gradient, 1 / 255, 1e-4), f"{told(gradient)} is not the factor of the gradient")
    require(
        not same(integrated, 1 / 255, 1e-4),
        "the gradient is 255 times as small, but it is multiplied by a difference 255 times as large",
    )
    require(same(integrated, 1, 1e-4), f"{told(integrated)} is not the factor of the integrated gradients")
    print("Right: gradients depend on the units of the image, integrated gradients do not.")


@function_exercise
def check_attribute(attribute):
    """Chapter 7: ``(gradient, x, start)`` -> integrated gradients of any function, of the shape of ``x``."""
    weights = np.array([3.0, -2.0, 0.5])
    cases = {
        "f(x) = 3 x1 - 2 x2 + x3 / 2 from (1, 1, 1) to (2, 3, -1)": (
            lambda x: weights,
            ([2.0, 3.0, -1.0], [1.0, 1.0, 1.0]),
            [3.0, -4.0, -1.0],
        ),
        "f(x) = 1 - max(0, 1 - x) from 0 to 2": (lambda x: (x < 1).astype(float), ([2.0], [0.0]), [1.0]),
        "f(x) = x1 x2 from (0, 0) to (2, 5)": (
            lambda x: x[::-1].copy(),
            ([2.0, 5.0], [0.0, 0.0]),
            [5.0, 5.0],
        ),
        "f(x) = x1 squared from 1 to 3": (lambda x: 2 * x, ([3.0], [1.0]), [8.0]),
    }
    for what, (gradient, (x, start), expected) in cases.items():
        given = array(attribute(gradient, np.array(x), np.array(start)))
        require(
            given.shape == np.shape(x), f"for {what} it gives the shape {given.shape}; x has {np.shape(x)}"
        )
        wanted = ", ".join(f"{value:g}" for value in expected)
        close = same(given / expected, np.ones(len(expected)), 0.01)
        require(close, f"for {what} it gives {np.round(given, 3)}; it should be {wanted}")
    print("Right: the saturated function gets its 1, and every sum is the change of the function.")


@exercise
def check_nine(image):
    """Chapter 7: the example 4, changed a little, 28 x 28, so that the MNIST network reads a 9."""
    from helpers.models import load_mnist_cnn

    image = digit_near_4(image, FURTHEST)
    read = int(np.argmax(load_mnist_cnn()(image[np.newaxis])))
    require(read != 4, "the network still reads a 4: climb the logit of the 9 and descend that of the 4")
    require(read == 9, f"the network reads {read}, not 9: take smaller steps, and a new gradient after each")
    print("Right: a 9 to the network. Draw it, and see what it is to you.")
