"""Right and wrong answers to the exercises of chapter 7."""

import functools

import numpy as np

from helpers import checks
from helpers.data import example_digits
from helpers.models import load_mnist_cnn
from helpers.saliency import saliency


def attribute(gradient, x, start, places=None, difference=None):
    """Midpoint rule, unless told otherwise."""
    places = (np.arange(2000) + 0.5) / 2000 if places is None else places
    mean = np.mean([gradient(start + t * (x - start)) for t in places], axis=0)
    return (x - start if difference is None else difference(x, start)) * mean


def trapezoid(gradient, x, start):
    places = np.linspace(0, 1, 1001)
    grads = np.array([gradient(start + t * (x - start)) for t in places])
    return (x - start) * np.trapezoid(grads, places, axis=0)


@functools.cache
def nine(step=0.02, steps=20, limit=0.25, towards=9):
    """The example 4, climbed towards another class."""
    four = example_digits()[0][4]
    low, high = np.clip(four - limit, 0, 1), np.clip(four + limit, 0, 1)
    model, image = load_mnist_cnn(), four
    for _ in range(steps):
        up, down = saliency(model, np.stack([image, image]), [towards, 4], signed=True)
        image = np.clip(image + step * np.sign(up - down), low, high)
    return image


class Late:
    """An answer that is made only when it is looked at: it takes a network."""

    def __init__(self, make):
        self.make = make

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.make(), dtype=dtype)


RIGHT = {
    checks.check_units: [(1 / 255, 1), [0.00392157, 1.0]],
    checks.check_attribute: [attribute, trapezoid],
    checks.check_nine: [
        Late(nine),
        Late(lambda: nine()[..., 0]),
        Late(lambda: nine(step=0.2, steps=1)),
    ],
}
WRONG = {
    checks.check_units: [
        (lambda: (255, 1), "the wrong way round"),
        (lambda: (1, 1), "it does less"),
        (lambda: (1 / 255, 1 / 255), "a difference 255 times as large"),
        (lambda: (1 / 255, 255), "not the factor of the integrated gradients"),
        (lambda: 1 / 255, "two numbers"),
        (lambda: (1 / 127.5, 1), "not the factor of the gradient"),
    ],
    checks.check_attribute: [
        (lambda: lambda gradient, x, start: (x - start) * gradient(x), "from 0 to 2 it gives"),
        (lambda: lambda *given: attribute(*given, difference=lambda x, start: x), "from"),
        (lambda: lambda *given: attribute(*given, difference=lambda x, start: 1), "from"),
        (lambda: lambda *given: attribute(*given, places=np.linspace(0, 1, 5)), "from 0 to 2 it gives"),
        (lambda: lambda gradient, x, start: attribute(gradient, x, 0 * x), "from"),
    ],
    checks.check_nine: [
        (lambda: example_digits()[0][4], "still reads a 4"),
        (lambda: example_digits()[0][9], "0.25 is allowed"),
        (lambda: nine(step=0.25, steps=1), "reads 8, not 9"),
        (lambda: nine(limit=0.4), "0.25 is allowed"),
        (lambda: example_digits()[0][4] * 1.1, "between 0 and 1"),
        (lambda: np.zeros((14, 14)), "the shape"),
        (lambda: np.full((28, 28, 1), np.nan), "NaN"),
    ],
}
