"""Right and wrong answers to the exercises of chapter 5."""

import functools

import numpy as np

from helpers import checks
from helpers.ascent import maximize_activation
from helpers.data import example_digits
from helpers.models import load_mnist_cnn


def best(w, l2, low, high):
    return np.where(w > 0, high, low) if l2 == 0 else np.clip(w / l2, low, high)


def best_by_search(w, l2, low, high):
    """The best of many values, pixel by pixel."""
    values = np.concatenate([np.linspace(low, high, 1001), [w_i / l2 for w_i in w.ravel() if l2 > 0]])
    values = values[(values >= low) & (values <= high)]
    gains = w[..., np.newaxis] * values - l2 / 2 * values**2
    return values[gains.argmax(axis=-1)]


def spoil(w, l2, low, high):
    w /= l2 or 1
    return best(w, 1, low, high)


def climb(gradient, start, steps, size, clip=True, normalize=True, sign=1):
    x = start
    for _ in range(steps):
        slope = sign * gradient(x)
        length = np.sqrt(np.mean(slope**2)) if normalize else 1
        x = x + size * slope / length if length > 0 else x
        x = np.clip(x, 0, 1) if clip else x
    return x


def climb_changing(gradient, start, steps, size):
    for _ in range(steps):
        slope = gradient(start)
        start += size * slope / max(np.sqrt(np.mean(slope**2)), 1e-12)
        np.clip(start, 0, 1, out=start)
    return start


def climb_safe(gradient, start, steps, size):
    x = np.array(start)
    for _ in range(steps):
        slope = gradient(x)
        x = np.clip(x + size * slope / (np.sqrt(np.mean(slope**2)) + 1e-12), 0, 1)
    return x


def climb_nan(gradient, start, steps, size):
    x = start
    for _ in range(steps):
        slope = gradient(x)
        x = np.clip(x + size * slope / np.sqrt(np.mean(slope**2)), 0, 1)
    return x


def climb_norm(gradient, start, steps, size):
    x = start
    for _ in range(steps):
        slope = gradient(x)
        x = np.clip(x + size * slope / (np.linalg.norm(slope) or 1), 0, 1)
    return x


def climb_once(gradient, start, steps, size):
    slope = gradient(start)
    length = np.sqrt(np.mean(slope**2)) or 1
    return np.clip(start + steps * size * slope / length, 0, 1)


def climb_shorter_and_shorter(gradient, start, steps, size):
    x = start
    for step in range(steps):
        slope = gradient(x)
        x = np.clip(x + size / (step + 1) * slope / (np.sqrt(np.mean(slope**2)) or 1), 0, 1)
    return x


def clip_at_the_end(gradient, start, steps, size):
    return np.clip(climb(gradient, start, steps, size, clip=False), 0, 1)


@functools.cache
def fooling(unit=9, limit=0.3):
    four = example_digits()[0][4]
    climbed = maximize_activation(load_mnist_cnn(), "preds", unit, steps=20, step_size=0.1, start=four)
    return np.clip(climbed.images[0], four - limit, four + limit)


def four():
    return example_digits()[0][4]


def half_way():
    """On the way to an image that fools the network: another class leads, but with less than 0.9."""
    way = four() + np.linspace(0, 1, 201)[:, np.newaxis, np.newaxis, np.newaxis] * (fooling() - four())
    probabilities = np.asarray(load_mnist_cnn()(way))
    between = (probabilities.argmax(axis=1) != 4) & (probabilities.max(axis=1) < 0.85)
    return way[np.flatnonzero(between)[0]]


RIGHT = {
    checks.check_best_image: [best, best_by_search],
    checks.check_climb: [climb, climb_safe],
    checks.check_fooling_image: [
        functools.partial(fooling),
        functools.partial(fooling, 8),
        functools.partial(lambda: fooling()[np.newaxis]),
        functools.partial(lambda: fooling(9, 0.28).tolist()),
    ],
}
WRONG = {
    checks.check_best_image: [
        (lambda: lambda w, l2, low, high: np.clip(w / (2 * (l2 or 1)), low, high), "l2 / 2 times"),
        (lambda: lambda w, l2, low, high: w / (l2 or 1), "nearest bound"),
        (lambda: lambda w, l2, low, high: np.clip(w / l2, 0, 1), "top of its parabola"),
        (
            lambda: lambda w, l2, low, high: np.clip(w / (l2 or 1), low, high),
            "all the way",
        ),
        (lambda: lambda w, l2, low, high: best(w, l2, low, high) if l2 else 0 * w / l2, "gives NaN"),
        (lambda: lambda w, l2, low, high: best(w, l2, low, high) if l2 else w > 0, "other than 0 and 1"),
        (lambda: spoil, "changes the weights"),
    ],
    checks.check_climb: [
        (lambda: lambda *given: climb(*given, normalize=False), "not divided"),
        (lambda: lambda *given: climb(*given, clip=False), "between 0 and 1"),
        (lambda: lambda *given: climb(*given, sign=-1), "goes down"),
        (lambda: climb_changing, "changes the start"),
        (lambda: climb_nan, "stay as it is"),
        (lambda: climb_norm, "too short"),
        (lambda: climb_once, "asked for the slope 1 times"),
        (lambda: clip_at_the_end, "after each step"),
        (lambda: lambda slope, x, steps, size: climb(slope, x, steps, size / 2), "one step of size 0.1"),
        (lambda: lambda *given: climb(*given).ravel(), "gives shape"),
        (lambda: climb_shorter_and_shorter, "five steps up and one down"),
    ],
    checks.check_fooling_image: [
        (four, "still calls it a 4"),
        (lambda: example_digits()[0][9], "differs from the 4"),
        (lambda: fooling(9, 0.5), "differs from the 4"),
        (lambda: 255 * fooling(), "between 0 and 1"),
        (lambda: fooling()[:14], "should have the shape"),
        (half_way, "0.9 is needed"),
        (lambda: np.where(four() > 0.5, np.nan, four()), "NaN or infinity"),
    ],
}
