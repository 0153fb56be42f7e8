"""Reference digits for the live page: what the course's own helpers say of the network that it runs."""

import json

import numpy as np

from helpers import engine
from helpers.activations import feature_maps
from helpers.data import mnist
from helpers.grad_cam import grad_cam
from helpers.models import load_mnist_cnn
from helpers.occlusion import occlusion
from helpers.saliency import saliency
from tools.half_precision import round_weights

# Patch, stride and baseline of the occlusion maps; the last patches of some meet the border off their step.
SETTINGS = [(7, 3, 0.5), (6, 4, 0.0), (9, 4, 0.5), (4, 3, 0.5), (5, 5, 0.0)]
CONVS = ["conv1", "conv2", "conv3"]
EXACT = 30  # so many digits' occlusion maps are also computed in double precision, which takes its time


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


def exact_logits(model, images):
    """Logits of the MNIST network in double precision, with NumPy alone: (N, 10) float64."""
    weights = {weight.path: weight.numpy().astype(np.float64) for weight in model.weights}

    def conv(x, name):
        padded, side = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), x.shape[1]
        kernel, sums = weights[f"{name}/kernel"], weights[f"{name}/bias"]
        for u, v in np.ndindex(3, 3):
            sums = sums + padded[:, u : u + side, v : v + side] @ kernel[u, v]
        return np.maximum(sums, 0)

    def pool(x):
        n, h, w, c = x.shape
        return x.reshape(n, h // 2, 2, w // 2, 2, c).max(axis=(2, 4))

    x = conv(pool(conv(pool(conv(images.astype(np.float64), "conv1")), "conv2")), "conv3")
    x = x.reshape(len(x), -1) @ weights["dense/kernel"] + weights["dense/bias"]
    return np.maximum(x, 0) @ weights["preds/kernel"] + weights["preds/bias"]


def exact_occlusion(model, images, plan):
    """Occlusion maps in double precision, pixel by pixel as the definition says, (N, 28, 28)."""
    maps = np.zeros(images.shape[:3])
    for number, (image, row) in enumerate(zip(images, plan, strict=True)):
        side, step, target = row["patch"], row["stride"], row["target"]
        places = sorted({*range(0, 28 - side, step), 28 - side})
        corners = [(top, left) for top in places for left in places]
        covered = np.repeat(image[np.newaxis], len(corners), axis=0)
        for (top, left), copy in zip(corners, covered, strict=True):
            copy[top : top + side, left : left + side] = row["baseline"]
        drops = (exact_logits(model, image[np.newaxis]) - exact_logits(model, covered))[:, target]
        counts = np.zeros((28, 28))
        for (top, left), drop in zip(corners, drops, strict=True):
            maps[number, top : top + side, left : left + side] += drop
            counts[top : top + side, left : left + side] += 1
        maps[number] /= counts
    return maps.astype(np.float32)


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
        "occlusion_exact": exact_occlusion(model, images[:EXACT], plan[:EXACT]),
    }
    return arrays, plan


def write_reference(folder):
    """Write ``reference.json`` and ``reference.bin``: float32, array after array."""
    arrays, plan = reference(round_weights(load_mnist_cnn()))
    offsets = np.cumsum([0, *(array.nbytes for array in arrays.values())])
    listed = [
        {"name": name, "shape": array.shape, "offset": int(offset)}
        for (name, array), offset in zip(arrays.items(), offsets, strict=False)
    ]
    (folder / "reference.json").write_text(json.dumps({"arrays": listed, "digits": plan}))
    (folder / "reference.bin").write_bytes(b"".join(array.tobytes() for array in arrays.values()))


def read_reference(folder):
    """What was written, as `reference` gives it."""
    index = json.loads((folder / "reference.json").read_text())
    content = (folder / "reference.bin").read_bytes()
    arrays = {
        row["name"]: np.frombuffer(content, "<f4", np.prod(row["shape"]), row["offset"]).reshape(row["shape"])
        for row in index["arrays"]
    }
    return arrays, index["digits"]
