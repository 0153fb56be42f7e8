"""Right and wrong answers to the exercises of chapter 7."""

import numpy as np

from helpers import checks


def attribute(gradient, x, start, places=None, difference=None):
    """Midpoint rule, unless told otherwise."""
    places = (np.arange(2000) + 0.5) / 2000 if places is None else places
    mean = np.mean([gradient(start + t * (x - start)) for t in places], axis=0)
    return (x - start if difference is None else difference(x, start)) * mean


def trapezoid(gradient, x, start):
    places = np.linspace(0, 1, 1001)
    grads = np.array([gradient(start + t * (x - start)) for t in places])
    return (x - start) * np.trapezoid(grads, places, axis=0)


def guided(first, second, last, x, rule=lambda signal, into: np.where((into > 0) & (signal > 0), signal, 0)):
    """Guided backpropagation by hand, unless another rule is given."""
    into_first = first @ x
    into_second = second @ np.maximum(into_first, 0)
    signal = second.T @ rule(last, into_second)
    return first.T @ rule(signal, into_first)


def guided_at(number):
    """The rule at one of the two relus, the plain gradient at the other one."""

    def map_of(first, second, last, x):
        into = [first @ x]
        into.append(second @ np.maximum(into[0], 0))
        signal = np.where((into[1] > 0) & ((last > 0) | (number != 2)), last, 0)
        signal = second.T @ signal
        return first.T @ np.where((into[0] > 0) & ((signal > 0) | (number != 1)), signal, 0)

    return map_of


def einsum(first, second, last, x):
    into = np.einsum("ij,j", first, x)
    signal = np.clip(last, 0, None) * (np.einsum("ij,j", second, np.clip(into, 0, None)) > 0)
    return list(np.clip(signal @ second, 0, None) * (into > 0) @ first)


RIGHT = {
    checks.check_units: [(1 / 255, 1), [0.00392157, 1.0]],
    checks.check_attribute: [attribute, trapezoid],
    checks.check_guided: [guided, einsum],
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
    checks.check_guided: [
        (
            lambda: lambda *given: guided(*given, rule=lambda signal, into: signal * (into > 0)),
            "the gradient",
        ),
        (
            lambda: lambda *given: guided(*given, rule=lambda signal, into: signal * (signal > 0)),
            "deconvolution",
        ),
        (lambda: guided_at(1), "only, the first one"),
        (lambda: guided_at(2), "only, the last one"),
        (lambda: lambda *given: np.maximum(guided(*given), 0), "may be negative"),
        (lambda: lambda *given: guided(*given)[:-1], "the shape"),
        (lambda: lambda *given: guided(*given) / 0, "NaN or infinity"),
        (lambda: lambda *given: guided(*given) * given[-1], "is right"),
        (lambda: lambda *given: guided(*given, rule=lambda signal, into: np.abs(signal)), "is right"),
    ],
}
