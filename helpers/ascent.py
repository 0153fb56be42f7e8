"""Activation maximisation: the image that a unit of a network likes best."""

from typing import NamedTuple

import numpy as np

from helpers.backend import tf
from helpers.engine.compiled import FLAG, INT, INTS, NUMBER, chunk_size, compiled, slices
from helpers.engine.passes import gradient, run_until, select_class
from helpers.graph import find_layer, input_shape, layer_table
from helpers.parametrisation import mix_colours, moved, spectrum_noise, to_pixels
from helpers.progress import progress_bar
from helpers.validate import (
    check_choice,
    check_image_size,
    check_int,
    check_number,
    check_range,
    check_seed,
    check_units,
)


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
    rotate=0.0,
    zoom=0.0,
    basis="pixels",
    decorrelate=False,
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

    Pixels are a poor basis to climb in: each step adds the pattern of the gradient, whose fine
    waves are as strong as its coarse ones. With ``basis="fourier"`` the image is a sum of waves,
    the coarse ones with longer steps, and a sigmoid keeps it in the value range. This gives images
    that people recognise.

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
        image; without `normalize`, what the gradient is multiplied with. Of Fourier coefficients,
        the learning rate of Adam, which falls to zero in the second half of the steps.
    l2, total_variation : float
        Weights of the two penalties, 0 for none.
    jitter : int
        In each step the network sees the image rolled by up to so many pixels along each axis.
        With `rotate` or `zoom` it is moved instead, and grey comes in from outside.
    rotate, zoom : float
        In each step the network sees the image turned by up to so many degrees, and larger or
        smaller by a factor of up to ``1 + zoom``.
    basis : {"pixels", "fourier"}
        What is climbed in: pixels, or Fourier coefficients, whose steps are longer for coarse waves.
    decorrelate : bool
        True to climb in colours that vary independently in photographs, not in red, green and
        blue. Only with ``basis="fourier"`` and three channels.
    value_range : (float, float) or None
        Pixels are kept between these; None for no bounds, which a Fourier basis does not allow.
    image_size : int, (int, int), or None
        Height and width; None for the network's own, or those of `start` where it takes any.
    start : ndarray or None
        (H, W, C) or (units, H, W, C) to begin with; None for grey noise: uniform within a tenth of
        the value range about its middle (of 0 to 1 if there is no range), the same for every unit.
        A Fourier basis begins with its own noise, and takes no start.
    normalize : bool
        True to divide each image's gradient by its root mean square. Adam does so by itself.
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
    Olah, Mordvintsev, Schubert (2017). Feature Visualization. Distill. (Fourier basis, colours)
    """
    path = find_layer(model, layer_name)
    units = check_units(unit_indices, layer_table(model)[path].shape[-1], layer_name)
    shape = _image_shape(model, image_size, start)
    fourier = check_choice("basis", basis, ("pixels", "fourier")) == "fourier"
    _check_fourier(fourier, decorrelate, start, value_range, shape)
    low, high = check_range("value_range", value_range) or (-np.inf, np.inf)
    options = {
        "step_size": check_number("step_size", step_size, low=0),
        "l2": check_number("l2", l2, low=0),
        "total_variation": check_number("total_variation", total_variation, low=0),
        "jitter": check_int("jitter", jitter, 0),
        "rotate": check_number("rotate", rotate, 0, 180),
        "zoom": check_number("zoom", zoom, 0, 1),
        "low": low,
        "high": high,
        "middle": sum(value_range or (0.0, 1.0)) / 2,
        "normalize": bool(normalize),
        "seed": check_seed(seed),
    }
    steps = check_int("steps", steps, 1)
    if fourier:
        state = spectrum_noise(shape, len(units), options["seed"])
    else:
        state = _start(shape, len(units), start, value_range or (0.0, 1.0), options["seed"])
    climb = _compile_climb(model, path, before_activation, shape, options, fourier, bool(decorrelate))
    images, scores = np.empty((len(units), *shape), np.float32), np.empty(len(units), np.float32)
    size = chunk_size(model, shape, batch_size, copies=2, until=path)
    with progress_bar(len(units) * steps, "Gradient ascent", "steps", progress) as advance:
        for some in slices(len(units), size):
            at = (state[some], *np.zeros((2, *state[some].shape), np.float32))
            for part in slices(steps, 10 if progress else steps):
                *at, made, reached = climb(*at, units[some], part.start, part.stop, steps, *options.values())
                advance((some.stop - some.start) * (part.stop - part.start))
            images[some], scores[some] = made.numpy(), reached.numpy()
    return Maximized(images, scores)


def _check_fourier(fourier, decorrelate, start, value_range, shape):
    """What does not go together with either basis."""
    if decorrelate and not (fourier and shape[-1] == 3):
        raise ValueError(
            f'decorrelate={decorrelate!r} is not allowed here: it needs basis="fourier" and three channels'
        )
    if fourier and start is not None:
        raise ValueError('start=an array is not allowed with basis="fourier": give None')
    if fourier and value_range is None:
        raise ValueError('value_range=None is not allowed with basis="fourier": give (low, high)')


def _compile_climb(model, path, before_activation, shape, options, fourier, decorrelate):
    """The compiled ascent of n images (n, H, W, C) from one step to another, on the network cut at the layer.

    It goes from what is climbed, and Adam's two moments of it, to the same after those steps, the images
    and their scores. What is switched off is left out, instead of being computed and thrown away.
    """
    switches = ("l2", "total_variation", "jitter", "rotate", "zoom")
    used = frozenset(name for name in switches if options[name] > 0)

    def score(x, units):
        (maps,) = run_until(model, x, [path], before_activation)  # (n, ..., channels)
        means = tf.reduce_mean(maps, axis=list(range(1, len(maps.shape) - 1)))  # (n, channels)
        return select_class(means, units)

    def compute(
        at, mean, square, units, first, last, steps,
        step_size, l2, total_variation, jitter, rotate, zoom, low, high, middle, normalize, seed,
    ):  # fmt: skip
        def picture(at):
            if not fourier:
                return at
            values = to_pixels(at, shape)
            return low + (high - low) * tf.sigmoid(mix_colours(values) if decorrelate else values)

        def gain(number, at):
            x = seen = picture(at)
            if used & {"rotate", "zoom"}:
                seen = moved(x, [seed, number], tf.cast(jitter, tf.float32), rotate, zoom, middle)
            elif "jitter" in used:
                shift = tf.random.stateless_uniform((2,), [seed, number], -jitter, jitter + 1, tf.int32)
                seen = tf.roll(x, shift, (1, 2))
            value = score(seen, units)
            if "l2" in used:
                value -= l2 / 2 * tf.reduce_sum(x**2, (1, 2, 3))
            if "total_variation" in used:
                value -= total_variation * tf.image.total_variation(x)
            return value

        def step(number, at, mean, square):
            grads = gradient(gain(number, at), at)
            if fourier:
                at, mean, square = _adam(number, at, mean, square, grads, step_size * _calm(number, steps))
                return number + 1, at, mean, square
            rms = tf.sqrt(tf.reduce_mean(grads**2, (1, 2, 3), keepdims=True))
            grads = tf.where(normalize, tf.math.divide_no_nan(grads, rms), grads)
            return number + 1, tf.clip_by_value(at + step_size * grads, low, high), mean, square

        at = tf.while_loop(lambda number, *_: number < last, step, (first, at, mean, square))[1:]
        x = picture(at[0])
        return *at, x, score(x, units)

    climbed = (None, *(spectrum_noise(shape, 1, 0).shape[1:] if fourier else shape))
    state = [tf.TensorSpec(climbed, tf.float32)] * 3
    numbers = [NUMBER, NUMBER, NUMBER, INT, *[NUMBER] * 5, FLAG, INT]  # as in the options
    key = ("climb", path, before_activation, shape, used, fourier, decorrelate)
    return compiled(model, key, compute, [*state, INTS, INT, INT, INT, *numbers])


def _calm(number, steps):
    """The factor of a step's size: 1 in the first half of all steps, then down to 0 in a straight line."""
    return tf.minimum(1.0, 2 * (1 - tf.cast(number, tf.float32) / tf.cast(steps, tf.float32)))


def _adam(number, at, mean, square, grads, rate):
    """One step upwards of Adam (Kingma and Ba 2015), with its usual numbers."""
    count = tf.cast(number + 1, tf.float32)
    mean, square = 0.9 * mean + 0.1 * grads, 0.999 * square + 0.001 * grads**2
    upright = mean / (1 - 0.9**count), square / (1 - 0.999**count)
    return at + rate * upright[0] / (tf.sqrt(upright[1]) + 1e-7), mean, square


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
