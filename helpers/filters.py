"""The kernels of a network's convolutions, as arrays that can be looked at."""

import numpy as np

from helpers.backend import keras
from helpers.graph import layer_table


def kernel_blocks(model):
    """The kernels of every convolution, in nested networks too.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential.

    Returns
    -------
    dict
        Layer name -> ndarray (height, width, channels in, filters) float32, in the order in which
        the layers run. Copies: changing them leaves the network as it is.
    """
    kernels = {path: getattr(info.layer, "kernel", None) for path, info in layer_table(model).items()}
    return {
        path: np.array(keras.ops.convert_to_numpy(kernel), dtype=np.float32)
        for path, kernel in kernels.items()
        if kernel is not None and len(kernel.shape) == 4
    }


def scale_kernels(kernels):
    """Scale one block of kernels to 0 to 1, all filters by the same rule, so that they can be compared.

    Parameters
    ----------
    kernels : ndarray
        (height, width, channels in, filters), finite.

    Returns
    -------
    ndarray
        The same shape, float32. The smallest weight of the block becomes 0 and the largest 1; a
        weight of zero therefore has no fixed grey. A block of one and the same weight becomes 0.5.

    Raises
    ------
    ValueError
        If `kernels` has not four axes, is empty, or holds NaN or infinity.
    """
    kernels = np.asarray(kernels, dtype=np.float32)
    if kernels.ndim != 4 or kernels.size == 0 or not np.isfinite(kernels).all():
        raise ValueError(
            f"kernels have shape {kernels.shape}: finite weights of shape (height, width, channels, filters) "
            "are needed"
        )
    low, high = kernels.min(), kernels.max()
    return (kernels - low) / (high - low) if high > low else np.full_like(kernels, 0.5)
