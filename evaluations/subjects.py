"""The networks and the pictures, made once."""

import functools
import hashlib
import itertools
from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter

from evaluations.plan import NETWORKS
from helpers import efficientnet
from helpers.agreement import mosaic
from helpers.backbones import load_backbone
from helpers.backend import keras
from helpers.data import composed, mnist, pictures
from helpers.engine.passes import forward
from helpers.graph import last_map_layer, layer_table
from helpers.imagenet import centre_square
from helpers.models import WEIGHTS, load_mnist_cnn
from helpers.package_files import package_file

BLUR = 10  # pixels: the width of the Gaussian that a photograph is blurred with
CONFIDENT = 0.99  # the probability with which every digit of a mosaic is recognised


@dataclass(frozen=True, eq=False)
class Subject:
    """A network, pictures (N, H, W, C) and what is asked about each.

    ``masks``, (N, H, W) bools, say where the answer is, if that is known. Questions about one mosaic are its
    four digits with one class, four rows of ``images`` for a mask of the whole. ``baselines`` are what a
    pixel shows that is not there.
    """

    model: keras.Model
    images: np.ndarray
    classes: np.ndarray
    baselines: dict = field(default_factory=dict)
    masks: np.ndarray | None = None
    names: tuple = ()  # of what is seen: left and right, if the picture is composed

    @property
    def side(self):
        """Pixels of a picture's side."""
        return self.images.shape[1]

    def questions(self):
        """What is asked about each composed picture, and how sure the network is of it."""
        found = forward(self.model, self.images)[np.arange(len(self.images)), self.classes]
        return [
            {"left": left, "right": right, "class": int(c), "probability": round(float(p), 4)}
            for (left, right), c, p in zip(self.names, self.classes, found, strict=True)
        ]

    @property
    def channels(self):
        """How many feature maps the last layer with maps has."""
        return layer_table(self.model)[last_map_layer(self.model)].shape[-1]


@functools.cache
def subject(group, count):
    """The pictures of a group of that size, and their network."""
    return {"digits": digits, "mosaics": mosaics, "photographs": photographs, "composed": compositions}[
        group
    ](count)


@functools.cache
def network(name):
    """The MNIST network, or the backbone for photographs."""
    return load_mnist_cnn() if name == "mnist_cnn" else load_backbone(name)


def weights_hash(group):
    """The SHA256 of the file with the weights of a group's network."""
    if NETWORKS[group] == "mnist_cnn":
        path = WEIGHTS / "mnist_cnn.keras"
    else:
        path = package_file(efficientnet.PACKAGE, efficientnet.FILE)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digits(count):
    """Digits that the network has not seen, for their labels."""
    unseen = mnist("5k").unseen
    paints = {"black": 0.0, "white": 1.0}
    return Subject(network("mnist_cnn"), unseen.images[:count], unseen.labels[:count], paints)


def mosaics(count):
    """Four digits of different classes, each recognised for sure, asked for each of the four in turn."""
    model, unseen = network("mnist_cnn"), mnist("5k").unseen
    images, labels = unseen.images[:1000], unseen.labels[:1000]
    sure = forward(model, images)[np.arange(1000), labels] > CONFIDENT
    draw, chosen = np.random.default_rng(0), []
    for _ in range(count):
        fours = draw.choice(10, 4, replace=False)
        chosen.append([draw.choice(np.flatnonzero(sure & (labels == c))) for c in fours])
    chosen = np.array(chosen)  # (mosaics, 4)
    asked = labels[chosen].repeat(4)  # each class of each four, for all four digits
    masks = np.concatenate([mosaic(images[cells], 2, 2)[1] for cells in chosen])
    return Subject(model, images[chosen.repeat(4, axis=0).ravel()], asked, masks=masks)


def photographs(count):
    """The course's photographs, for the class that the network gives each."""
    lite0 = network("efficientnet_lite0")
    images = np.stack([lite0.preprocess(square) for square in squares().values()])[:count]
    blurred = gaussian_filter(images, (0, BLUR, BLUR, 0))
    return Subject(lite0.model, images, answers(images), {"grey": 0.0, "blur": blurred})


def compositions(count):
    """Pairs of photographs side by side, in both orders, asked for both: where is each?

    Those pairs are taken in which the less probable of the two classes, in the worse order, is most probable.
    """
    lite0, photos = network("efficientnet_lite0"), pictures()
    singles = np.stack([lite0.preprocess(square) for square in squares().values()])
    classes, names = answers(singles), list(photos)
    found = {}
    for pair in itertools.combinations(range(len(names)), 2):
        both = [
            lite0.preprocess(centre_square(composed(photos[names[a]], photos[names[b]]), lite0.input_size))
            for a, b in (pair, pair[::-1])
        ]
        found[pair] = np.stack(both), forward(lite0.model, np.stack(both))[:, classes[list(pair)]].min()
    best = sorted(found, key=lambda pair: -found[pair][1])[:count]
    images = np.concatenate([found[pair][0].repeat(2, axis=0) for pair in best])  # each twice
    asked = np.concatenate([classes[[a, b, b, a]] for a, b in best])  # left and right, in both orders
    left = np.broadcast_to(np.arange(lite0.input_size) < lite0.input_size // 2, images.shape[1:3])
    masks = np.stack([left, ~left] * 2 * count)
    orders = [(names[a], names[b]) for pair in best for a, b in (pair, pair, pair[::-1], pair[::-1])]
    return Subject(lite0.model, images, asked, masks=masks, names=tuple(orders))


def squares():
    """The middle of each photograph, as large as the network wants it."""
    size = network("efficientnet_lite0").input_size
    return {name: centre_square(picture, size) for name, picture in pictures().items()}


def answers(images):
    """The class that the network for photographs gives each."""
    return forward(network("efficientnet_lite0").model, images).argmax(axis=1)
