"""The only code that asks TensorFlow for activations and gradients.

Each computation is compiled once per network, whatever class, unit or number of images is asked
for, and runs in chunks whose size follows from a memory budget. What is compiled is kept on the
network and goes with it. It shares the network's weights, so training and `set_weights` count;
its layers are taken as they are at the first use.

Arrays come in and arrays go out: callers need not know TensorFlow.
"""

import numbers

import numpy as np

from helpers.models import as_graph, layer_table, logit_model, remember, walk
from helpers.runtime import progress_bar, tf

MEMORY_BUDGET = 256 * 2**20
"""Bytes of activations (and of their gradients, where there are any) that one chunk may take."""


def check_images(model, images):
    """Check images against what a network takes.

    Parameters
    ----------
    model : keras.Model
    images : array_like
        (N, H, W, C) or one image (H, W, C), floating point.

    Returns
    -------
    ndarray
        (N, H, W, C) float32; the array given if it is so already. It is not to be written to.

    Raises
    ------
    ValueError
        If the shape does not fit, the dtype is not floating point, there is no image, or a value
        is NaN or infinite.
    """
    expected = as_graph(model).inputs[0].shape[1:]
    images = np.asarray(images)
    wanted = f"(N, {', '.join('any' if size is None else str(size) for size in expected)})"
    if len(expected) != 3:
        raise ValueError(f"model {model.name!r} takes inputs of shape {wanted}: images have 3 axes each")
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"images have dtype {images.dtype}: give float32 in the range that the network was trained on"
        )
    batch = images[np.newaxis] if images.ndim == 3 else images
    sizes = zip(expected, batch.shape[1:], strict=False)
    fits = batch.ndim == 4 and all(want in (None, got) for want, got in sizes)
    if not fits or batch.size == 0:
        raise ValueError(f"images have shape {images.shape}: {wanted} or one image is needed, N at least 1")
    with np.errstate(over="ignore"):
        batch = batch.astype(np.float32, copy=False)
    if not np.isfinite(batch).all():
        raise ValueError(f"images hold {np.sum(~np.isfinite(batch))} values that are NaN or infinite")
    return batch


def check_class(model, images, class_index=None):
    """The class that each image is to be explained for.

    Parameters
    ----------
    model : keras.Model
    images : ndarray
        (N, H, W, C) float32, as `check_images` gives them.
    class_index : int, sequence of int, or None
        One class for all, one for each image, or None for each image's own arg-max of the logits.

    Returns
    -------
    ndarray
        (N,) int32.

    Raises
    ------
    ValueError
        If it is not of integers, not one per image, or out of range; or if the network does not
        give one number per class.
    """
    outputs = as_graph(model).outputs[0].shape
    if len(outputs) != 2:
        raise ValueError(f"model {model.name!r} has outputs of shape {outputs}: (N, classes) is needed")
    if class_index is None:
        return forward(logit_model(model), images).argmax(axis=1).astype(np.int32)
    classes = np.asarray(class_index)
    if not np.issubdtype(classes.dtype, np.integer) or classes.shape not in ((), (len(images),)):
        raise ValueError(
            f"class_index={class_index!r} is not allowed: give an int, one int per image "
            f"({len(images)}), or None"
        )
    if classes.min() < 0 or classes.max() >= outputs[1]:
        raise ValueError(f"class_index={class_index!r} is out of range: classes are 0 to {outputs[1] - 1}")
    return np.broadcast_to(classes, len(images)).astype(np.int32)


def chunk_size(model, image_shape, batch_size="auto", copies=1):
    """How many images to send through a network at once.

    Parameters
    ----------
    model : keras.Model
    image_shape : tuple of int
        (H, W, C).
    batch_size : int or "auto"
        A number of images, or "auto" for as many as `MEMORY_BUDGET` allows by the sizes of all of
        the network's activations.
    copies : int
        How often each activation is held: 1 for a forward pass, 2 with gradients.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        If `batch_size` is neither "auto" nor an int of at least 1.
    """
    if batch_size != "auto":
        return check_int("batch_size", batch_size, 1)
    table = layer_table(model, image_shape)
    values = np.prod(image_shape) + sum(np.prod(layer.shape[1:], dtype=np.int64) for layer in table.values())
    return int(max(1, MEMORY_BUDGET // (4 * copies * values)))


def check_int(name, value, low, high=None):
    """Check an integer argument.

    Parameters
    ----------
    name : str
        What the argument is called, for the message.
    value : int
    low, high : int
        The smallest and largest that are allowed; None for no largest.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is not an int, or out of range.
    """
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):
        allowed = f"an int of at least {low}" if high is None else f"an int from {low} to {high}"
        raise ValueError(f"{name}={value!r} is not allowed: give {allowed}")
    return int(value)


def forward(model, images, batch_size="auto", progress=False):
    """Send images through a network.

    Parameters
    ----------
    model : keras.Model
        Its own output is what comes back; give `logit_model(model)` for logits.
    images : ndarray
        (N, H, W, C) or (H, W, C).
    batch_size : int or "auto"
        See `chunk_size`.
    progress : bool
        True to show a progress bar.

    Returns
    -------
    ndarray
        (N, ...) float32.

    Raises
    ------
    ValueError
        See `check_images` and `chunk_size`.
    """
    images = check_images(model, images)

    def compute(x):
        return (walk(model, x, seen=lambda *_: None),)

    function = compiled(model, ("forward",), compute, [image_spec(model)])
    size = chunk_size(model, images.shape[1:], batch_size)
    return _in_chunks(function, [images], size, "Forward pass", progress)[0]


def image_spec(model):
    """What a compiled function is told of a network's input: any number of images.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    tf.TensorSpec
    """
    return tf.TensorSpec((None, *as_graph(model).inputs[0].shape[1:]), tf.float32)


def compiled(model, key, compute, signature):
    """Compile a computation on a network, once.

    Parameters
    ----------
    model : keras.Model
    key : tuple
        What tells this computation from others on the same network.
    compute : callable
        Takes and gives tensors.
    signature : list of tf.TensorSpec
        One per argument; open axes keep it from being traced again.

    Returns
    -------
    tf.function
    """
    return remember(
        model,
        ("compiled", *key),
        lambda: tf.function(compute, input_signature=signature, autograph=False),
    )


def _in_chunks(function, arrays, size, label, progress):
    """Call a compiled function on slices of arrays that share their first axis; join what it gives."""
    parts = []
    with progress_bar(len(arrays[0]), label, "images", progress) as advance:
        for start in range(0, len(arrays[0]), size):
            chunk = [array[start : start + size] for array in arrays]
            parts.append([tensor.numpy() for tensor in function(*chunk)])
            advance(len(chunk[0]))
    return [np.concatenate(part) for part in zip(*parts, strict=True)]
