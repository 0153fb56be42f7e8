"""Occlusion: what a network makes of an image that is partly covered."""

from typing import NamedTuple

import numpy as np

from helpers.backend import tf
from helpers.engine.compiled import INT, chunk_size, compiled, image_spec, slices
from helpers.engine.passes import run_to_logits, target_classes, to_probabilities
from helpers.graph import class_count, input_shape
from helpers.progress import progress_bar
from helpers.validate import check_choice, check_fill, check_images, check_int


class Occlusion(NamedTuple):
    """What `occlusion` returns. R rows and Q columns of patch positions, N images."""

    maps: np.ndarray
    """(N, H, W) float32: for each pixel, by how much the score falls, averaged over the patches
    that cover it."""
    heatmap: np.ndarray
    """(N, R, Q) float32: the class's score with the patch at each position."""
    predicted: np.ndarray
    """(N, R, Q) int32: the class predicted with the patch at each position."""
    counts: np.ndarray
    """(N, classes) int64: how many positions each class is predicted at."""
    positions: np.ndarray
    """(R, Q, 2) int32: top row and left column of the patch at each position."""
    score: np.ndarray
    """(N,) float32: the class's score with nothing covered."""


def occlusion(
    model,
    images,
    class_index=None,
    patch_size=7,
    stride=1,
    baseline=0.5,
    score="probability",
    batch_size="auto",
    progress=False,
):
    """Slide a patch over each image and note what the network says.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential.
    images : ndarray
        (N, H, W, C) or (H, W, C) float32, in the range that the network was trained on.
    class_index : int, sequence of int, or None
        One class for all images, one per image, or None for each image's own arg-max of the logits.
    patch_size : int
        The side of the square patch in pixels.
    stride : int
        By how many pixels it moves: at most `patch_size`. If the last patch would not reach the
        border, one more is put against the border, so that every pixel is covered.
    baseline : float or array_like
        What the patch shows: a number, one per channel, or an image (H, W, C).
    score : {"probability", "logit"}
        What is measured. Probabilities are easier to read, logits do not saturate.
    batch_size : int or "auto"
        How many occluded images exist at once; "auto" follows from a memory budget.
        A number larger than there are means all at once, whatever memory that takes.
    progress : bool
        True to show a progress bar.

    Returns
    -------
    Occlusion

    Raises
    ------
    ValueError
        If an argument is not allowed, the patch is larger than the image, or the stride larger than the
        patch.

    References
    ----------
    Zeiler, Fergus (2014). Visualizing and Understanding Convolutional Networks. ECCV.
    """
    images = check_images(images, input_shape(model))
    side = check_int("patch_size", patch_size, 1, min(images.shape[1:3]))
    positions = _positions(images.shape[1:3], side, check_int("stride", stride, 1, side))
    fill = check_fill("baseline", baseline, images.shape[1:])
    check_choice("score", score, ("probability", "logit"))
    classes = target_classes(model, images, class_index)
    corners = positions.reshape(-1, 2)
    covered = _cover(model, images, classes, corners, side, fill, batch_size, progress)
    scores, predicted = covered[score], covered["predicted"]  # (N, 1 + K): first with nothing covered
    grid = len(images), *positions.shape[:2]
    return Occlusion(
        maps=_mean_over_patches(scores[:, :1] - scores[:, 1:], corners, side, images.shape[1:3]),
        heatmap=scores[:, 1:].reshape(grid),
        predicted=predicted[:, 1:].reshape(grid),
        counts=np.stack([np.bincount(row[1:], minlength=class_count(model)) for row in predicted]),
        positions=positions,
        score=scores[:, 0],
    )


def _cover(model, images, classes, corners, side, fill, batch_size, progress):
    """What the network says of each image as it is, and under each of the K patches: arrays (N, 1 + K)."""
    one = image_spec(model)
    signature = [tf.TensorSpec((None, 2), tf.int32), one, one, INT, INT]
    function = compiled(model, ("occlusion",), _under_patches(model), signature)
    corners = np.vstack([[[-side, -side]], corners]).astype(np.int32)  # the first lies outside the image
    shape = len(images), len(corners)
    found = {name: np.empty(shape, np.float32) for name in ("logit", "probability")}
    found["predicted"] = np.empty(shape, np.int32)
    size = chunk_size(model, images.shape[1:], batch_size)
    with progress_bar(len(images) * len(corners), "Occlusion", "patches", progress) as advance:
        for row, (image, class_) in enumerate(zip(images, classes, strict=True)):
            for part in slices(len(corners), size):
                values = function(corners[part], image, fill, side, class_)
                for name in found:
                    found[name][row, part] = values[name]
                advance(part.stop - part.start)
    return found


def _under_patches(model):
    """The computation of `_cover` for one image and k patches: no more than these exist at a time."""

    def compute(corners, x, fill, side, c):
        def within(start, length):  # (k, length), True where the patch is
            along = tf.range(length) - start[:, tf.newaxis]
            return (along >= 0) & (along < side)

        rows, columns = within(corners[:, 0], tf.shape(x)[0]), within(corners[:, 1], tf.shape(x)[1])
        patch = rows[:, :, tf.newaxis, tf.newaxis] & columns[:, tf.newaxis, :, tf.newaxis]  # (k, H, W, 1)
        logits = run_to_logits(model, tf.where(patch, fill, x))
        return {
            "logit": logits[:, c],
            "probability": to_probabilities(model, logits)[:, c],
            "predicted": tf.argmax(logits, axis=1, output_type=tf.int32),
        }

    return compute


def _positions(size, side, stride):
    """Top left corners of the patches, (R, Q, 2). The last ones end at the border."""
    rows, columns = (np.append(np.arange(0, length - side, stride), length - side) for length in size)
    return np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).astype(np.int32)


def _mean_over_patches(drops, corners, side, size):
    """For each pixel the mean of the drops (N, K) of the patches that cover it: (N, H, W)."""
    steps = np.zeros((len(drops) + 1, size[0] + 1, size[1] + 1))  # summed up along both axes: the patches
    values = np.vstack([drops, np.ones(len(corners))])  # the last row counts the patches
    for down, right in ((0, 0), (0, side), (side, 0), (side, side)):
        sign = 1 if down == right else -1
        np.add.at(steps, (slice(None), corners[:, 0] + down, corners[:, 1] + right), sign * values)
    sums = steps.cumsum(axis=1).cumsum(axis=2)[:, :-1, :-1]
    return (sums[:-1] / np.round(sums[-1])).astype(np.float32)
