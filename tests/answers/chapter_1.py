"""Right and wrong answers to the exercises of chapter 1."""

from functools import partial

import keras
import numpy as np

from helpers import build_mnist_cnn, build_mnist_cnn_variant, checks


def variant(kernel=3, padding="valid", units=128, end="softmax", name="preds", dropout=True, side=28, pool=2):
    """The network of the exercise, with something changed."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((side, side, 1))])
    model.add(layers.Conv2D(32, kernel, padding=padding, activation="relu"))
    model.add(layers.Conv2D(64, kernel, padding=padding, activation="relu"))
    model.add(layers.MaxPooling2D(pool))
    if dropout:
        model.add(layers.Dropout(0.25))
    model.add(layers.Flatten())
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(10, activation=end, name=name))
    return model


def cats_and_dogs(bias=1, padding="valid", colours=3, answers=1):
    """The parameters of the network for photographs, with something miscounted."""
    side, channels, total = 150, colours, 0
    for maps in (32, 64, 128, 128):
        total += (9 * channels + bias) * maps
        side, channels = (side - 2 * (padding == "valid")) // 2, maps
    return total + (side * side * channels + bias) * 512 + (512 + bias) * answers


def by_sorting(probabilities, labels, k):
    return np.mean([label in np.argsort(row)[-k:] for row, label in zip(probabilities, labels, strict=True)])


RIGHT = {
    checks.check_variant: [variant(), build_mnist_cnn_variant()],
    checks.check_parameters: [3_453_121, 3_453_121.0, np.int64(3_453_121), partial(cats_and_dogs)],
    checks.check_top_k: [by_sorting],
}
WRONG = {
    checks.check_variant: [
        (build_mnist_cnn, "the layers should be"),
        (lambda: variant(padding="same"), "no padding"),
        (lambda: variant(kernel=5), "3 x 3 kernels"),
        (lambda: variant(side=32), "shape \\(28, 28, 1\\)"),
        (lambda: variant(pool=3), "should halve"),
        (lambda: variant(units=64), "not 1,199,882"),
        (lambda: variant(end="relu"), "the activations are"),
        (lambda: variant(name="answer"), "not 'preds'"),
        (lambda: variant(dropout=False), "the layers should be"),
        (lambda: 1_199_882, "has to be a Keras model"),
    ],
    checks.check_parameters: [
        (lambda: cats_and_dogs(bias=0), "a bias too"),
        (lambda: cats_and_dogs(padding="same"), "that is with padding"),
        (lambda: cats_and_dogs(colours=1), "three channels"),
        (lambda: cats_and_dogs(answers=2), "two answers"),
        (lambda: 6272 * 512, "without its biases"),
        (lambda: 6273 * 512, "the number of one layer"),
        (lambda: 458_570, "is not the number"),
        (lambda: "many", "is not the number"),
    ],
    checks.check_top_k: [
        (lambda: lambda p, y, k: np.mean(p.argmax(axis=1) == y), "for k = 2"),
        (lambda: lambda p, y, k: by_sorting(-p, y, k), "for k = 1"),
        (lambda: lambda p, y, k: 100 * by_sorting(p, y, k), "for k = 1"),
        (lambda: lambda p, y, k: by_sorting(p, y, min(k + 1, 6)), "for k = 1"),
        (lambda: 0.5, "has to be a function"),
    ],
}
