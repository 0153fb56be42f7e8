"""The tests of maps beside independent libraries, and on an independent library's maps.

Areas are those of scikit-learn, correlations those of SciPy, structural similarities those of scikit-image.
Maps of tf-keras-vis, which differ from the course's by rounding, get the scores that the course's get.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import pearsonr, spearmanr
from skimage.metrics import structural_similarity
from sklearn.linear_model import LinearRegression
from sklearn.metrics import auc
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.saliency import Saliency
from tf_keras_vis.utils.model_modifiers import GuidedBackpropagation, ReplaceToLinear
from tf_keras_vis.utils.scores import CategoricalScore

from helpers.agreement import energy_inside, similarity
from helpers.data import example_digits
from helpers.engine import logits
from helpers.evaluation import deletion, fidelity, infidelity, insertion
from helpers.grad_cam import grad_cam
from helpers.image import resize
from helpers.models import load_mnist_cnn
from helpers.randomization import randomize
from helpers.saliency import saliency

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:The structure of `inputs`:UserWarning")]


@pytest.fixture(scope="module")
def cnn():
    return load_mnist_cnn()


@pytest.fixture(scope="module")
def digits():
    """Ten digits, and the class of each."""
    return example_digits()


@pytest.fixture(scope="module")
def before_and_after(cnn, digits):
    """Gradient maps of the trained network, and of one whose last layer is random."""
    return saliency(cnn, *digits), saliency(randomize(cnn, "preds"), *digits)


def scaled(values):
    """A map over its largest absolute value, without what is next to nothing."""
    values = values / np.abs(values).max()
    return np.where(np.abs(values) < 1e-4, 0, values)


@pytest.mark.parametrize("test", [insertion, deletion])
@pytest.mark.parametrize("steps", [28, 5])
def test_areas_are_those_of_scikit_learn(cnn, digits, before_and_after, test, steps):
    curves = test(cnn, digits[0], before_and_after[0], digits[1], steps=steps)
    share = np.linspace(0, 1, steps + 1)
    assert_allclose(curves.areas, [auc(share, scores) for scores in curves.scores], atol=1e-6)


def test_rank_correlations_are_those_of_scipy(before_and_after):
    for kind, change in (("rank", scaled), ("absolute rank", lambda m: np.abs(scaled(m)))):
        pairs = [(change(a - 0.3).ravel(), change(b).ravel()) for a, b in zip(*before_and_after, strict=True)]
        expected = [spearmanr(*pair).statistic for pair in pairs]
        assert_allclose(similarity(before_and_after[0] - 0.3, before_and_after[1], kind), expected, atol=1e-9)
        assert np.ptp(expected) > 0.1


def test_structural_similarities_are_those_of_scikit_image(before_and_after):
    expected = [
        structural_similarity(scaled(a), scaled(b), data_range=2)
        for a, b in zip(*before_and_after, strict=True)
    ]
    assert_allclose(similarity(*before_and_after, "ssim"), expected, atol=1e-6)
    assert np.ptp(expected) > 0.01


def test_fidelity_is_scipys_correlation_and_infidelity_scikit_learns_residual(cnn, digits, before_and_after):
    (images, classes), maps, count = digits, before_and_after[0], 60
    order = np.random.default_rng(3).permuted(np.tile(np.arange(49), (count, 1)), axis=1)
    hidden = (order < 10).reshape(count, 7, 7).repeat(4, axis=1).repeat(4, axis=2)  # ten of 49 cells
    options = {"grid": 7, "subset": 0.2, "n_samples": count, "seed": 3}
    found = fidelity(cnn, images, maps, classes, **options), infidelity(cnn, images, maps, classes, **options)
    for k, (image, values, c) in enumerate(zip(images, maps, classes, strict=True)):
        covered = np.where(hidden[..., np.newaxis], 0, image).astype(np.float32)
        drops = logits(cnn, image[np.newaxis])[0, c] - logits(cnn, covered)[:, c]
        sums = (values * hidden).sum(axis=(1, 2))
        assert found[0][k] == pytest.approx(pearsonr(sums, drops).statistic, abs=1e-4)
        line = LinearRegression(fit_intercept=False).fit(sums[:, np.newaxis], drops)
        residual = np.mean((line.predict(sums[:, np.newaxis]) - drops) ** 2)
        assert found[1][k] == pytest.approx(residual, rel=1e-3)


def theirs(cnn, digits, kind):
    """The maps of tf-keras-vis for a digit of each class."""
    images, score = digits[0], CategoricalScore(digits[1].tolist())
    if kind == "Grad-CAM":
        maps = Gradcam(cnn, ReplaceToLinear())(score, images, expand_cam=False, normalize_cam=False)
        return resize(np.asarray(maps), images.shape[1:3])
    modifiers = [ReplaceToLinear()] if kind == "gradient" else [GuidedBackpropagation(), ReplaceToLinear()]
    return np.asarray(Saliency(cnn, modifiers)(score, images, normalize_map=False))


@pytest.mark.parametrize("kind", ["gradient", "guided gradient", "Grad-CAM"])
def test_maps_of_tf_keras_vis_get_the_same_scores(cnn, digits, kind):
    ours = {
        "gradient": lambda: saliency(cnn, *digits),
        "guided gradient": lambda: saliency(cnn, *digits, relu="guided"),
        "Grad-CAM": lambda: grad_cam(cnn, *digits),
    }[kind]()
    pair = ours, theirs(cnn, digits, kind)
    assert similarity(*pair).min() > 0.9999
    left = np.broadcast_to(np.arange(28) < 14, ours.shape)
    assert_allclose(*(energy_inside(maps, left) for maps in pair), atol=1e-4)
    images, classes = digits
    for test in (fidelity, lambda *given: insertion(*given).areas, lambda *given: deletion(*given).areas):
        scores = [test(cnn, images, maps, classes) for maps in pair]
        assert_allclose(*scores, atol=2e-3)
        assert np.ptp(scores[0]) > 0.02
