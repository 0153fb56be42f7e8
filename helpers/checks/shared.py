"""What the checks of all chapters share: an answer may be anything, and ends in one line."""

import functools
import numbers

import numpy as np


class NotYet(AssertionError):
    """The answer is not right yet. In a notebook only its one line is shown."""

    def __init__(self, hint):
        super().__init__(_one_line(hint, 300))

    def _render_traceback_(self):
        return [f"Not yet: {self}"]


def exercise(judge):
    """Make a check: an answer that is still ``...`` is not judged, and no other ends in a traceback."""

    @functools.wraps(judge)
    def check(answer):
        if answer is ...:
            print("Nothing to check yet: put your answer in place of the three dots.")
            return
        try:
            with np.errstate(all="ignore"):
                judge(answer)
        except NotYet:
            raise
        except Exception as problem:
            raise NotYet(f"this answer cannot be checked ({_named(problem)})") from problem

    return check


def function_exercise(judge):
    """As `exercise`, for an answer that is a function: an error that it stops with is told."""

    @functools.wraps(judge)
    def check(function):
        require(callable(function), "the answer has to be a function")

        def guarded(*given):
            try:
                return function(*given)
            except (Exception, SystemExit) as problem:
                raise NotYet(f"your function stops with {_named(problem)}") from problem

        judge(guarded)

    return exercise(check)


def require(condition, hint):
    """Raise `NotYet` with the hint unless the condition holds."""
    if not condition:
        raise NotYet(hint)


def array(given):
    """The numbers that were given, as an array of float of any shape; `NotYet` if they are none."""
    try:
        values = np.asarray(given)
        real = values.dtype.kind in "buif" or (
            values.dtype == object and all(isinstance(value, numbers.Real) for value in values.flat)
        )
        if real:
            return values.astype(float)
    except Exception as problem:  # what was given may be anything, lists of different lengths among it
        raise NotYet(f"numbers are needed, not {told(given)} ({_named(problem)})") from problem
    raise NotYet(f"numbers are needed, not {told(given)}")


def same(given, expected, tolerance=1e-6):
    """Whether an answer has the expected shape and values, whatever type it has."""
    try:
        given = array(given)
    except NotYet:
        return False
    return given.shape == np.shape(expected) and np.allclose(given, expected, rtol=0, atol=tolerance)


def told(given, width=60):
    """What was given, in a few words."""
    try:
        return _one_line(f"{given:.10g}" if isinstance(given, float) else f"{given}", width)
    except Exception:  # an int of 5,000 digits, or an object that cannot say what it is
        return f"something of type {type(given).__name__}"


def digit_near_4(image, furthest):
    """The image as (28, 28, 1), if it lies in 0 to 1 and no pixel is further than that from the example 4."""
    from helpers.data import example_digits

    four = example_digits()[0][4]
    image = array(image)
    require(image.size == four.size, f"the image should have the shape (28, 28, 1), not {image.shape}")
    image = image.reshape(four.shape)
    require(np.isfinite(image).all(), "the image holds NaN or infinity")
    require(
        image.min() >= -1e-6 and image.max() <= 1 + 1e-6,
        f"pixels should lie between 0 and 1; yours run from {image.min():.2f} to {image.max():.2f}",
    )
    change = np.abs(image - four).max()
    require(change <= furthest + 1e-4, f"a pixel differs from the 4 by {change:.2f}: {furthest} is allowed")
    return image.astype(np.float32)


def _named(problem):
    """An error as Python shows it at the end of a traceback."""
    message = told(problem, 160)
    return f"{type(problem).__name__}: {message}" if message else type(problem).__name__


def _one_line(text, width):
    text = " ".join(text.split())
    return text if len(text) <= width else f"{text[: width - 4]} ..."
