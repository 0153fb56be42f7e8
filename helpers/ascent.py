"""Activation maximisation: the image that a unit of a network likes best."""

from typing import NamedTuple

import numpy as np

from helpers import engine
from helpers.validate import check_int, check_number


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
    path = engine.check_layer(model, layer_name, maps=False)
    units = engine.check_units(model, path, unit_indices)
    value_range = _check_range(value_range)
    seed = check_int("seed", seed, 0, 2**31 - 1)
    return Maximized(
        *engine.climb(
            model,
            path,
            units,
            _start(engine.image_shape(model, image_size, start), len(units), start, value_range, seed),
            steps=check_int("steps", steps, 1),
            step_size=check_number("step_size", step_size, low=0),
            l2=check_number("l2", l2, low=0),
            total_variation=check_number("total_variation", total_variation, low=0),
            jitter=check_int("jitter", jitter, 0),
            value_range=value_range,
            normalize=normalize,
            before_activation=before_activation,
            seed=seed,
            batch_size=batch_size,
            progress=progress,
        )
    )


def _check_range(value_range):
    """(low, high) as floats, or None."""
    if value_range is None:
        return None
    bounds = np.asarray(value_range)
    if bounds.shape != (2,) or not np.isfinite(bounds).all() or not bounds[0] < bounds[1]:
        raise ValueError(f"value_range={value_range!r} is not allowed: give (low, high), low < high, or None")
    return float(bounds[0]), float(bounds[1])


def _start(shape, count, start, value_range, seed):
    """The images to begin with: (count, H, W, C) float32."""
    low, high = value_range or (0.0, 1.0)
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
    return np.broadcast_to(start, (count, *shape)).astype(np.float32, copy=False)
