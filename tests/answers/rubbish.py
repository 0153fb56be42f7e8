"""What no exercise asks for: things that are no answer, and functions that do not answer."""

import datetime
import math
import sys
from fractions import Fraction

import numpy as np

from helpers.backend import keras

layers = keras.layers


class Silent:
    """Cannot be turned into an array, compared, or shown."""

    def __array__(self, dtype=None, copy=None):
        raise LookupError("there are no numbers")

    def __eq__(self, other):
        raise LookupError("there is nothing to compare")

    __hash__ = None

    def __repr__(self):
        raise LookupError("there is nothing to show")


class SilentError(Exception):
    """An error that cannot say what happened."""

    def __str__(self):
        raise ValueError("lost for words")


class OwnCode(keras.Model):
    """A network that hides its layers in its own code."""

    def call(self, x):
        return x


def unbuilt(*more, activation="relu"):
    """Chapter 1's layers, without an input."""
    return keras.Sequential(
        [
            *more,
            layers.Conv2D(32, 3, activation=activation),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax", name="preds"),
        ]
    )


def two_outputs():
    """Chapter 1's network, with its flat maps as a second output."""
    model = unbuilt(keras.Input((28, 28, 1)))
    return keras.Model(model.inputs, [model.layers[4].output, model.outputs[0]])


def raises(error):
    """A function that takes anything and stops."""

    def function(*_):
        raise error

    return function


def endless(*given):
    return endless(*given)


THINGS = {
    "nothing": None,
    "a flag": True,
    "a word": "many",
    "a number in quotes": "491338",
    "bytes": b"491338",
    "zero": 0,
    "below zero": -1,
    "a fraction": Fraction(7, 3),
    "NaN": math.nan,
    "infinity": -math.inf,
    "a complex number": 1 + 2j,
    "more than a float holds": 10**400,
    "more than Python prints": 10**5000,
    "an empty list": [],
    "three numbers": [1, 2, 3],
    "two of nothing": [None, None],
    "two words": ("many", "few"),
    "two words of digits": ("32768", "295168"),
    "twice NaN": (math.nan, math.nan),
    "twice infinity": (math.inf, math.inf),
    "two huge numbers": (10**30, 10**400),
    "a ragged list": [[1, 2], [3]],
    "a list in dots": [..., ...],
    "a dictionary": {"panels": 32_768, "parameters": 295_168},
    "a set": {32_768, 295_168},
    "a range": range(28),
    "a generator": (number for number in range(3)),
    "no numbers": np.zeros(0),
    "a square": np.zeros((2, 2)),
    "a kernel of NaN": np.full((3, 3), np.nan),
    "a kernel of infinities": [[np.inf, 0, -np.inf]] * 3,
    "an image of NaN": np.full((28, 28, 1), np.nan),
    "an image of huge numbers": np.full((28, 28, 1), 1e300),
    "an image of words": np.full((28, 28, 1), "0"),
    "objects": np.array([object(), object()]),
    "a table": np.zeros(2, [("a", int), ("b", float)]),
    "a date": datetime.date(2026, 1, 1),
    "an error": ValueError("two\nlines"),
    "a thing that says nothing": Silent(),
    "two things that say nothing": [Silent(), Silent()],
    "a module": keras,
    "a layer": layers.Flatten(),
    "an empty network": keras.Sequential(),
    "a network without an input": unbuilt(),
    "a network with its own code": OwnCode(),
    "a network with two outputs": two_outputs(),
    "a network with a strange activation": unbuilt(keras.Input((28, 28, 1)), activation=layers.ReLU()),
}
FUNCTIONS = {
    "a class": int,
    "a class of networks": keras.Model,
    "a class of dictionaries": dict,
    "one for lengths": len,
    "one that does nothing": lambda *_: None,
    "one that gives what it gets": lambda *given: given,
    "one that gives itself": raises,
}
STOPPING = {
    "ValueError: two lines": raises(ValueError("two\n lines")),
    "KeyError: 'name'": raises(KeyError("name")),
    "ZeroDivisionError": raises(ZeroDivisionError()),
    "AssertionError": raises(AssertionError()),
    "NameError: name 'nobody' is not defined": lambda *_: nobody,  # noqa: F821
    "RecursionError": endless,
    "StopIteration": raises(StopIteration()),
    "MemoryError": raises(MemoryError()),
    "SystemExit: 3": lambda *_: sys.exit(3),
    "SilentError: something of type SilentError": raises(SilentError()),
    "TypeError": lambda: 0,  # takes nothing
    "TypeError: <lambda>() missing": lambda a, b, c, d, e, f, g, h: 0,
    "TypeError: <lambda>() takes": lambda *, image: 0,
}
