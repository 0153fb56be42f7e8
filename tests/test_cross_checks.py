"""The trained MNIST network explained twice: by the course and by tf-keras-vis or lime.

Both are given the same scores, and both results are normalised the same way, so what is left is
rounding. Where the two mean different things by one name, the library is set to what the course
means, and the test says how:

- its maps are compared on the layer's own grid: it enlarges them with the corners aligned, the
  course with pixel centres at one half;
- it averages absolute gradients in SmoothGrad where the course averages signed ones;
- it takes a softmax in Score-CAM whatever the network ends with, so it is given logits;
- it climbs without bounds, and its L2 penalty is the norm itself: both climb with plain steps of
  normalised gradients and the total variation alone.

Grad-CAM++ is not compared: the library divides the weights of each feature map by their sum over
the positions, as the authors' code but not their paper does, and with the positions whose gradient
is negative, where that sum may come near zero.
"""

import numpy as np
import pytest
from lime.lime_image import LimeImageExplainer
from numpy.testing import assert_allclose, assert_array_equal
from tf_keras_vis.activation_maximization import ActivationMaximization
from tf_keras_vis.activation_maximization.regularizers import TotalVariation2D
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.layercam import Layercam
from tf_keras_vis.saliency import Saliency
from tf_keras_vis.scorecam import Scorecam
from tf_keras_vis.utils.model_modifiers import GuidedBackpropagation, ReplaceToLinear
from tf_keras_vis.utils.scores import CategoricalScore

from helpers.ascent import maximize_activation
from helpers.backend import keras
from helpers.data import example_digits
from helpers.grad_cam import grad_cam, score_cam
from helpers.image import normalize_map
from helpers.lime_image import lime_image, top_mask
from helpers.models import load_mnist_cnn
from helpers.saliency import saliency, smooth_grad
from helpers.segments import grid_segments

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:The structure of `inputs`:UserWarning")]


@pytest.fixture(scope="module")
def cnn():
    return load_mnist_cnn()


@pytest.fixture(scope="module")
def digits():
    """Ten digits, and the class of each."""
    return example_digits()


@pytest.fixture(scope="module")
def every_class(digits):
    """Each of the ten digits with each of the ten classes: 100 images, 100 classes."""
    return digits[0].repeat(10, axis=0), np.tile(np.arange(10), 10)


def assert_same_maps(ours, theirs, tolerance=1e-4):
    """The largest difference of two sets of maps, each map divided by its largest absolute value."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.abs(theirs).max(axis=(1, 2)).min() > 0, "a map that is all zero proves nothing"
    difference = np.abs(normalize_map(ours, signed=True) - normalize_map(theirs, signed=True)).max()
    assert difference < tolerance


def test_saliency_agrees_for_every_digit_and_class(cnn, every_class):
    images, classes = every_class
    library = Saliency(cnn, ReplaceToLinear())
    theirs = library(CategoricalScore(classes.tolist()), images, normalize_map=False)
    assert_same_maps(saliency(cnn, images, classes), theirs)


def test_guided_saliency_agrees_for_every_digit_and_class(cnn, every_class):
    images, classes = every_class
    library = Saliency(cnn, [GuidedBackpropagation(), ReplaceToLinear()])
    theirs = library(CategoricalScore(classes.tolist()), images, normalize_map=False)
    assert_same_maps(saliency(cnn, images, classes, relu="guided"), theirs)


@pytest.mark.parametrize(("variant", "library"), [("gradcam", Gradcam), ("layercam", Layercam)])
def test_class_activation_maps_agree_for_every_digit(cnn, digits, variant, library):
    images, classes = digits
    theirs = library(cnn, ReplaceToLinear())(
        CategoricalScore(classes.tolist()), images, expand_cam=False, normalize_cam=False
    )
    assert_same_maps(grad_cam(cnn, images, classes, variant=variant, resize=False), theirs)


def test_score_cam_agrees_where_nothing_has_to_be_enlarged(cnn, digits):
    images, classes = digits
    theirs = Scorecam(cnn, ReplaceToLinear())(
        CategoricalScore(classes.tolist()), images, penultimate_layer="conv1", normalize_cam=False
    )
    assert_same_maps(score_cam(cnn, images, classes, layer_name="conv1"), theirs)


def test_smooth_grad_agrees_within_the_chance_of_its_noise(cnn, digits):
    images, classes = digits
    np.random.seed(0)
    options = {"smooth_noise": 0.15, "gradient_modifier": None, "keepdims": True, "normalize_map": False}
    library = Saliency(cnn, ReplaceToLinear())
    theirs = library(CategoricalScore(classes.tolist()), images, smooth_samples=50, **options)
    ours = smooth_grad(cnn, images, classes, n_samples=400, noise_level=0.15, signed=True)
    alone = smooth_grad(cnn, images, classes, n_samples=50, noise_level=0.15, seed=1, signed=True)
    expected = np.abs(alone - ours).mean()  # what 50 samples miss of 400, by chance alone
    assert np.abs(theirs - ours).mean() < 1.1 * expected
    assert expected < 0.3 * np.abs(ours).mean()


def test_activation_maximisation_climbs_the_same_way(cnn, digits):
    units = list(range(10))
    start = np.random.default_rng(0).uniform(0.4, 0.6, (10, 28, 28, 1)).astype(np.float32)

    def per_root_mean_square(gradients):
        return gradients / np.sqrt(np.mean(gradients**2, axis=(1, 2, 3), keepdims=True))

    theirs = ActivationMaximization(cnn, ReplaceToLinear())(
        CategoricalScore(units),
        seed_input=start,
        input_range=None,
        input_modifiers=[],
        regularizers=[TotalVariation2D(weight=0.05 * 28 * 28)],  # it divides by the number of pixels
        steps=15,
        optimizer=keras.optimizers.SGD(0.05),
        gradient_modifier=per_root_mean_square,
    )
    ours = maximize_activation(
        cnn, "preds", units, 15, step_size=0.05, total_variation=0.05, start=start, value_range=None
    )
    assert_allclose(ours.images, theirs, atol=1e-3)


def test_lime_finds_the_same_coefficients_and_the_same_top_segments(cnn, digits):
    segments = grid_segments(28, 28)
    for image, class_index in zip(*digits, strict=True):
        library = LimeImageExplainer(random_state=0).explain_instance(
            image.repeat(3, axis=-1).astype(np.float64),
            lambda images: cnn(images[..., :1].astype(np.float32)).numpy(),
            labels=[class_index],
            top_labels=None,
            num_samples=300,
            batch_size=100,
            segmentation_fn=lambda picture: segments,
            random_seed=0,
        )
        ours = lime_image(cnn, image, class_index, segments, n_samples=300, ridge=1)
        theirs = dict(library.local_exp[class_index])
        assert_allclose(ours.coefficients, [theirs[k] for k in range(49)], atol=1e-6)
        mask = library.get_image_and_mask(class_index, num_features=5)[1]
        assert_array_equal(top_mask(ours, num_features=5), mask)
