"""What goes into a network for photographs, what comes out, and which one is taken."""

import json

import numpy as np
import pytest

from helpers import efficientnet, load_backbone, settings, vgg16
from helpers.imagenet import Backbone, centre_square, imagenet_classes
from helpers.settings import ROOT

CLASSES = (("n01", "first"), ("n02", "second"), ("n03", "third"))
PICTURES = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3), np.uint8)


# What goes in and comes out


SCALES = {
    "efficientnet_lite0": efficientnet,
    "vgg16": vgg16,
}


def backbone(name="vgg16", classes=CLASSES):
    """A backbone without a network."""
    functions = SCALES[name].to_inputs, SCALES[name].to_rgb
    return Backbone(name, None, classes, 8, "last", ("first", "last"), *functions)


@pytest.mark.parametrize("name", SCALES)
def test_deprocess_undoes_preprocess_and_clips(name):
    network = backbone(name)
    prepared = network.preprocess(PICTURES)
    assert np.array_equal(network.deprocess(prepared), PICTURES)
    assert network.deprocess(prepared + 400).min() == 255
    assert network.deprocess(prepared - 400).max() == 0
    assert network.deprocess(prepared).dtype == np.uint8


@pytest.mark.parametrize("name", SCALES)
def test_preparing_changes_no_input(name):
    given = PICTURES.astype(np.float32)
    prepared = backbone(name).preprocess(given)
    kept = prepared.copy()
    backbone(name).deprocess(prepared)
    prepared += 1
    assert np.array_equal(given, PICTURES)
    assert np.array_equal(prepared, kept + 1)


def test_decode_names_the_most_probable_first():
    found = backbone().decode([[0.2, 0.7, 0.1], [0.25, 0.25, 0.5]], top=2)
    assert found == [
        [("n02", "second", 0.7), ("n01", "first", 0.2)],
        [("n03", "third", 0.5), ("n01", "first", 0.25)],
    ]
    assert backbone().decode([0.2, 0.7, 0.1], top=1) == [[("n02", "second", 0.7)]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: backbone().preprocess(np.zeros((4, 4))), r"rgb has shape \(4, 4\): give \(H, W, 3\)"),
        (lambda: backbone().deprocess(np.zeros((4, 4, 1))), r"inputs has shape \(4, 4, 1\)"),
        (lambda: backbone().preprocess(np.zeros((0, 4, 4, 3))), r"rgb has shape \(0, 4, 4, 3\)"),
        (lambda: backbone().decode(np.zeros((1, 4)), top=1), r"have shape \(1, 4\): give \(N, 3\)"),
        (lambda: backbone().decode(np.zeros((1, 3))), "top=5 is not allowed: give an int from 1 to 3"),
        (lambda: backbone().decode(np.zeros((1, 3)), top=0), "top=0 is not allowed"),
        (lambda: centre_square(np.zeros((4, 4)), 2), r"picture has shape \(4, 4\)"),
        (lambda: centre_square(np.zeros((4, 4, 3)), 0), "size=0 is not allowed"),
        (lambda: backbone(classes=()).decode(np.zeros((1, 3))), "vgg16 has no classifier"),
        (
            lambda: load_backbone("vgg19"),
            "name='vgg19' is not allowed: choose one of efficientnet_lite0, vgg16",
        ),
    ],
)
def test_wrong_arguments_are_told_with_what_is_allowed(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_centre_square_is_the_middle_of_a_picture():
    picture = np.zeros((4, 8, 3), np.uint8)
    picture[:, 2:6] = 200
    assert (centre_square(picture, 4) == 200).all()
    assert (centre_square(picture.swapaxes(0, 1), 4) == 200).all()


def test_the_centre_square_averages_where_it_shrinks():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, 3::8] = stripes[:, 4::8] = 200  # just where a pixel of the result has its centre
    assert centre_square(stripes, 8).max() < 60  # a quarter of 200, and not 200


# Classes


def test_the_classes_are_imagenets_1000_in_the_order_of_their_wordnet_ids():
    wnids, names = zip(*imagenet_classes(), strict=True)
    assert len(set(wnids)) == len(set(names)) == 1000
    assert list(wnids) == sorted(wnids)
    assert imagenet_classes()[285] == ("n02124075", "Egyptian cat")
    assert {names[134], names[517]} == {"crane (bird)", "crane (machine)"}


def test_the_file_of_the_classes_names_its_source():
    assert "ImageNet" in json.loads((ROOT / "data" / "imagenet_classes.json").read_text())["source"]


# Which one is taken


@pytest.mark.parametrize(("value", "taken"), [("", "efficientnet_lite0"), ("vgg16", "vgg16")])
def test_the_setting_chooses_the_network(monkeypatch, value, taken):
    monkeypatch.setenv("COURSE_BACKBONE", value)
    monkeypatch.setattr(efficientnet, "load_efficientnet_lite0", lambda: "efficientnet_lite0")
    monkeypatch.setattr(vgg16, "load_vgg16", lambda: "vgg16")
    settings.settings.cache_clear()
    assert load_backbone() == taken
    settings.settings.cache_clear()
