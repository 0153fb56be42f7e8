"""Checks of arguments: what was given and what is allowed, in one line.

For settings of the methods. What depends on a network (images, classes, layers, units) is checked by
the engine.
"""

import numbers

import numpy as np


def check_int(name, value, low, high=None, note=""):
    """Check an integer argument.

    Parameters
    ----------
    name : str
        What the argument is called, for the message.
    value : int
    low, high : int
        The smallest and the largest that are allowed; None for no largest.
    note : str
        What else is allowed, for the message.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is not an int, or out of range.
    """
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):
        allowed = f"an int of at least {low}" if high is None else f"an int from {low} to {high}"
        raise ValueError(f"{name}={value!r} is not allowed: give {allowed}{note}")
    return int(value)


def check_number(name, value, low=-np.inf, high=np.inf):
    """Check a real argument.

    Parameters
    ----------
    name : str
        What the argument is called, for the message.
    value : float
    low, high : float
        The smallest and the largest that are allowed.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If it is not a finite number, or out of range.
    """
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not real or not np.isfinite(value) or not low <= value <= high:
        least = f" of at least {low:g}" if np.isfinite(low) else ""
        allowed = f"a number from {low:g} to {high:g}" if np.isfinite(high) else f"a finite number{least}"
        raise ValueError(f"{name}={value!r} is not allowed: give {allowed}")
    return float(value)


def check_choice(name, value, allowed):
    """Check an argument that is one of a few words.

    Parameters
    ----------
    name : str
        What the argument is called, for the message.
    value : str
    allowed : iterable of str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If it is none of the words.
    """
    words = list(allowed)
    if value not in words:
        raise ValueError(f"{name}={value!r} is not allowed: choose one of {', '.join(words)}")
    return value


def check_fill(name, value, image_shape):
    """Check a value that pixels are replaced with or compared to.

    Parameters
    ----------
    name : str
        What the argument is called, for the message.
    value : float or array_like
        A number, one per channel, or an image (H, W, C).
    image_shape : tuple of int
        (H, W, C).

    Returns
    -------
    ndarray
        (H, W, C) float32.

    Raises
    ------
    ValueError
        If it is none of these, or not finite.
    """
    fill = np.asarray(value)
    fits = fill.shape in ((), tuple(image_shape[2:]), tuple(image_shape))
    if not fits or not np.issubdtype(fill.dtype, np.number) or not np.isfinite(fill).all():
        raise ValueError(
            f"{name}={value!r} is not allowed: give a finite number, one per channel "
            f"({image_shape[2]}), or an image of shape {tuple(image_shape)}"
        )
    return np.broadcast_to(fill, image_shape).astype(np.float32)
