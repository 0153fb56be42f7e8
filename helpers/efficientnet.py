"""EfficientNet-Lite0: a network for photographs that comes inside a package.

A block widens its channels (`expand`), looks around in each channel (`depthwise`), and narrows them
again (`project`); where its shape stays the same, what came in is added. Batch normalisation, which
follows each convolution in training, is a factor and a shift once training is over: both are part of
the kernels and biases here.
"""

import numpy as np

from helpers.backend import keras
from helpers.imagenet import Backbone, imagenet_classes
from helpers.package_files import EFFICIENTNET_LITE0, package_file
from helpers.pytorch_file import read_pytorch_file

PACKAGE, FILE, SHA256 = EFFICIENTNET_LITE0
# Blocks that follow each other, their kernel size, first stride, expansion, and channels at the end.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
EPSILON = 1e-3  # of the batch normalisation
SIZE = 224


def to_inputs(rgb):
    """What the network takes: about -1 to 1."""
    return (rgb - np.float32(127)) / np.float32(128)


def to_rgb(inputs):
    """The other way round."""
    return inputs * np.float32(128) + np.float32(127)


def load_efficientnet_lite0():
    """Load EfficientNet-Lite0, trained, as a `Backbone`."""
    tensors = read_pytorch_file(package_file(PACKAGE, FILE, SHA256))
    model = build_efficientnet_lite0()
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(_folded(layer, tensors))
    return Backbone(
        name="efficientnet_lite0",
        model=model,
        classes=imagenet_classes(),
        input_size=SIZE,
        last_conv_layer="head",
        # The widest maps at each resolution: sides of 112, 56, 28, 14, 14, 7 and 7 for 224 pixels.
        layers_by_depth=(
            "stem",
            "block3_expand",
            "block5_expand",
            "block8_expand",
            "block11_expand",
            "block15_expand",
            "head",
        ),
        to_inputs=to_inputs,
        to_rgb=to_rgb,
    )


def build_efficientnet_lite0():
    """Build EfficientNet-Lite0, untrained.

    The layers are ``stem``, then ``block1`` to ``block16`` with ``_expand``, ``_depthwise``,
    ``_project`` and ``_add``, then ``head``, ``pool`` and ``preds``. All convolutions but the
    projections have their relu6 inside.

    Returns
    -------
    keras.Model
        From (N, H, W, 3) to (N, 1000) probabilities, 4.6 million parameters. An average over all
        positions comes before the classifier, so pictures may have any size; it learned from 224.

    References
    ----------
    Tan and Le (2019). EfficientNet: rethinking model scaling for convolutional neural networks. ICML.
    """
    x = image = keras.Input((None, None, 3), name="image")
    x = _convolution(32, 3, "stem", strides=2)(x)
    number = 0
    for repeats, kernel_size, first_stride, expansion, channels in STAGES:
        for repeat in range(repeats):
            number += 1
            x = _block(x, f"block{number}", kernel_size, 1 if repeat else first_stride, expansion, channels)
    x = _convolution(1280, 1, "head")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)  # (N, 1280)
    x = keras.layers.Dense(1000, activation="softmax", name="preds")(x)
    return keras.Model(image, x, name="efficientnet_lite0")


def _block(block_input, name, kernel_size, stride, expansion, channels):
    x, before = block_input, block_input.shape[-1]
    if expansion > 1:
        x = _convolution(expansion * before, 1, f"{name}_expand")(x)
    x = keras.layers.DepthwiseConv2D(
        kernel_size,
        strides=stride,
        padding="same",
        activation="relu6",
        depthwise_initializer=_initializer(),
        name=f"{name}_depthwise",
    )(x)
    x = _convolution(channels, 1, f"{name}_project", activation=None)(x)
    if stride == 1 and channels == before:
        x = keras.layers.Add(name=f"{name}_add")([block_input, x])
    return x


def _convolution(channels, kernel_size, name, strides=1, activation="relu6"):
    return keras.layers.Conv2D(
        channels,
        kernel_size,
        strides=strides,
        padding="same",
        activation=activation,
        kernel_initializer=_initializer(),
        name=name,
    )


def _initializer():
    """What EfficientNets begin their training with: outputs about as strong as inputs."""
    return keras.initializers.VarianceScaling(2.0, mode="fan_out")


def _folded(layer, tensors):
    """A layer's kernel and bias, with the normalisation that follows it in the file."""
    if layer.name == "preds":
        return tensors["_fc.weight"].T, tensors["_fc.bias"]
    convolution, normalisation = _names_in_file(layer.name)
    scale, shift, mean, variance = (
        tensors[f"{normalisation}.{part}"].astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    factor = scale / np.sqrt(variance + EPSILON)  # one for each output channel
    kernel = tensors[f"{convolution}.weight"] * factor[:, np.newaxis, np.newaxis, np.newaxis]
    # (outputs, inputs, h, w) to (h, w, inputs, outputs); (channels, 1, h, w) to (h, w, channels, 1)
    order = (2, 3, 0, 1) if layer.name.endswith("_depthwise") else (2, 3, 1, 0)
    return kernel.transpose(order), shift - mean * factor


def _names_in_file(name):
    """What a convolution and its normalisation are called in the file."""
    if name in ("stem", "head"):
        return f"_conv_{name}", {"stem": "_bn0", "head": "_bn1"}[name]
    block, part = name.removeprefix("block").split("_")
    prefix = f"_blocks.{int(block) - 1}"  # the file counts from 0
    number = ("expand", "depthwise", "project").index(part)
    return f"{prefix}._{part}_conv", f"{prefix}._bn{number}"
