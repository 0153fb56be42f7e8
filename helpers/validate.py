"""Every check of an argument: a ValueError that says in one line what was given and what is allowed.

What a network allows comes in as an argument, so that nothing here needs TensorFlow.
"""

import numbers

import numpy as np


def shown(value, width=120):
    """What was given, for a message: on one line, and not endless."""
    text = " ".join((str(value) if isinstance(value, Exception) else repr(value)).split())
    return text if len(text) <= width else f"{text[: width - 4]} ..."


def check_int(name, value, low, high=None, note=""):
    """An int from `low` to `high` (None: no largest); `note` says what else would be allowed."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):
        allowed = f"an int of at least {low}" if high is None else f"an int from {low} to {high}"
        raise ValueError(f"{name}={shown(value)} is not allowed: give {allowed}{note}")
    return int(value)


def check_seed(seed, high=2**31 - 1):
    """A seed from 0 to `high`."""
    return check_int("seed", seed, 0, high)


def check_number(name, value, low=-np.inf, high=np.inf):
    """A finite number from `low` to `high`, as a float."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not real or not np.isfinite(value) or not low <= value <= high:
        least = f" of at least {low:g}" if np.isfinite(low) else ""
        allowed = f"a number from {low:g} to {high:g}" if np.isfinite(high) else f"a finite number{least}"
        raise ValueError(f"{name}={shown(value)} is not allowed: give {allowed}")
    return float(value)


def check_choice(name, value, allowed):
    """One of a few words."""
    words = list(allowed)
    if value not in words:
        raise ValueError(f"{name}={shown(value)} is not allowed: choose one of {', '.join(words)}")
    return value


def check_range(name, value):
    """(low, high) as floats with low < high, or None."""
    if value is None:
        return None
    bounds = np.asarray(value)
    if bounds.shape != (2,) or not np.isfinite(bounds).all() or not bounds[0] < bounds[1]:
        raise ValueError(f"{name}={shown(value)} is not allowed: give (low, high), low < high, or None")
    return float(bounds[0]), float(bounds[1])


def batch_shape(expected):
    """The shape of a batch of images in words: "(N, 28, 28, 1)", "(N, any, any, 3)"."""
    return f"(N, {', '.join('any' if size is None else str(size) for size in expected)})"


def check_images(images, expected, name="images"):
    """Images (N, H, W, C) or one (H, W, C), floating point, as (N, H, W, C) float32.

    `expected` is the (H, W, C) that a network takes, None where it takes any. What comes back may be
    the array that was given: it is not to be written to.
    """
    images = np.asarray(images)
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"{name} have dtype {images.dtype}: give float32 in the range that the network was trained on"
        )
    batch = images[np.newaxis] if images.ndim == 3 else images
    sizes = zip(expected, batch.shape[1:], strict=False)
    fits = batch.ndim == 4 and all(want in (None, got) for want, got in sizes)
    if not fits or batch.size == 0:
        raise ValueError(
            f"{name} have shape {images.shape}: {batch_shape(expected)} or one image is needed, N at least 1"
        )
    with np.errstate(over="ignore"):
        batch = batch.astype(np.float32, copy=False)
    if not np.isfinite(batch).all():
        raise ValueError(f"{name} hold {np.sum(~np.isfinite(batch))} values that are NaN or infinite")
    return batch


def check_class(class_index, n_images, n_classes):
    """One class for all images or one for each, as (n_images,) int32; None stays None."""
    if class_index is None:
        return None
    classes = np.asarray(class_index)
    if not np.issubdtype(classes.dtype, np.integer) or classes.shape not in ((), (n_images,)):
        raise ValueError(
            f"class_index={shown(class_index)} is not allowed: give an int, one int per image "
            f"({n_images}), or None"
        )
    _check_classes_exist(classes, class_index, n_classes)
    return np.broadcast_to(classes, n_images).astype(np.int32)


def check_classes(class_index, n_classes):
    """One class or several of the same image, as (classes,) int32."""
    classes = np.atleast_1d(np.asarray(class_index))
    if classes.ndim != 1 or classes.size == 0 or not np.issubdtype(classes.dtype, np.integer):
        raise ValueError(
            f"class_index={shown(class_index)} is not allowed: give an int, several ints, or None"
        )
    _check_classes_exist(classes, class_index, n_classes)
    return classes.astype(np.int32)


def _check_classes_exist(classes, class_index, n_classes):
    if classes.min() < 0 or classes.max() >= n_classes:
        raise ValueError(
            f"class_index={shown(class_index)} is out of range: classes are 0 to {n_classes - 1}"
        )


def check_units(unit_indices, n_units, layer_name):
    """One unit of a layer or several, as (units,) int32."""
    units = np.atleast_1d(np.asarray(unit_indices))
    if units.ndim != 1 or units.size == 0 or not np.issubdtype(units.dtype, np.integer):
        raise ValueError(f"unit_indices={shown(unit_indices)} is not allowed: give one int or several")
    if units.min() < 0 or units.max() >= n_units:
        raise ValueError(
            f"unit_indices={shown(unit_indices)} is out of range: {layer_name!r} has units 0 to {n_units - 1}"
        )
    return units.astype(np.int32)


def check_image_size(image_size, expected):
    """(H, W, C) for an int, (height, width) or None, which stands for the `expected` (H, W, C)."""
    *own, channels = expected
    if image_size is None and None in own:
        raise ValueError("image_size=None is not allowed: the model takes images of any size")
    if image_size is not None and np.shape(image_size) not in ((), (2,)):
        raise ValueError(f"image_size={image_size!r} is not allowed: give one int or (height, width)")
    size = own if image_size is None else np.broadcast_to(image_size, 2).tolist()
    return (*(check_int("image_size", side, 1) for side in size), channels)


def check_fill(name, value, image_shape):
    """What pixels are replaced with or compared to: a number, one per channel, or an image (H, W, C).

    It comes back as (H, W, C) float32.
    """
    fill = np.asarray(value)
    fits = fill.shape in ((), tuple(image_shape[2:]), tuple(image_shape))
    if not fits or not np.issubdtype(fill.dtype, np.number) or not np.isfinite(fill).all():
        raise ValueError(
            f"{name}={shown(value)} is not allowed: give a finite number, one per channel "
            f"({image_shape[2]}), or an image of shape {tuple(image_shape)}"
        )
    return np.broadcast_to(fill, image_shape).astype(np.float32)


def check_segments(segments, size):
    """The segment that each pixel of an image (H, W) belongs to, counted anew from 0 without gaps."""
    segments = np.asarray(segments)
    if segments.shape != tuple(size) or segments.dtype.kind not in "iu":
        raise ValueError(
            f"segments has shape {segments.shape} and dtype {segments.dtype}: "
            f"give ints of shape {tuple(size)}, one per pixel"
        )
    if segments.min() < 0:
        raise ValueError(f"segments holds {segments.min()}: number them from 0")
    return np.unique(segments, return_inverse=True)[1].reshape(size)


def check_maps(name, maps, count=None, size=None):
    """Maps (N, H, W) or one (H, W) as (N, H, W) float64; `count` of them, of that `size`, if given."""
    try:
        maps = np.asarray(maps, np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} are not numbers: give (N, H, W), a map for each image") from None
    maps = maps[np.newaxis] if maps.ndim == 2 else maps
    wanted = tuple(size or maps.shape[1:])
    if maps.ndim != 3 or maps.size == 0 or len(maps) != (count or len(maps)) or maps.shape[1:] != wanted:
        needed = f"({count or 'N'}, {', '.join(map(str, size or 'HW'))})"
        raise ValueError(f"{name} have shape {maps.shape}: {needed} is needed, a map for each image")
    if not np.isfinite(maps).all():
        raise ValueError(f"{name} hold {np.sum(~np.isfinite(maps))} values that are NaN or infinite")
    return maps
