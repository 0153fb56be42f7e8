"""Occlusion without doing again what a patch cannot change.

A patch changes a small part of the first map, a larger part of the next one, and so on until it has
reached everything. Here only a window around that part is computed, for many positions at once; the rest is
taken from the image as it is. Exact, for networks that are one chain of layers.

Source: Nakandala, Kumar, Papakonstantinou (2019). Incremental and Approximate Inference for Faster
Occlusion-based Deep CNN Explanations. SIGMOD.
"""

from typing import NamedTuple

import numpy as np

from helpers.backend import keras, tf
from helpers.graph import chain_of_layers, logit_model, with_valid_padding

layers = keras.layers
WORTHWHILE = 3.0
"""By what factor a plan must save multiplications: it takes time to gather windows, and to compile them."""

CONVOLUTIONS = (layers.Conv2D, layers.DepthwiseConv2D)
POOLINGS = (layers.MaxPooling2D, layers.AveragePooling2D)
POINTWISE = (layers.Activation, layers.ReLU, layers.Dropout, layers.BatchNormalization, layers.Rescaling)
ELEMENTWISE = {
    keras.activations.get(name)
    for name in ("linear", "relu", "relu6", "leaky_relu", "elu", "silu", "gelu", "tanh", "sigmoid")
}
"""Activations that look at one value at a time."""


class Step(NamedTuple):
    """A layer that is computed in windows. Each pair is rows and columns."""

    layer: keras.Layer
    kernel: np.ndarray  # (2,), pixels of the input that a pixel of the output sees
    stride: np.ndarray  # (2,)
    pad: np.ndarray  # (2,), rows above and columns to the left that the layer adds
    size: np.ndarray  # (2,), of the layer's output
    window: np.ndarray  # (2,), of the part of it that is computed

    @property
    def reach(self):
        """How many rows and columns of the input a window needs."""
        return (self.window - 1) * self.stride + self.kernel


class Plan(NamedTuple):
    """How a network is run under patches: the first layers in windows, the rest as it is."""

    steps: tuple
    rest: tuple
    saving: float
    """Multiplications of a full pass, divided by those of this plan."""
    memory: int
    """Bytes of activations for one position."""


def plan(model, image_shape, side, corners):
    """The `Plan` for patches with these corners (K, 2) on images (H, W, C); None if it would not pay."""
    chain = chain_of_layers(logit_model(model), image_shape)
    if chain is None:
        return None
    steps, starts = [], corners
    window, size = _pair((side, side)), _pair(image_shape[:2])
    for layer, _ in chain:
        geometry = _geometry(layer, size)
        if geometry is None:
            break
        kernel, stride, pad, size = geometry
        first = _first(starts, kernel, stride, pad)
        last = np.minimum((starts + window - 1 + pad) // stride, size - 1)
        window = np.maximum((last - np.maximum(first, 0) + 1).max(axis=0), 1)
        if (window >= size).all():
            break
        starts = np.clip(first, 0, size - window)
        steps.append(Step(layer, kernel, stride, pad, size, window))
    full = [_work(layer, shape[:-1]) for layer, shape in chain]
    windows = [_work(step.layer, step.window) for step in steps]
    saving = sum(full) / max(1, sum(windows) + sum(full[len(steps) :]))
    if not steps or saving < WORTHWHILE:
        return None
    shapes = [(*image_shape,), *(shape for _, shape in chain)]
    values = [np.prod(step.reach) * shape[-1] for step, shape in zip(steps, shapes, strict=False)]
    values += [np.prod(shape) for shape in shapes[len(steps) :]]
    return Plan(tuple(steps), tuple(layer for layer, _ in chain[len(steps) :]), saving, 8 * int(sum(values)))


def clean_maps(plan, image):
    """What goes into each layer that is computed in windows, and into the rest, without a patch."""
    maps = [image]  # (H, W, C)
    for step in plan.steps:
        maps.append(step.layer(maps[-1][tf.newaxis])[0])
    return maps


def logits_under_patches(plan, maps, corners, side, fill):
    """Logits (k, classes) of an image with `fill` (H, W, C) in a patch at each corner (k, 2)."""
    changed = _paste(fill, corners, _pair((side, side)))  # (k, side, side, C)
    starts = corners
    for step, clean in zip(plan.steps, maps, strict=False):
        ahead = _first(starts, step.kernel, step.stride, step.pad)
        ahead = tf.clip_by_value(ahead, 0, step.size - step.window)
        if isinstance(step.layer, POINTWISE):
            changed = step.layer(changed)
        else:
            after = np.maximum((step.size - 1) * step.stride + step.kernel - step.pad - clean.shape[:2], 0)
            padded = tf.pad(clean, [(step.pad[0], after[0]), (step.pad[1], after[1]), (0, 0)])
            seen = _paste(padded, ahead * step.stride, step.reach, changed, starts + step.pad)
            changed = with_valid_padding(step.layer)(seen)
        starts = ahead
    everything = _paste(maps[-1], tf.zeros_like(starts), _pair(maps[-1].shape[:2]), changed, starts)
    for layer in plan.rest:
        everything = layer(everything)
    return everything


def _paste(clean, corners, size, changed=None, starts=None):
    """Windows (k, *size, C) of a map (H, W, C) at `corners` (k, 2), with what has changed put in at `starts`.

    One look-up in a list of all values: first those of the map, then those that have changed.
    """
    height, width, channels = clean.shape
    rows, columns = (corners[:, axis, tf.newaxis] + tf.range(size[axis]) for axis in (0, 1))  # (k, size)
    places = rows[:, :, tf.newaxis] * width + columns[:, tf.newaxis, :]  # (k, rows, columns)
    values = tf.reshape(clean, (height * width, channels))
    if changed is not None:
        down, right = rows - starts[:, :1], columns - starts[:, 1:]
        tall, wide = changed.shape[1:3]
        inside = ((down >= 0) & (down < tall))[:, :, tf.newaxis]  # (k, rows, 1)
        inside &= ((right >= 0) & (right < wide))[:, tf.newaxis, :]
        number = tf.range(tf.shape(corners)[0])[:, tf.newaxis, tf.newaxis]
        there = (number * tall + down[:, :, tf.newaxis]) * wide + right[:, tf.newaxis, :]
        places = tf.where(inside, height * width + there, places)
        values = tf.concat([values, tf.reshape(changed, (-1, channels))], axis=0)
    return tf.ensure_shape(tf.gather(values, places), (None, *size, channels))


def _first(starts, kernel, stride, pad):
    """The first output, along each axis, that sees an input from `starts` (K, 2) on. May be negative."""
    return -((kernel - 1 - pad - starts) // stride)  # rounded up


def _geometry(layer, size):
    """Kernel, stride, padding before and output size of a layer; None if it does not work place by place."""
    kind = type(layer)
    if getattr(layer, "activation", None) not in {None, *ELEMENTWISE}:
        return None
    if kind in POINTWISE and getattr(layer, "axis", -1) in (-1, 3):
        return _pair((1, 1)), _pair((1, 1)), _pair((0, 0)), size
    if kind not in CONVOLUTIONS + POOLINGS or layer.data_format != "channels_last":
        return None
    kernel = _pair(layer.kernel_size if kind in CONVOLUTIONS else layer.pool_size)
    stride = _pair(layer.strides)
    if kind in CONVOLUTIONS and set(layer.dilation_rate) != {1}:
        return None
    if layer.padding == "valid":
        return kernel, stride, _pair((0, 0)), (size - kernel) // stride + 1
    output = -(-size // stride)
    added = np.maximum((output - 1) * stride + kernel - size, 0)
    if kind in POOLINGS and added.any():  # it leaves the added pixels out
        return None
    return kernel, stride, added // 2, output


def _work(layer, places):
    """Multiplications of a layer that gives out so many rows and columns."""
    kernel = getattr(layer, "kernel", None)
    return 0 if kernel is None else int(np.prod([*places, *kernel.shape], dtype=np.int64))


def _pair(values):
    return np.array(values, np.int32)
