"""Shapley values of an image's segments: what showing each adds to the score, shared out fairly."""

from typing import NamedTuple

import numpy as np
from scipy.special import comb

from helpers.engine.passes import target_classes
from helpers.segments import cut_up, scores_of
from helpers.validate import check_int, check_seed


class ShapleyValues(NamedTuple):
    """What `shapley_image` found.

    Attributes
    ----------
    values : ndarray, float64, shape (K,)
        What each segment adds to the score. They sum to ``score - base``.
    base : float
        The score of the image with every segment hidden.
    score : float
        The score of the whole image.
    segments : ndarray, int, shape (H, W)
        The segment that each pixel belongs to, 0 to K - 1.
    class_index : int
        The class that was explained.
    exact : bool
        Whether all coalitions of segments were seen, so that nothing was estimated.
    """

    values: np.ndarray
    base: float
    score: float
    segments: np.ndarray
    class_index: int
    exact: bool


def shapley_image(
    model,
    image,
    class_index=None,
    segments=None,
    n_samples=1000,
    seed=0,
    *,
    fill="mean",
    batch_size="auto",
    progress=False,
):
    """Explain one prediction by the Shapley value of each segment of the image.

    A segment's value is what showing it adds to the score, averaged over all orders in which the
    segments can be shown one after the other. It is found as Kernel SHAP finds it: by a linear fit
    to the scores of coalitions, images that show some of the segments. With up to ``n_samples``
    coalitions in all, every one is seen and the values are exact; otherwise pairs of complements
    are drawn at random, and the values are estimates.

    Parameters
    ----------
    model : keras.Model
        Its output is explained as it is: probabilities if it ends in a softmax. Give
        ``logit_model(model)`` to explain logits.
    image : array_like, shape (H, W, C) or (1, H, W, C)
        In the range that the model was trained on.
    class_index : int or None
        None explains the class that the model predicts.
    segments : array_like of int, shape (H, W), or None
        The segment that each pixel belongs to, two segments at least; None takes those of
        `lime_image`.
    n_samples : int
        How many images the model sees at most, clearly more than the number of segments: at least
        4. K segments have ``2**K`` coalitions.
    seed : int
        0 to 2**31 - 1, of the draws.
    fill : "mean", float, sequence of C floats, or ndarray (H, W, C)
        What a hidden segment shows: its own mean colour, a fixed value, or its part of a picture.
    batch_size : int or "auto"
        How many images go through the model at once; "auto" follows from a memory budget.
        A number larger than there are means all at once, whatever memory that takes.
    progress : bool
        Show a progress bar.

    Returns
    -------
    ShapleyValues

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    L. S. Shapley (1953). A Value for n-Person Games. Contributions to the Theory of Games II.
    S. M. Lundberg, S.-I. Lee (2017). A Unified Approach to Interpreting Model Predictions. NeurIPS.
    """
    image, segments, hidden = cut_up(model, image, segments, fill, "shapley_image")
    count = int(segments.max()) + 1
    if count < 2:
        raise ValueError("segments has one segment only, whose value is the whole score: give at least 2")
    n_samples, seed = check_int("n_samples", n_samples, 4), check_seed(seed)
    shown, weights = _coalitions(count, n_samples, seed)  # (n, K), the first empty, the second whole; (n,)
    classes = target_classes(model, image[np.newaxis], class_index)  # one
    data = model, image, hidden, shown, segments, classes
    scores = scores_of(*data, batch_size, progress, label="Shapley values")[:, 0]
    values, base, score = _fit(shown, scores, weights), float(scores[0]), float(scores[1])
    return ShapleyValues(values, base, score, segments, int(classes[0]), exact=len(shown) == 2**count)


def _coalitions(count, n_samples, seed):
    """Which segments each image shows, (n, K) ints, none and all first, and how much it counts, (n,)."""
    ends = np.stack([np.zeros(count, int), np.ones(count, int)])
    if 2**count <= n_samples:
        every = np.arange(1, 2**count - 1)[:, np.newaxis] >> np.arange(count) & 1
        sizes = every.sum(axis=1)
        weights = 1 / (comb(count, sizes) * sizes * (count - sizes))  # Shapley's kernel
        return np.concatenate([ends, every]), np.concatenate([np.zeros(2), weights])
    draw = np.random.default_rng(seed)
    sizes = np.arange(1, count)
    share = 1 / (sizes * (count - sizes))  # the kernel, of all coalitions of a size together
    pairs = (n_samples - 2) // 2
    chosen = draw.choice(sizes, pairs, p=share / share.sum())
    ranks = draw.permuted(np.tile(np.arange(count), (pairs, 1)), axis=1)
    half = (ranks < chosen[:, np.newaxis]).astype(int)
    shown = np.concatenate([ends, half, 1 - half])
    return shown, np.concatenate([np.zeros(2), np.ones(2 * pairs)])


def _fit(shown, scores, weights):
    """Weighted least squares, the values held to sum to the whole score less that of nothing: (K,).

    With the sum held, the last value follows from the others.
    """
    base, total = scores[0], scores[1] - scores[0]
    last = shown[:, -1]
    root = np.sqrt(weights)
    x = (shown[:, :-1] - last[:, np.newaxis]) * root[:, np.newaxis]  # (n, K - 1)
    y = (scores - base - last * total) * root
    # By the normal equations: they are small, and the columns are well conditioned.
    values = np.linalg.lstsq(x.T @ x, x.T @ y)[0]
    return np.append(values, total - values.sum())
