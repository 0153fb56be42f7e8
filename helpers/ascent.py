"""Activation maximisation: the image that a unit of a network likes best."""

from typing import NamedTuple

import numpy as np

from helpers.backend import tf
from helpers.engine.compiled import FLAG, INT, INTS, NUMBER, chunk_size, compiled, slices
from helpers.engine.passes import gradient, run_until, select_class
from helpers.graph import find_layer, input_shape, layer_table
from helpers.progress import progress_bar
from helpers.validate import check_image_size, check_int, check_number, check_range, check_seed, check_units


class Maximized(NamedTuple):
    """What `maximize_activation` returns."""

    images: np.ndarray
    """(units, H, W, C) float32."""
    scores: np.ndarray
    """(units,) float32: the value that each unit reaches, averaged over its positions; penalties
    are not in it."""


def maximize_activation(
    model,
    layer_name,
    unit_indices,
    steps=40,
    step_size=0.05,
    l2=0.0,
    total_variation=0.0,
    jitter=0,
    value_range=(0.0, 1.0),
    image_size=None,
    start=None,
    normalize=True,
    before_activation=True,
    seed=0,
    batch_size="auto",
    progress=False,
):
    """Climb from grey noise to an image that drives a unit of a layer as far up as it goes.

    What is climbed is the unit's value, averaged over its positions, minus ``l2 / 2`` times the sum
    of the squared pixels, minus `total_variation` times the sum of the absolute differences of
    neighbouring pixels. All units asked for are climbed at once; layers above are not run.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential.
    layer_name : str
        A layer's name, in nested networks too: a convolution, whose units are its channels, or a
        dense layer.
    unit_indices : int or sequence of int
        One image is made for each.
    steps : int
        How many steps to climb.
    step_size : float
        How far a pixel moves in a step, as a root mean square over the image, in units of the
        image; without `normalize`, what the gradient is multiplied with.
    l2, total_variation : float
        Weights of the two penalties, 0 for none.
    jitter : int
        In each step the network sees the image rolled by up to so many pixels along each axis.
    value_range : (float, float) or None
        Pixels are kept between these; None for no bounds.
    image_size : int, (int, int), or None
        Height and width; None for the network's own, or those of `start` where it takes any.
    start : ndarray or None
        (H, W, C) or (units, H, W, C) to begin with; None for grey noise: uniform within a tenth of
        the value range about its middle (of 0 to 1 if there is no range), the same for every unit.
    normalize : bool
        True to divide each image's gradient by its root mean square.
    before_activation : bool
        True to climb the layer's value before its activation: behind a ReLU, a unit that is off has
        no gradient and never leaves the noise. A final layer's values are then its logits.
    seed : int
        0 to 2**31 - 1, for noise and jitter.
    batch_size : int or "auto"
        How many images are climbed at once; "auto" follows from a memory budget.
        A number larger than there are means all at once, whatever memory that takes.
    progress : bool
        True to show a progress bar.

    Returns
    -------
    Maximized
        ``images`` and ``scores``.

    Raises
    ------
    ValueError
        If an argument is not allowed, the layer is unknown, or there is no such unit.

    References
    ----------
    Erhan, Bengio, Courville, Vincent (2009). Visualizing Higher-Layer Features of a Deep Network.
    Technical report, Université de Montréal.
    Simonyan, Vedaldi, Zisserman (2014). Deep Inside Convolutional Networks: Visualising Image
    Classification Models and Saliency Maps. ICLR Workshop.
    Mahendran, Vedaldi (2016). Visualizing Deep Convolutional Neural Networks Using Natural
    Pre-images. International Journal of Computer Vision. (total variation, jitter)
    """
    path = find_layer(model, layer_name)
    units = check_units(unit_indices, layer_table(model)[path].shape[-1], layer_name)
    low, high = check_range("value_range", value_range) or (-np.inf, np.inf)
    seed = check_seed(seed)
    shape = _image_shape(model, image_size, start)
    images = _start(shape, len(units), start, value_range or (0.0, 1.0), seed)
    options = {
        "step_size": check_number("step_size", step_size, low=0),
        "l2": check_number("l2", l2, low=0),
        "total_variation": check_number("total_variation", total_variation, low=0),
        "jitter": check_int("jitter", jitter, 0),
        "low": low,
        "high": high,
        "normalize": bool(normalize),
        "seed": seed,
    }
    steps = check_int("steps", steps, 1)
    climb = _compile_climb(model, path, before_activation, shape, options)
    scores = np.zeros(len(images), np.float32)
    size = chunk_size(model, shape, batch_size, copies=2, until=path)
    with progress_bar(len(images) * steps, "Gradient ascent", "steps", progress) as advance:
        for some in slices(len(images), size):
            for part in slices(steps, 10 if progress else steps):
                found = climb(images[some], units[some], part.start, part.stop, *options.values())
                images[some], scores[some] = found[0].numpy(), found[1].numpy()
                advance((some.stop - some.start) * (part.stop - part.start))
    return Maximized(images, scores)


def _compile_climb(model, path, before_activation, shape, options):
    """The compiled ascent of n images (n, H, W, C) from one step to another, on the network cut at the layer.

    What is switched off is left out of the computation, instead of being computed and thrown away.
    """
    used = frozenset(name for name in ("l2", "total_variation", "jitter") if options[name] > 0)

    def score(x, units):
        (maps,) = run_until(model, x, [path], before_activation)  # (n, ..., channels)
        means = tf.reduce_mean(maps, axis=list(range(1, len(maps.shape) - 1)))  # (n, channels)
        return select_class(means, units)

    def compute(x, units, first, last, step_size, l2, total_variation, jitter, low, high, normalize, seed):
        def step(number, x):
            seen = x
            if "jitter" in used:
                shift = tf.random.stateless_uniform((2,), [seed, number], -jitter, jitter + 1, tf.int32)
                seen = tf.roll(x, shift, (1, 2))
            grads = gradient(score(seen, units), x)
            if "l2" in used:
                grads -= l2 * x
            if "total_variation" in used:
                grads -= total_variation * gradient(tf.image.total_variation(x), x)
            rms = tf.sqrt(tf.reduce_mean(grads**2, (1, 2, 3), keepdims=True))
            grads = tf.where(normalize, tf.math.divide_no_nan(grads, rms), grads)
            return number + 1, tf.clip_by_value(x + step_size * grads, low, high)

        x = tf.while_loop(lambda number, _: number < last, step, (first, x))[1]
        return x, score(x, units)

    images = tf.TensorSpec((None, *shape), tf.float32)
    numbers = [NUMBER, NUMBER, NUMBER, INT, NUMBER, NUMBER, FLAG, INT]  # as in the options
    key = ("climb", path, before_activation, shape, used)
    return compiled(model, key, compute, [images, INTS, INT, INT, *numbers])


def _image_shape(model, image_size, start):
    """(H, W, C) of the images: what is asked for, or the network's own, or those of the start."""
    own = input_shape(model)
    if image_size is None and None in own and np.ndim(start) >= 3:
        image_size = np.shape(start)[-3:-1]
    return check_image_size(image_size, own)


def _start(shape, count, start, value_range, seed):
    """The images to begin with: (count, H, W, C) float32, the caller's to write to."""
    low, high = value_range
    if start is None:
        noise = np.random.default_rng(seed).uniform(-0.1, 0.1, shape)
        start = (low + high) / 2 + (high - low) * noise
    start = np.asarray(start)
    if (
        start.shape[-3:] != shape
        or start.shape not in (shape, (count, *shape))
        or not np.isfinite(start).all()
    ):
        raise ValueError(
            f"start has shape {start.shape}: {shape} or {(count, *shape)} is needed, without NaN or infinity"
        )
    return np.broadcast_to(start, (count, *shape)).astype(np.float32)
