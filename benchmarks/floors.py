"""The bare passes: compiled once, on images that are there already, in chunks as the course makes them."""

import functools

import numpy as np

from benchmarks.subjects import noise
from helpers.backend import keras, tf
from helpers.engine.compiled import chunk_size


@functools.cache
def chunks(subject, count, copies=1):
    """Images on the device, cut into chunks: the subject's first, with a little noise, `count` times."""
    image = subject.images[0]
    draw = np.random.default_rng(0)
    images = image + 0.1 * draw.random((count, *image.shape), dtype=np.float32)
    size = chunk_size(subject.model, image.shape, copies=copies)
    return [tf.constant(images[start : start + size]) for start in range(0, count, size)]


@functools.cache
def compiled_forward(subject):
    return tf.function(subject.model, reduce_retracing=True)


def forward(subject, count, **_):
    function = compiled_forward(subject)
    return np.concatenate([function(chunk).numpy() for chunk in chunks(subject, count)])


@functools.cache
def compiled_gradient(subject):
    """The gradient of each image's first class score with respect to the image."""

    @tf.function(reduce_retracing=True)
    def gradient(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            score = subject.logits(images)[:, 0]
        return tape.gradient(score, images)

    return gradient


def gradient(subject, count, **_):
    function = compiled_gradient(subject)
    return np.concatenate([function(chunk).numpy() for chunk in chunks(subject, count, copies=2)])


@functools.cache
def compiled_map_gradient(subject):
    """The maps, and the gradient of each image's first class score with respect to them."""

    @tf.function(reduce_retracing=True)
    def gradient(images):
        with tf.GradientTape() as tape:
            features, scores = subject.two_outputs(images)
            score = scores[:, 0]
        return features, tape.gradient(score, features)

    return gradient


def map_gradient(subject, count, **_):
    function = compiled_map_gradient(subject)
    pairs = [function(chunk) for chunk in chunks(subject, count, copies=2)]
    return [np.concatenate([tensor.numpy() for tensor in tensors]) for tensors in zip(*pairs, strict=True)]


@functools.cache
def compiled_filter_gradient(subject, layer, count):
    model = keras.Model(subject.model.inputs[0], subject.model.get_layer(layer).output)

    @tf.function
    def gradient(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            score = tf.linalg.diag_part(tf.reduce_mean(model(images), axis=(1, 2))[:, :count])
        return tape.gradient(score, images)

    return gradient


def filter_gradient(subject, count, layer, steps):
    images = tf.constant(noise(count, subject.images.shape[1]))
    function = compiled_filter_gradient(subject, layer, count)
    for _ in range(steps):
        result = function(images)
    return result.numpy()
