"""Occlusion: what a network makes of an image that is partly covered."""

from typing import NamedTuple

import numpy as np

from helpers.backend import tf
from helpers.engine.compiled import INT, INTS, MEMORY_BUDGET, chunk_size, compiled, image_spec, slices
from helpers.engine.passes import run_to_logits, target_classes, to_probabilities
from helpers.graph import class_count, input_shape
from helpers.incremental_occlusion import clean_maps, logits_under_patches, plan
from helpers.progress import progress_bar
from helpers.validate import check_choice, check_classes, check_fill, check_images, check_int

CORNERS = tf.TensorSpec((None, 2), tf.int32)


class Occlusion(NamedTuple):
    """What `occlusion` returns. R rows and Q columns of patch positions, N images (or classes of one)."""

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
        Of a single image several classes, from the same passes: they take the place of the images
        in the result.
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
    if len(images) == 1 and np.ndim(class_index) == 1:
        classes = check_classes(class_index, class_count(model))
    else:
        classes = target_classes(model, images, class_index)
    corners = positions.reshape(-1, 2)
    covered = _cover(model, images, classes, corners, side, fill, batch_size, progress)
    scores, predicted = covered[score], covered["predicted"]  # (N, 1 + K): first with nothing covered
    grid = len(classes), *positions.shape[:2]
    return Occlusion(
        maps=_mean_over_patches(scores[:, :1] - scores[:, 1:], corners, side, images.shape[1:3]),
        heatmap=scores[:, 1:].reshape(grid),
        predicted=predicted[:, 1:].reshape(grid),
        counts=np.stack([np.bincount(row[1:], minlength=class_count(model)) for row in predicted]),
        positions=positions,
        score=scores[:, 0],
    )


def _cover(model, images, classes, corners, side, fill, batch_size, progress):
    """What the network says of each image as it is, and under each of the K patches: arrays (N, 1 + K).

    One image may have N classes; then all come from the same passes.
    """
    shape = len(classes), 1 + len(corners)
    found = {name: np.empty(shape, np.float32) for name in ("logit", "probability")}
    found["predicted"] = np.empty(shape, np.int32)
    everything = _compile_full(model, side, fill)
    incremental = plan(model, images.shape[1:], side, corners)
    cover = everything if incremental is None else _compile_incremental(model, incremental, side, fill)
    size = chunk_size(model, images.shape[1:], batch_size)
    if incremental and batch_size == "auto":
        size = max(1, MEMORY_BUDGET // incremental.memory)
    outside = np.full((1, 2), -side, np.int32)  # a patch that does not touch the image
    with progress_bar(len(images) * len(corners), "Occlusion", "patches", progress) as advance:
        for row, image in enumerate(images):
            rows = slice(row, row + 1) if len(images) > 1 else slice(None)
            _put(found, rows, slice(0, 1), everything(image)(outside, classes[rows]))
            look = cover(image)
            for part in slices(len(corners), size):
                _put(found, rows, slice(part.start + 1, part.stop + 1), look(corners[part], classes[rows]))
                advance(part.stop - part.start)
    return found


def _put(found, rows, columns, values):
    for name, array in found.items():
        array[rows, columns] = np.transpose(values[name])  # (k, classes), or (k,) for all of them


def _compile_full(model, side, fill):
    """For an image: a function of k corners and its classes that sends k covered images through."""

    def compute(corners, x, fill, side, c):
        def within(start, length):  # (k, length), True where the patch is
            along = tf.range(length) - start[:, tf.newaxis]
            return (along >= 0) & (along < side)

        rows, columns = within(corners[:, 0], tf.shape(x)[0]), within(corners[:, 1], tf.shape(x)[1])
        patch = rows[:, :, tf.newaxis, tf.newaxis] & columns[:, tf.newaxis, :, tf.newaxis]  # (k, H, W, 1)
        return _measure(model, run_to_logits(model, tf.where(patch, fill, x)), c)

    one = image_spec(model)
    function = compiled(model, ("occlusion",), compute, [CORNERS, one, one, INT, INTS])
    return lambda image: lambda corners, classes: function(corners, image, fill, side, classes)


def _compile_incremental(model, plan, side, fill):
    """The same, for a network in which a patch can be followed: only what it changes is computed."""

    def compute(corners, fill, c, *maps):
        return _measure(model, logits_under_patches(plan, maps, corners, side, fill), c)

    key = side, fill.shape, tuple(tuple(step.window) for step in plan.steps)
    one = tf.TensorSpec(fill.shape, tf.float32)
    before = compiled(model, ("clean maps", *key), lambda image: clean_maps(plan, image), [one])
    maps = [tf.TensorSpec(shape, tf.float32) for shape in before.get_concrete_function().output_shapes]
    function = compiled(model, ("incremental", *key), compute, [CORNERS, one, INTS, *maps])

    def cover(image):
        clean = before(image)
        return lambda corners, classes: function(corners, fill, classes, *clean)

    return cover


def _measure(model, logits, c):
    return {
        "logit": tf.gather(logits, c, axis=1),
        "probability": tf.gather(to_probabilities(model, logits), c, axis=1),
        "predicted": tf.argmax(logits, axis=1, output_type=tf.int32),
    }


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
