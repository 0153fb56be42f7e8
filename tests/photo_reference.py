"""Reference pictures for the photograph's page: what the course's own helpers say of its network."""

import json

import numpy as np

from helpers.activations import feature_maps
from helpers.data import pictures
from helpers.efficientnet import load_efficientnet_lite0, to_inputs
from helpers.engine import forward, logits
from helpers.grad_cam import grad_cam
from helpers.imagenet import centre_square
from helpers.occlusion import occlusion
from helpers.settings import settings
from tools.half_precision import round_weights
from tools.photo.export import write
from tools.photo.rounding import ARCHIVE, small_pictures

DEPTHS = ["stem", "block3_expand", "block5_expand", "block8_expand", "block11_expand", "head"]
LOOKED_INTO = 3  # so many of the pictures have their feature maps compared
# For each occlusion map: which picture and class, patch, stride, and what the patch shows.
OCCLUSIONS = [
    {"picture": 0, "class": 285, "patch": 64, "stride": 64, "fill": [127, 127, 127]},
    {"picture": 7, "class": 967, "patch": 80, "stride": 60, "fill": [200, 30, 90]},
]


def views():
    """The seven photographs, each also mirrored, dimmed, and in parts: (42, 224, 224, 3) uint8."""
    found = []
    for picture in pictures().values():
        side = min(picture.shape[:2])
        middle = centre_square(picture, 224)
        parts = [picture[:side, :side], picture[-side:, -side:], picture[: side // 2, : side // 2]]
        dimmed = (middle * np.float32(0.6) + 40).astype(np.uint8)
        found += [middle, *(centre_square(part, 224) for part in parts), middle[:, ::-1], dimmed]
    return np.stack(found)


def archive():
    """Tiny ImageNet's file where COURSE_DATA has it, or None."""
    folder = settings().data
    return folder / ARCHIVE if folder and (folder / ARCHIVE).is_file() else None


def answers(model, rgb):
    """Probabilities of all classes and, for the likeliest and a class far down, Grad-CAM on its own grid."""
    inputs = to_inputs(rgb.astype(np.float32))
    probabilities = forward(model, inputs)
    order = np.argsort(-probabilities, axis=1, kind="stable")
    targets = order[:, [0, 1, 200]].astype(np.int32)
    maps = [grad_cam(model, inputs, column, resize=False) for column in targets.T]
    return {
        "rgb": rgb,
        "probabilities": probabilities,
        "targets": targets,
        "grad_cam": np.stack(maps, axis=1),
    }


def reference(model):
    """What the page must say of the views of the seven photographs, as arrays by name."""
    rgb = views()
    found = answers(model, rgb)
    found |= {"logits": logits(model, to_inputs(rgb.astype(np.float32)))}
    found |= feature_maps(model, to_inputs(rgb[:LOOKED_INTO].astype(np.float32)), DEPTHS)
    for number, job in enumerate(OCCLUSIONS):
        image = to_inputs(rgb[job["picture"]].astype(np.float32))
        fill = to_inputs(np.array(job["fill"], np.float32))
        covered = occlusion(model, image, job["class"], job["patch"], job["stride"], fill, score="logit")
        found[f"occlusion{number}"] = covered.heatmap[0]
    return found


def write_arrays(folder, arrays, **more):
    """Write ``reference.json`` and ``reference.bin``: array after array."""
    offsets = np.cumsum([0, *(array.nbytes for array in arrays.values())])
    listed = [
        {"name": name, "shape": array.shape, "dtype": str(array.dtype), "offset": int(offset)}
        for (name, array), offset in zip(arrays.items(), offsets, strict=False)
    ]
    (folder / "reference.json").write_text(json.dumps({"arrays": listed, **more}))
    (folder / "reference.bin").write_bytes(b"".join(array.tobytes() for array in arrays.values()))


def rounded_network():
    """The network that the page runs."""
    return round_weights(load_efficientnet_lite0().model)


def write_views(folder):
    """The weights as the site has them, and the reference of the seven photographs."""
    write(folder)
    write_arrays(folder, reference(rounded_network()), occlusions=OCCLUSIONS)


def write_small(folder):
    """The reference of pictures that nobody chose."""
    write_arrays(folder, answers(rounded_network(), small_pictures(archive())), occlusions=[])
