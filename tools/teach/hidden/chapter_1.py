"""The hidden tests of chapter 1's assignment."""

import numpy as np

from helpers.checks.shared import require, same, told


def check_variant(model):
    """The dropout that was asked for, and a network that is not an old one under a new name."""
    found = {type(layer).__name__: [] for layer in model.layers}
    for layer in model.layers:
        found[type(layer).__name__].append(layer)
    rates = [layer.rate for layer in found["Dropout"]]
    require(rates == [0.25, 0.5], f"the rates of dropout are {rates}, not 0.25 and 0.5")
    steps = [layer.strides for layer in found["Conv2D"]]
    require(steps == [(1, 1), (1, 1)], "a convolution with a stride of its own was not asked for")
    units = [layer.units for layer in found["Dense"]]
    require(units == [128, 10], f"the dense layers have {units} units, not 128 and 10")


def check_top_k(answer):
    """Other sizes; the order of the digits and the names of the classes do not matter."""
    for seed, (n, classes) in enumerate([(1, 3), (7, 2), (200, 10)]):
        random = np.random.default_rng(100 + seed)
        p, labels = random.dirichlet(np.ones(classes), size=n), random.integers(0, classes, n)
        rank = (p > p[np.arange(n), labels][:, None]).sum(axis=1)
        for k in range(1, classes + 1):
            given, expected = answer(p, labels, k), np.mean(rank < k)
            require(same(given, expected), f"for {n} digits, {classes} classes and k = {k}: {told(given)}")
        turned, other = random.permutation(n), random.permutation(classes)
        given = answer(p[turned][:, other], np.argsort(other)[labels[turned]], 1)
        require(same(given, np.mean(rank < 1)), "another order of the digits and classes changes the answer")
