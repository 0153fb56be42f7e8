"""The obvious ways, as tutorials write them."""

import itertools

import numpy as np

from benchmarks.subjects import noise
from helpers.backend import keras, tf

# Occlusion


def patches(subject, patch, stride):
    """The image with a grey patch at each position in turn, with a batch axis."""
    image = subject.images[0]
    for top in range(0, image.shape[0] - patch + 1, stride):
        for left in range(0, image.shape[1] - patch + 1, stride):
            patched = image.copy()
            patched[top : top + patch, left : left + patch] = subject.grey
            yield patched[np.newaxis]


def occlusion_predict(subject, count, patch, stride):
    some = itertools.islice(patches(subject, patch, stride), count)
    return np.concatenate([subject.model.predict(patched, verbose=0) for patched in some])


def occlusion_eager(subject, count, patch, stride):
    return np.concatenate([subject.model(patched).numpy() for patched in patches(subject, patch, stride)])


def occlusion_batch(subject, count, patch, stride):
    return subject.model.predict(np.concatenate(list(patches(subject, patch, stride))), verbose=0)


# Gradients


def eager_gradient(model, images, class_index):
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        score = model(images)[:, class_index]
    return tape.gradient(score, images).numpy()


def saliency(subject, count):
    maps = []
    for image, k in zip(subject.images, subject.classes, strict=True):
        gradient = eager_gradient(subject.logits, image[np.newaxis], k)
        maps.append(np.abs(gradient[0]).max(axis=-1))
    return np.stack(maps)


def smooth_grad(subject, count):
    draw = np.random.default_rng(0)
    total = 0
    for sample in range(count):
        place = sample % len(subject.images)
        image = subject.images[place]
        noisy = image + 0.15 * np.ptp(image) * draw.normal(size=image.shape).astype(np.float32)
        total = total + eager_gradient(subject.logits, noisy[np.newaxis], subject.classes[place])
    return np.abs(total).max(axis=-1)


def integrated_gradients(subject, count):
    images = subject.images
    steps = max(count // len(images) - 1, 1)
    total = 0
    for piece in range(count):
        place, step = piece // (steps + 1) % len(images), piece % (steps + 1)
        some = images[place][np.newaxis] * np.float32(step / steps)
        total = total + eager_gradient(subject.logits, some, subject.classes[place])
    return total * images[0] / steps


# Class activation maps


def grad_cam(subject, count):
    maps = []
    for image, k in zip(subject.images, subject.classes, strict=True):
        layer = subject.logits.get_layer(subject.maps)
        model = keras.Model(subject.logits.inputs[0], [layer.output, subject.logits.output])
        with tf.GradientTape() as tape:
            features, scores = model(image[np.newaxis])
            score = scores[:, k]
        weights = tf.reduce_mean(tape.gradient(score, features), axis=(0, 1, 2))
        heatmap = tf.maximum(features[0] @ weights[:, tf.newaxis], 0)
        maps.append(tf.image.resize(heatmap, image.shape[:2]).numpy()[..., 0])
    return np.stack(maps)


def score_cam(subject, count):
    image, k = subject.images[0], subject.classes[0]
    features = subject.two_outputs(image[np.newaxis])[0]  # (1, h, w, channels)
    masks = tf.image.resize(features, image.shape[:2]).numpy()[0]  # (H, W, channels)
    heatmap = 0
    for channel in range(count):
        mask = masks[..., channel % masks.shape[-1], np.newaxis]
        mask = (mask - mask.min()) / (np.ptp(mask) + 1e-7)
        heatmap = heatmap + mask * subject.model.predict((image * mask)[np.newaxis], verbose=0)[0, k]
    return heatmap[..., 0]


# Gradient ascent


def climb_filters(subject, count, layer, steps, compiled):
    """One filter after the other, each with its own step, a graph of its own if `compiled`."""
    model = keras.Model(subject.model.inputs[0], subject.model.get_layer(layer).output)
    patterns = []
    for index in range(count):

        def step(image, index=index):
            with tf.GradientTape() as tape:
                tape.watch(image)
                score = tf.reduce_mean(model(image)[..., index])
            return image + 10 * tf.math.l2_normalize(tape.gradient(score, image))

        step = tf.function(step) if compiled else step
        image = tf.constant(noise(1, subject.images.shape[1]))
        for _ in range(steps):
            image = step(image)
        patterns.append(image.numpy()[0])
    return np.stack(patterns)


def filters_graph(subject, count, layer, steps):
    return climb_filters(subject, count, layer, steps, compiled=True)


def filters_eager(subject, count, layer, steps):
    return climb_filters(subject, count, layer, steps, compiled=False)
