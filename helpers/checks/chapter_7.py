"""The checks of chapter 7's exercises."""

import numpy as np

from helpers.checks.shared import require, same, unanswered

FURTHEST = 0.25  # what check_nine lets a pixel change


def check_units(answer):
    """Chapter 7: how maps change if the same network takes 0 to 255 instead of 0 to 1.

    Parameters
    ----------
    answer : (float, float)
        Factor of the gradient map, factor of the integrated gradients.

    Raises
    ------
    NotYet
        If one of the two is another number.
    """
    if unanswered(answer):
        return
    require(np.shape(answer) == (2,), "the answer should be two numbers: (gradient, integrated gradients)")
    gradient, integrated = answer
    require(not same(gradient, 255), "255 is the wrong way round: a unit of brightness is smaller there")
    require(not same(gradient, 1), "one unit of brightness is 255 times as small there, so it does less")
    require(same(gradient, 1 / 255, 1e-4), f"{gradient} is not the factor of the gradient")
    require(
        not same(integrated, 1 / 255, 1e-4),
        "the gradient is 255 times as small, but it is multiplied by a difference 255 times as large",
    )
    require(same(integrated, 1, 1e-4), f"{integrated} is not the factor of the integrated gradients")
    print("Right: gradients depend on the units of the image, integrated gradients do not.")


def check_attribute(attribute):
    """Chapter 7: integrated gradients of any function, from its gradient.

    Parameters
    ----------
    attribute : callable
        ``(gradient, x, start) -> array of the shape of x``; `gradient` takes and gives an array of
        that shape.

    Raises
    ------
    NotYet
        If it is more than 1 % off for one of four functions whose attributions are known.
    """
    if unanswered(attribute):
        return
    require(callable(attribute), "the answer has to be a function")
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
        given = attribute(gradient, np.array(x), np.array(start))
        wanted = ", ".join(f"{value:g}" for value in expected)
        close = same(np.divide(given, expected), np.ones(len(expected)), 0.01)
        require(close, f"for {what} it gives {np.round(given, 3)}; it should be {wanted}")
    print("Right: the saturated function gets its 1, and every sum is the change of the function.")


def check_nine(image):
    """Chapter 7: the example 4, changed a little so that the MNIST network reads a 9.

    Parameters
    ----------
    image : array_like
        28 x 28 values in 0 to 1, none further than 0.25 from the digit's.

    Raises
    ------
    NotYet
        If it is no such image, or the network reads something else.
    """
    if unanswered(image):
        return
    from helpers.data import example_digits
    from helpers.engine import logits
    from helpers.models import load_mnist_cnn

    four = example_digits()[0][4]
    shape = np.shape(image)
    require(np.prod(shape) == four.size, f"the image should have the shape (28, 28, 1), not {shape}")
    image = np.asarray(image, dtype=np.float32).reshape(four.shape)
    require(np.isfinite(image).all(), "some pixels are NaN or infinite")
    require(image.min() >= -1e-6 and image.max() <= 1 + 1e-6, "some pixels lie outside 0 to 1")
    furthest = np.abs(image - four).max()
    require(furthest <= FURTHEST + 1e-4, f"a pixel has changed by {furthest:.2f}; {FURTHEST} is allowed")
    read = int(logits(load_mnist_cnn(), image[np.newaxis])[0].argmax())
    require(read != 4, "the network still reads a 4: climb the logit of the 9 and descend that of the 4")
    require(read == 9, f"the network reads {read}, not 9: take smaller steps, and a new gradient after each")
    print("Right: a 9 to the network. Draw it, and see what it is to you.")
