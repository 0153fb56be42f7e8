"""The checks of chapter 5's exercises."""

import numpy as np

from helpers.checks.shared import array, digit_near_4, exercise, function_exercise, require, same

LIMIT, SURE = 0.3, 0.9  # of exercise 3: change of a pixel, probability of the other class


@function_exercise
def check_best_image(best_image):
    """Chapter 5: ``(w, l2, low, high)`` -> the image that a linear unit likes best, of the shape of ``w``."""
    w = np.random.default_rng(0).normal(size=(4, 5, 1))
    before = w.copy()
    given = best_image(w, 2.0, -9.0, 9.0)
    require(np.array_equal(w, before), "the function changes the weights that it is given")
    require(not same(given, w / 4), "differentiate again: the penalty is l2 / 2 times the sum of squares")
    require(array(given).shape == w.shape, f"it should give an array of the shape of w, {w.shape}")
    require(same(given, w / 2), "with bounds far away, each pixel should be at the top of its parabola")
    require(
        same(best_image(w, 2.0, -0.25, 0.5), np.clip(w / 2, -0.25, 0.5)),
        "a pixel whose top is out of bounds belongs on the nearest bound, the others on their top",
    )
    free = best_image(w, 0, 0.0, 1.0)
    require(not np.isnan(array(free)).any(), "without a penalty it gives NaN")
    require(
        same(free, w > 0),
        "without a penalty, a pixel should go all the way up where its weight is positive, else down",
    )
    require(same(best_image(w, 0, -3.0, 2.0), np.where(w > 0, 2, -3)), "the bounds may be other than 0 and 1")
    print("Right: for a linear unit nobody has to climb. With the penalty, its image is its weights.")


@function_exercise
def check_climb(climb):
    """Chapter 5: ``(gradient, start, steps, size)`` -> the image that the normalised gradient leads to."""
    w = np.random.default_rng(0).normal(size=(4, 5, 1))
    start = np.full(w.shape, 0.5)
    given = climb(lambda x: w.copy(), start, 1, 0.1)
    require(np.array_equal(start, np.full(w.shape, 0.5)), "the function changes the start that it is given")
    given = array(given)
    require(given.shape == w.shape, f"it gives shape {given.shape}; the image has {w.shape}")
    step = given - 0.5
    require(not same(step, 0.1 * w), "the slope is not divided by its root mean square")
    require(not same(step, -0.1 * w / np.sqrt(np.mean(w**2))), "that goes down")
    require(not same(step, 0.1 * w / np.linalg.norm(w)), "root *mean* square: the sum makes it too short")
    require(same(step, 0.1 * w / np.sqrt(np.mean(w**2))), "one step of size 0.1 ends at the wrong place")
    far = array(climb(lambda x: w.copy(), start, 300, 0.1))
    require(np.all((far >= 0) & (far <= 1)), "pixels should be kept between 0 and 1")
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


@exercise
def check_fooling_image(image):
    """Chapter 5: an image (28, 28, 1) near the real 4 that the network is sure to be something else."""
    from helpers.models import load_mnist_cnn

    image = digit_near_4(image, LIMIT)
    probabilities = np.asarray(load_mnist_cnn()(image[np.newaxis]))[0]
    called, p = int(probabilities.argmax()), float(probabilities.max())
    require(called != 4, f"the network still calls it a 4, with a probability of {p:.2f}")
    require(p >= SURE, f"the network calls it a {called} with a probability of {p:.2f}: {SURE} is needed")
    print(f"Right: to us it is a 4, to the network a {called}.")
