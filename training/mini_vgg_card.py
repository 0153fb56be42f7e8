"""What the weights of mini-VGG are worth: measured, and written beside them as numbers and a card."""

import json
import os

import numpy as np

from helpers.backbones import centre_square, load_backbone
from helpers.backend import about, tf
from helpers.data import pictures
from helpers.mini_vgg import build_mini_vgg
from helpers.models import WEIGHTS

SIZES = (32, 48, 64, 80, 96, 128, 160)

CARD = """# Model card: mini-VGG

Written by `training/mini_vgg.py`; the learning curves are in `mini_vgg.json`.

| | |
| --- | --- |
| architecture | `helpers.mini_vgg.build_mini_vgg`, {parameters:,} parameters |
| input | red, green, blue, 0 to 255; any size, but the course gives it {size} pixels a side |
| output | probabilities of the 50 classes below |
| trained on | {data}: {training:,} pictures |
| validated on | its {validation:,} validation pictures |
| augmentation | {augmentation} |
| training | {optimizer}; batches of {batch_size}, {epochs} epochs, seed {seed} |
| sizes | {sizes} |
| made with | {versions}; {minutes} minutes |
| weights on the disk | {bytes:,} bytes: kernels in half precision, which changes the most probable class of \
{changed_by_rounding} of the {validation:,} pictures |
| top-1 accuracy | {top1:.2%} |
| top-5 accuracy | {top5:.2%} |
| top-1 by side of the pictures | {by_size} |
| meant for | teaching: a network for photographs that comes with the course and can be looked into |
| not meant for | anything that matters: it knows 50 classes, from 64-pixel pictures, and calls \
everything else one of them |
| licence of the data | Tiny ImageNet is a part of ImageNet, whose pictures belong to those who took them; \
it is given for non-commercial research and education |

The validation pictures chose the settings, and there is no separate test set: expect a little less on others.

## Most frequent confusions

| true | called | times |
| --- | --- | --- |
{confusions}

## The course's five photographs

Cut to a square and resized to {size} pixels. Only the cat (a tabby) and the espresso show one of the 50
classes; for the others there is no right answer.

| picture | most probable classes |
| --- | --- |
{pictures}

## Accuracy of each class

| class | WordNet id | top-1 |
| --- | --- | --- |
{classes}
"""


def predict(model, images, size):
    """Give the probabilities (N, 50) of pictures (N, H, W, 3) uint8, resized to a size."""
    data = tf.data.Dataset.from_tensor_slices(images).batch(250)
    data = data.map(lambda batch: tf.image.resize(tf.cast(batch, tf.float32), (size, size), antialias=True))
    return model.predict(data, verbose=0)


def save_weights(model, path):
    """Write the weights: kernels in half precision, the few other numbers in single precision."""
    single = build_mini_vgg()  # the network in training may have other kinds of layers
    single.set_weights(model.get_weights())
    weights = {
        weight.path: weight.numpy().astype(np.float16 if weight.name == "kernel" else np.float32)
        for weight in single.weights
    }
    np.savez_compressed(path, **weights)


def measure(shipped, images, labels, sizes=SIZES):
    """Judge the network by pictures that it was not trained on.

    Parameters
    ----------
    shipped : Backbone
    images : (N, H, W, 3) ndarray of uint8
    labels : (N,) ndarray of int
    sizes : sequence of int
        Sides to which the pictures are resized for ``top1_by_size``.

    Returns
    -------
    dict
        ``top1``, ``top5``, ``top1_by_size``, ``classes`` with the accuracy of each, and the ten
        most frequent ``confusions``.
    """
    by_size = {size: predict(shipped.model, images, size) for size in {*sizes, shipped.input_size}}
    found = by_size[shipped.input_size]
    counts = np.zeros((len(shipped.classes),) * 2, int)
    np.add.at(counts, (labels, found.argmax(axis=1)), 1)  # rows: true classes
    right = np.diag(counts) / counts.sum(axis=1)
    return {
        "top1": float(np.mean(found.argmax(axis=1) == labels)),
        "top5": float(np.mean((np.argsort(-found, axis=1)[:, :5] == labels[:, None]).any(axis=1))),
        "top1_by_size": {str(size): float(np.mean(by_size[size].argmax(axis=1) == labels)) for size in sizes},
        "classes": [
            {"wnid": wnid, "name": name, "accuracy": float(accuracy)}
            for (wnid, name), accuracy in zip(shipped.classes, right, strict=True)
        ],
        "confusions": confusions(counts, [name for _, name in shipped.classes]),
    }


def confusions(counts, names, most=10):
    """Give the most frequent confusions.

    Parameters
    ----------
    counts : (K, K) ndarray of int
        Rows: true classes; columns: what they were called.
    names : sequence of str
        The K names.
    most : int
        How many.

    Returns
    -------
    list of dict
        ``true``, ``predicted``, ``count``; the most frequent first.
    """
    wrong = counts - np.diag(np.diag(counts))
    places = np.argsort(-wrong, axis=None, kind="stable")[:most]
    return [
        {"true": names[row], "predicted": names[column], "count": int(wrong[row, column])}
        for row, column in zip(*np.unravel_index(places, wrong.shape), strict=True)
    ]


def judge_pictures(shipped):
    """Give the five most probable classes of each of the course's photographs."""
    found = {}
    for name, picture in pictures().items():
        square = centre_square(picture, shipped.input_size)[np.newaxis]
        best = shipped.decode(shipped.model.predict(shipped.preprocess(square), verbose=0))[0]
        found[name] = [{"name": label, "probability": round(share, 4)} for _, label, share in best]
    return found


def render(facts):
    """Write the model card from the facts."""

    def rows(lines):
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    guesses = {
        name: ", ".join(f"{guess['name']} {guess['probability']:.2f}" for guess in best)
        for name, best in facts["pictures"].items()
    }
    confused = facts["confusions"]
    lines = {
        "by_size": ", ".join(f"{size}: {share:.1%}" for size, share in facts["top1_by_size"].items()),
        "confusions": rows((row["true"], row["predicted"], str(row["count"])) for row in confused),
        "pictures": rows(guesses.items()),
        "classes": rows((row["name"], row["wnid"], f"{row['accuracy']:.0%}") for row in facts["classes"]),
    }
    return CARD.format(**(facts | lines))


def ship(model, classes, images, labels, how):
    """Write the weights, measure what was written, and write numbers and card.

    Parameters
    ----------
    model : keras.Model
        As trained.
    classes : list of (str, str)
        WordNet id and name.
    images, labels : ndarray
        The validation pictures.
    how : dict
        What the card is to say of the training.
    """
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    save_weights(model, WEIGHTS / "new.npz")
    os.replace(WEIGHTS / "new.npz", WEIGHTS / "mini_vgg.npz")
    named = [{"wnid": wnid, "name": name} for wnid, name in classes]
    _write("mini_vgg.json", json.dumps({"classes": named}))
    shipped = load_backbone("mini_vgg")
    single = build_mini_vgg()
    single.set_weights(model.get_weights())
    size = shipped.input_size
    best = [predict(network, images, size).argmax(axis=1) for network in (single, shipped.model)]
    facts = {
        "model": "mini_vgg",
        "parameters": shipped.model.count_params(),
        "bytes": (WEIGHTS / "mini_vgg.npz").stat().st_size,
        "size": size,
        "versions": about(),
        "changed_by_rounding": int(np.sum(best[0] != best[1])),
        **measure(shipped, images, labels),
        "pictures": judge_pictures(shipped),
        **how,
    }
    _write("mini_vgg.json", json.dumps(facts, indent=1) + "\n")
    _write("mini_vgg.md", render(facts))


def _write(name, text):
    """Write to a temporary name first: a cut in the middle leaves the old file."""
    (WEIGHTS / "new.txt").write_text(text)
    os.replace(WEIGHTS / "new.txt", WEIGHTS / name)
