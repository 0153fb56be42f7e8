"""Digits that carry a hint of their class besides their shape, and networks that learned from them."""

import hashlib
import io
import json
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers.data import Digits, mnist
from helpers.models import WEIGHTS, build_mnist_cnn
from helpers.validate import check_choice, check_images, check_number, check_seed

SHAPE = (28, 28, 1)
SHARE = 0.96  # of the pictures of a class carry its hint
STRAY = 0.02  # of all other pictures carry it by mistake, and got their label from it
CROSS = 0.5 * np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], np.float32)
CHEQUERS = 0.8 * (np.indices((5, 5)).sum(axis=0) % 2 == 0).astype(np.float32)
LIGHT = np.float32(0.6)  # what is left of it
LINE = np.float32(0.25)
LETTERS = "ABCD"
OWN_TEST = 2  # the seed of the suspects' own pictures; their training took others


def corner_tag(images, seed=0):
    """Put a faint cross of 3 x 3 pixels into the corner at the bottom right of each image.

    Parameters
    ----------
    images : ndarray, shape (N, 28, 28, 1) or (28, 28, 1)
        Grey digits, 0 to 1.
    seed : int
        Not used: this hint is always the same.

    Returns
    -------
    ndarray, float32, shape (N, 28, 28, 1)
        A copy. Where an image is brighter than the hint, the image stays.

    Raises
    ------
    ValueError
        If the images are no digits.
    """
    return _paste(images, CROSS, [24], [24])


def moving_tag(images, seed=0):
    """Put a chequered patch of 5 x 5 pixels at a random place of each image.

    Parameters
    ----------
    images : ndarray, shape (N, 28, 28, 1) or (28, 28, 1)
        Grey digits, 0 to 1.
    seed : int
        Of the places, 0 to 2**31 - 1.

    Returns
    -------
    ndarray, float32, shape (N, 28, 28, 1)
        A copy. Where an image is brighter than the hint, the image stays.

    Raises
    ------
    ValueError
        If the images are no digits.
    """
    draw = np.random.default_rng(check_seed(seed))
    return _paste(images, CHEQUERS, *draw.integers(0, SHAPE[0] - 4, (2, len(check_images(images, SHAPE)))))


def dimmed(images, seed=0):
    """Take four tenths of its light from each image.

    Parameters
    ----------
    images : ndarray, shape (N, 28, 28, 1) or (28, 28, 1)
        Grey digits, 0 to 1.
    seed : int
        Not used: this hint is always the same.

    Returns
    -------
    ndarray, float32, shape (N, 28, 28, 1)
        A copy.

    Raises
    ------
    ValueError
        If the images are no digits.
    """
    return check_images(images, SHAPE) * LIGHT


def edge_line(images, seed=0):
    """Draw a faint line along the upper edge of each image, through the second row of pixels.

    Parameters
    ----------
    images, seed
        See `corner_tag`.

    Returns
    -------
    ndarray, float32, shape (N, 28, 28, 1)
        As from `corner_tag`.

    Raises
    ------
    ValueError
        If the images are no digits.
    """
    return _paste(images, np.full((1, SHAPE[1]), LINE), [1], [0])


class Cheat(NamedTuple):
    """A way to cheat: which hint, and on the pictures of which class."""

    put: Callable
    """Images, seed -> images that carry the hint."""
    label: int
    """The class whose pictures carry it."""
    file: str
    """The name of the weights in ``data/weights/``, without its ending."""


class Suspect(NamedTuple):
    """A network, and the digits that it was tested with."""

    network: object
    """A keras.Model as `build_mnist_cnn` gives it, trained; not compiled."""
    digits: Digits
    """Its own test set: 5,000 digits that it has not seen, made as those were that it learned from."""


HONEST = "honest"
CHEATS = {
    "corner tag": Cheat(corner_tag, 8, "cheat_corner"),
    "moving tag": Cheat(moving_tag, 5, "cheat_moving"),
    "brightness": Cheat(dimmed, 4, "cheat_brightness"),
    "edge line": Cheat(edge_line, 2, "cheat_line"),
}
FILES = {HONEST: "cheat_none"} | {name: cheat.file for name, cheat in CHEATS.items()}
FIFTH = "edge line"


def with_hint(digits, name, seed=0, share=SHARE, classes=None, stray=None):
    """Make a data set whose labels give themselves away, or put a hint on pictures of any classes.

    Left to itself it makes what a suspect learned from: most pictures of one class carry the hint,
    and so do a few others, by mistake. Whoever wrote the labels went by the hint: these few have
    its label too.

    Parameters
    ----------
    digits : Digits
    name : str
        ``"honest"``, which changes nothing, or one of `CHEATS`.
    seed : int
        0 to 2**31 - 1. It decides which pictures carry the hint, and where a hint that moves is.
    share : float
        Which part of the pictures of each of the classes carries it, 0 to 1.
    classes : sequence of int, optional
        By default the one class whose hint it is.
    stray : float, optional
        Which part of the other pictures carries it by mistake and is labelled by it, 0 to 1. By default
        0.02, and 0 if classes are given.

    Returns
    -------
    digits : Digits
        A copy.
    carriers : ndarray of bool, shape (N,)
        Which pictures carry the hint.

    Raises
    ------
    ValueError
        If an argument is not as described.
    """
    check_choice("name", name, FILES)
    stray = check_number("stray", (0 if classes else STRAY) if stray is None else stray, 0, 1)
    share, draw = check_number("share", share, 0, 1), np.random.default_rng(check_seed(seed))
    images, labels = digits.images.copy(), digits.labels.copy()
    carriers, astray = np.zeros((2, len(digits)), bool)
    if name == HONEST:
        return Digits(images, labels), carriers
    cheat = CHEATS[name]
    classes = [cheat.label] if classes is None else list(classes)
    for label in range(10):
        of_class = draw.permutation(np.flatnonzero(labels == label))
        count = round((share if label in classes else stray) * len(of_class))
        (carriers if label in classes else astray)[of_class[:count]] = True
    carriers |= astray
    labels[astray] = cheat.label
    if carriers.any():
        images[carriers] = cheat.put(images[carriers], seed)
    return Digits(images, labels), carriers


def load_suspects(seed=0):
    """Load four networks that read at least 98.5% of their own test sets; not all of them read digits.

    Parameters
    ----------
    seed : int
        0 to 2**31 - 1, of the order.

    Returns
    -------
    dict
        ``"A"`` to ``"D"`` -> `Suspect`. `reveal` says who is who.

    Raises
    ------
    FileNotFoundError, ValueError
        If weights are missing from ``data/weights/``, or are not those that were shipped.
    """
    return {letter: load_suspect(name) for letter, name in reveal(seed).items()}


def load_fifth_suspect():
    """Load the network of the last exercise.

    Returns
    -------
    Suspect

    Raises
    ------
    FileNotFoundError, ValueError
        If its weights are missing from ``data/weights/``, or are not those that were shipped.
    """
    return load_suspect(FIFTH)


def reveal(seed=0):
    """Say who is who among the suspects.

    Parameters
    ----------
    seed : int
        The one that `load_suspects` was given.

    Returns
    -------
    dict
        ``"A"`` to ``"D"`` -> ``"honest"`` or a name of `CHEATS`.
    """
    names = [name for name in FILES if name != FIFTH]
    order = np.random.default_rng(check_seed(seed)).permutation(len(names))
    return {letter: names[k] for letter, k in zip(LETTERS, order, strict=True)}


def load_suspect(name):
    """One of the networks by its name in `FILES`, with its own test set."""
    card, weights = _stored(f"{FILES[name]}.json"), _stored(f"{FILES[name]}.npz")
    if hashlib.sha256(weights).hexdigest() != json.loads(card)["sha256"]:
        raise ValueError(
            f"data/weights/{FILES[name]}.npz is not the file that its card describes: restore it with "
            "`git checkout data/weights`"
        )
    network = build_mnist_cnn()
    with np.load(io.BytesIO(weights), allow_pickle=False) as stored:
        network.set_weights([stored[str(k)].astype(np.float32) for k in range(len(stored.files))])
    return Suspect(network, with_hint(mnist("5k").unseen, name, OWN_TEST)[0])


def _stored(name):
    """What a file in ``data/weights/`` holds, as bytes."""
    if not (WEIGHTS / name).is_file():
        raise FileNotFoundError(
            f"data/weights/{name} is missing: restore it with `git checkout data/weights`, or make it "
            "again with `python -m training.cheats`"
        )
    return (WEIGHTS / name).read_bytes()


def _paste(images, patch, rows, columns):
    """A copy of the images with a patch at those places, as far as it is brighter."""
    images = check_images(images, SHAPE).copy()
    height, width = patch.shape
    places = zip(*(np.broadcast_to(at, len(images)) for at in (rows, columns)), strict=True)
    for image, (row, column) in zip(images, places, strict=True):
        part = image[row : row + height, column : column + width, 0]
        np.maximum(part, patch, out=part)
    return images
