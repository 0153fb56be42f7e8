"""Everyone who takes part: the course, the obvious loops, the libraries, and the bare passes.

Each function does its whole work once and gives back arrays. What all share (networks, images,
compiled functions) is made once and kept, so that only the work itself is timed. The loops are
written as tutorials write them.
"""

import functools

import numpy as np

from helpers.ascent import maximize_activation
from helpers.backend import keras, tf
from helpers.data import example_digits
from helpers.engine.compiled import chunk_size
from helpers.grad_cam import grad_cam, score_cam
from helpers.graph import logit_model
from helpers.lime_image import grid_segments, lime_image
from helpers.models import load_mnist_cnn
from helpers.occlusion import occlusion
from helpers.saliency import integrated_gradients, saliency, smooth_grad

PATCH, GREY = 7, 0.5
FILTERS, STEPS = 16, 40

# The networks and images


@functools.cache
def mnist_subject():
    """The trained MNIST network and a digit, (28, 28, 1)."""
    return load_mnist_cnn(), example_digits()[0][3]


def cnn():
    return mnist_subject()[0]


@functools.cache
def digits():
    """Ten digits, (10, 28, 28, 1), and the class of each."""
    return example_digits()


@functools.cache
def vgg_subject():
    """VGG16 with random weights and a picture of noise, (224, 224, 3)."""
    keras.utils.set_random_seed(0)
    return keras.applications.VGG16(weights=None), noise(1, 224)[0]


@functools.cache
def vgg_cut_subject():
    """VGG16 with random weights, without its classifier, for 64 pixels, and a picture of noise."""
    keras.utils.set_random_seed(0)
    model = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
    return model, noise(1, 64)[0]


@functools.cache
def noise(count, side):
    return np.random.default_rng(0).random((count, side, side, 3)).astype(np.float32)


# The bare passes: compiled once, on images that are there already, in chunks as the course makes them


@functools.cache
def compiled_forward(subject):
    return tf.function(subject()[0], reduce_retracing=True)


@functools.cache
def compiled_gradient(model):
    """The gradient of each image's first class score with respect to the image."""

    @tf.function(reduce_retracing=True)
    def gradient(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            score = model(images)[:, 0]
        return tape.gradient(score, images)

    return gradient


@functools.cache
def ready(subject, count, copies=1):
    """Images on the device, cut into chunks: the subject's image, with a little noise, `count` times."""
    model, image = subject()
    draw = np.random.default_rng(0)
    images = image + 0.1 * draw.random((count, *image.shape), dtype=np.float32)
    size = chunk_size(model, image.shape, copies=copies)
    return [tf.constant(images[start : start + size]) for start in range(0, count, size)]


def bare_forward(subject, count):
    function = compiled_forward(subject)
    return [function(chunk).numpy() for chunk in ready(subject, count)]


def bare_gradient(count):
    function = compiled_gradient(logit_model(cnn()))
    return [function(chunk).numpy() for chunk in ready(mnist_subject, count, copies=2)]


# Occlusion


def patches(image, side, stride):
    """The image with a grey patch at each position in turn."""
    for top in range(0, image.shape[0] - side + 1, stride):
        for left in range(0, image.shape[1] - side + 1, stride):
            patched = image.copy()
            patched[top : top + side, left : left + side] = GREY
            yield patched


def predict_loop(subject, side, stride, count):
    model, image = subject()
    positions = zip(range(count), patches(image, side, stride), strict=False)
    return [model.predict(patched[np.newaxis], verbose=0) for _, patched in positions]


def occlusion_course():
    return occlusion(*mnist_subject(), class_index=3, patch_size=PATCH, stride=1, baseline=GREY)


def occlusion_predict_loop(count):
    return predict_loop(mnist_subject, PATCH, 1, count)


def occlusion_eager_loop():
    model, image = mnist_subject()
    return [model(patched[np.newaxis]).numpy() for patched in patches(image, PATCH, 1)]


def occlusion_predict_batch():
    model, image = mnist_subject()
    return model.predict(np.stack(list(patches(image, PATCH, 1))), verbose=0)


def occlusion_floor():
    return bare_forward(mnist_subject, 484)


def occlusion_vgg16_course():
    return occlusion(*vgg_subject(), class_index=0, patch_size=16, stride=8, baseline=GREY)


def occlusion_vgg16_loop(count):
    return predict_loop(vgg_subject, 16, 8, count)


def occlusion_vgg16_floor(count):
    return bare_forward(vgg_subject, count)


# Gradients with respect to the image


def eager_gradient(model, images, class_index):
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        score = model(images)[:, class_index]
    return tape.gradient(score, images).numpy()


@functools.cache
def library(name):
    """A tool of tf-keras-vis on the MNIST network, with its logits where it wants logits."""
    from tf_keras_vis import gradcam, saliency, scorecam
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear

    if name == "Scorecam":
        return scorecam.Scorecam(cnn())
    return getattr(saliency if name == "Saliency" else gradcam, name)(cnn(), ReplaceToLinear())


def classes_of_digits():
    from tf_keras_vis.utils.scores import CategoricalScore

    return CategoricalScore(digits()[1].tolist())


def saliency_course():
    images, classes = digits()
    return saliency(cnn(), images, classes)


def saliency_loop():
    model = logit_model(cnn())
    gradients = [eager_gradient(model, image[np.newaxis], k) for image, k in zip(*digits(), strict=True)]
    return [np.abs(gradient).max(axis=-1) for gradient in gradients]


def saliency_library():
    return library("Saliency")(classes_of_digits(), digits()[0])


def saliency_floor():
    return bare_gradient(10)


def smooth_grad_course():
    images, classes = digits()
    return smooth_grad(cnn(), images, classes, n_samples=50)


def smooth_grad_loop(count):
    model, draw = logit_model(cnn()), np.random.default_rng(0)
    total = 0
    for sample in range(count):
        image = digits()[0][sample % 10]
        noisy = image + 0.15 * draw.normal(size=image.shape).astype(np.float32)
        total = total + eager_gradient(model, noisy[np.newaxis], sample % 10)
    return np.abs(total).max(axis=-1)


def smooth_grad_library():
    return library("Saliency")(classes_of_digits(), digits()[0], smooth_samples=50, smooth_noise=0.15)


def smooth_grad_floor():
    return bare_gradient(500)


def integrated_gradients_course():
    images, classes = digits()
    return integrated_gradients(cnn(), images, classes, steps=64)


def integrated_gradients_loop(count):
    model, images = logit_model(cnn()), digits()[0]
    total = 0
    for step in range(count):
        image = images[step // 65 % 10]
        total = total + eager_gradient(model, image[np.newaxis] * np.float32(step % 65 / 64), 3)
    return total * images[0] / 64


def integrated_gradients_floor():
    return bare_gradient(650)


# Class activation maps


def two_outputs():
    model = logit_model(cnn())
    return keras.Model(model.inputs[0], [model.get_layer("conv3").output, model.output])


def grad_cam_course():
    images, classes = digits()
    return grad_cam(cnn(), images, classes)


def grad_cam_loop():
    maps = []
    for image, k in zip(*digits(), strict=True):
        model = two_outputs()
        with tf.GradientTape() as tape:
            features, scores = model(image[np.newaxis])
            score = scores[:, k]
        weights = tf.reduce_mean(tape.gradient(score, features), axis=(0, 1, 2))
        heatmap = tf.maximum(features[0] @ weights[:, tf.newaxis], 0)
        maps.append(tf.image.resize(heatmap, (28, 28)).numpy())
    return maps


def grad_cam_library():
    return library("Gradcam")(classes_of_digits(), digits()[0])


@functools.cache
def compiled_feature_gradient():
    model = two_outputs()

    @tf.function
    def gradient(images):
        with tf.GradientTape() as tape:
            features, scores = model(images)
            score = scores[:, 0]
        return features, tape.gradient(score, features)

    return gradient


def grad_cam_floor():
    (chunk,) = ready(mnist_subject, 10, copies=2)
    return [tensor.numpy() for tensor in compiled_feature_gradient()(chunk)]


def score_cam_course():
    images, classes = digits()
    return score_cam(cnn(), images, classes)


def score_cam_loop(count):
    model, image = mnist_subject()
    features = two_outputs()(image[np.newaxis])[0]  # (1, 7, 7, 64)
    masks = tf.image.resize(features, (28, 28)).numpy()[0]  # (28, 28, 64)
    heatmap = 0
    for channel in range(count):
        mask = masks[..., channel, np.newaxis]
        mask = (mask - mask.min()) / (np.ptp(mask) + 1e-7)
        heatmap = heatmap + mask * model.predict((image * mask)[np.newaxis], verbose=0)[0, 3]
    return heatmap


def score_cam_library():
    return library("Scorecam")(classes_of_digits(), digits()[0])


def score_cam_floor():
    return bare_forward(mnist_subject, 640)


# LIME


def lime_course():
    return lime_image(*mnist_subject(), class_index=3, n_samples=1000)


def lime_library():
    from lime.lime_image import LimeImageExplainer

    model, image = mnist_subject()
    return LimeImageExplainer(random_state=0).explain_instance(
        image.repeat(3, axis=-1).astype(np.float64),
        lambda images: model.predict(images[..., :1], verbose=0),
        segmentation_fn=lambda picture: grid_segments(28, 28),
        num_samples=1000,
    )


def lime_floor():
    return bare_forward(mnist_subject, 1000)


# Gradient ascent


def filters_course():
    return maximize_activation(vgg_cut_subject()[0], "block3_conv1", range(FILTERS), steps=STEPS)


@functools.cache
def vgg_cut():
    model = vgg_cut_subject()[0]
    return keras.Model(model.inputs[0], model.get_layer("block3_conv1").output)


def climb_filters(count, compiled):
    """One filter after the other, each with its own step, a graph of its own if `compiled`."""
    model, patterns = vgg_cut(), []
    for index in range(count):

        def step(image, index=index):
            with tf.GradientTape() as tape:
                tape.watch(image)
                score = tf.reduce_mean(model(image)[..., index])
            return image + 10 * tf.math.l2_normalize(tape.gradient(score, image))

        step = tf.function(step) if compiled else step
        image = tf.constant(noise(1, 64))
        for _ in range(STEPS):
            image = step(image)
        patterns.append(image.numpy()[0])
    return patterns


def filters_loop(count):
    return climb_filters(count, compiled=True)


def filters_eager_loop(count):
    return climb_filters(count, compiled=False)


@functools.cache
def library_ascent():
    from tf_keras_vis.activation_maximization import ActivationMaximization
    from tf_keras_vis.utils.model_modifiers import ExtractIntermediateLayer, ReplaceToLinear

    return ActivationMaximization(
        vgg_cut_subject()[0], [ExtractIntermediateLayer("block3_conv1"), ReplaceToLinear()]
    )


def filters_library(**options):
    from tf_keras_vis.utils.scores import CategoricalScore

    return library_ascent()(
        CategoricalScore(list(range(FILTERS))), seed_input=noise(FILTERS, 64), steps=STEPS, **options
    )


def filters_library_bare():
    return filters_library(input_modifiers=[], regularizers=[])


@functools.cache
def compiled_filter_gradient():
    model = vgg_cut()

    @tf.function
    def gradient(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            score = tf.linalg.diag_part(tf.reduce_mean(model(images), axis=(1, 2))[:, :FILTERS])
        return tape.gradient(score, images)

    return gradient


def filters_floor():
    images, gradient = tf.constant(noise(FILTERS, 64)), compiled_filter_gradient()
    for _ in range(STEPS):
        result = gradient(images)
    return result.numpy()
