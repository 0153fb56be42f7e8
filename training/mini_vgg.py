"""Train mini-VGG, the colour network that comes with the course, and write its weights and card.

    python -m training.mini_vgg --budget 80

It needs ``tiny-imagenet-50.zip`` or the official ``tiny-imagenet-200.zip`` in ``COURSE_DATA``. The
schedule fits itself to the minutes of the budget; interrupted, it goes on where it was.
"""

import argparse
import io
import json
import time
import zipfile
from dataclasses import dataclass

import numpy as np
from PIL import Image

from helpers.backend import keras, reproducible, tf
from helpers.mini_vgg import MINI_VGG_CLASSES, build_mini_vgg
from helpers.models import WEIGHTS
from helpers.progress import progress_bar
from helpers.settings import settings
from training.loop import train
from training.mini_vgg_card import predict, ship

SIDE = 64  # pixels of a Tiny ImageNet picture
BATCH = 128
SIZES = ((0.0, 32), (0.3, 48), (0.65, 64))  # from this share of the training on, pictures have this side
PEAK_LEARNING_RATE = 0.1
WARM_UP = 0.1  # share of the training in which the learning rate rises
WEIGHT_DECAY = 5e-3  # Keras multiplies it with the learning rate
SMOOTHING = 0.1
CUT_MIX = 0.3  # share of the batches that are mixed
CALM = 0.85  # from this share of the training on: larger crops, nothing mixed
SMALLEST = {False: 0.3, True: 0.5}  # share of the area that a crop keeps at least, before and in the calm


@dataclass(frozen=True)
class Split:
    """``images`` (N, 64, 64, 3) uint8 and ``labels`` (N,) int32, as arrays or as tensors."""

    images: np.ndarray | tf.Tensor
    labels: np.ndarray | tf.Tensor

    def as_tensors(self):
        """The same as tensors, which all epochs can share without copying them."""
        return Split(tf.constant(self.images), tf.constant(self.labels))

    def __len__(self):
        return len(self.labels)


def find_archive():
    """Find the archive in the folder that ``COURSE_DATA`` names."""
    for name in ("tiny-imagenet-50.zip", "tiny-imagenet-200.zip"):
        if settings().data and (settings().data / name).is_file():
            return settings().data / name
    raise SystemExit(
        "Put tiny-imagenet-200.zip (Stanford CS231n, 248 MB) or its part tiny-imagenet-50.zip into a folder, "
        "and name that folder in COURSE_DATA."
    )


def read_archive(path, classes):
    """The training and validation pictures of some classes from a zip file like ``tiny-imagenet-200.zip``."""
    label = {wnid: index for index, (wnid, _) in enumerate(classes)}
    with zipfile.ZipFile(path) as archive:
        top = archive.namelist()[0].split("/")[0]
        rows = [line.split("\t")[:2] for line in _lines(archive, f"{top}/val/val_annotations.txt")]
        validation = [(f"{top}/val/images/{name}", label[wnid]) for name, wnid in rows if wnid in label]
        training = []
        for name in archive.namelist():
            parts = name.split("/")
            if name.endswith(".JPEG") and parts[1] == "train" and parts[2] in label:
                training.append((name, label[parts[2]]))
        with progress_bar(len(training) + len(validation), "Decoding", unit="pictures") as step:
            return _decode(archive, sorted(training), step), _decode(archive, sorted(validation), step)


def read_classes(path):
    """Give the 50 classes, in the order of the labels.

    Parameters
    ----------
    path : pathlib.Path
        A zip file in the layout of ``tiny-imagenet-200.zip``. From one with all 200 classes those
        are taken that the weights which come with the course know.

    Returns
    -------
    list of (str, str)
        WordNet id and (first) name.
    """
    with zipfile.ZipFile(path) as archive:
        top = archive.namelist()[0].split("/")[0]
        wnids = _lines(archive, f"{top}/wnids.txt")
        names = dict(line.split("\t") for line in _lines(archive, f"{top}/words.txt"))
    if len(wnids) != MINI_VGG_CLASSES:
        card = json.loads((WEIGHTS / "mini_vgg.json").read_text())
        wnids = [row["wnid"] for row in card["classes"]]
    return [(wnid, names[wnid].split(",")[0]) for wnid in wnids]


def _lines(archive, name):
    return archive.read(name).decode().splitlines()


def _decode(archive, files, step):
    images = np.empty((len(files), SIDE, SIDE, 3), np.uint8)
    for image, (name, _) in zip(images, files, strict=True):
        image[:] = Image.open(io.BytesIO(archive.read(name))).convert("RGB")  # a few are grey
        step()
    return Split(images, np.array([label for _, label in files], np.int32))


@keras.saving.register_keras_serializable("training")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Batch normalisation in one TensorFlow operation while training: less than half the time on a CPU."""

    def call(self, inputs, training=None, mask=None):
        """Normalise; while training, by the batch's own mean and variance."""
        if not training:
            return super().call(inputs, training=False)
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs, scale=self.gamma, offset=self.beta, mean=[], variance=[], epsilon=self.epsilon
        )
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + now * (1 - self.momentum))
        return outputs


def build(seed):
    """Build and compile the network: convolutions in bfloat16, fused batch normalisation."""
    keras.utils.set_random_seed(seed)

    def faster(layer):
        config = layer.get_config()
        if layer.name not in ("image", "rescale", "predictions"):
            config["dtype"] = "mixed_bfloat16"
        fused = isinstance(layer, keras.layers.BatchNormalization)
        return (FusedBatchNormalization if fused else type(layer)).from_config(config)

    model = keras.models.clone_model(build_mini_vgg(), clone_function=faster)
    model.compile(
        keras.optimizers.SGD(PEAK_LEARNING_RATE, momentum=0.9, nesterov=True, weight_decay=WEIGHT_DECAY),
        keras.losses.CategoricalCrossentropy(label_smoothing=SMOOTHING),
        metrics=["accuracy"],
        jit_compile=False,  # on a CPU the XLA compiler makes slow convolutions
    )
    return model


def crop_and_mirror(images, seed, smallest, size):
    """Cut a random part of each picture, bring it to the wanted size, and mirror half of them.

    Parameters
    ----------
    images : (N, 64, 64, 3) tensor of float32
    seed : (2,) tensor of int32
    smallest : float
        The smallest share of the area that a crop may have.
    size : int
        Pixels of a side of the result.

    Returns
    -------
    (N, size, size, 3) tensor of float32
    """
    count = tf.shape(images)[0]
    area, shape, right, down, mirror = tf.unstack(tf.random.stateless_uniform((5, count), seed))
    area = smallest + (1 - smallest) * area
    ratio = tf.exp((2 * shape - 1) * tf.math.log(4 / 3))
    high, wide = tf.minimum(1.0, tf.sqrt(area / ratio)), tf.minimum(1.0, tf.sqrt(area * ratio))
    top, left = (1 - high) * down, (1 - wide) * right
    ends = left, left + wide
    flip = mirror < 0.5
    x1, x2 = tf.where(flip, ends[1], ends[0]), tf.where(flip, ends[0], ends[1])  # reversed: mirrored
    boxes = tf.stack([top, x1, top + high, x2], axis=1)
    finer = 2 if size <= SIDE // 2 else 1  # so that no pixel is passed over
    crops = tf.image.crop_and_resize(images, boxes, tf.range(count), (finer * size, finer * size))
    return tf.nn.avg_pool2d(crops, finer, finer, "VALID")


def jitter_colours(images, seed, strength=0.3):
    """Change brightness, contrast and saturation of each picture at random, within 0 to 255."""
    count = tf.shape(images)[0]
    draws = tf.random.stateless_uniform((3, count, 1, 1, 1), seed, 1 - strength, 1 + strength)
    brightness, contrast, saturation = tf.unstack(draws)
    grey = tf.reduce_mean(images, axis=3, keepdims=True)
    images = grey + saturation * (images - grey)
    mean = tf.reduce_mean(grey, axis=(1, 2), keepdims=True)
    return tf.clip_by_value(brightness * mean + contrast * (images - mean), 0.0, 255.0)


def cut_mix(images, targets, seed):
    """Paste a rectangle of each picture's neighbour into it, and mix their targets by area.

    References
    ----------
    Yun, Han, Oh, Chun, Choe and Yoo (2019). CutMix: regularization strategy to train strong
    classifiers with localizable features. ICCV.
    """
    draws = tf.random.stateless_uniform((4,), seed)
    high, wide = tf.unstack(0.25 + 0.5 * draws[:2])  # at most 9/16 of the area
    top, left = (1 - high) * draws[2], (1 - wide) * draws[3]
    size = images.shape[1]
    place = (tf.range(size, dtype=tf.float32) + 0.5) / size
    rows = (place > top) & (place < top + high)
    columns = (place > left) & (place < left + wide)
    inside = tf.cast(rows[:, None, None] & columns[None, :, None], tf.float32)  # (H, W, 1)
    share = tf.reduce_mean(inside)
    images += inside * (tf.roll(images, 1, axis=0) - images)
    return images, targets + share * (tf.roll(targets, 1, axis=0) - targets)


def batches(split, seed, epoch, progress):
    """Give the batches of one epoch, changed at random; they depend on the arguments alone."""
    order = np.random.default_rng([seed, epoch]).permutation(len(split)).astype(np.int32)
    size, calm = size_at(progress), progress >= CALM

    def make(step, chosen):
        seeds = tf.unstack(tf.random.split((1000 * seed + epoch, tf.cast(step, tf.int32)), num=4))
        pictures = tf.cast(tf.gather(split.images, chosen), tf.float32)
        targets = tf.one_hot(tf.gather(split.labels, chosen), MINI_VGG_CLASSES)
        pictures = crop_and_mirror(pictures, seeds[0], SMALLEST[calm], size)
        pictures = jitter_colours(pictures, seeds[1])
        if not calm and tf.random.stateless_uniform((), seeds[2]) < CUT_MIX:
            pictures, targets = cut_mix(pictures, targets, seeds[3])
        return tf.ensure_shape(pictures, (BATCH, size, size, 3)), targets

    indices = tf.data.Dataset.from_tensor_slices(order).batch(BATCH, drop_remainder=True)
    return indices.enumerate().map(make, num_parallel_calls=2).prefetch(2)


def size_at(progress):
    """Give the side of the pictures at a point of the training, 0 to 1."""
    return [size for start, size in SIZES if start <= progress][-1]


def learning_rate_at(progress):
    """Rise in a straight line, then fall along half a cosine to zero."""
    if progress < WARM_UP:
        return PEAK_LEARNING_RATE * progress / WARM_UP
    return PEAK_LEARNING_RATE * (1 + np.cos(np.pi * (progress - WARM_UP) / (1 - WARM_UP))) / 2


class Schedule:
    """Divides a training, from 0 to 1, into epochs: so many, or as many as the time allows.

    Parameters
    ----------
    epochs : int, optional
        The number of epochs.
    budget : float, optional
        The seconds that there are, instead of a number of epochs. How far each epoch goes is
        decided when it begins, from the speed of the last epochs and the time that is left.
    measure_speed : callable, optional
        For the budget: gives the seconds that an epoch takes, for each side of the pictures.
    """

    def __init__(self, epochs=None, budget=None, measure_speed=None):
        self.epochs, self.budget, self.measure_speed = epochs, budget, measure_speed
        self.start = self.end = 0.0  # of the current epoch
        self.began, self.before, self.speed = time.monotonic(), None, None

    def another(self, history):
        """Decide how far the next epoch goes; tell whether there is one."""
        if self.before is None:  # what an earlier process has spent
            self.before = history[-1]["spent"] if history else 0.0
        self.start = history[-1]["progress"] if history else 0.0
        if self.start >= 1:
            return False
        share = 1 / self.epochs if self.epochs else self._share(history)
        # If less than two thirds of an epoch would be left over, this one goes to the end.
        self.end = 1.0 if self.start + 5 / 3 * share > 1 else self.start + share
        return True

    def _share(self, history):
        """The share of the training that an epoch must be for the rest to fit into the time left."""
        self.speed = self.speed or self.measure_speed()
        recent = history[-4:]
        expected = sum(self.speed[row["size"]] for row in recent)
        slower = sum(row["seconds"] for row in recent) / expected if recent else 1.0
        rest = np.linspace(self.start, 1, 50)
        seconds = slower * np.mean([self.speed[size_at(progress)] for progress in rest])
        return (1 - self.start) * seconds / max(self.budget - self.spent(), 1.0)

    def spent(self):
        """Seconds since the training began, in this process and earlier ones."""
        return self.before + time.monotonic() - self.began

    def learning_rate(self, epoch):
        """Give the learning rate of the current epoch, for `keras.callbacks.LearningRateScheduler`."""
        return float(learning_rate_at((self.start + self.end) / 2))

    def row(self):
        """Give what the history is to hold of the epoch that ends."""
        return {"size": size_at(self.start), "progress": self.end, "spent": round(self.spent(), 1)}


def measure_speed(split, seed, steps=10):
    """Time a few steps at each size of the pictures.

    Returns
    -------
    dict of int to float
        Seconds that an epoch takes, for each side of the pictures, from the median of the steps:
        a machine that is busy for a moment does not count.
    """
    model, speed, ends = build(seed), {}, []
    clock = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_: ends.append(time.perf_counter()))
    for progress, size in SIZES:
        ends.clear()
        data = batches(split, seed, 0, progress).take(steps)
        model.fit(data, shuffle=False, verbose=0, callbacks=[clock])
        speed[size] = float(np.median(np.diff(ends))) * (len(split) // BATCH)
        print(f"{size} pixels: about {speed[size]:.0f} seconds an epoch", flush=True)
    return speed


def train_network(training, validation, schedule, seed, fresh=False):
    """Train until the schedule ends, going on from the checkpoint if there is one.

    Returns
    -------
    model : keras.Model
    history : list of dict
        One row an epoch: see `training.loop.train`.
    """

    def after_epoch(model):
        found = predict(model, validation.images, SIDE).argmax(axis=1)
        return {"val_accuracy": float(np.mean(found == validation.labels)), **schedule.row()}

    return train(
        "mini_vgg",
        lambda: build(seed),
        schedule.another,
        lambda epoch: batches(training, seed, epoch, schedule.start),
        after_epoch,
        fresh,
        [keras.callbacks.LearningRateScheduler(schedule.learning_rate)],
    )


def settings_in_words():
    """Give what the model card says of this file's settings."""
    return {
        "data": "Tiny ImageNet (Stanford CS231n), 50 of its 200 classes",
        "augmentation": (
            f"random crops of {SMALLEST[False]:.0%} to 100 % of the area (from {SMALLEST[True]:.0%} on at "
            "the end), mirror, brightness, contrast and saturation ± 30 %, CutMix in "
            f"{CUT_MIX:.0%} of the batches during the first {CALM:.0%} of the training"
        ),
        "optimizer": (
            f"SGD with Nesterov momentum 0.9, one cycle up to {PEAK_LEARNING_RATE:g}, weight decay "
            f"{WEIGHT_DECAY:g}, label smoothing {SMOOTHING:g}, convolutions in bfloat16"
        ),
        "sizes": ", ".join(f"{side} pixels from {start:.0%} of the training on" for start, side in SIZES),
        "batch_size": BATCH,
    }


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--budget", type=float, default=80, metavar="MINUTES")
    length.add_argument("--epochs", type=int, help="instead of a budget; the same result every time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="begin again, even if there is a checkpoint")
    return parser.parse_args()


def main():
    """Train, measure, write."""
    given = parse_arguments()
    reproducible(given.seed)
    archive = find_archive()
    classes = read_classes(archive)
    training, validation = read_archive(archive, classes)
    training = training.as_tensors()
    schedule = Schedule(given.epochs, 60 * given.budget, lambda: measure_speed(training, given.seed))
    model, history = train_network(training, validation, schedule, given.seed, given.fresh)
    how = settings_in_words() | {
        "training": len(training),
        "validation": len(validation),
        "epochs": len(history),
        "seed": given.seed,
        "minutes": round(history[-1]["spent"] / 60),
        "history": history,
    }
    ship(model, classes, validation.images, validation.labels, how)
    print((WEIGHTS / "mini_vgg.md").read_text())


if __name__ == "__main__":
    main()
