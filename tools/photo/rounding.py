"""Measure what rounding the weights changes: half precision, and 8 bits for each channel.

    COURSE_DATA=FOLDER python -m tools.photo.rounding

Compares both with the weights as they were trained, on the seven photographs and on 500 pictures of Tiny
ImageNet (64 x 64 pixels, enlarged), which must lie in the folder.
"""

import io
import sys
import zipfile

import numpy as np
from PIL import Image

from helpers.data import pictures
from helpers.efficientnet import load_efficientnet_lite0, to_inputs
from helpers.engine import forward
from helpers.grad_cam import grad_cam
from helpers.imagenet import centre_square
from helpers.settings import settings
from tools.half_precision import rounded

ARCHIVE = "tiny-imagenet-50.zip"
COUNT = 500


def small_pictures(path):
    """The first pictures of Tiny ImageNet's validation part, enlarged: (500, 224, 224, 3) uint8."""
    with zipfile.ZipFile(path) as file:
        names = sorted(name for name in file.namelist() if "/val/images/" in name)[:COUNT]
        opened = [Image.open(io.BytesIO(file.read(name))).convert("RGB") for name in names]
    return np.stack([np.asarray(one.resize((224, 224), Image.Resampling.BICUBIC)) for one in opened])


def in_eight_bits(weight):
    """A kernel with 127 steps on each side of zero for each output channel; a bias stays as it is."""
    values = weight.numpy()
    if values.ndim < 2:
        return values
    channels = (0, 1, 3) if weight.path.endswith("_depthwise/kernel") else tuple(range(values.ndim - 1))
    step = np.abs(values).max(axis=channels, keepdims=True) / 127
    step[step == 0] = 1  # a filter of zeros
    return (np.round(values / step) * step).astype(np.float32)


def look(model, inputs, classes=None):
    """Probabilities, and Grad-CAM of the given or the likeliest classes on its own grid."""
    probabilities = forward(model, inputs)
    classes = probabilities.argmax(axis=1) if classes is None else classes
    return probabilities, grad_cam(model, inputs, classes.astype(np.int32), resize=False), classes


def compare(name, found, trained):
    """Print what has changed."""
    (probabilities, maps, _), (before, maps_before, _) = found, trained
    top = [np.sort(np.argsort(-p, axis=1)[:, :5], axis=1) for p in (probabilities, before)]
    same_top = np.mean((top[0] == top[1]).all(axis=1))
    same_first = np.mean(probabilities.argmax(axis=1) == before.argmax(axis=1))
    gaps = np.abs(probabilities - before).max(axis=1)
    map_gaps = np.abs(maps - maps_before).max(axis=(1, 2)) / maps_before.max(axis=(1, 2))
    print(f"{name}: same first class {same_first:.1%}, same five likeliest {same_top:.1%}")
    for what, values in (("probability", gaps), ("Grad-CAM, of its largest value", map_gaps)):
        middle, high = np.quantile(values, (0.5, 0.95))
        print(f"  {what}: median {middle:.4f}, 95% below {high:.4f}, largest {values.max():.4f}")


def main():
    """Print the table."""
    path = settings().data / ARCHIVE if settings().data else None
    if not (path and path.is_file()):
        sys.exit(f"{ARCHIVE} is needed: set COURSE_DATA to the folder that it lies in")
    model = load_efficientnet_lite0().model
    sets = {
        "photographs": np.stack([centre_square(picture, 224) for picture in pictures().values()]),
        "small pictures": small_pictures(path),
    }
    inputs = {name: to_inputs(rgb.astype(np.float32)) for name, rgb in sets.items()}
    trained = {name: look(model, x) for name, x in inputs.items()}
    halves = [array.astype(np.float32) for array in rounded(model).values()]
    bytes_ = [in_eight_bits(weight) for weight in model.weights]
    for kind, weights in (("half precision", halves), ("8 bits", bytes_)):
        model.set_weights(weights)
        for name, x in inputs.items():
            compare(f"{kind}, {len(x)} {name}", look(model, x, trained[name][2]), trained[name])


if __name__ == "__main__":
    main()
