"""Climb the images of chapter 5 that take minutes, and keep them as one data file. For `make outputs`.

Each is one call of `maximize_activation` on EfficientNet-Lite0, trained or not, with the numbers below. Long
climbs amplify rounding, so another processor gets other images; that is why they are kept and not made anew.
All of it takes about five minutes on one core.
"""

import sys

import numpy as np

from helpers.activations import feature_maps
from helpers.ascent import maximize_activation
from helpers.backbones import load_backbone
from helpers.backend import reproducible
from helpers.data import pictures
from helpers.image import resize
from helpers.imagenet import centre_square
from helpers.progress import progress_bar
from helpers.randomization import randomize
from helpers.settings import ROOT

TARGET = ROOT / "data" / "class_images.npz"
STEPS, SIZE = 200, 224
RANGE = {"value_range": (-127 / 128, 1.0)}
STILL = {"basis": "fourier", "step_size": 0.05, "decorrelate": True, **RANGE}
MOVED = {"jitter": 16, "rotate": 10.0, "zoom": 0.1}
CLASSES = ("flamingo", "zebra", "pizza", "daisy", "fire engine", "jellyfish", "cup", "dumbbell")
STARTS = ("flamingo", "dumbbell")  # with the seeds 0, 1 and 2; all others with 0
UNTRAINED = (0, 1)  # seeds of random weights, for a flamingo each
PIXELS = {"basis": "pixels", "step_size": 0.02, **RANGE}
INGREDIENTS = {  # of the flamingo
    "pixels": PIXELS,
    "Fourier": STILL | {"decorrelate": False},
    "Fourier, colours": STILL,
    "pixels, moving": PIXELS | MOVED,
    "Fourier, moving": STILL | MOVED | {"decorrelate": False},
}
LAYERS = ("block3_expand", "block5_expand", "block8_expand", "block11_expand")
DREAM_SIZES = (144, 216, 324)
PATTERN = STILL | MOVED | {"jitter": 8, "steps": 160, "image_size": 128}


def favourites(lite0):
    """For each layer, the channel that the cat excites most, compared with the other six photographs."""
    squares = [centre_square(photograph, SIZE) for photograph in pictures().values()]
    maps = feature_maps(lite0.model, lite0.preprocess(squares), list(LAYERS))
    means = {name: values.mean(axis=(1, 2)) for name, values in maps.items()}  # (7, channels)
    return {name: int((mean[0] - mean[1:].max(axis=0)).argmax()) for name, mean in means.items()}


def jobs(lite0):
    """Name of an array in the file, and for each of its images network, layer, unit and options."""
    trained = lite0.model
    index = {name: number for number, (_, name) in reversed(list(enumerate(lite0.classes)))}
    whole = {"steps": STEPS, "image_size": SIZE, **STILL, **MOVED}
    flamingo, first = index["flamingo"], whole | {"seed": 0}
    yield "classes", [(trained, "preds", index[name], first) for name in CLASSES]
    for name in STARTS:
        yield name, [(trained, "preds", index[name], whole | {"seed": seed}) for seed in range(3)]
    size = {"steps": STEPS, "image_size": SIZE}
    yield "ingredients", [(trained, "preds", flamingo, size | options) for options in INGREDIENTS.values()]
    yield "untrained", [(randomize(trained, seed=seed), "preds", flamingo, first) for seed in UNTRAINED]
    yield "patterns", [(trained, layer, unit, PATTERN) for layer, unit in favourites(lite0).items()]


def dream(lite0, unit, layer=LAYERS[-1], steps=10):
    """Climb a unit from the photograph of the temple at three sizes: (324, 324, 3) uint8."""
    photograph, change = pictures("temple")["temple"], np.zeros((1, 1, 1, 3))
    options = {"step_size": 0.04, "jitter": 16, **RANGE}
    for size in DREAM_SIZES:
        plain = lite0.preprocess(centre_square(photograph, size))
        begin = np.clip(plain + resize(change, (size, size))[0], *RANGE["value_range"])
        climbed = maximize_activation(
            lite0.model, layer, unit, steps, start=begin, image_size=size, **options
        )
        change = climbed.images - plain
    return lite0.deprocess(climbed.images[0])


def make():
    """Climb them all: name -> (n, H, W, 3) uint8, the units of the patterns, and a dream."""
    reproducible(seed=0)
    lite0, made, done = load_backbone("efficientnet_lite0"), {}, {}
    work = dict(jobs(lite0))
    with progress_bar(sum(map(len, work.values())), "Climbing", "images") as advance:
        for name, climbs in work.items():
            for network, layer, unit, options in climbs:
                key = (id(network), layer, unit, *sorted(options.items()))
                if key not in done:
                    climbed = maximize_activation(network, layer, unit, **options)
                    done[key] = lite0.deprocess(climbed.images[0])
                made.setdefault(name, []).append(done[key])
                advance()
    units = [unit for _, _, unit, _ in work["patterns"]]
    made = {name: np.stack(images) for name, images in made.items()}
    return made | {"pattern_units": np.array(units), "dream": dream(lite0, units[-1])}


if __name__ == "__main__":
    np.savez_compressed(sys.argv[1] if len(sys.argv) > 1 else TARGET, **make())
