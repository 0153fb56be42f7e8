"""Draw the pictures of README and site: a digit, a photograph, and seven, seen by every method."""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from helpers.activations import feature_maps
from helpers.ascent import maximize_activation
from helpers.backbones import load_backbone
from helpers.backend import reproducible
from helpers.data import example_digits, pictures
from helpers.every_method import METHODS, SIGNED, every_method
from helpers.grad_cam import grad_cam
from helpers.image import normalize_map, overlay, tile
from helpers.imagenet import centre_square
from helpers.models import load_mnist_cnn
from helpers.plots import PAGE_WIDTH, show_image, show_map
from helpers.progress import progress_bar
from helpers.settings import ROOT

IMAGES = ROOT / "book" / "images"
DIGIT = 4
PHOTOGRAPH, CAT = "cat", 285  # the class that the network gives it
ORDER = [*METHODS[:6], "Layer-CAM", *METHODS[6:]]
SHEET = {"patch_size": 32, "stride": 16, "lime_samples": 500, "max_channels": 64}
SHEET_DPI = 104  # of the largest picture, whose panels are as fine then as the maps
CLASS_IMAGE = {
    "steps": 240, "basis": "fourier", "decorrelate": True, "jitter": 16, "rotate": 10.0, "zoom": 0.1,
    "image_size": 160, "value_range": (-127 / 128, 1.0),
}  # fmt: skip


def maps_of(model, image, **options):
    """Title, map, and whether the map has a sign, of every method, for the network's own answer."""
    images = image[np.newaxis]
    answer = int(model.predict(images, verbose=0).argmax())
    maps = every_method(model, images, answer, **options)
    maps["Layer-CAM"] = grad_cam(model, images, answer, variant="layercam")
    return [(title, maps[title][0], title in SIGNED) for title in ORDER]


def draw_digit():
    """One digit, in twelve panels; returns the figure."""
    model, image = load_mnist_cnn(), example_digits()[0][DIGIT]
    best = maximize_activation(model, "preds", DIGIT, steps=200, total_variation=0.05, l2=0.02, jitter=1)
    maps = feature_maps(model, image, "conv1")["conv1"][0]  # (28, 28, 32)
    figure, axes = plt.subplots(3, 4, figsize=(PAGE_WIDTH, 6.1))
    show_image(image, axes[0, 0], "a digit")
    show_image(best.images[0], axes[0, 1], f"what drives '{DIGIT}' up")
    show_map(tile(np.moveaxis(maps, -1, 0)[:16], 4, margin=1), axes[0, 2], "feature maps")
    panels = maps_of(model, image, patch_size=5, lime_samples=2000)
    for ax, (title, values, signed) in zip(axes.flat[3:], panels, strict=True):
        show_map(values, ax, title, signed)
    return figure


def draw_photograph():
    """One photograph, in twelve panels; coarse maps are laid over it. Returns the figure."""
    lite0 = load_backbone("efficientnet_lite0")
    square = centre_square(pictures(PHOTOGRAPH)[PHOTOGRAPH], lite0.input_size)
    image = lite0.preprocess(square)
    best = maximize_activation(lite0.model, "preds", CAT, progress=True, **CLASS_IMAGE)
    maps = feature_maps(lite0.model, image, "block2_project")["block2_project"][0]  # (56, 56, 24)
    figure, axes = plt.subplots(3, 4, figsize=(PAGE_WIDTH, 6.1))
    show_image(square, axes[0, 0], "a photograph")
    show_image(lite0.deprocess(best.images[0]), axes[0, 1], "what drives its class up")
    sheet = tile(np.moveaxis(maps, -1, 0)[:16], 4, margin=1)
    show_map(sheet, axes[0, 2], "feature maps", signed=True, limit=limit_of(sheet))
    panels = maps_of(lite0.model, image, patch_size=32, stride=8, lime_samples=1000, max_channels=256)
    for ax, (title, values, signed) in zip(axes.flat[3:], panels, strict=True):
        if "CAM" in title:
            show_image(overlay(square, normalize_map(values)), ax, title)
        else:
            show_map(values, ax, title, signed, limit_of(values))
    return figure


def draw_photographs():
    """Seven photographs, one a row, for the page of the networks; returns the figure."""
    lite0, photographs = load_backbone("efficientnet_lite0"), pictures()
    figure, axes = plt.subplots(len(photographs), 10, figsize=(2 * PAGE_WIDTH, 11.4))
    with progress_bar(len(photographs), "Photographs", "photographs") as advance:
        for number, (row, photograph) in enumerate(zip(axes, photographs.values(), strict=True)):
            square = centre_square(photograph, lite0.input_size)
            image = lite0.preprocess(square)
            answer = lite0.model.predict(image[np.newaxis], verbose=0)
            (((_, name, probability),),) = lite0.decode(answer, top=1)
            show_image(square, row[0], f"{name.replace('_', ' ')}, {probability:.2f}")
            panels = maps_of(lite0.model, image, **SHEET)
            for ax, (title, values, signed) in zip(row[1:], panels, strict=True):
                show_map(values, ax, None if number else title, signed, limit_of(values))
            advance()
    return figure


def limit_of(values):
    """Where the scale of a map ends: a few bright pixels would darken all others."""
    return np.quantile(np.abs(values), 0.995)


PICTURES = {"one-digit": draw_digit, "one-photograph": draw_photograph, "photographs": draw_photographs}


def main():
    """Draw the pictures that are asked for, all if none is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(PICTURES))
    parser.add_argument("--folder", default=IMAGES, help="where to, book/images if left out")
    given = parser.parse_args()
    plt.switch_backend("agg")
    for name in given.names or PICTURES:
        target = f"{given.folder}/{name}.png"
        reproducible(seed=0)
        dpi = SHEET_DPI if name == "photographs" else "figure"
        PICTURES[name]().savefig(target, dpi=dpi, metadata={"Software": None})
        with Image.open(target) as picture:
            picture.convert("RGB").save(target, optimize=True)


if __name__ == "__main__":
    main()
