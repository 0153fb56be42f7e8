"""Feature maps: what the layers of a network make of an image."""

import numpy as np

from helpers.engine.passes import activations
from helpers.graph import find_layer, input_shape
from helpers.validate import check_images


def feature_maps(model, images, layer_names, batch_size="auto", progress=False):
    """What layers give out for images.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential.
    images : ndarray
        (N, H, W, C) or (H, W, C) float32, in the range that the network was trained on.
    layer_names : str or sequence of str
        Names of layers with a 4-D output, in nested networks too (``"backbone/conv1"`` where
        several share a name). Layers above the last one asked for are not run.
    batch_size : int or "auto"
        How many images go through the network at once; "auto" follows from a memory budget.
        A number larger than there are means all at once, whatever memory that takes.
    progress : bool
        True to show a progress bar.

    Returns
    -------
    dict
        Each name as given -> ndarray (N, h, w, channels) float32.

    Raises
    ------
    ValueError
        If a layer is unknown or has no 4-D output, or the images do not fit the network.
    """
    images = check_images(images, input_shape(model))
    names = [layer_names] if isinstance(layer_names, str) else list(layer_names)
    if not names:
        raise ValueError("layer_names is empty: name at least one layer")
    paths = [find_layer(model, name, maps=True) for name in names]
    return dict(zip(names, activations(model, images, paths, batch_size, progress), strict=True))


def sparsity(maps):
    """How much of each image's feature maps is switched off.

    Parameters
    ----------
    maps : ndarray
        (N, h, w, channels), after a ReLU.

    Returns
    -------
    ndarray
        (N,) float64: the fraction of values that are exactly zero, 0 to 1.

    Raises
    ------
    ValueError
        If `maps` has not four axes or is empty.
    """
    maps = np.asarray(maps)
    if maps.ndim != 4 or maps.size == 0:
        raise ValueError(f"maps have shape {maps.shape}: (N, h, w, channels) is needed")
    return np.mean(maps == 0, axis=(1, 2, 3))
