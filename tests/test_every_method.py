"""One question to every method: what comes back is what each method gives by itself."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from skimage.filters import sobel
from small_models import conv_net, random_images

from helpers.every_method import METHODS, SIGNED, every_method, no_network
from helpers.grad_cam import grad_cam, score_cam
from helpers.graph import logit_model
from helpers.lime_image import lime_image
from helpers.occlusion import occlusion
from helpers.saliency import integrated_gradients, saliency, smooth_grad

NET = conv_net()
IMAGES, CLASSES = random_images(2), [1, 0]


def test_every_map_is_that_of_its_method():
    options = {"patch_size": 3, "stride": 2, "n_samples": 4, "steps": 8, "lime_samples": 30, "seed": 3}
    found = every_method(NET, IMAGES, CLASSES, **options)
    assert tuple(found) == METHODS
    expected = {
        "occlusion": occlusion(NET, IMAGES, CLASSES, 3, 2, 0.0, score="logit").maps,
        "gradient": saliency(NET, IMAGES, CLASSES),
        "guided gradient": saliency(NET, IMAGES, CLASSES, relu="guided"),
        "SmoothGrad": smooth_grad(NET, IMAGES, CLASSES, n_samples=4, seed=3),
        "integrated gradients": integrated_gradients(NET, IMAGES, CLASSES, steps=8).attributions,
        "Grad-CAM": grad_cam(NET, IMAGES, CLASSES),
        "Score-CAM": score_cam(NET, IMAGES, CLASSES),
    }
    for name, maps in expected.items():
        assert_allclose(found[name], maps, atol=1e-6, err_msg=name)
    one = lime_image(logit_model(NET), IMAGES[1], 0, n_samples=30, seed=3)
    assert_allclose(found["LIME"][1], one.coefficients[one.segments], atol=1e-6)


def test_maps_without_a_sign_have_none():
    for name, maps in every_method(NET, IMAGES, 2, lime_samples=30, progress=True).items():
        assert maps.shape == (2, 8, 8)
        assert maps.dtype == np.float32
        assert name in SIGNED or maps.min() >= 0


def test_only_what_is_asked_for_is_made():
    assert list(every_method(NET, IMAGES, 0, ["Grad-CAM", "gradient"])) == ["Grad-CAM", "gradient"]
    with pytest.raises(ValueError, match=r"names='CAM'.*LIME"):
        every_method(NET, IMAGES, 0, ["CAM"])


def test_what_knows_no_network_depends_on_the_image_or_on_nothing():
    maps = no_network(IMAGES, seed=1)
    assert_array_equal(maps["ink"], IMAGES[..., 0])
    assert_array_equal(maps["edges"][1], sobel(IMAGES[1, ..., 0]))
    assert_array_equal(maps["noise"], no_network(random_images(2, seed=4), seed=1)["noise"])
    assert np.abs(maps["noise"] - no_network(IMAGES, seed=2)["noise"]).max() > 0.5
