"""Segments of an image: cut it up, hide some of them, and ask a network for the score."""

import numpy as np
from skimage.segmentation import slic

from helpers.backend import tf
from helpers.engine.compiled import INTS, chunk_size, compiled, image_spec, slices
from helpers.graph import input_shape, walk
from helpers.progress import progress_bar
from helpers.validate import check_choice, check_fill, check_images, check_int, check_segments


def grid_segments(height, width, cell=4):
    """Cut an image into square cells, for images too small for superpixels.

    Parameters
    ----------
    height, width : int
        Of the image.
    cell : int
        The side of a cell in pixels; cells at the right and bottom border may be smaller.

    Returns
    -------
    ndarray, int, shape (height, width)
        The cell that each pixel belongs to, counted from 0, row by row.

    Raises
    ------
    ValueError
        If an argument is not an int of at least 1.
    """
    for name, value in (("height", height), ("width", width), ("cell", cell)):
        check_int(name, value, 1)
    rows, columns = np.arange(height) // cell, np.arange(width) // cell
    return rows[:, np.newaxis] * (columns[-1] + 1) + columns


def cut_up(model, image, segments, fill, name):
    """An image (H, W, C), its segments (H, W) and what it shows where they are hidden (H, W, C), all checked.

    `name` is that of the function that explains one image at a time.
    """
    images = check_images(image, input_shape(model), "image")  # (1, H, W, C)
    if len(images) != 1:
        raise ValueError(f"image has shape {images.shape}: {name} explains one image at a time")
    image = images[0]
    segments = check_segments(default_segments(image) if segments is None else segments, image.shape[:2])
    return image, segments, hidden_image(image, segments, fill)


def default_segments(image):
    """A grid for one channel; for several SLIC superpixels, (H, W) ints.

    The network's input may be BGR, or less its mean: SLIC compares the channels as they are, each centred,
    and not as colours that people see.
    """
    height, width, channels = image.shape
    if channels == 1:
        return grid_segments(height, width)
    centred = image - image.mean(axis=(0, 1))
    # As compact as SLIC makes them by default from colours in Lab, whose values are a hundred times larger.
    options = {"convert2lab": False, "compactness": 0.1}
    return slic(centred, n_segments=50, channel_axis=-1, start_label=0, **options)


def hidden_image(image, segments, fill):
    """The image with every segment hidden, (H, W, C)."""
    if isinstance(fill, str):
        check_choice("fill", fill, ["mean"])
        pixels = np.bincount(segments.ravel())  # (K,)
        sums = [np.bincount(segments.ravel(), channel.ravel()) for channel in np.moveaxis(image, -1, 0)]
        return np.stack([(total / pixels)[segments] for total in sums], axis=-1).astype(np.float32)
    return check_fill("fill", fill, image.shape)


def scores_of(model, image, hidden, shown, segments, classes, batch_size, progress, label="LIME"):
    """The classes' scores for every sample, (n, classes) float64.

    All come from one set of passes; the perturbed images exist one chunk at a time.
    """

    def compute(shown, x, hidden, segments, c):
        masks = tf.gather(shown, segments, axis=1)[..., tf.newaxis]  # (k, H, W, 1)
        return tf.gather(walk(model, tf.where(masks, x, hidden)), c, axis=1)

    one = image_spec(model)
    signature = [tf.TensorSpec((None, None), tf.bool), one, one, tf.TensorSpec(one.shape[:2], tf.int32), INTS]
    function = compiled(model, ("segments",), compute, signature)
    shown, segments = shown.astype(bool), segments.astype(np.int32)
    scores = np.empty((len(shown), len(classes)))
    with progress_bar(len(shown), label, "images", progress) as advance:
        for part in slices(len(shown), chunk_size(model, image.shape, batch_size)):
            scores[part] = function(shown[part], image, hidden, segments, classes)
            advance(part.stop - part.start)
    return scores
