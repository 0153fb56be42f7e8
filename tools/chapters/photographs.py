"""Draw the sheet of the page on the networks: seven photographs, seen by every method of the course."""

import sys

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from helpers.backbones import centre_square, load_backbone
from helpers.backend import reproducible
from helpers.data import pictures
from helpers.grad_cam import grad_cam, score_cam
from helpers.graph import logit_model
from helpers.lime_image import lime_image
from helpers.occlusion import occlusion
from helpers.plots import PAGE_WIDTH, show_image, show_map
from helpers.progress import progress_bar
from helpers.saliency import integrated_gradients, saliency, smooth_grad
from helpers.settings import ROOT

PICTURE = ROOT / "book" / "images" / "photographs.png"


def panels(model, image):
    """Title, map, and whether the map has a sign, of every method for the network's own answer."""
    occluded = occlusion(model, image, patch_size=32, stride=16, baseline=0, score="logit")
    lime = lime_image(logit_model(model), image, n_samples=500)
    return [
        ("occlusion", occluded.maps[0], True),
        ("gradient", saliency(model, image)[0], False),
        ("guided", saliency(model, image, relu="guided")[0], False),
        ("SmoothGrad", smooth_grad(model, image)[0], False),
        ("integrated", integrated_gradients(model, image).attributions[0], True),
        ("Grad-CAM", grad_cam(model, image)[0], False),
        ("Score-CAM", score_cam(model, image, max_channels=64)[0], False),
        ("LIME", lime.coefficients[lime.segments], True),
    ]


def draw():
    """Draw the sheet; returns the figure."""
    reproducible(seed=0)
    lite0, photographs = load_backbone("efficientnet_lite0"), pictures()
    figure, axes = plt.subplots(len(photographs), 9, figsize=(2 * PAGE_WIDTH, 12.6))
    with progress_bar(len(photographs), "Photographs", "photographs") as advance:
        for number, (row, photograph) in enumerate(zip(axes, photographs.values(), strict=True)):
            square = centre_square(photograph, lite0.input_size)
            image = lite0.preprocess(square)
            (((_, name, share),),) = lite0.decode(lite0.model.predict(image[np.newaxis], verbose=0), top=1)
            show_image(square, row[0], f"{name.replace('_', ' ')}, {share:.2f}")
            for ax, (title, values, signed) in zip(row[1:], panels(lite0.model, image), strict=True):
                limit = np.quantile(np.abs(values), 0.995)  # a few bright pixels would darken all others
                show_map(values, ax, None if number else title, signed, limit)
            advance()
    return figure


if __name__ == "__main__":
    plt.switch_backend("agg")
    target = sys.argv[1] if len(sys.argv) > 1 else PICTURE
    draw().savefig(target, metadata={"Software": None})
    with Image.open(target) as sheet:  # a palette: a third of the size, and the eye sees no difference
        sheet.convert("RGB").quantize(256).save(target, optimize=True)
