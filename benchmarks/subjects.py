"""The networks and the images, made once."""

import functools
from dataclasses import dataclass

import numpy as np

from helpers.backbones import load_backbone
from helpers.backend import keras
from helpers.data import example_digits, pictures
from helpers.graph import logit_model
from helpers.imagenet import centre_square
from helpers.models import load_mnist_cnn


@dataclass(frozen=True, eq=False)
class Subject:
    """A network, its images (N, H, W, C), a class for each, and what pixels are covered with.

    ``maps`` names the layer whose maps Grad-CAM weighs.
    """

    model: keras.Model
    images: np.ndarray
    classes: np.ndarray
    grey: float
    maps: str = ""

    @functools.cached_property
    def logits(self):
        """The same network without its softmax."""
        return logit_model(self.model)

    @functools.cached_property
    def two_outputs(self):
        """The network that gives the maps as well as the logits."""
        return keras.Model(
            self.logits.inputs[0], [self.logits.get_layer(self.maps).output, self.logits.output]
        )


@functools.cache
def ten_digits():
    """The trained MNIST network and a digit of each class."""
    return Subject(load_mnist_cnn(), *example_digits(), grey=0.5, maps="conv3")


@functools.cache
def one_digit():
    """The trained MNIST network and a 3."""
    ten = ten_digits()
    return Subject(ten.model, ten.images[3:4], ten.classes[3:4], ten.grey, ten.maps)


@functools.cache
def photograph():
    """EfficientNet-Lite0 and the photograph of a cat."""
    lite0 = load_backbone("efficientnet_lite0")
    image = lite0.preprocess(centre_square(pictures("cat")["cat"], lite0.input_size))
    return Subject(lite0.model, image[np.newaxis], np.array([285]), grey=0.0, maps=lite0.last_conv_layer)


@functools.cache
def photograph_128():
    """EfficientNet-Lite0 and a picture of noise of 128 pixels."""
    return Subject(photograph().model, noise(1, 128), np.array([0]), grey=0.0)


@functools.cache
def vgg16():
    """VGG16 with random weights and a picture of noise."""
    keras.utils.set_random_seed(0)
    return Subject(keras.applications.VGG16(weights=None), noise(1, 224), np.array([0]), grey=0.5)


@functools.cache
def vgg16_cut():
    """VGG16 with random weights, without its classifier, for 64 pixels, and a picture of noise."""
    keras.utils.set_random_seed(0)
    model = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
    return Subject(model, noise(1, 64), np.array([0]), grey=0.5)


@functools.cache
def noise(count, side):
    """Colour pictures of noise, 0 to 1."""
    return np.random.default_rng(0).random((count, side, side, 3)).astype(np.float32)
