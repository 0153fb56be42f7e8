"""Compile a computation once per network, and run it in chunks that fit a memory budget."""

import numpy as np

from helpers.backend import tf
from helpers.graph import cached_on_model, input_shape, layer_table
from helpers.progress import progress_bar
from helpers.validate import check_int

MEMORY_BUDGET = 256 * 2**20
"""Bytes of activations (and of their gradients, where there are any) that one chunk may take."""

INT, INTS = tf.TensorSpec((), tf.int32), tf.TensorSpec((None,), tf.int32)
NUMBER, NUMBERS = tf.TensorSpec((), tf.float32), tf.TensorSpec((None,), tf.float32)
FLAG = tf.TensorSpec((), tf.bool)


def image_spec(model):
    """The signature of one image (H, W, C), its sizes as the network has them."""
    return tf.TensorSpec(input_shape(model), tf.float32)


def images_spec(model):
    """The signature of any number of images."""
    return tf.TensorSpec((None, *input_shape(model)), tf.float32)


def compiled(model, key, compute, signature):
    """Compile a computation on a network the first time that it is asked for under this key.

    Open axes, and tensors instead of Python numbers in the signature, keep it from being traced again.
    """

    def make():
        function = tf.function(compute, input_signature=signature, autograph=False)
        # Traced here: TensorFlow takes first calls on many networks for retracing, and warns.
        function.get_concrete_function()
        return function

    return cached_on_model(model, ("compiled", *key), make)


def chunk_size(model, image_shape, batch_size="auto", copies=1, until=None):
    """How many images (H, W, C) to send through a network at once: `batch_size`, or what the budget allows.

    `copies` is how often each activation is held: 1 for a forward pass, 2 with gradients. `until` is the
    path of the layer at which the network is cut off.
    """
    if not isinstance(batch_size, str) or batch_size != "auto":
        return check_int("batch_size", batch_size, 1, note=' or "auto"')
    table = layer_table(model, tuple(image_shape), until)
    sizes = [np.prod(layer.shape[1:], dtype=np.int64) for layer in table.values()]
    return int(max(1, MEMORY_BUDGET // (4 * copies * (np.prod(image_shape) + sum(sizes)))))


def slices(count, size):
    """Cut 0 to count into slices of at most `size`."""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def chunks(function, arrays, size, label, progress):
    """Call a compiled function on slices of arrays that share their first axis; yield what it gives."""
    with progress_bar(len(arrays[0]), label, "images", progress) as advance:
        for part in slices(len(arrays[0]), size):
            yield [tensor.numpy() for tensor in function(*(array[part] for array in arrays))]
            advance(part.stop - part.start)


def in_chunks(function, arrays, size, label, progress):
    """As `chunks`, joined along the first axis."""
    parts = list(chunks(function, arrays, size, label, progress))
    return [np.concatenate(part) for part in zip(*parts, strict=True)]
