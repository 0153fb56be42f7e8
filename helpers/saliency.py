"""Gradient maps: how the logit of a class reacts to each pixel."""

from typing import NamedTuple

import numpy as np

from helpers.backend import tf
from helpers.engine.compiled import (
    INT,
    INTS,
    NUMBER,
    NUMBERS,
    chunk_size,
    compiled,
    image_spec,
    images_spec,
    slices,
)
from helpers.engine.passes import gradient, gradients, logits, run_to_logits, select_class, target_classes
from helpers.engine.relu_rules import RELU_RULES
from helpers.graph import class_count, input_shape
from helpers.progress import progress_bar
from helpers.validate import (
    check_choice,
    check_class,
    check_fill,
    check_images,
    check_int,
    check_number,
    check_seed,
)


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
        A number larger than there are means all at once, whatever memory that takes.
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
    images = check_images(images, input_shape(model))
    check_choice("relu", relu, RELU_RULES)
    classes = target_classes(model, images, class_index)
    grads = gradients(model, images, classes, relu, batch_size, progress)  # (N, H, W, C)
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
    images = check_images(images, input_shape(model))
    n_samples = check_int("n_samples", n_samples, 1)
    noise_level = check_number("noise_level", noise_level, low=0)
    seed = check_seed(seed)
    classes = target_classes(model, images, class_index)
    weights = np.full(n_samples, 1 / n_samples)
    points = {"weights": weights, "noise_level": noise_level, "seed": seed}
    grads = _summed_gradients(model, images, classes, **points, batch_size=batch_size, progress=progress)
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
    images = check_images(images, input_shape(model))
    baseline = check_fill("baseline", baseline, images.shape[1:])
    steps = check_int("steps", steps, 1)
    classes = check_class(class_index, len(images), class_count(model))
    *at_images, at_baseline = logits(model, np.concatenate([images, baseline[np.newaxis]]), batch_size)
    classes = np.argmax(at_images, axis=1).astype(np.int32) if classes is None else classes
    weights = np.full(steps + 1, 1 / steps)
    weights[[0, -1]] /= 2  # trapezoid rule
    points = {"weights": weights, "places": np.linspace(0, 1, steps + 1), "start": baseline}
    mean_grads = _summed_gradients(model, images, classes, **points, batch_size=batch_size, progress=progress)
    attributions = (images - baseline) * mean_grads  # (N, H, W, C)
    change = (np.array(at_images) - at_baseline)[np.arange(len(images)), classes]
    gap = attributions.sum(axis=(1, 2, 3)) - change
    return IntegratedGradients(attributions if signed else attributions.sum(axis=-1), change, gap)


def _summed_gradients(
    model,
    images,
    classes,
    weights,
    places=1,
    start=0,
    noise_level=0,
    seed=0,
    batch_size="auto",
    progress=False,
):
    """Weighted sum of the gradients of each image's class logit at K points per image: (N, H, W, C).

    Point k of image x is ``start + places[k] * (x - start)``, plus ``noise_level * (x.max() - x.min())``
    times standard normal noise. The noise is drawn from (seed, k) alone and is the same for every image,
    so that the result depends neither on the chunks nor on the other images.
    """
    points = [INTS, NUMBERS, NUMBERS, image_spec(model), NUMBER, INT]
    signature = [images_spec(model), INTS, *points]
    function = compiled(model, ("summed gradients",), _gradient_sum(model), signature)
    count = len(weights)
    size = chunk_size(model, images.shape[1:], batch_size, copies=2)
    arrays = [np.broadcast_to(values, count).astype(np.float32) for values in (weights, places)]
    arrays = [np.arange(count, dtype=np.int32), *arrays]
    start = np.broadcast_to(start, images.shape[1:]).astype(np.float32)
    total = np.zeros(images.shape, np.float32)
    with progress_bar(len(images) * count, "Gradients", "images", progress) as advance:
        for some in slices(len(images), max(1, size // count)):
            for part in slices(count, size):
                chunk = [array[part] for array in arrays]
                total[some] += function(images[some], classes[some], *chunk, start, noise_level, seed)
                advance((some.stop - some.start) * (part.stop - part.start))
    return total


def _gradient_sum(model):
    """The computation of `_summed_gradients` for n images, k points each."""

    def compute(x, c, numbers, weights, places, start, level, seed):
        shape = tf.shape(x)[1:]
        noise = tf.cond(level > 0, lambda: _noise(numbers, shape, seed), lambda: tf.zeros((1, 1, 1, 1)))
        level *= tf.reduce_max(x, (1, 2, 3)) - tf.reduce_min(x, (1, 2, 3))  # (n,)
        points = start + tf.einsum("k,nhwc->nkhwc", places, x - start)
        points += tf.reshape(level, (-1, 1, 1, 1, 1)) * noise  # (n, k, H, W, C)
        flat = tf.ensure_shape(tf.reshape(points, tf.concat([[-1], shape], 0)), x.shape)
        z = select_class(run_to_logits(model, flat), tf.repeat(c, tf.size(numbers)))  # (n * k,)
        grads = tf.reshape(gradient(z, flat), tf.shape(points))
        return tf.einsum("k,nkhwc->nhwc", weights, grads)

    return compute


def _noise(numbers, shape, seed):
    """Standard normal noise (k, *shape), one draw per number."""

    def draw(number):
        return tf.random.stateless_normal(shape, tf.stack([seed, number]))

    return tf.map_fn(draw, numbers, fn_output_signature=tf.float32)
