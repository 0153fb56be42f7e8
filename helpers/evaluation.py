"""Tests of maps: what a map is worth is asked where the answer can be known."""

from typing import NamedTuple

import numpy as np

from helpers.backend import tf
from helpers.engine.compiled import INT, INTS, chunk_size, compiled, image_spec, slices
from helpers.engine.passes import run_to_logits, target_classes, to_probabilities
from helpers.graph import input_shape, logit_model
from helpers.image import divide
from helpers.progress import progress_bar
from helpers.segments import scores_of
from helpers.validate import (
    check_choice,
    check_fill,
    check_images,
    check_int,
    check_maps,
    check_number,
    check_seed,
)


class Curves(NamedTuple):
    """What `insertion` and `deletion` return."""

    scores: np.ndarray
    """(N, steps + 1) float32: the class's score after each share of the pixels."""
    areas: np.ndarray
    """(N,) float64: the mean height of each curve, by the trapezoid rule."""


def insertion(
    model,
    images,
    maps,
    class_index=None,
    baseline=0.0,
    steps=28,
    score="probability",
    batch_size="auto",
    progress=False,
):
    """Put pixels in, those that a map calls most important first, and follow the class's score.

    The larger the area under the curve, the earlier come the pixels that the network needs. What
    the rest of the image shows meanwhile, the baseline, decides a lot: report two.

    Parameters
    ----------
    model : keras.Model
    images : array_like, shape (N, H, W, C) or (H, W, C)
        In the range that the model was trained on.
    maps : array_like, shape (N, H, W) or (H, W)
        One for each image. Pixels of equal value come row by row.
    class_index : int, sequence of N ints, or None
        None explains each image's own largest logit.
    baseline : float, sequence of C floats, ndarray (H, W, C) or (N, H, W, C)
        What a pixel shows that is not there: a fixed value, or its part of a picture, such as the
        image itself, blurred.
    steps : int
        In how many steps, at least 1.
    score : {"probability", "logit"}
        What is followed.
    batch_size : int or "auto"
        How many images go through the model at once; "auto" follows from a memory budget.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Curves
        ``scores`` and ``areas``.

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    Petsiuk, Das, Saenko (2018). RISE: Randomized Input Sampling for Explanation of Black-box
    Models. BMVC.
    """
    return _curves(model, images, maps, class_index, baseline, steps, score, batch_size, progress, True)


def deletion(
    model,
    images,
    maps,
    class_index=None,
    baseline=0.0,
    steps=28,
    score="probability",
    batch_size="auto",
    progress=False,
):
    """Take pixels out, those that a map calls most important first, and follow the class's score.

    The smaller the area under the curve, the earlier go the pixels that the network needs.

    Parameters
    ----------
    model, images, maps, class_index, steps, score, batch_size, progress
        See `insertion`. Pixels of equal value go row by row.
    baseline : float, sequence of C floats, ndarray (H, W, C) or (N, H, W, C)
        What a pixel shows once it is taken out.

    Returns
    -------
    Curves
        ``scores`` and ``areas``.

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    Petsiuk, Das, Saenko (2018). RISE: Randomized Input Sampling for Explanation of Black-box
    Models. BMVC.
    """
    return _curves(model, images, maps, class_index, baseline, steps, score, batch_size, progress, False)


def fidelity(model, images, maps, class_index=None, grid=7, subset=0.2, n_samples=200, baseline=0.0, seed=0):
    """Ask whether a map predicts what hiding random parts of the image costs.

    The image is cut into a grid. In each sample a random subset of its cells is hidden, always
    equally many. The score is the correlation, over the samples, between the loss of logit and the
    sum of the map over what was hidden.

    Parameters
    ----------
    model : keras.Model
    images : array_like, shape (N, H, W, C) or (H, W, C)
        In the range that the model was trained on.
    maps : array_like, shape (N, H, W) or (H, W)
        One for each image.
    class_index : int, sequence of N ints, or None
        None explains each image's own largest logit.
    grid : int
        Cells along each side, at least 2.
    subset : float
        The share of the cells that are hidden, above 0 and below 1.
    n_samples : int
        How many subsets, at least 2.
    baseline : float, sequence of C floats, ndarray (H, W, C) or (N, H, W, C)
        What a hidden cell shows.
    seed : int
        0 to 2**31 - 1, of the draws.

    Returns
    -------
    ndarray, float64, shape (N,)
        -1 to 1; NaN where the map has the same sum over every subset, so that it predicts nothing.

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    Bhatt, Weller, Moura (2020). Evaluating and Aggregating Feature-based Model Explanations. IJCAI.
    """
    pairs = _hide_parts(model, images, maps, class_index, grid, subset, n_samples, baseline, seed)
    return np.array([_correlation(sums, drops) for sums, drops in pairs])


def infidelity(
    model, images, maps, class_index=None, grid=7, subset=0.2, n_samples=200, baseline=0.0, seed=0
):
    """Ask how far a map is from what hiding random parts of the image costs, in logits squared.

    As `fidelity`, with the mean squared difference between the loss of logit and the sum of the
    map over what was hidden, times the factor that makes it smallest: maps have no unit.

    Parameters
    ----------
    model, images, maps, class_index, grid, subset, n_samples, baseline, seed
        See `fidelity`.

    Returns
    -------
    ndarray, float64, shape (N,)
        0 for a map that predicts every loss; that of a map of zeros is the mean squared loss.

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    Yeh, Hsieh, Suggala, Inouye, Ravikumar (2019). On the (In)fidelity and Sensitivity of
    Explanations. NeurIPS.
    """
    pairs = _hide_parts(model, images, maps, class_index, grid, subset, n_samples, baseline, seed)
    return np.array([np.mean((_best_factor(sums, drops) * sums - drops) ** 2) for sums, drops in pairs])


def sensitivity(method, images, radius, n_samples=10, seed=0):
    """Ask how far a map moves, at most, when its image changes a little.

    Parameters
    ----------
    method : callable
        From images (N, H, W, C) to maps (N, H, W), for classes that do not change with the image,
        such as ``lambda images: saliency(model, images, classes)``.
    images : array_like, shape (N, H, W, C) or (H, W, C)
        In the range that the model was trained on.
    radius : float
        Each value of an image moves by up to so much, above 0.
    n_samples : int
        How many moves, at least 1.
    seed : int
        0 to 2**31 - 1, of the moves.

    Returns
    -------
    ndarray, float64, shape (N,)
        The largest length of the difference of the maps, over the length of the map itself. NaN
        for a map of zeros.

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    Yeh, Hsieh, Suggala, Inouye, Ravikumar (2019). On the (In)fidelity and Sensitivity of
    Explanations. NeurIPS.
    """
    images = check_images(images, (None, None, None))
    radius = check_number("radius", radius, 0)
    draw, maps = np.random.default_rng(check_seed(seed)), check_maps("maps", method(images), len(images))
    largest = np.zeros(len(images))
    for _ in range(check_int("n_samples", n_samples, 1)):
        move = draw.uniform(-radius, radius, images.shape).astype(np.float32)
        apart = check_maps("maps", method(images + move), len(images)) - maps
        largest = np.maximum(largest, np.sqrt(np.sum(apart**2, axis=(1, 2))))
    return divide(largest, np.sqrt(np.sum(maps**2, axis=(1, 2))))


def _curves(model, images, maps, class_index, baseline, steps, score, batch_size, progress, inserted):
    """Both curves: the pixels of highest rank show the image in the one, the baseline in the other."""
    images = check_images(images, input_shape(model))
    maps = check_maps("maps", maps, len(images), images.shape[1:3])
    fills = _fills(baseline, images)
    classes = target_classes(model, images, class_index)
    steps = check_int("steps", steps, 1)
    wanted = check_choice("score", score, ("probability", "logit"))
    pixels = maps[0].size
    counts = np.rint(np.linspace(0, pixels, steps + 1)).astype(np.int32)  # how many have changed
    function, size = _compile_curve(model, wanted), chunk_size(model, images.shape[1:], batch_size)
    scores = np.empty((len(images), steps + 1), np.float32)
    with progress_bar(scores.size, "Insertion" if inserted else "Deletion", "images", progress) as advance:
        for n, (image, fill, values) in enumerate(zip(images, fills, maps, strict=True)):
            ranks = np.empty(pixels, np.int32)
            ranks[np.argsort(-values.ravel(), kind="stable")] = np.arange(pixels)
            before, after = (fill, image) if inserted else (image, fill)
            for part in slices(steps + 1, size):
                pair = before, after, ranks.reshape(values.shape)
                scores[n, part] = function(counts[part], *pair, classes[n])
                advance(part.stop - part.start)
    return Curves(scores, np.trapezoid(scores.astype(float), dx=1 / steps, axis=1))


def _compile_curve(model, score):
    """The class's score of k images, each with another number of pixels changed."""

    def compute(counts, before, after, ranks, c):
        changed = (ranks < counts[:, tf.newaxis, tf.newaxis])[..., tf.newaxis]  # (k, H, W, 1)
        logits = run_to_logits(model, tf.where(changed, after, before))
        return (to_probabilities(model, logits) if score == "probability" else logits)[:, c]

    one = image_spec(model)
    ranks = tf.TensorSpec(one.shape[:2], tf.int32)
    return compiled(model, ("curve", score), compute, [INTS, one, one, ranks, INT])


def _fills(baseline, images):
    """What each image shows where it is hidden, (N, H, W, C)."""
    if np.ndim(baseline) == 4:
        return check_images(np.asarray(baseline, np.float32), images.shape[1:], "baseline")
    return np.broadcast_to(check_fill("baseline", baseline, images.shape[1:]), images.shape)


def _hide_parts(model, images, maps, class_index, grid, subset, n_samples, baseline, seed):
    """For each image the sums of its map over random sets of cells, and the cost of hiding these."""
    images = check_images(images, input_shape(model))
    maps = check_maps("maps", maps, len(images), images.shape[1:3])
    classes, fills = target_classes(model, images, class_index), _fills(baseline, images)
    height, width = images.shape[1:3]
    grid = check_int("grid", grid, 2, min(height, width))
    hidden_cells = round(check_number("subset", subset, 0, 1) * grid**2)
    if not 0 < hidden_cells < grid**2:
        raise ValueError(f"subset={subset!r} hides {hidden_cells} of {grid**2} cells: hide some, not all")
    rows, columns = (np.arange(length) * grid // length for length in (height, width))
    cells = rows[:, np.newaxis] * grid + columns  # (H, W)
    draw = np.random.default_rng(check_seed(seed))
    order = draw.permuted(np.tile(np.arange(grid**2), (check_int("n_samples", n_samples, 2), 1)), axis=1)
    shown = np.concatenate([np.ones((1, grid**2), int), (order >= hidden_cells).astype(int)])
    logits = logit_model(model)
    for image, fill, values, class_ in zip(images, fills, maps, classes, strict=True):
        scores = scores_of(logits, image, fill, shown, cells, [class_], "auto", False)[:, 0]
        sums = np.bincount(cells.ravel(), values.ravel(), grid**2)  # of the map, over each cell
        yield (1 - shown[1:]) @ sums, scores[0] - scores[1:]


def _correlation(sums, drops):
    """NaN if the sums do not differ by more than rounding; 0 if the drops do not."""
    if np.ptp(sums) <= 1e-6 * np.abs(sums).max():
        return np.nan
    return np.corrcoef(sums, drops)[0, 1] if np.ptp(drops) else 0.0


def _best_factor(sums, drops):
    """What the sums are multiplied with to come closest to the drops; 0 for a map of zeros."""
    total = np.sum(sums**2)
    return np.sum(sums * drops) / total if total else 0.0
