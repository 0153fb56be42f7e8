"""The only code that asks TensorFlow for activations and gradients.

Each computation is compiled once per network, whatever class, unit or number of images is asked
for, and runs in chunks whose size follows from a memory budget. What is compiled is kept on the
network and goes with it. It shares the network's weights, so training and `set_weights` count;
its layers are taken as they are at the first use.

Arrays come in and arrays go out: callers need not know TensorFlow.
"""

import contextlib
from typing import NamedTuple

import numpy as np

from helpers.backend import tf
from helpers.models import (
    Reached,
    as_graph,
    ending,
    find_layer,
    last_conv_layer,
    layer_table,
    logit_model,
    remember,
    walk,
    without_activation,
)
from helpers.progress import progress_bar
from helpers.validate import check_choice, check_int

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
    count = class_count(model)
    if class_index is None:
        return logits(model, images).argmax(axis=1).astype(np.int32)
    classes = np.asarray(class_index)
    if not np.issubdtype(classes.dtype, np.integer) or classes.shape not in ((), (len(images),)):
        raise ValueError(
            f"class_index={class_index!r} is not allowed: give an int, one int per image "
            f"({len(images)}), or None"
        )
    if classes.min() < 0 or classes.max() >= count:
        raise ValueError(f"class_index={class_index!r} is out of range: classes are 0 to {count - 1}")
    return np.broadcast_to(classes, len(images)).astype(np.int32)


def class_count(model):
    """How many classes a network tells apart.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it does not give one number per class.
    """
    outputs = as_graph(model).outputs[0].shape
    if len(outputs) != 2:
        raise ValueError(f"model {model.name!r} has outputs of shape {outputs}: (N, classes) is needed")
    return outputs[1]


def check_layer(model, layer_name=None, maps=True):
    """Find the layer that is asked for.

    Parameters
    ----------
    model : keras.Model
    layer_name : str or None
        A layer's name, in nested networks too, or its path (``"backbone/conv1"``) where several
        share the name; None for `last_conv_layer`.
    maps : bool
        True to accept only layers with a 4-D output (N, h, w, c).

    Returns
    -------
    str
        The layer's path.

    Raises
    ------
    ValueError
        If there is no such layer, or it has not the output that is needed. The message lists those
        that there are.
    """
    return last_conv_layer(model) if layer_name is None else find_layer(model, layer_name, maps)


def check_units(model, path, unit_indices):
    """The units of a layer that are asked for.

    Parameters
    ----------
    model : keras.Model
    path : str
        The layer's path, as `check_layer` gives it.
    unit_indices : int or sequence of int
        Channels of a convolution, or units of a dense layer.

    Returns
    -------
    ndarray
        (units,) int32.

    Raises
    ------
    ValueError
        If there is none, one is not an int, or one is out of range.
    """
    count = layer_table(model)[path].shape[-1]
    units = np.atleast_1d(np.asarray(unit_indices))
    if units.ndim != 1 or units.size == 0 or not np.issubdtype(units.dtype, np.integer):
        raise ValueError(f"unit_indices={unit_indices!r} is not allowed: give one int or several")
    if units.min() < 0 or units.max() >= count:
        raise ValueError(
            f"unit_indices={unit_indices!r} is out of range: {path!r} has units 0 to {count - 1}"
        )
    return units.astype(np.int32)


def image_shape(model, image_size=None, example=None):
    """The shape of one image for a network.

    Parameters
    ----------
    model : keras.Model
    image_size : int, (int, int), or None
        Height and width that are wanted; None for the network's own.
    example : ndarray or None
        (..., H, W, C), whose size counts where none is wanted and the network takes any.

    Returns
    -------
    tuple of int
        (H, W, C).

    Raises
    ------
    ValueError
        If the size is not one or two ints of at least 1, or is None and neither the network nor
        an example says one.
    """
    *own, channels = as_graph(model).inputs[0].shape[1:]
    if image_size is None and None in own and np.ndim(example) >= 3:
        image_size = np.shape(example)[-3:-1]
    if image_size is None and None in own:
        raise ValueError(f"image_size=None is not allowed: model {model.name!r} takes images of any size")
    if image_size is not None and np.shape(image_size) not in ((), (2,)):
        raise ValueError(f"image_size={image_size!r} is not allowed: give one int or (height, width)")
    size = own if image_size is None else np.broadcast_to(image_size, 2).tolist()
    return (*(check_int("image_size", side, 1) for side in size), channels)


def chunk_size(model, image_shape, batch_size="auto", copies=1, until=None):
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
    until : str or None
        The path of the layer at which the network is cut off; None for all of it.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        If `batch_size` is neither "auto" nor an int of at least 1.
    """
    if not isinstance(batch_size, str) or batch_size != "auto":
        return check_int("batch_size", batch_size, 1, note=' or "auto"')
    table = layer_table(model, image_shape, until)
    sizes = [np.prod(layer.shape[1:], dtype=np.int64) for layer in table.values()]
    return int(max(1, MEMORY_BUDGET // (4 * copies * (np.prod(image_shape) + sum(sizes)))))


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
        return (walk(model, x, seen=_look_away),)

    function = _compiled(model, ("forward",), compute, [_image_spec(model)])
    size = chunk_size(model, images.shape[1:], batch_size)
    return _in_chunks(function, [images], size, "Forward pass", progress)[0]


def logits(model, images, batch_size="auto"):
    """What a network gives for images before its closing softmax or sigmoid.

    Parameters
    ----------
    model, images, batch_size
        See `forward`.

    Returns
    -------
    ndarray
        (N, classes) float32.
    """
    return forward(logit_model(model), images, batch_size)


def kernels(model):
    """The kernels of all convolutions of a network, in the order in which they run.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    dict
        Path of the layer -> ndarray, copied.
    """
    found = {}
    for path, info in layer_table(model).items():
        kernel = getattr(info.layer, "kernel", None)
        if kernel is not None and len(kernel.shape) == 4:
            found[path] = np.array(tf.convert_to_tensor(kernel).numpy(), dtype=np.float32)
    return found


def activations(model, images, paths, batch_size="auto", progress=False):
    """What layers give out for images. Layers above the last one asked for are not run.

    Parameters
    ----------
    model : keras.Model
    images : ndarray
        (N, H, W, C) float32.
    paths : sequence of str
        Paths of layers, as `find_layer` gives them.
    batch_size, progress
        See `forward`.

    Returns
    -------
    list of ndarray
        One (N, ...) per path.
    """

    def compute(x):
        return _run_until(model, x, paths)

    function = _compiled(model, ("activations", *paths), compute, [_image_spec(model)])
    size = chunk_size(model, images.shape[1:], batch_size)
    return _in_chunks(function, [images], size, "Feature maps", progress)


def gradients(model, images, classes, relu="vanilla", batch_size="auto", progress=False):
    """Gradient of each image's class logit with respect to the image.

    Parameters
    ----------
    model : keras.Model
    images : ndarray
        (N, H, W, C) float32.
    classes : ndarray
        (N,) int32.
    relu : str
        A key of `RELU_RULES`: how gradients go back through ReLUs.
    batch_size, progress
        See `forward`.

    Returns
    -------
    ndarray
        (N, H, W, C) float32. Where max-pooling has ties, TensorFlow's choice counts.

    Raises
    ------
    ValueError
        If `relu` is unknown, or another than "vanilla" for a network without ReLUs.
    """
    check_choice("relu", relu, RELU_RULES)

    def compute(x, c):
        return (_gradient(_pick(_logits(model, x, relu), c), x),)

    function = _compiled(model, ("gradients", relu), compute, [_image_spec(model), _INTS])
    size = chunk_size(model, images.shape[1:], batch_size, copies=2)
    return _in_chunks(function, [images, classes], size, "Gradients", progress)[0]


def layer_gradients(model, images, classes, path, relu="vanilla", batch_size="auto", progress=False):
    """A layer's feature maps, and the gradient of each image's class logit with respect to them.

    Parameters
    ----------
    model : keras.Model
    images, classes, relu, batch_size, progress
        See `gradients`.
    path : str
        The layer's path, as `find_layer` gives it.

    Yields
    ------
    (ndarray, ndarray)
        Maps and gradients (n, h, w, c) of one chunk of images after the other.

    Raises
    ------
    ValueError
        See `gradients`.
    """
    check_choice("relu", relu, RELU_RULES)

    def compute(x, c):
        outputs = {}
        z = _logits(model, x, relu, seen=lambda at, _, output: outputs.update({at: output}))
        grads = _gradient(_pick(z, c), outputs[path])
        return tf.cast(outputs[path], tf.float32), tf.cast(grads, tf.float32)

    key = ("layer gradients", path, relu)
    function = _compiled(model, key, compute, [_image_spec(model), _INTS])
    size = chunk_size(model, images.shape[1:], batch_size, copies=2)
    yield from _chunks(function, [images, classes], size, "Layer gradients", progress)


def summed_gradients(
    model,
    images,
    classes,
    weights,
    places=1.0,
    start=0.0,
    noise_level=0.0,
    seed=0,
    batch_size="auto",
    progress=False,
):
    """Weighted sum of gradients of each image's class logit at several points per image.

    Point k of image x is ``start + places[k] * (x - start)``, on the straight way from `start` to
    the image, plus ``noise_level * (x.max() - x.min())`` times standard normal noise. The noise of
    point k is drawn from (seed, k) alone and is the same for every image, so that the result
    depends neither on the chunks nor on the other images.

    Parameters
    ----------
    model : keras.Model
    images, classes, batch_size, progress
        See `gradients`.
    weights : ndarray
        (K,), one per point.
    places : float or ndarray
        (K,), 0 at the start and 1 at the image.
    start : float or ndarray
        (H, W, C), where the way begins.
    noise_level : float
        0 for no noise.
    seed : int
        0 to 2**31 - 1.

    Returns
    -------
    ndarray
        (N, H, W, C) float32, signed.
    """
    image_spec = _image_spec(model)
    points_spec = [_INTS, _NUMBERS, _NUMBERS, _one(image_spec), _NUMBER, _INT]
    signature = [image_spec, _INTS, *points_spec]
    function = _compiled(model, ("summed gradients",), _gradient_sum(model), signature)
    count = len(weights)
    size = chunk_size(model, images.shape[1:], batch_size, copies=2)
    arrays = [np.broadcast_to(values, count).astype(np.float32) for values in (weights, places)]
    arrays = [np.arange(count, dtype=np.int32), *arrays]
    start = np.broadcast_to(start, images.shape[1:]).astype(np.float32)
    total = np.zeros(images.shape, np.float32)
    with progress_bar(len(images) * count, "Gradients", "images", progress) as advance:
        for some in _slices(len(images), max(1, size // count)):
            for part in _slices(count, size):
                points = [array[part] for array in arrays]
                total[some] += function(images[some], classes[some], *points, start, noise_level, seed)
                advance((some.stop - some.start) * (part.stop - part.start))
    return total


class Occluded(NamedTuple):
    """What `occlude` returns. N images, K patches."""

    logit: np.ndarray
    """(N, K) float32, of the class asked for."""
    probability: np.ndarray
    """(N, K) float32, of the class asked for."""
    predicted: np.ndarray
    """(N, K) int32, the class with the largest logit."""


def occlude(model, images, classes, corners, patch_size, fill, batch_size="auto", progress=False):
    """Send each image through a network many times, each time with a patch replaced.

    The patches are put in inside the compiled computation: no more than one chunk of occluded
    images exists at a time.

    Parameters
    ----------
    model : keras.Model
    images, classes, batch_size, progress
        See `gradients`.
    corners : ndarray
        (K, 2) int32, the top row and left column of each patch.
    patch_size : int
        Its side in pixels; 0 leaves the image as it is.
    fill : ndarray
        (H, W, C) float32, what a patch shows.

    Returns
    -------
    Occluded
    """
    image_spec = _one(_image_spec(model))
    signature = [tf.TensorSpec((None, 2), tf.int32), image_spec, image_spec, _INT, _INT]
    function = _compiled(model, ("occlude",), _covering(model), signature)
    size = chunk_size(model, images.shape[1:], batch_size)
    shape = len(images), len(corners)
    found = Occluded(np.empty(shape, np.float32), np.empty(shape, np.float32), np.empty(shape, np.int32))
    with progress_bar(len(images) * len(corners), "Occlusion", "patches", progress) as advance:
        for row, (image, class_) in enumerate(zip(images, classes, strict=True)):
            for part in _slices(len(corners), size):
                for array, values in zip(
                    found, function(corners[part], image, fill, patch_size, class_), strict=True
                ):
                    array[row, part] = values
                advance(part.stop - part.start)
    return found


def masked_probabilities(model, image, class_index, maps, batch_size="auto"):
    """Probability of a class for an image dimmed by maps, one at a time.

    Each map is resized to the image (bilinear, pixel centres at one half), stretched to 0 to 1 and
    multiplied with the image.

    Parameters
    ----------
    model : keras.Model
    image : ndarray
        (H, W, C) float32.
    class_index : int
    maps : ndarray
        (K, h, w) float32.
    batch_size : int or "auto"
        See `forward`.

    Yields
    ------
    ndarray
        (k,) float32, 0 to 1, for one chunk of maps after the other. Softmax or sigmoid counts once,
        whether the network ends with it or not.
    """

    def compute(maps, x, c):
        masks = tf.image.resize(maps[..., tf.newaxis], tf.shape(x)[:2])  # (k, H, W, 1)
        low, high = tf.reduce_min(masks, (1, 2), True), tf.reduce_max(masks, (1, 2), True)
        masks = tf.math.divide_no_nan(masks - low, high - low)
        return _probabilities(model, _logits(model, masks * x))[:, c]

    signature = [tf.TensorSpec((None, None, None), tf.float32), _one(_image_spec(model)), _INT]
    function = _compiled(model, ("masked",), compute, signature)
    for part in _slices(len(maps), chunk_size(model, image.shape, batch_size)):
        yield function(maps[part], image, class_index).numpy()


def climb(
    model,
    path,
    units,
    start,
    steps,
    step_size,
    l2=0.0,
    total_variation=0.0,
    jitter=0,
    value_range=None,
    normalize=True,
    before_activation=True,
    seed=0,
    batch_size="auto",
    progress=False,
):
    """Change images step by step so that each drives one unit of a layer up.

    The loop over the steps runs inside the compiled computation, on the network cut off at the
    layer.

    Parameters
    ----------
    model : keras.Model
    path : str
        The layer's path, as `find_layer` gives it.
    units : ndarray
        (N,) int32, the channel of the layer that each image is to drive.
    start : ndarray
        (N, H, W, C) float32, the images to begin with. Any H and W that the cut network takes.
    steps, step_size, l2, total_variation, jitter, value_range, normalize, before_activation, seed
        See `helpers.ascent.maximize_activation`.
    batch_size, progress
        See `forward`.

    Returns
    -------
    images : ndarray
        (N, H, W, C) float32.
    scores : ndarray
        (N,) float32, each unit's value, averaged over its positions, without the penalties.
    """
    image_spec = tf.TensorSpec((None, *start.shape[1:]), tf.float32)
    numbers = [_INT, _INT, _NUMBER, _NUMBER, _NUMBER, _INT, _NUMBER, _NUMBER, _FLAG, _INT]
    # What is switched off is left out of the computation, instead of being computed and thrown away.
    extras = {"l2": l2 > 0, "total variation": total_variation > 0, "jitter": jitter > 0}
    used = frozenset(name for name, on in extras.items() if on)
    key = ("climb", path, before_activation, start.shape[1:], used)
    compute = _ascent(model, path, before_activation, used)
    function = _compiled(model, key, compute, [image_spec, _INTS, *numbers])
    low, high = value_range or (-np.inf, np.inf)
    options = step_size, l2, total_variation, jitter, low, high, normalize, seed
    images, scores = start.copy(), np.zeros(len(start), np.float32)
    size = chunk_size(model, start.shape[1:], batch_size, copies=2, until=path)
    with progress_bar(len(start) * steps, "Gradient ascent", "steps", progress) as advance:
        for some in _slices(len(start), size):
            for part in _slices(steps, 10 if progress else steps):
                found = function(images[some], units[some], part.start, part.stop, *options)
                images[some], scores[some] = found[0].numpy(), found[1].numpy()
                advance((some.stop - some.start) * (part.stop - part.start))
    return images, scores


def _gradient_sum(model):
    """The computation of `summed_gradients` for n images, k points each."""

    def compute(x, c, numbers, w, a, start, level, seed):
        shape = tf.shape(x)[1:]
        noise = tf.cond(level > 0, lambda: _noise(numbers, shape, seed), lambda: tf.zeros((1, 1, 1, 1)))
        level *= tf.reduce_max(x, (1, 2, 3)) - tf.reduce_min(x, (1, 2, 3))  # (n,)
        points = start + tf.einsum("k,nhwc->nkhwc", a, x - start)
        points += tf.reshape(level, (-1, 1, 1, 1, 1)) * noise  # (n, k, H, W, C)
        flat = tf.ensure_shape(tf.reshape(points, tf.concat([[-1], shape], 0)), x.shape)
        z = _pick(_logits(model, flat), tf.repeat(c, tf.size(numbers)))  # (n * k,)
        grads = tf.reshape(_gradient(z, flat), tf.shape(points))
        return tf.einsum("k,nkhwc->nhwc", w, grads)

    return compute


def _covering(model):
    """The computation of `occlude` for one image, k patches."""

    def compute(corners, x, fill, side, c):
        def within(start, length):  # (k, length), True where the patch is
            along = tf.range(length) - start[:, tf.newaxis]
            return (along >= 0) & (along < side)

        rows, columns = within(corners[:, 0], tf.shape(x)[0]), within(corners[:, 1], tf.shape(x)[1])
        patch = rows[:, :, tf.newaxis, tf.newaxis] & columns[:, tf.newaxis, :, tf.newaxis]  # (k, H, W, 1)
        z = _logits(model, tf.where(patch, fill, x))
        return z[:, c], _probabilities(model, z)[:, c], tf.argmax(z, axis=1, output_type=tf.int32)

    return compute


def _ascent(model, path, before_activation, used):
    """The computation of `climb` for n images, from one step to another, with the extras that are used."""

    def score(x, units):
        (maps,) = _run_until(model, x, [path], before_activation)  # (n, ..., channels)
        means = tf.reduce_mean(maps, axis=list(range(1, len(maps.shape) - 1)))  # (n, channels)
        return _pick(means, units)

    def compute(x, units, first, last, size, l2, tv, jitter, low, high, normalize, seed):
        def step(number, x):
            seen = x
            if "jitter" in used:
                shift = tf.random.stateless_uniform((2,), [seed, number], -jitter, jitter + 1, tf.int32)
                seen = tf.roll(x, shift, (1, 2))
            grads = _gradient(score(seen, units), x)
            if "l2" in used:
                grads -= l2 * x
            if "total variation" in used:
                grads -= tv * _gradient(tf.image.total_variation(x), x)
            rms = tf.sqrt(tf.reduce_mean(grads**2, (1, 2, 3), keepdims=True))
            grads = tf.where(normalize, tf.math.divide_no_nan(grads, rms), grads)
            return number + 1, tf.clip_by_value(x + size * grads, low, high)

        x = tf.while_loop(lambda number, _: number < last, step, (first, x))[1]
        return x, score(x, units)

    return compute


def _look_away(*_):
    """For a `walk` in which no layer is of interest."""


def _run_until(model, x, paths, before_activation=False):
    """Outputs of layers, or their values before the activation. What lies above is not run."""
    outputs = {}
    table = layer_table(model)
    targets = [table[path].layer for path in paths]

    def note(path, _, output):
        if path in paths:
            outputs[path] = tf.cast(output, tf.float32)
        if len(outputs) == len(paths):
            raise Reached

    def call(layer, *args, **kwargs):
        bare = before_activation and any(layer is target for target in targets)
        return (without_activation(layer) if bare else layer)(*args, **kwargs)

    with contextlib.suppress(Reached):
        walk(model, x, note, call)
    return [outputs[path] for path in paths]


def _logits(model, x, relu="vanilla", seen=_look_away):
    """Logits (n, classes), with the gradient rule for ReLUs that is asked for.

    The rule replaces the gradient of the ReLU operations in the graph that is being traced, so it
    does not matter how Keras was told of them, and no layer is touched.
    """
    graph = tf.compat.v1.get_default_graph()
    rule = RELU_RULES[relu]
    with graph.gradient_override_map(rule):
        z = walk(logit_model(model), x, seen)
    if rule and not any(operation.type in rule for operation in graph.get_operations()):
        raise ValueError(f"relu={relu!r} has nothing to act on: model {model.name!r} has no ReLU")
    return tf.cast(z, tf.float32)


def _probabilities(model, z):
    """From logits: softmax, or sigmoid for a network that ends with one or has one output only."""
    independent = ending(model) == "sigmoid" or (not ending(model) and z.shape[1] == 1)
    return tf.sigmoid(z) if independent else tf.nn.softmax(z)


def _pick(values, columns):
    """One column per row: (n, m), (n,) -> (n,). A product, whose gradient is deterministic everywhere."""
    return tf.reduce_sum(values * tf.one_hot(columns, tf.shape(values)[1]), axis=1)


def _gradient(values, x):
    """Gradient of the sum of `values` with respect to `x`; zero where they do not depend on it."""
    return tf.gradients(values, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)[0]


def _noise(numbers, shape, seed):
    """Standard normal noise (k, *shape), one draw per number."""

    def draw(number):
        return tf.random.stateless_normal(shape, tf.stack([seed, number]))

    return tf.map_fn(draw, numbers, fn_output_signature=tf.float32)


@tf.RegisterGradient("CourseGuidedRelu")
def _guided_relu(operation, grads):
    return tf.raw_ops.ReluGrad(gradients=tf.nn.relu(grads), features=operation.outputs[0])


@tf.RegisterGradient("CourseGuidedRelu6")
def _guided_relu6(operation, grads):
    return tf.raw_ops.Relu6Grad(gradients=tf.nn.relu(grads), features=operation.outputs[0])


@tf.RegisterGradient("CourseDeconvRelu")
def _deconv_relu(_, grads):
    return tf.nn.relu(grads)


RELU_RULES = {
    "vanilla": {},
    "guided": {"Relu": "CourseGuidedRelu", "Relu6": "CourseGuidedRelu6"},
    "deconv": {"Relu": "CourseDeconvRelu", "Relu6": "CourseDeconvRelu"},
}
"""How a gradient goes back through a ReLU: where the ReLU's input was positive ("vanilla"), where also
the gradient is positive ("guided"), or wherever the gradient is positive ("deconv")."""


_INT, _INTS = tf.TensorSpec((), tf.int32), tf.TensorSpec((None,), tf.int32)
_NUMBER, _NUMBERS = tf.TensorSpec((), tf.float32), tf.TensorSpec((None,), tf.float32)
_FLAG = tf.TensorSpec((), tf.bool)


def _image_spec(model):
    """What a compiled computation is told of the images: any number of them, sizes as the network has."""
    return tf.TensorSpec((None, *as_graph(model).inputs[0].shape[1:]), tf.float32)


def _one(spec):
    """The same for one image."""
    return tf.TensorSpec(spec.shape[1:], spec.dtype)


def _compiled(model, key, compute, signature):
    """Compile a computation on a network the first time that it is asked for.

    Open axes, and tensors instead of Python numbers in the signature, keep it from being traced again.
    """

    def make():
        function = tf.function(compute, input_signature=signature, autograph=False)
        # Traced here: TensorFlow takes first calls on many networks for retracing, and warns.
        function.get_concrete_function()
        return function

    return remember(model, ("compiled", *key), make)


def _slices(count, size):
    """Cut 0 to count into slices of at most `size`."""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]


def _chunks(function, arrays, size, label, progress):
    """Call a compiled function on slices of arrays that share their first axis; yield what it gives."""
    with progress_bar(len(arrays[0]), label, "images", progress) as advance:
        for part in _slices(len(arrays[0]), size):
            yield [tensor.numpy() for tensor in function(*(array[part] for array in arrays))]
            advance(part.stop - part.start)


def _in_chunks(function, arrays, size, label, progress):
    """As `_chunks`, joined along the first axis."""
    parts = list(_chunks(function, arrays, size, label, progress))
    return [np.concatenate(part) for part in zip(*parts, strict=True)]
