"""The checks of chapter 5's exercises."""

import numpy as np

from helpers.checks.shared import require, same, unanswered
from helpers.data import example_digits
from helpers.models import load_mnist_cnn

LIMIT, SHARE = 0.3, 0.9  # of exercise 3: change of a pixel, probability of the other class


def check_best_image(best_image):
    """Chapter 5: the image that a linear unit likes best, with an L2 penalty and bounds.

    Parameters
    ----------
    best_image : callable
        ``(w, l2, low, high) -> array of the shape of w``.

    Raises
    ------
    NotYet
        If it gives another image for made-up weights, with or without penalty, or changes them.
    """
    if unanswered(best_image):
        return
    require(callable(best_image), "the answer has to be a function")
    w = np.random.default_rng(0).normal(size=(4, 5, 1))
    before = w.copy()
    with np.errstate(all="ignore"):
        given = best_image(w, 2.0, -9.0, 9.0)
        require(np.array_equal(w, before), "the function changes the weights that it is given")
        require(not same(given, w / 4), "differentiate again: the penalty is l2 / 2 times the sum of squares")
        require(same(given, w / 2), "with bounds far away, each pixel should be at the top of its parabola")
        require(
            same(best_image(w, 2.0, -0.25, 0.5), np.clip(w / 2, -0.25, 0.5)),
            "a pixel whose top is out of bounds belongs on the nearest bound, the others on their top",
        )
        free = best_image(w, 0, 0.0, 1.0)
        require(not np.isnan(np.asarray(free, dtype=float)).any(), "without a penalty it gives NaN")
        require(
            same(free, (w > 0).astype(float)),
            "without a penalty, a pixel should go all the way up where its weight is positive, else down",
        )
        require(
            same(best_image(w, 0, -3.0, 2.0), np.where(w > 0, 2, -3)), "the bounds may be other than 0 and 1"
        )
    print("Right: for a linear unit nobody has to climb. With the penalty, its image is its weights.")


def check_climb(climb):
    """Chapter 5: gradient ascent with the normalised gradient, between 0 and 1.

    Parameters
    ----------
    climb : callable
        ``(gradient, start, steps, size) -> array of the shape of start``.

    Raises
    ------
    NotYet
        If a step has another length, pixels leave 0 to 1, a zero slope gives NaN, the slope is not
        asked for anew in each step, or the start is changed.
    """
    if unanswered(climb):
        return
    require(callable(climb), "the answer has to be a function")
    w = np.random.default_rng(0).normal(size=(4, 5, 1))
    start = np.full(w.shape, 0.5)
    with np.errstate(all="ignore"):
        given = climb(lambda x: w.copy(), start, 1, 0.1)
        require(
            np.array_equal(start, np.full(w.shape, 0.5)), "the function changes the start that it is given"
        )
        require(np.shape(given) == w.shape, f"it gives shape {np.shape(given)}; the image has {w.shape}")
        step = np.asarray(given, dtype=float) - 0.5
        require(not same(step, 0.1 * w), "the slope is not divided by its root mean square")
        require(not same(step, -0.1 * w / np.sqrt(np.mean(w**2))), "that goes down")
        require(not same(step, 0.1 * w / np.linalg.norm(w)), "root *mean* square: the sum makes it too short")
        require(same(step, 0.1 * w / np.sqrt(np.mean(w**2))), "one step of size 0.1 ends at the wrong place")
        far = np.asarray(climb(lambda x: w.copy(), start, 300, 0.1), dtype=float)
        require(far.min() >= 0 and far.max() <= 1, "pixels should be kept between 0 and 1")
        stay = climb(lambda x: np.zeros_like(x), start, 3, 0.1)
        require(same(stay, start), "where the slope is zero everywhere, the image should stay as it is")
    _check_path(climb)
    print("Right: that is the whole method. All the rest is the choice of what to climb.")


def _check_path(climb):
    """Clipping belongs into the loop, and so does asking for the slope."""
    start, seen = np.full((3, 1, 1), 0.5), []

    def turning(x):  # up for five steps, then down
        seen.append(np.array(x))
        return np.ones_like(x) if len(seen) <= 5 else -np.ones_like(x)

    given = climb(turning, start, 6, 0.2)
    require(len(seen) == 6, f"for 6 steps it asked for the slope {len(seen)} times: once in each step")
    require(not same(given, np.ones(start.shape)), "clip after each step, not only at the end")
    require(same(given, np.full(start.shape, 0.8)), "five steps up and one down end at the wrong place")


def check_fooling_image(image):
    """Chapter 5: an image near the real 4 that the network calls something else.

    Parameters
    ----------
    image : (28, 28, 1) array_like
        In 0 to 1; one more axis of length 1 is accepted.

    Raises
    ------
    NotYet
        If it is no image, too far from the 4, or not called another class with 0.9 or more.
    """
    if unanswered(image):
        return
    four = example_digits()[0][4]  # (28, 28, 1)
    require(np.size(image) == four.size, f"the image should have shape (28, 28, 1), not {np.shape(image)}")
    image = np.asarray(image, dtype=np.float32).reshape(four.shape)
    require(np.isfinite(image).all(), "the image holds NaN or infinity")
    require(
        image.min() >= -1e-6 and image.max() <= 1 + 1e-6,
        f"pixels should lie between 0 and 1; yours run from {image.min():.2f} to {image.max():.2f}",
    )
    change = np.abs(image - four).max()
    require(change <= LIMIT + 1e-5, f"a pixel differs from the 4 by {change:.2f}: at most {LIMIT} is allowed")
    shares = np.asarray(load_mnist_cnn()(image[np.newaxis]))[0]
    called, share = int(shares.argmax()), float(shares.max())
    require(called != 4, f"the network still calls it a 4, with a probability of {share:.2f}")
    require(
        share >= SHARE,
        f"the network calls it a {called} with a probability of {share:.2f}: {SHARE} is needed",
    )
    print(f"Right: to us it is a 4, to the network a {called}.")
