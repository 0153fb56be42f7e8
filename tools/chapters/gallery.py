"""Draw the picture of the README and the landing page: one digit, seen by every method of the course."""

import sys

import matplotlib.pyplot as plt
import numpy as np

from helpers.activations import feature_maps
from helpers.ascent import maximize_activation
from helpers.backend import reproducible
from helpers.data import example_digits
from helpers.grad_cam import grad_cam, score_cam
from helpers.graph import logit_model
from helpers.image import tile
from helpers.lime_image import lime_image
from helpers.models import load_mnist_cnn
from helpers.occlusion import occlusion
from helpers.plots import PAGE_WIDTH, show_image, show_map
from helpers.saliency import integrated_gradients, saliency, smooth_grad
from helpers.settings import ROOT

PICTURE = ROOT / "book" / "images" / "one-digit.png"
DIGIT = 4


def panels(model, image):
    """Title, map, and whether the map has a sign, of every method."""
    maps = feature_maps(model, image, "conv1")["conv1"][0]  # (28, 28, 32)
    lime = lime_image(logit_model(model), image, n_samples=2000)
    return [
        ("feature maps", tile(np.moveaxis(maps, -1, 0)[:16], 4, margin=1), False),
        ("occlusion", occlusion(model, image, patch_size=5, score="logit").maps[0], True),
        ("gradient", saliency(model, image)[0], False),
        ("guided gradient", saliency(model, image, relu="guided")[0], False),
        ("SmoothGrad", smooth_grad(model, image)[0], False),
        ("integrated gradients", integrated_gradients(model, image).attributions[0], True),
        ("Grad-CAM", grad_cam(model, image)[0], False),
        ("Layer-CAM", grad_cam(model, image, variant="layercam")[0], False),
        ("Score-CAM", score_cam(model, image)[0], False),
        ("LIME", lime.coefficients[lime.segments], True),
    ]


def draw():
    """Draw the picture; returns the figure."""
    reproducible(seed=0)
    model, image = load_mnist_cnn(), example_digits()[0][DIGIT]
    best = maximize_activation(model, "preds", DIGIT, steps=200, total_variation=0.05, l2=0.02, jitter=1)
    figure, axes = plt.subplots(3, 4, figsize=(PAGE_WIDTH, 6.1))
    show_image(image, axes[0, 0], "a digit")
    show_image(best.images[0], axes[0, 1], f"what drives '{DIGIT}' up")
    for ax, (title, values, signed) in zip(axes.flat[2:], panels(model, image), strict=True):
        show_map(values, ax, title, signed)
    return figure


if __name__ == "__main__":
    plt.switch_backend("agg")
    draw().savefig(sys.argv[1] if len(sys.argv) > 1 else PICTURE, metadata={"Software": None})
