"""Which kinds of reason a network has for one answer: SpRAy, spectral clustering of maps."""

from typing import NamedTuple

import numpy as np

from helpers.engine.passes import layer_gradients, target_classes
from helpers.graph import find_layer, input_shape, last_map_layer
from helpers.validate import check_images, check_int, check_seed

MOST_KINDS = 8  # that the eigengap is looked for among


class Reasons(NamedTuple):
    """What `spray` returns. N pictures."""

    kinds: np.ndarray
    """(N,) int: to which kind each belongs, 0 for the largest."""
    eigenvalues: np.ndarray
    """(eigenvectors,) float64: the smallest of the normalised Laplacian, rising from 0."""
    embedding: np.ndarray
    """(N, eigenvectors) float64: their eigenvectors; the first are coordinates to draw with."""


def spray(features, n_kinds=None, neighbours=10, eigenvectors=32, seed=0):
    """Sort maps, or other descriptions of a network's reasons, into kinds.

    The pictures are the nodes of a graph that joins each with its nearest neighbours. The smallest
    eigenvalues of the graph's symmetric normalised Laplacian tell how many parts it has that hang
    together loosely; k-means on the eigenvectors says which picture is in which.

    Parameters
    ----------
    features : array_like, shape (N, ...)
        A row, or a map, for each picture.
    n_kinds : int or None
        How many kinds. None takes as many as there are eigenvalues before the largest gap among
        the first eight.
    neighbours : int
        With how many others each picture is joined, at least 1 and below N.
    eigenvectors : int
        How many are taken, from 9 to N.
    seed : int
        Of k-means, 0 to 2**31 - 1.

    Returns
    -------
    Reasons

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    Lapuschkin, Wäldchen, Binder, Montavon, Samek, Müller (2019). Unmasking Clever Hans predictors
    and assessing what machines really learn. Nature Communications 10:1096.
    von Luxburg (2007). A tutorial on spectral clustering. Statistics and Computing 17.
    """
    from scipy.linalg import eigh
    from scipy.sparse.csgraph import laplacian
    from sklearn.cluster import KMeans
    from sklearn.neighbors import kneighbors_graph

    rows = np.asarray(features, np.float64)
    if rows.ndim < 2 or len(rows) <= MOST_KINDS or not np.isfinite(rows).all():
        raise ValueError(
            f"features of shape {rows.shape} are not allowed: give finite numbers, a row for each of more "
            f"than {MOST_KINDS} pictures"
        )
    rows = rows.reshape(len(rows), -1)
    count = check_int("eigenvectors", eigenvectors, MOST_KINDS + 1, len(rows))
    graph = kneighbors_graph(rows, check_int("neighbours", neighbours, 1, len(rows) - 1))
    graph = graph.maximum(graph.T)  # a neighbour of one is a neighbour of the other
    dense = laplacian(graph, normed=True).toarray()
    eigenvalues, embedding = eigh(dense, subset_by_index=(0, count - 1))
    if n_kinds is None:
        n_kinds = 1 + int(np.argmax(np.diff(eigenvalues[: MOST_KINDS + 1])))
    n_kinds = check_int("n_kinds", n_kinds, 1, count)
    kmeans, found = KMeans(n_kinds, n_init=10, random_state=check_seed(seed)), np.zeros(len(rows), int)
    if n_kinds > 1:
        found = kmeans.fit_predict(embedding[:, :n_kinds])
    by_size = np.argsort(np.argsort(-np.bincount(found, minlength=n_kinds), kind="stable"))
    return Reasons(by_size[found], eigenvalues, embedding)


def channel_relevance(model, images, class_index=None, layer_name=None, batch_size="auto", progress=False):
    """What each channel of a layer contributes to a class, wherever in the picture it does so.

    Each feature map times the gradient of the class's logit with respect to it, summed over the
    places: gradient times input, taken at a layer.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential. A closing softmax or sigmoid is left out.
    images : ndarray
        (N, H, W, C) or (H, W, C) float32, in the range that the network was trained on.
    class_index : int, sequence of int, or None
        One class for all images, one per image, or None for each image's own arg-max of the logits.
    layer_name : str or None
        A layer with a 4-D output, in nested networks too; None for the last one larger than 1 x 1.
    batch_size : int or "auto"
        How many images go through the network at once; "auto" follows from a memory budget.
    progress : bool
        True to show a progress bar.

    Returns
    -------
    ndarray
        (N, channels) float32, signed, in logits.

    Raises
    ------
    ValueError
        If an argument is not allowed, the layer is unknown or has no 4-D output.

    References
    ----------
    Anders, Weber, Neumann, Samek, Müller, Lapuschkin (2022). Finding and removing Clever Hans: using
    explanation methods to debug and improve deep models. Information Fusion 77.
    """
    images = check_images(images, input_shape(model))
    path = last_map_layer(model) if layer_name is None else find_layer(model, layer_name, maps=True)
    classes = target_classes(model, images, class_index)
    parts = layer_gradients(model, images, classes, path, "vanilla", batch_size, progress)
    return np.concatenate([(maps * grads).sum(axis=(1, 2)) for maps, grads in parts])
