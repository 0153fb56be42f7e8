"""EfficientNet-Lite0 explained twice: by the course and by tf-keras-vis or lime.

As in `test_cross_checks`, with what is different here: depthwise convolutions, relu6, sums, 1,000 classes.
Guided gradients are not compared: the library changes layers whose activation is relu and leaves relu6
alone; Score-CAM is not, because the library enlarges the masks in another way.
"""

import numpy as np
import pytest
from lime.lime_image import LimeImageExplainer
from numpy.testing import assert_allclose, assert_array_equal
from test_cross_checks import assert_same_maps
from tf_keras_vis.activation_maximization import ActivationMaximization
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.layercam import Layercam
from tf_keras_vis.saliency import Saliency
from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
from tf_keras_vis.utils.scores import CategoricalScore

from helpers.activations import feature_maps
from helpers.ascent import maximize_activation
from helpers.backbones import load_backbone
from helpers.backend import keras
from helpers.data import pictures
from helpers.grad_cam import grad_cam
from helpers.imagenet import centre_square
from helpers.lime_image import lime_image, top_mask
from helpers.saliency import saliency
from helpers.segments import grid_segments

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:The structure of `inputs`:UserWarning")]
TABBY, EGYPTIAN_CAT, ESPRESSO, CUP = 281, 285, 967, 968
CLASSES = np.array([TABBY, EGYPTIAN_CAT, ESPRESSO, CUP])


@pytest.fixture(scope="module")
def lite():
    return load_backbone("efficientnet_lite0")


@pytest.fixture(scope="module")
def photographs(lite):
    """The cat for two cats, the espresso for itself and for its cup."""
    squares = [centre_square(picture, lite.input_size) for picture in pictures("cat", "espresso").values()]
    return lite.preprocess(squares).repeat(2, axis=0)


def test_saliency_agrees(lite, photographs):
    library = Saliency(lite.model, ReplaceToLinear())
    theirs = library(CategoricalScore(CLASSES.tolist()), photographs, normalize_map=False)
    assert_same_maps(saliency(lite.model, photographs, CLASSES), theirs)


@pytest.mark.parametrize(("variant", "library"), [("gradcam", Gradcam), ("layercam", Layercam)])
def test_class_activation_maps_agree(lite, photographs, variant, library):
    theirs = library(lite.model, ReplaceToLinear())(
        CategoricalScore(CLASSES.tolist()),
        photographs,
        penultimate_layer="head",
        expand_cam=False,
        normalize_cam=False,
    )
    ours = grad_cam(lite.model, photographs, CLASSES, "head", variant, resize=False)
    assert_same_maps(ours, theirs)


def test_grad_cam_of_the_head_is_the_classifiers_own_weights_on_its_maps(lite, photographs):
    maps = feature_maps(lite.model, photographs, "head")["head"]  # (4, 7, 7, 1280)
    weights = lite.model.get_layer("preds").get_weights()[0][:, CLASSES]  # (1280, 4)
    expected = np.maximum(np.einsum("nhwk,kn->nhw", maps, weights) / 49, 0)
    ours = grad_cam(lite.model, photographs, CLASSES, "head", resize=False)
    assert_allclose(ours, expected, atol=1e-5 * expected.max())


def test_activation_maximisation_climbs_the_same_way(lite):
    start = np.random.default_rng(0).uniform(-0.1, 0.1, (2, 64, 64, 3)).astype(np.float32)
    classes = [TABBY, ESPRESSO]

    def per_root_mean_square(gradients):
        return gradients / np.sqrt(np.mean(gradients**2, axis=(1, 2, 3), keepdims=True))

    theirs = ActivationMaximization(lite.model, ReplaceToLinear())(
        CategoricalScore(classes),
        seed_input=start,
        input_range=None,
        input_modifiers=[],
        regularizers=[],
        steps=3,
        optimizer=keras.optimizers.SGD(0.05),
        gradient_modifier=per_root_mean_square,
    )
    ours = maximize_activation(
        lite.model, "preds", classes, 3, step_size=0.05, start=start, value_range=None
    ).images
    assert np.abs(ours - start).max() > 0.1
    assert_allclose(ours, theirs, atol=2e-3)


def test_lime_finds_the_same_coefficients_and_the_same_top_segments(lite, photographs):
    segments = grid_segments(224, 224, 56)
    library = LimeImageExplainer(random_state=0).explain_instance(
        photographs[0].astype(np.float64),
        lambda images: lite.model(images.astype(np.float32)).numpy(),
        labels=[EGYPTIAN_CAT],
        top_labels=None,
        num_samples=64,
        batch_size=16,
        segmentation_fn=lambda picture: segments,
        random_seed=0,
    )
    ours = lime_image(lite.model, photographs[0], EGYPTIAN_CAT, segments, n_samples=64, ridge=1)
    theirs = dict(library.local_exp[EGYPTIAN_CAT])
    assert_allclose(ours.coefficients, [theirs[k] for k in range(16)], atol=1e-5)
    mask = library.get_image_and_mask(EGYPTIAN_CAT, num_features=5)[1]
    assert_array_equal(top_mask(ours, num_features=5), mask)
