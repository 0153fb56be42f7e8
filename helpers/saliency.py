"""Gradient maps: how the logit of a class reacts to each pixel."""

from typing import NamedTuple

import numpy as np

from helpers import engine
from helpers.validate import check_fill, check_int, check_number


def saliency(
    model, images, class_index=None, relu="vanilla", signed=False, batch_size="auto", progress=False
):
    """Gradient of a class's logit with respect to each pixel.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential. A closing softmax or sigmoid is left out, because it saturates.
    images : ndarray
        (N, H, W, C) or (H, W, C) float32, in the range that the network was trained on.
    class_index : int, sequence of int, or None
        One class for all images, one per image, or None for each image's own arg-max of the logits.
    relu : {"vanilla", "guided", "deconv"}
        How the gradient goes back through ReLUs: where the input was positive, where also the
        gradient is positive, or wherever the gradient is positive. Applies to ReLU and ReLU6
        however Keras was told of them; other activations keep their gradient.
    signed : bool
        True for the gradients themselves.
    batch_size : int or "auto"
        How many images go through the network at once; "auto" follows from a memory budget.
    progress : bool
        True to show a progress bar.

    Returns
    -------
    ndarray
        (N, H, W) float32, the largest absolute gradient over the channels, in logits per unit of
        the image. Signed: (N, H, W, C).

    Raises
    ------
    ValueError
        If an argument is not allowed, or `relu` is not "vanilla" and the network has no ReLU.

    References
    ----------
    Simonyan, Vedaldi, Zisserman (2014). Deep Inside Convolutional Networks: Visualising Image
    Classification Models and Saliency Maps. ICLR Workshop.
    Springenberg, Dosovitskiy, Brox, Riedmiller (2015). Striving for Simplicity: The All
    Convolutional Net. ICLR Workshop. (guided)
    Zeiler, Fergus (2014). Visualizing and Understanding Convolutional Networks. ECCV. (deconv)
    """
    images = engine.check_images(model, images)
    classes = engine.check_class(model, images, class_index)
    grads = engine.gradients(model, images, classes, relu, batch_size, progress)  # (N, H, W, C)
    return grads if signed else np.abs(grads).max(axis=-1)


def smooth_grad(
    model,
    images,
    class_index=None,
    n_samples=50,
    noise_level=0.15,
    seed=0,
    signed=False,
    batch_size="auto",
    progress=False,
):
    """Mean of the (signed) gradients of noisy copies of each image.

    Parameters
    ----------
    model, images, class_index, signed, batch_size, progress
        See `saliency`.
    n_samples : int
        How many noisy copies of each image.
    noise_level : float
        Standard deviation of the noise, as a fraction of the image's range (maximum - minimum).
    seed : int
        0 to 2**31 - 1. The same noise is added to every image, whatever the batch size.

    Returns
    -------
    ndarray
        (N, H, W) float32, the largest absolute value over the channels of the mean gradient.
        Signed: (N, H, W, C).

    Raises
    ------
    ValueError
        If an argument is not allowed.

    References
    ----------
    Smilkov, Thorat, Kim, Viégas, Wattenberg (2017). SmoothGrad: removing noise by adding noise.
    ICML Workshop on Visualization for Deep Learning.
    """
    images = engine.check_images(model, images)
    classes = engine.check_class(model, images, class_index)
    n_samples = check_int("n_samples", n_samples, 1)
    grads = engine.summed_gradients(
        model,
        images,
        classes,
        weights=np.full(n_samples, 1 / n_samples),
        noise_level=check_number("noise_level", noise_level, low=0),
        seed=check_int("seed", seed, 0, 2**31 - 1),
        batch_size=batch_size,
        progress=progress,
    )
    return grads if signed else np.abs(grads).max(axis=-1)


class IntegratedGradients(NamedTuple):
    """What `integrated_gradients` returns."""

    attributions: np.ndarray
    """(N, H, W) float32 signed sums over the channels, or (N, H, W, C); in logits."""
    change: np.ndarray
    """(N,) float32: the class's logit for the image minus that for the baseline."""
    completeness_gap: np.ndarray
    """(N,) float32: the sum of the attributions minus `change`. Exact integration would give 0."""


def integrated_gradients(
    model,
    images,
    class_index=None,
    baseline=0.0,
    steps=64,
    signed=False,
    batch_size="auto",
    progress=False,
):
    """Difference to a baseline times the mean gradient on the straight way from there to the image.

    Parameters
    ----------
    model, images, class_index, batch_size, progress
        See `saliency`.
    baseline : float or array_like
        The image without information: a number, one per channel, or an image (H, W, C).
    steps : int
        Into how many steps the way is cut. The integral is taken by the trapezoid rule.
    signed : bool
        True to keep the channels apart: (N, H, W, C). The signs are kept either way.

    Returns
    -------
    IntegratedGradients
        ``attributions``, ``change`` and ``completeness_gap``.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    References
    ----------
    Sundararajan, Taly, Yan (2017). Axiomatic Attribution for Deep Networks. ICML.
    """
    images = engine.check_images(model, images)
    classes = engine.check_class(model, images, class_index)
    baseline = check_fill("baseline", baseline, images.shape[1:])
    steps = check_int("steps", steps, 1)
    weights = np.full(steps + 1, 1 / steps)
    weights[[0, -1]] /= 2  # trapezoid rule
    mean_grads = engine.summed_gradients(
        model,
        images,
        classes,
        weights,
        places=np.linspace(0, 1, steps + 1),
        start=baseline,
        batch_size=batch_size,
        progress=progress,
    )
    attributions = (images - baseline) * mean_grads  # (N, H, W, C)
    at_images = np.take_along_axis(engine.logits(model, images, batch_size), classes[:, None], axis=1)[:, 0]
    change = at_images - engine.logits(model, baseline)[0, classes]
    gap = attributions.sum(axis=(1, 2, 3)) - change
    return IntegratedGradients(attributions if signed else attributions.sum(axis=-1), change, gap)
