"""The checks of chapter 7's exercises."""

import numpy as np

from helpers.checks.shared import array, exercise, function_exercise, require, same, told


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


@function_exercise
def check_guided(guided):
    """Chapter 7: ``(first, second, last, x)`` -> guided map of z = last @ relu(second @ relu(first @ x))."""
    for seed in range(4):
        random = np.random.default_rng(seed)
        network = [random.standard_normal(shape) for shape in ((8, 5), (7, 8), 7)]
        x = random.standard_normal(5)
        given = array(guided(*(weights.copy() for weights in network), x.copy()))
        require(given.shape == x.shape, f"the map has the shape {given.shape}; x has {x.shape}")
        require(np.isfinite(given).all(), "the map holds NaN or infinity")
        expected = _map_of_two_relus(*network, x)
        if same(given, expected, 1e-4):
            continue
        for hint, changes in SLIPS.items():
            require(not same(given, _map_of_two_relus(*network, x, **changes), 1e-4), hint)
        require(
            not same(given, np.maximum(expected, 0), 1e-4), "the image is no relu: its map may be negative"
        )
        require(
            False,
            f"for weights from seed {seed} it gives {np.round(given, 2)}; {np.round(expected, 2)} is right",
        )
    print("Right: one rule at every relu, and no rule at the image.")


SLIPS = {
    "this is the gradient: guided lets through only what is positive on the way back as well": {
        "back": False
    },
    "this is deconvolution: guided asks what went into the relu on the way forward as well": {
        "forward": False
    },
    "the rule is applied at one relu only, the last one: it holds at the first one too": {"at": (2,)},
    "the rule is applied at one relu only, the first one: it holds at the last one too": {"at": (1,)},
}


def _map_of_two_relus(first, second, last, x, forward=True, back=True, at=(1, 2)):
    """The signal that arrives at x; at the relus that are not in `at`, plainly the gradient."""
    into_first = first @ x
    into_second = second @ np.maximum(into_first, 0)

    def through(signal, into, number):
        opened = (into > 0) | (number in at and not forward)
        return signal * opened * ((signal > 0) | (number not in at or not back))

    return first.T @ through(second.T @ through(last, into_second, 2), into_first, 1)
