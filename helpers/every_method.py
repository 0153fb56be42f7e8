"""One question to every method that explains an answer."""

import numpy as np
from skimage.filters import sobel

from helpers.grad_cam import grad_cam, score_cam
from helpers.graph import logit_model
from helpers.lime_image import lime_image
from helpers.occlusion import occlusion
from helpers.progress import progress_bar
from helpers.saliency import integrated_gradients, saliency, smooth_grad
from helpers.validate import check_choice

SIGNED = ("occlusion", "integrated gradients", "LIME")  # these maps have a sign
METHODS = (
    "occlusion", "gradient", "guided gradient", "SmoothGrad", "integrated gradients", "Grad-CAM", "Score-CAM",
    "LIME",
)  # fmt: skip


def every_method(
    model,
    images,
    class_index,
    names=METHODS,
    *,
    patch_size=7,
    stride=1,
    baseline=0.0,
    n_samples=50,
    steps=64,
    max_channels=None,
    lime_samples=1000,
    segments=None,
    fill="mean",
    seed=0,
    progress=False,
):
    """Explain the same answers by every method of the course, each about the logit.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential, with ReLUs and a layer with maps.
    images : array_like, shape (N, H, W, C)
        In the range that the model was trained on.
    class_index : int or sequence of N ints
        What is explained.
    names : sequence of str
        Which methods, of `METHODS`.
    patch_size, stride : int
        Of occlusion, in pixels.
    baseline : float, sequence of C floats, or ndarray (H, W, C)
        What occlusion covers with, and where integrated gradients begin.
    n_samples : int
        Of SmoothGrad.
    steps : int
        Of integrated gradients.
    max_channels : int or None
        Of Score-CAM; None for all.
    lime_samples : int
        Of LIME.
    segments : array_like of int, shape (H, W), or None
        Of LIME; None takes those of `lime_image`.
    fill : "mean", float, sequence of C floats, or ndarray (H, W, C)
        What LIME hides with.
    seed : int
        Of SmoothGrad and LIME, 0 to 2**31 - 1.
    progress : bool
        Show a progress bar over the methods.

    Returns
    -------
    dict
        Name -> (N, H, W) float32, raw: with signs for the names in `SIGNED`, else of at least 0.

    Raises
    ------
    ValueError
        If a name is none of `METHODS`, or an argument is not as the method wants it.
    """
    images = np.asarray(images)
    classes = np.broadcast_to(class_index, len(images))
    calls = {
        "occlusion": lambda: (
            occlusion(model, images, classes, patch_size, stride, baseline, score="logit").maps
        ),
        "gradient": lambda: saliency(model, images, classes),
        "guided gradient": lambda: saliency(model, images, classes, relu="guided"),
        "SmoothGrad": lambda: smooth_grad(model, images, classes, n_samples=n_samples, seed=seed),
        "integrated gradients": lambda: (
            integrated_gradients(model, images, classes, baseline=baseline, steps=steps).attributions
        ),
        "Grad-CAM": lambda: grad_cam(model, images, classes),
        "Score-CAM": lambda: score_cam(model, images, classes, max_channels=max_channels),
        "LIME": lambda: _lime(model, images, classes, segments, lime_samples, seed, fill),
    }
    maps = {}
    with progress_bar(len(names), "Every method", "methods", progress) as advance:
        for name in names:
            maps[name] = np.asarray(calls[check_choice("names", name, METHODS)](), np.float32)
            advance()
    return maps


def no_network(images, seed=0):
    """Maps that no network had a part in: edges (Sobel), noise, and ink, the brightness of the image.

    For images (N, H, W, C); name -> (N, H, W). Every test of maps should fail these.
    """
    ink = np.asarray(images).mean(axis=-1)
    noise = np.random.default_rng(seed).random(ink.shape)
    return {"edges": np.array([sobel(image) for image in ink]), "noise": noise, "ink": ink}


def _lime(model, images, classes, segments, n_samples, seed, fill):
    """The coefficients of LIME, each on its segment: (N, H, W)."""
    logits = logit_model(model)
    options = {"segments": segments, "n_samples": n_samples, "seed": seed, "fill": fill}
    explained = [lime_image(logits, x, int(c), **options) for x, c in zip(images, classes, strict=True)]
    return np.stack([one.coefficients[one.segments] for one in explained])
