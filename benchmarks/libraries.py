"""The libraries: tf-keras-vis, and lime."""

import functools

import numpy as np
from lime.lime_image import LimeImageExplainer
from tf_keras_vis import gradcam, scorecam
from tf_keras_vis import saliency as saliency_maps
from tf_keras_vis.activation_maximization import ActivationMaximization
from tf_keras_vis.utils.model_modifiers import ExtractIntermediateLayer, ReplaceToLinear
from tf_keras_vis.utils.scores import CategoricalScore

from benchmarks.subjects import noise
from helpers.segments import grid_segments


@functools.cache
def tool(kind, subject, *modifiers):
    """A tool of tf-keras-vis, which cuts the network once."""
    return kind(subject.model, list(modifiers))


LINEAR = ReplaceToLinear()


def scores(subject):
    return CategoricalScore([int(k) for k in subject.classes])


def saliency(subject, count, **options):
    return tool(saliency_maps.Saliency, subject, LINEAR)(scores(subject), subject.images, **options)


def smooth_grad(subject, count):
    return saliency(subject, count, smooth_samples=count // len(subject.images), smooth_noise=0.15)


def grad_cam(subject, count):
    return tool(gradcam.Gradcam, subject, LINEAR)(scores(subject), subject.images)


def score_cam(subject, count):
    return tool(scorecam.Scorecam, subject)(scores(subject), subject.images)


def lime(subject, count, cell):
    image = subject.images[0]
    height, width, channels = image.shape
    explanation = LimeImageExplainer(random_state=0).explain_instance(
        np.broadcast_to(image, (height, width, 3)).astype(np.float64),
        lambda images: subject.model.predict(images[..., :channels], verbose=0),
        segmentation_fn=lambda picture: grid_segments(height, width, cell),
        num_samples=count,
    )
    return np.array([weight for _, weight in sorted(explanation.local_exp[explanation.top_labels[0]])])


def filters(subject, count, layer, steps, **options):
    ascent = tool(ActivationMaximization, subject, ExtractIntermediateLayer(layer), LINEAR)
    start = noise(count, subject.images.shape[1])
    return ascent(CategoricalScore(list(range(count))), seed_input=start, steps=steps, **options)


def filters_bare(subject, count, layer, steps):
    return filters(subject, count, layer, steps, input_modifiers=[], regularizers=[])
