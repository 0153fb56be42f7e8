"""LIME for images: a linear model of how the network behaves around one image."""

from typing import NamedTuple

import numpy as np

from helpers.engine.passes import target_classes
from helpers.graph import class_count
from helpers.segments import cut_up, scores_of
from helpers.validate import check_classes, check_int, check_number, check_seed


class LimeExplanation(NamedTuple):
    """What `lime_image` found.

    Attributes
    ----------
    coefficients : ndarray, float64, shape (K,)
        What showing each segment adds to the score, by the linear model.
    intercept : float
        The linear model's score with every segment hidden.
    r2 : float
        How well the linear model fits the network on the samples, weighted by their proximity:
        1 is a perfect fit, also of a score that never changes. A low value means that the
        coefficients describe little.
    segments : ndarray, int, shape (H, W)
        The segment that each pixel belongs to, 0 to K - 1.
    class_index : int
        The class that was explained.
    """

    coefficients: np.ndarray
    intercept: float
    r2: float
    segments: np.ndarray
    class_index: int


def lime_image(
    model,
    image,
    class_index=None,
    segments=None,
    n_samples=1000,
    seed=0,
    *,
    fill="mean",
    ridge=0.0,
    kernel_width=0.25,
    batch_size="auto",
    progress=False,
):
    """Explain one prediction by hiding segments of the image at random.

    A linear model is fitted to the network's scores, with one weight per segment, and with more
    say for the samples that hide less of the image.

    Parameters
    ----------
    model : keras.Model
        Its output is explained as it is: probabilities if it ends in a softmax. Give
        ``logit_model(model)`` to explain logits.
    image : array_like, shape (H, W, C) or (1, H, W, C)
        In the range that the model was trained on.
    class_index : int, sequence of int, or None
        The class to explain, or several, all from the same passes. None explains the class that
        the model predicts.
    segments : array_like of int, shape (H, W), or None
        The segment that each pixel belongs to; ints of at least 0, counted anew in the result. None
        takes a grid of 4 x 4 pixels for images with one channel, and about 50 SLIC superpixels
        for all others, found on the channels as the network takes them.
    n_samples : int
        How many images the model sees, at least 2; the first is the whole image. Clearly more
        than the number of segments are needed.
    seed : int
        Of ``numpy.random.RandomState``, 0 to 2**32 - 1.
    fill : "mean", float, sequence of C floats, or ndarray (H, W, C)
        What a hidden segment shows: its own mean colour, a fixed value, or its part of a picture.
    ridge : float
        Strength of the penalty on the squared weights, at least 0. 0 is ordinary least squares,
        which does not bias the weights; the lime library uses 1, which shrinks them.
    kernel_width : float
        At least 0.01. A sample at cosine distance d from the whole image, in terms of the segments
        shown, has the weight ``exp(-d**2 / (2 * kernel_width**2))``.
    batch_size : int or "auto"
        How many images go through the model at once; "auto" follows from a memory budget.
        A number larger than there are means all at once, whatever memory that takes.
    progress : bool
        Show a progress bar.

    Returns
    -------
    LimeExplanation
        A list of them, one for each class, if `class_index` is a sequence.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    The random draws are those of
    ``LimeImageExplainer(random_state=seed).explain_instance(..., random_seed=0)`` of the lime
    library, so that both see the same samples if they are given the same segments.

    References
    ----------
    M. T. Ribeiro, S. Singh, C. Guestrin (2016). "Why Should I Trust You?": Explaining the
    Predictions of Any Classifier. KDD.
    """
    image, segments, hidden = cut_up(model, image, segments, fill, "lime_image")
    n_samples = check_int("n_samples", n_samples, 2)
    shown = _samples(n_samples, segments.max() + 1, check_seed(seed, 2**32 - 1))  # (n, K)
    weights = _proximity(shown, check_number("kernel_width", kernel_width, 0.01))  # (n,)
    ridge = check_number("ridge", ridge, 0)
    if class_index is None:
        classes = target_classes(model, image[np.newaxis])
    else:
        classes = check_classes(class_index, class_count(model))
    scores = scores_of(model, image, hidden, shown, segments, classes, batch_size, progress)  # (n, classes)
    explained = [
        LimeExplanation(*_fit(shown, values, weights, ridge), segments, int(c))
        for c, values in zip(classes, scores.T, strict=True)
    ]
    return explained if np.ndim(class_index) else explained[0]


def top_mask(explanation, num_features=5, positive_only=True):
    """Mark the segments that speak most strongly for a class, or for and against it.

    Parameters
    ----------
    explanation : LimeExplanation
    num_features : int
        At most this many segments, at least 1.
    positive_only : bool
        True takes segments with positive coefficients only, False takes the largest in absolute
        value. Fewer are marked where fewer differ from zero.

    Returns
    -------
    ndarray, int, shape (H, W)
        1 where a segment speaks for the class, -1 where it speaks against it, 0 elsewhere. Made
        for ``skimage.segmentation.mark_boundaries(picture, mask)``.

    Raises
    ------
    ValueError
        If `num_features` is not an int of at least 1.
    """
    check_int("num_features", num_features, 1)
    coefficients = explanation.coefficients
    strength = coefficients if positive_only else np.abs(coefficients)
    top = np.argsort(-strength, kind="stable")[:num_features]
    signs = np.zeros(len(coefficients), int)
    signs[top] = np.sign(np.where(strength[top] > 0, coefficients[top], 0))
    return signs[explanation.segments]


def _samples(n_samples, n_segments, seed):
    """Which segments each sample shows, (n, K) ints 0 or 1; the first shows all."""
    shown = np.random.RandomState(seed).randint(0, 2, (n_samples, n_segments))
    shown[0] = 1
    return shown


def _proximity(shown, kernel_width):
    """How much each sample counts: a Gaussian of its cosine distance to the whole image, (n,)."""
    distance = 1 - np.sqrt(shown.mean(axis=1))  # a sample with nothing shown is at distance 1
    return np.exp(-(distance**2) / (2 * kernel_width**2))


def _fit(shown, scores, weights, ridge):
    """Weighted ridge regression with a free intercept: coefficients (K,), intercept, R^2."""
    mean_shown = np.average(shown, axis=0, weights=weights)
    mean_score = np.average(scores, weights=weights)
    root = np.sqrt(weights)
    x = (shown - mean_shown) * root[:, np.newaxis]  # (n, K)
    y = (scores - mean_score) * root  # (n,)
    # By the normal equations: they are small, and the columns of zeros and ones are well conditioned.
    coefficients = np.linalg.lstsq(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ y)[0]
    residual, total = np.sum((y - x @ coefficients) ** 2), np.sum(y**2)
    r2 = float(1 - residual / total) if np.ptp(scores) else 1.0
    return coefficients, float(mean_score - mean_shown @ coefficients), r2
