"""Every check of an exercise: accepts any right answer, rejects plausible wrong ones, says why."""

import keras
import numpy as np
import pytest

from helpers import build_mnist_cnn, build_mnist_cnn_variant, checks
from helpers.checks import NotYet


def variant(kernel=3, padding="valid", units=128, end="softmax", name="preds", dropout=True):
    """The network of the exercise, with something changed."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((28, 28, 1))])
    model.add(layers.Conv2D(32, kernel, padding=padding, activation="relu"))
    model.add(layers.Conv2D(64, kernel, padding=padding, activation="relu"))
    model.add(layers.MaxPooling2D(2))
    if dropout:
        model.add(layers.Dropout(0.25))
    model.add(layers.Flatten())
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(10, activation=end, name=name))
    return model


def by_sorting(probabilities, labels, k):
    return np.mean([label in np.argsort(row)[-k:] for row, label in zip(probabilities, labels, strict=True)])


def f1(counts):
    return 2 * np.diag(counts) / (counts.sum(axis=0) + counts.sum(axis=1))


def pair(counts):
    both = np.triu(counts + counts.T, k=1)
    return np.unravel_index(both.argmax(), both.shape)


def abstain(confidences, right, wanted):
    ordered = right[np.argsort(confidences)]
    return next((k / len(right) for k in range(len(right)) if ordered[k:].mean() >= wanted), 1.0)


def symmetric(kernels):
    largest = np.abs(kernels).max()
    return kernels / (2 * largest if largest > 0 else 1) + 0.5


def field(layers, count_strides=True):
    side = jump = 1
    for kernel, stride in layers:
        side += (kernel - 1) * jump
        jump *= stride if count_strides else 1
    return side


def silent(maps, axes=(0, 1, 2)):
    return np.flatnonzero(maps.max(axis=axes) == 0)


RIGHT = {
    checks.check_variant: [variant(), build_mnist_cnn_variant()],
    checks.check_parameters: [491_338, 491_338.0, np.int64(491_338)],
    checks.check_top_k: [by_sorting],
    checks.check_f1: [f1, lambda counts: f1(counts).tolist()],
    checks.check_confused_pair: [pair, lambda counts: [int(k) for k in pair(counts)]],
    checks.check_abstain: [abstain],
    checks.check_panels: [(32_768, 295_168), [32_768, 295_168]],
    checks.check_scale_symmetric: [symmetric],
    checks.check_edge_kernel: [
        [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
        np.array([[1, 0, -1]] * 3),
        [[0, 0, 0], [1, 0, -1], [0, 0, 0]],
    ],
    checks.check_receptive_field: [field],
    checks.check_silent_channels: [silent, lambda maps: silent(maps).tolist()],
}
WRONG = {
    checks.check_variant: [
        (build_mnist_cnn, "the layers should be"),
        (lambda: variant(padding="same"), "no padding"),
        (lambda: variant(kernel=5), "3 x 3 kernels"),
        (lambda: variant(units=64), "not 1,199,882"),
        (lambda: variant(end="relu"), "the activations are"),
        (lambda: variant(name="answer"), "not 'preds'"),
        (lambda: variant(dropout=False), "the layers should be"),
        (lambda: 1_199_882, "has to be a Keras model"),
    ],
    checks.check_parameters: [
        (lambda: 51_264, "the whole network"),
        (lambda: 491_274, "a bias too"),
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
    checks.check_f1: [
        (lambda: lambda c: np.diag(c) / c.sum(axis=1), "that is recall"),
        (lambda: lambda c: np.diag(c) / c.sum(axis=0), "that is precision"),
        (
            lambda: lambda c: (np.diag(c) / c.sum(axis=1) + np.diag(c) / c.sum(axis=0)) / 2,
            "the arithmetic mean",
        ),
        (lambda: lambda c: f1(c).mean(), "one score a class"),
        (lambda: lambda c: 100 * f1(c), "is not F1"),
    ],
    checks.check_confused_pair: [
        (lambda: lambda c: (0, 1), "add both directions"),
        (lambda: lambda c: np.unravel_index(c.argmax(), c.shape), "is on the diagonal"),
        (lambda: lambda c: (2, 1), "smaller class first"),
        (lambda: lambda c: (0, 3), "is not the pair"),
        (lambda: lambda c: 3, "two classes"),
        (lambda: lambda c: np.fill_diagonal(c, 0) or (1, 2), "changes the matrix"),
    ],
    checks.check_abstain: [
        (lambda: lambda c, r, wanted: 0.0, "for an accuracy of 0.75"),
        (lambda: lambda c, r, wanted: abstain(-c, r, wanted), "for an accuracy of"),
        (lambda: lambda c, r, wanted: 1 - abstain(c, r, wanted), "for an accuracy of 0.7 "),
        (lambda: lambda c, r, wanted: 10 * abstain(c, r, wanted), "for an accuracy of 0.75"),
        (lambda: lambda c, r, wanted: abstain(c, r, min(wanted + 0.1, 1)), "for an accuracy of"),
    ],
    checks.check_panels: [
        (lambda: (256, 295_168), "each has 128 channels"),
        (lambda: (32_768, 294_912), "lack the biases"),
        (lambda: (295_168, 32_768), "is not the number of panels"),
        (lambda: (32_768, 1_152), "is not the number of parameters"),
        (lambda: 32_768, "two numbers"),
    ],
    checks.check_scale_symmetric: [
        (lambda: lambda k: (k - k.min()) / (k.max() - k.min()), "min-max scaling"),
        (lambda: lambda k: k / np.abs(k).max() + 0.5, "at the wrong place"),
        (lambda: lambda k: k / (2 * np.abs(k).max()) + 0.5, "a block of zeros"),
        (lambda: lambda k: k / (2 * np.abs(k).max(axis=(0, 1, 2))) + 0.5, "at the wrong place"),
        (lambda: lambda k: np.divide(k, 2, out=k), "changes the kernels"),
    ],
    checks.check_edge_kernel: [
        (lambda: [[-1, 0, 1]] * 3, "exchange the signs"),
        (lambda: [[1, 1, 1], [0, 0, 0], [-1, -1, -1]], "turn it by a quarter"),
        (lambda: [[1, 0, 0]] * 3, "an even surface is not zero"),
        (lambda: np.zeros((3, 3)), "a kernel of zeros"),
        (lambda: [1, 0, -1], "should be 3 x 3"),
    ],
    checks.check_receptive_field: [
        (lambda: lambda layers: sum(k for k, _ in layers), "two 3 x 3"),
        (lambda: lambda layers: field(layers, count_strides=False), "the MNIST network"),
        (lambda: lambda layers: field(layers) ** 2, "one 3 x 3"),
        (lambda: lambda layers: field(layers[::-1]), "for"),
    ],
    checks.check_silent_channels: [
        (lambda: lambda maps: silent(maps[:1]), "zero on the first image only"),
        (lambda: lambda maps: silent(maps[:, 0, 0], axes=0), "at one place only"),
        (lambda: lambda maps: maps.max(axis=(0, 1, 2)) == 0, "the silent channels are 1 and 4"),
        (lambda: lambda maps: [1], "the silent channels are 1 and 4"),
    ],
}


def cases(answers):
    """One parameter set for each pair of a check and an answer, with a name that can be read."""
    return [
        pytest.param(check, answer, id=f"{check.__name__}-{number}")
        for check, some in answers.items()
        for number, answer in enumerate(some)
    ]


def every_check():
    """All public checks of the module."""
    return [value for name, value in vars(checks).items() if name.startswith("check_")]


@pytest.mark.parametrize(("check", "answer"), cases(RIGHT))
def test_a_right_answer_passes(check, answer, capsys):
    check(answer)
    assert capsys.readouterr().out.startswith("Right")


@pytest.mark.parametrize(("check", "wrong"), cases(WRONG))
def test_a_wrong_answer_is_told_why(check, wrong):
    answer, hint = wrong
    with pytest.raises(NotYet, match=hint):
        check(answer())


@pytest.mark.parametrize("check", every_check())
def test_no_answer_is_neither_right_nor_wrong(check, capsys):
    check(...)
    assert capsys.readouterr().out.startswith("Nothing to check yet")


@pytest.mark.parametrize("check", every_check())
def test_every_check_is_tested_with_right_answers_and_three_wrong_ones(check):
    assert len(RIGHT[check]) >= 1
    assert len(WRONG[check]) >= 3


def test_a_learner_sees_one_line_and_no_traceback():
    assert NotYet("count again")._render_traceback_() == ["Not yet: count again"]
