"""What is done with one chunk, wherever that is. Imports nothing heavy until it works.

A network is never sent: `Job` names it, and whoever works makes it once and keeps it.
"""

import functools
import hashlib
import inspect
import io
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.package_files import EFFICIENTNET_LITE0, package_file
from helpers.settings import ROOT
from helpers.validate import check_choice, shown

FIELDS = {"integrated_gradients": "attributions", "occlusion": "maps"}  # of what the method gives
SEGMENTED = {"lime_image": "coefficients", "shapley_image": "values"}  # one image at a time
METHODS = ("saliency", "smooth_grad", "grad_cam", "score_cam", *FIELDS, *SEGMENTED)
GIVEN = {"model", "image", "images", "class_index", "progress"}  # not among a method's own parameters
NETWORKS = ("mnist_cnn", "efficientnet_lite0")
PACKAGES = ("tensorflow", "keras", "numpy", "scikit-image", "pillow")
BUSY = threading.Lock()  # one chunk at a time in a process


@dataclass(frozen=True)
class Job:
    """What is the same for all chunks. `weights` is the network's hash, `versions` those of `PACKAGES`."""

    method: str
    parameters: dict
    model: str
    weights: str
    versions: dict


class Explained(NamedTuple):
    """What comes of a chunk of n pictures."""

    maps: np.ndarray
    """(n, ...) float32, NaN for a picture that was skipped."""
    classes: np.ndarray
    """(n,) int32: what was explained, -1 for a picture that was skipped."""
    skipped: dict
    """Place within the chunk -> why."""


class Network(NamedTuple):
    """A network, the (side, side, C) that pictures of bytes are fitted to, and what prepares them for it."""

    model: object
    size: tuple
    prepare: Callable


class Mismatch(RuntimeError):
    """Where a chunk is explained, something is not as where it was asked for."""


def versions():
    """The versions of what the numbers depend on."""
    return {name: version(name) for name in PACKAGES}


def weights_hash(model):
    """The SHA256 of the file that a network's weights come from, as it is now."""
    if model == "efficientnet_lite0":
        package_file(*EFFICIENTNET_LITE0)
        return EFFICIENTNET_LITE0[-1]
    path = ROOT / "data" / "weights" / "mnist_cnn.keras" if model == "mnist_cnn" else Path(model)
    if not path.is_file():
        raise ValueError(f"{path} is missing")
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def explain_on_worker(*arguments):
    """`explain` in a process that does nothing else: with one thread, unless the environment wants more."""
    if "tensorflow" not in sys.modules:
        for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
            os.environ.setdefault(name, "1")
    return explain(*arguments)


def explain(job, pictures, class_index=None):
    """Explain a chunk of pictures, as `pictures` reads them: `Explained`.

    A picture that cannot be read is blank for the network, so that its neighbours are computed as ever.
    """
    with BUSY:
        _check_versions(job)
        network = _network(job.model, job.weights)
        images, skipped = _images(network, pictures)
        from helpers.engine.passes import target_classes

        classes = target_classes(network.model, images, class_index)
        maps = np.array(_maps(job, network.model, images, classes), np.float32)
        lost = list(skipped)
        maps[lost], classes = np.nan, np.array(classes, np.int32)
        classes[lost] = -1
        return Explained(maps, classes, skipped)


def _check_versions(job):
    other = {name: one for name, one in versions().items() if one != job.versions[name]}
    if other:
        name, one = next(iter(other.items()))
        raise Mismatch(f"a worker has {name} {one}, where {job.versions[name]} is needed")


@functools.lru_cache(maxsize=2)
def _network(name, weights):
    """Make a network from its name or file, once in a process."""
    try:
        own = weights_hash(name)
    except ValueError:
        raise Mismatch(f"a worker does not find the network {name}") from None
    if own != weights:
        raise Mismatch(f"a worker has other weights of {name}: {own[:8]}, where {weights[:8]} is needed")
    if name == "efficientnet_lite0":
        from helpers.backbones import load_backbone

        backbone = load_backbone(name)
        return Network(backbone.model, (backbone.input_size, backbone.input_size, 3), backbone.preprocess)
    from helpers.backend import keras
    from helpers.graph import input_shape
    from helpers.models import load_mnist_cnn

    if name == "mnist_cnn":
        model = load_mnist_cnn()
    else:
        try:
            model = keras.saving.load_model(name, compile=False)
        except Exception as problem:  # a broken file ends in one of a dozen
            why = "it is no .keras file" if "File not found" in str(problem) else shown(problem)
            raise ValueError(f"model={name!r} cannot be loaded as a Keras network: {why}") from None
    return Network(model, input_shape(model), _to_unit)


def _to_unit(picture):
    return picture / np.float32(255)


def _images(network, pictures):
    """The chunk as the network takes it, (n, H, W, C) float32; and place -> why, of what cannot be read."""
    if isinstance(pictures, np.ndarray) and pictures.dtype != np.uint8:
        with np.errstate(over="ignore"):
            images = pictures.astype(np.float32)
        found = np.sum(~np.isfinite(images), axis=(1, 2, 3))
        bad = {int(k): f"holds {found[k]} values that are NaN or infinite" for k in np.flatnonzero(found)}
        images[list(bad)] = 0
        return images, bad
    size = _picture_size(network)
    images, bad = np.zeros((len(pictures), *size), np.float32), {}
    for place, picture in enumerate(pictures):
        try:
            images[place] = network.prepare(_fit(_decode(picture, size[-1]), size[0]))
        except OSError as problem:
            bad[place] = " ".join(str(problem).split()) or type(problem).__name__
    return images, bad


def _picture_size(network):
    size = network.size
    if None in size or size[0] != size[1] or size[2] not in (1, 3):
        raise ValueError(
            f"the network takes images of shape {size}: pictures of bytes fit into squares of one size, "
            "grey or RGB; give an array of float32"
        )
    return size


def _decode(picture, channels):
    """A picture (H, W, C) of uint8, from an array or the bytes of a file."""
    if isinstance(picture, str):
        raise OSError(picture)
    if isinstance(picture, bytes):
        from PIL import Image

        try:
            with Image.open(io.BytesIO(picture)) as image:
                picture = np.array(_eight_bits(image).convert("L" if channels == 1 else "RGB"))
        except Exception as problem:  # a broken file ends in one of a dozen
            reason = "is not a picture" if "BytesIO" in str(problem) else str(problem)
            raise OSError(reason or type(problem).__name__) from problem
    picture = picture.reshape(*picture.shape[:2], -1)
    if picture.shape[2] != channels:
        raise ValueError(f"images have {picture.shape[2]} channels: the network takes {channels}")
    return picture


def _eight_bits(image):
    """A picture of PIL's, upright, as its camera noted; of 16 bits the upper eight."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):  # no range is agreed on
        raise OSError(f"has pixels of PIL's mode {image.mode}: 8 or 16 bits are needed")
    return image


def _fit(picture, side):
    """The largest square in the middle, resized as `centre_square` does, (side, side, C)."""
    if picture.shape[:2] == (side, side):
        return picture
    from helpers.imagenet import centre_square

    channels = picture.shape[2]
    return centre_square(np.broadcast_to(picture, (*picture.shape[:2], 3)), side)[..., :channels]


def _maps(job, model, images, classes):
    """What the method gives for images (n, H, W, C), one array with n first."""
    import helpers

    function = getattr(helpers, job.method)
    allowed = set(inspect.signature(function).parameters) - GIVEN
    for name in job.parameters:
        check_choice(f"parameter of {job.method}", name, sorted(allowed))
    if job.method not in SEGMENTED:
        found = function(model, images, classes, **job.parameters)
        return getattr(found, FIELDS[job.method]) if job.method in FIELDS else found
    each = [function(model, x, int(c), **job.parameters) for x, c in zip(images, classes, strict=True)]
    return np.stack([getattr(one, SEGMENTED[job.method])[one.segments] for one in each])
