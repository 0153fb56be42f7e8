"""Passes through a network: what the methods put together.

The first half works on tensors, inside a computation that is being compiled; the second half on arrays.
"""

import contextlib

import numpy as np

from helpers.backend import tf
from helpers.engine.compiled import INTS, chunk_size, chunks, compiled, images_spec, in_chunks
from helpers.engine.relu_rules import with_relu_rule
from helpers.graph import (
    StopWalk,
    class_count,
    final_activation,
    input_shape,
    layer_table,
    logit_model,
    walk,
    without_activation,
)
from helpers.validate import check_class, check_images

# --- tensors ----------------------------------------------------------------------------------------


def run_until(model, x, paths, before_activation=False):
    """Outputs of layers, or their values before the activation. What lies above is not run."""
    outputs = {}
    table = layer_table(model)
    targets = [table[path].layer for path in paths]

    def visit(path, _, output):
        if path in paths:
            outputs[path] = tf.cast(output, tf.float32)
        if len(outputs) == len(paths):
            raise StopWalk

    def call(layer, *args, **kwargs):
        bare = before_activation and any(layer is target for target in targets)
        return (without_activation(layer) if bare else layer)(*args, **kwargs)

    with contextlib.suppress(StopWalk):
        walk(model, x, visit, call)
    return [outputs[path] for path in paths]


def run_to_logits(model, x, relu="vanilla", **visit):
    """Logits (n, classes), with the gradient rule for ReLUs that is asked for."""
    logits = with_relu_rule(relu, lambda: walk(logit_model(model), x, **visit), model.name)
    return tf.cast(logits, tf.float32)


def to_probabilities(model, logits):
    """Softmax, or sigmoid for a network that ends with one or has one output only."""
    end = final_activation(model)
    independent = end == "sigmoid" or (not end and logits.shape[1] == 1)
    return tf.sigmoid(logits) if independent else tf.nn.softmax(logits)


def select_class(values, columns):
    """One column per row: (n, m), (n,) -> (n,). A product, whose gradient is deterministic everywhere."""
    return tf.reduce_sum(values * tf.one_hot(columns, tf.shape(values)[1]), axis=1)


def gradient(values, x):
    """Gradient of the sum of `values` with respect to `x`; zero where they do not depend on it."""
    return tf.gradients(values, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)[0]


# --- arrays -----------------------------------------------------------------------------------------


def forward(model, images, batch_size="auto", progress=False):
    """What a network itself gives for images (N, H, W, C) or (H, W, C): (N, ...) float32."""
    images = check_images(images, input_shape(model))
    function = compiled(model, ("forward",), lambda x: (walk(model, x),), [images_spec(model)])
    size = chunk_size(model, images.shape[1:], batch_size)
    return in_chunks(function, [images], size, "Forward pass", progress)[0]


def logits(model, images, batch_size="auto"):
    """What a network gives for images before its closing softmax or sigmoid: (N, classes) float32."""
    return forward(logit_model(model), images, batch_size)


def target_classes(model, images, class_index=None):
    """The class that each image is to be explained for, (N,) int32: as given, or the largest logit."""
    classes = check_class(class_index, len(images), class_count(model))
    return logits(model, images).argmax(axis=1).astype(np.int32) if classes is None else classes


def activations(model, images, paths, batch_size="auto", progress=False):
    """What layers give out for images: one (N, ...) array per path. What lies above is not run."""

    def compute(x):
        return run_until(model, x, paths)

    function = compiled(model, ("activations", *paths), compute, [images_spec(model)])
    size = chunk_size(model, images.shape[1:], batch_size)
    return in_chunks(function, [images], size, "Feature maps", progress)


def gradients(model, images, classes, relu="vanilla", batch_size="auto", progress=False):
    """Gradient of each image's class logit with respect to the image: (N, H, W, C) float32.

    Where max-pooling has ties, TensorFlow's choice counts.
    """

    def compute(x, c):
        return (gradient(select_class(run_to_logits(model, x, relu), c), x),)

    function = compiled(model, ("gradients", relu), compute, [images_spec(model), INTS])
    size = chunk_size(model, images.shape[1:], batch_size, copies=2)
    return in_chunks(function, [images, classes], size, "Gradients", progress)[0]


def layer_gradients(model, images, classes, path, relu="vanilla", batch_size="auto", progress=False):
    """A layer's feature maps, and the gradient of each image's class logit with respect to them.

    Yields (maps, gradients), each (n, h, w, c), of one chunk of images after the other.
    """

    def compute(x, c):
        outputs = {}
        z = run_to_logits(model, x, relu, visit=lambda at, _, output: outputs.update({at: output}))
        grads = gradient(select_class(z, c), outputs[path])
        return tf.cast(outputs[path], tf.float32), tf.cast(grads, tf.float32)

    key = ("layer gradients", path, relu)
    function = compiled(model, key, compute, [images_spec(model), INTS])
    size = chunk_size(model, images.shape[1:], batch_size, copies=2)
    yield from chunks(function, [images, classes], size, "Layer gradients", progress)
