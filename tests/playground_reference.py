"""Reference digits for the live page: what the course's own helpers say of the network that it runs."""

import json

import numpy as np

from helpers import engine
from helpers.activations import feature_maps
from helpers.data import mnist
from helpers.grad_cam import grad_cam
from helpers.occlusion import occlusion
from helpers.saliency import saliency

# Patch, stride and baseline of the occlusion maps; the last patches of some meet the border off their step.
SETTINGS = [(7, 3, 0.5), (6, 4, 0.0), (9, 4, 0.5), (4, 3, 0.5), (5, 5, 0.0)]
CONVS = ["conv1", "conv2", "conv3"]


def reference_digits(count):
    """Digits, ten of each class at most, whose targets are all ten classes for each class.

    Returns
    -------
    images : (count, 28, 28, 1) ndarray of float32
    plan : list of dict
        For each digit its target class and the settings of its occlusion map.
    """
    digits = mnist("5k").unseen
    places = np.stack([np.flatnonzero(digits.labels == label)[:10] for label in range(10)], axis=1).ravel()
    plan = []
    for number in range(count):
        patch, stride, baseline = SETTINGS[(number + number // 10) % len(SETTINGS)]
        target = (number + number // 10) % 10
        plan.append({"target": target, "patch": patch, "stride": stride, "baseline": baseline})
    return digits.images[places[:count]], plan


def occlusion_maps(model, images, plan):
    """One occlusion map per digit, (N, 28, 28), digits of the same settings together."""
    maps = np.zeros(images.shape[:3], np.float32)
    for patch, stride, baseline in SETTINGS:
        chosen = [k for k, row in enumerate(plan) if (row["patch"], row["stride"]) == (patch, stride)]
        if chosen:
            targets = [plan[k]["target"] for k in chosen]
            found = occlusion(model, images[chosen], targets, patch, stride, baseline, score="logit")
            maps[chosen] = found.maps
    return maps


def reference(model, count=100):
    """What the page must say of each reference digit.

    Returns
    -------
    arrays : dict of str to ndarray of float32, the digits along the first axis
    plan : list of dict, see `reference_digits`
    """
    images, plan = reference_digits(count)
    targets = [row["target"] for row in plan]
    arrays = {
        "image": images,
        "probabilities": engine.forward(model, images),
        **feature_maps(model, images, CONVS),
        "saliency": saliency(model, images, targets),
        "grad_cam": grad_cam(model, images, targets),
        "occlusion": occlusion_maps(model, images, plan),
    }
    return arrays, plan


def write_reference(folder, arrays, plan):
    """Write ``reference.json`` and ``reference.bin``: float32, one array after the other."""
    offsets = np.cumsum([0, *(array.nbytes for array in arrays.values())])
    listed = [
        {"name": name, "shape": array.shape, "offset": int(offset)}
        for (name, array), offset in zip(arrays.items(), offsets, strict=False)
    ]
    (folder / "reference.json").write_text(json.dumps({"arrays": listed, "digits": plan}))
    (folder / "reference.bin").write_bytes(b"".join(array.tobytes() for array in arrays.values()))
