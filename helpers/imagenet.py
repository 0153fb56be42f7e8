"""What the networks for photographs take and give: pictures in, ImageNet's classes out."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from helpers.backend import keras, tf
from helpers.settings import ROOT
from helpers.validate import check_int


@dataclass(frozen=True)
class Backbone:
    """A trained network for photographs, and what goes in and comes out of it.

    Attributes
    ----------
    name : str
        ``"efficientnet_lite0"``, ``"vgg16"`` or ``"vgg16_convolutions"``.
    model : keras.Model
        From (N, H, W, 3) float32, as `preprocess` gives it, to (N, classes) probabilities; a network
        without a classifier goes to the maps of its last layer.
    classes : tuple of (str, str)
        WordNet id and name of each class, in the order of the outputs; none without a classifier.
    input_size : int
        Pixels of a side that photographs should have.
    last_conv_layer : str
        The name of the last convolution, on whose maps Grad-CAM is computed.
    layers_by_depth : tuple of str
        Names of layers that are worth looking at, one for each stage, from the first to the last.
    to_inputs, to_rgb : callable
        What `preprocess` and `deprocess` compute, on float32.
    """

    name: str
    model: keras.Model
    classes: tuple
    input_size: int
    last_conv_layer: str
    layers_by_depth: tuple
    to_inputs: Callable
    to_rgb: Callable

    def preprocess(self, rgb):
        """Turn pictures into what the network takes.

        Parameters
        ----------
        rgb : (H, W, 3) or (N, H, W, 3) array_like
            Red, green, blue, 0 to 255.

        Returns
        -------
        ndarray of float32, the shape of `rgb`
            In the range, and the order of colours, that the network was trained on.

        Raises
        ------
        ValueError
            If the shape is another.
        """
        return self.to_inputs(_pictures("rgb", rgb))

    def deprocess(self, inputs):
        """Turn what the network takes back into pictures.

        Parameters
        ----------
        inputs : (H, W, 3) or (N, H, W, 3) array_like
            As `preprocess` gives them, perhaps changed since.

        Returns
        -------
        ndarray of uint8, the shape of `inputs`
            Red, green, blue, 0 to 255; what lies outside is clipped.

        Raises
        ------
        ValueError
            If the shape is another.
        """
        rgb = self.to_rgb(_pictures("inputs", inputs))
        return np.clip(np.rint(rgb), 0, 255).astype(np.uint8)

    def decode(self, probabilities, top=5):
        """Name the most probable classes.

        Parameters
        ----------
        probabilities : (N, classes) or (classes,) array_like
            As the model gives them.
        top : int
            How many, 1 to the number of classes.

        Returns
        -------
        list of list of (str, str, float)
            For each picture, the most probable class first: WordNet id, name, probability.

        Raises
        ------
        ValueError
            If `top` is out of range, the number of classes is another, or the network has no
            classifier.
        """
        if not self.classes:
            raise ValueError(f"{self.name} has no classifier, so its answers have no names: load another")
        count = len(self.classes)
        rows = np.atleast_2d(probabilities)
        if rows.ndim != 2 or rows.shape[1] != count:
            raise ValueError(f"probabilities have shape {np.shape(probabilities)}: give (N, {count})")
        order = np.argsort(-rows, axis=1, kind="stable")[:, : check_int("top", top, 1, count)]
        return [
            [(*self.classes[index], float(row[index])) for index in best]
            for row, best in zip(rows, order, strict=True)
        ]

    @property
    def conv_blocks(self):
        """The names of a VGG's convolutions, block by block.

        Returns
        -------
        tuple of tuple of str
            Such as ``(("block1_conv1",), ("block2_conv1", "block2_conv2"), ...)``: five blocks.
        """
        names = [layer.name for layer in self.model.layers if re.fullmatch(r"block\d_conv\d", layer.name)]
        blocks = sorted({name[: len("block1")] for name in names})
        return tuple(tuple(name for name in names if name.startswith(block)) for block in blocks)


def _pictures(name, values):
    """A float32 copy of one or several pictures in three colours."""
    values = np.array(values, np.float32)
    if values.ndim not in (3, 4) or values.shape[-1] != 3 or values.size == 0:
        raise ValueError(f"{name} has shape {values.shape}: give (H, W, 3) or (N, H, W, 3)")
    return values


def imagenet_classes():
    """WordNet id and name of ImageNet's 1,000 classes, in their usual order."""
    rows = json.loads((ROOT / "data" / "imagenet_classes.json").read_text(encoding="utf-8"))["classes"]
    return tuple(map(tuple, rows))


def centre_square(picture, size):
    """Cut the largest square from the middle of a picture, and resize it.

    Bilinear, with pixels averaged where the picture shrinks, so that fine patterns do not turn
    into coarse ones.

    Parameters
    ----------
    picture : (H, W, 3) array_like
        0 to 255.
    size : int
        Pixels of a side of the result, at least 1.

    Returns
    -------
    (size, size, 3) ndarray of uint8

    Raises
    ------
    ValueError
        If the shape is another, or `size` is below 1.
    """
    picture = np.asarray(picture)
    if picture.ndim != 3 or picture.shape[-1] != 3 or picture.size == 0:
        raise ValueError(f"picture has shape {picture.shape}: give (H, W, 3)")
    if size < 1:
        raise ValueError(f"size={size!r} is not allowed: give an int of at least 1")
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    square = picture[top : top + side, left : left + side].astype(np.float32)
    resized = tf.image.resize(square, (size, size), antialias=True).numpy()
    return np.clip(np.rint(resized), 0, 255).astype(np.uint8)
