"""Pictures of numbers: normalise, resize, overlay, tile and de-process, arrays in and arrays out.

Nothing here draws, and nothing changes its input.
"""

import numbers

import numpy as np

from helpers.validate import check_int, check_number

# Sixteen evenly spaced colours of inferno, whose steps look equally large to the eye; straight lines
# between them stay within 0.03 of matplotlib's 256 colours. On photographs they glow.
_INFERNO_HEX = (
    "000004 0c0826 240c4f 420a68 5d126e 781c6d 932667 ae305c "
    "c73e4c dd513a ed6925 f8850f fca50a fac62d f2e661 fcffa4"
)
INFERNO = np.array([list(bytes.fromhex(color)) for color in _INFERNO_HEX.split()]) / 255  # (16, 3)
INFERNO.setflags(write=False)


def normalize_map(maps, signed=False):
    """Scale each map so that it can be shown; zero stays zero.

    Each map is divided by its own largest absolute value. Unlike min-max scaling, this keeps a
    constant map visible, and an all-zero map stays all zero instead of becoming NaN.

    Parameters
    ----------
    maps : array_like, shape (H, W), (N, H, W) or (N, H, W, C)
        Raw maps, such as a method returns. The channels of one map are scaled together.
    signed : bool
        False: negative values count as zero, as in Grad-CAM, and the result lies in 0 to 1.
        True: the sign is kept and the result lies in -1 to 1, symmetric about zero, for a
        diverging colour map.

    Returns
    -------
    ndarray, float32, the shape of `maps`

    Raises
    ------
    ValueError
        If `maps` has another number of axes, is empty, or holds NaN or infinity.
    """
    maps = _check_array("maps", maps, (2, 3, 4))
    if not signed:
        maps = np.maximum(maps, 0)
    axes = tuple(range(1, maps.ndim)) if maps.ndim > 2 else None
    peak = np.abs(maps).max(axis=axes, keepdims=True)  # (N, 1, 1)
    return (maps / np.where(peak > 0, peak, 1)).astype(np.float32)


def divide(values, by, instead=np.nan):
    """A quotient of arrays that is `instead` where it would be divided by zero."""
    by = np.broadcast_to(by, np.shape(values))
    return np.divide(values, by, out=np.full(np.shape(values), instead), where=by != 0)


def resize(maps, size):
    """Resize maps by bilinear interpolation, pixel centres at one half, as ``tf.image.resize`` does.

    Libraries disagree about where the border pixels lie; the whole course uses this convention.
    Nothing is smoothed before shrinking.

    Parameters
    ----------
    maps : array_like, shape (h, w), (N, h, w) or (N, h, w, C)
    size : (int, int)
        The height and width wanted, at least 1 each.

    Returns
    -------
    ndarray, float32, shape (H, W), (N, H, W) or (N, H, W, C)

    Raises
    ------
    ValueError
        If `size` is not two positive ints, or `maps` has another number of axes, is empty, or
        holds NaN or infinity.
    """
    maps = _check_array("maps", maps, (2, 3, 4))
    whole = isinstance(size, tuple | list | np.ndarray) and len(size) == 2
    if not whole or not all(isinstance(side, numbers.Integral) and side >= 1 for side in size):
        raise ValueError(f"size={size!r} is not allowed: give (height, width), two ints of at least 1")
    first = 0 if maps.ndim == 2 else 1
    for axis, side in enumerate(size, start=first):
        weights = _bilinear_weights(maps.shape[axis], side)  # (side, old side)
        maps = np.moveaxis(np.tensordot(weights, maps, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(maps, dtype=np.float32)


def _bilinear_weights(old, new):
    """Each new pixel's weights over the old ones, (new, old): two neighbours, summing to 1."""
    centres = (np.arange(new) + 0.5) * old / new - 0.5  # of the new pixels, in old pixels
    left = np.floor(centres).astype(int)
    weights = np.zeros((new, old))
    rows = np.arange(new)
    np.add.at(weights, (rows, np.clip(left, 0, old - 1)), left + 1 - centres)
    np.add.at(weights, (rows, np.clip(left + 1, 0, old - 1)), centres - left)
    return weights


def overlay(image, heatmap, strength=0.8, colors=INFERNO):
    """Lay a heatmap over a picture, as much of it as there is heat: what is cold stays a picture.

    Every pixel becomes ``(1 - a) * picture + a * colour of the heatmap`` with ``a = strength * heatmap``.

    Parameters
    ----------
    image : array_like, shape (H, W, 1) or (H, W, 3)
        A picture to be shown: uint8 in 0 to 255, or float in 0 to 1.
    heatmap : array_like, shape (h, w)
        In 0 to 1, such as `normalize_map` returns. Another size than the picture's is resized.
    strength : float
        How far the heatmap covers the picture where it is 1: 0 shows the picture alone, 1 hides it there.
    colors : array_like, shape (K, 3)
        The colour map: RGB in 0 to 1, evenly spaced from heatmap value 0 to 1, straight lines
        between them. `INFERNO` if left out.

    Returns
    -------
    ndarray, float32, shape (H, W, 3), in 0 to 1

    Raises
    ------
    ValueError
        If a shape, a range or `strength` is not as above, or anything is NaN or infinite.
    """
    image = _picture(image)
    heatmap = _check_array("heatmap", heatmap, (2,), low=0, high=1)
    colors = _check_array("colors", colors, (2,), low=0, high=1)
    strength = check_number("strength", strength, 0, 1)
    if colors.shape[1] != 3:
        raise ValueError(f"colors has shape {colors.shape}: give (K, 3), the colours as RGB")
    if heatmap.shape != image.shape[:2]:
        heatmap = resize(heatmap, image.shape[:2])
    stops = np.linspace(0, 1, len(colors))
    colored = np.stack([np.interp(heatmap, stops, channel) for channel in colors.T], axis=-1)  # (H, W, 3)
    cover = strength * heatmap[..., np.newaxis]
    return ((1 - cover) * image + cover * colored).astype(np.float32)


def _picture(image):
    """A picture as (H, W, 3) floats in 0 to 1."""
    scale = 255 if np.asarray(image).dtype == np.uint8 else 1
    image = _check_array("image", image, (3,), low=0, high=scale) / scale
    if image.shape[-1] not in (1, 3):
        raise ValueError(f"image has shape {image.shape}: give (H, W, 1) or (H, W, 3)")
    return np.broadcast_to(image, (*image.shape[:2], 3))


def tile(images, columns, margin=5, fill=0):
    """Put images side by side into one, row by row.

    Parameters
    ----------
    images : array_like, shape (N, H, W) or (N, H, W, C)
    columns : int
        How many images stand in a row, at least 1.
    margin : int
        Pixels between two neighbours, at least 0; there is none around the outside.
    fill : float
        The value of the margins, and of the places left over in the last row.

    Returns
    -------
    ndarray, the dtype of `images`
        Shape ``(rows * (H + margin) - margin, columns * (W + margin) - margin[, C])`` with
        ``rows = ceil(N / columns)``.

    Raises
    ------
    ValueError
        If `columns` or `margin` is too small or no int, or `images` has another number of axes,
        is empty, or holds NaN or infinity.
    """
    _check_array("images", images, (3, 4))
    images = np.asarray(images)
    columns, margin = check_int("columns", columns, 1), check_int("margin", margin, 0)
    count, height, width, *channels = images.shape
    rows = -(-count // columns)
    down, across = height + margin, width + margin
    sheet = np.full((rows * down - margin, columns * across - margin, *channels), fill, images.dtype)
    for index, image in enumerate(images):
        top, left = index // columns * down, index % columns * across
        sheet[top : top + height, left : left + width] = image
    return sheet


def deprocess(patterns, contrast=0.15):
    """Turn what gradient ascent found into something that can be shown.

    Each pattern is centred on its own mean, scaled to a standard deviation of `contrast`, moved to
    0.5, and clipped. This is for patterns only: a picture that a network's preprocessing has
    changed is undone by undoing that preprocessing.

    Parameters
    ----------
    patterns : array_like, shape (H, W, C) or (N, H, W, C)
        Any range.
    contrast : float
        The standard deviation before clipping, above 0; 0.1 to 0.15 suits most patterns.

    Returns
    -------
    ndarray, float32, the shape of `patterns`, in 0 to 1
        A constant pattern becomes 0.5.

    Raises
    ------
    ValueError
        If `contrast` is not above 0, or `patterns` has another number of axes, is empty, or holds
        NaN or infinity.
    """
    patterns = _check_array("patterns", patterns, (3, 4))
    if not isinstance(contrast, numbers.Real) or not 0 < contrast < np.inf:
        raise ValueError(f"contrast={contrast!r} is not allowed: give a number above 0")
    axes = (-3, -2, -1)
    centred = patterns - patterns.mean(axis=axes, keepdims=True)
    spread = centred.std(axis=axes, keepdims=True)
    shown = centred / np.where(spread > 0, spread, 1) * contrast + 0.5
    return np.clip(shown, 0, 1).astype(np.float32)


def _check_array(name, values, dimensions, low=-np.inf, high=np.inf):
    """The values as float64, or a `ValueError` that says what is wrong with them."""
    try:
        values = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} has rows of different lengths: give an array of numbers") from None
    if values.ndim not in dimensions or values.size == 0:
        allowed = " or ".join(str(number) for number in dimensions)
        raise ValueError(f"{name} has shape {values.shape}: give {allowed} axes, none of length 0")
    if values.dtype.kind not in "buif":
        raise ValueError(f"{name} has dtype {values.dtype}: give numbers")
    values = values.astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds NaN or infinity: give finite numbers")
    if values.min() < low or values.max() > high:
        raise ValueError(
            f"{name} runs from {values.min():g} to {values.max():g}: give values from {low:g} to {high:g}"
        )
    return values
