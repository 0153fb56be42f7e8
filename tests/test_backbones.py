"""What goes into a network for photographs, what comes out, and which one is taken."""

import json

import numpy as np
import pytest

from helpers import load_backbone, settings
from helpers.backbones import Backbone, centre_square, imagenet_classes
from helpers.settings import ROOT

CLASSES = (("n01", "first"), ("n02", "second"), ("n03", "third"))
PICTURES = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3), np.uint8)


# What goes in and comes out


def backbone(name="vgg16"):
    return Backbone(name, None, CLASSES, 8)


def test_vgg16_takes_blue_green_red_less_their_means():
    found = backbone().preprocess([[[10, 20, 30]]])
    assert np.allclose(found, [[[30 - 103.939, 20 - 116.779, 10 - 123.68]]], atol=1e-4)
    assert found.dtype == np.float32


def test_vgg16s_preprocessing_is_that_of_keras():
    theirs = keras.applications.vgg16.preprocess_input(PICTURES.astype(np.float32))
    assert np.allclose(backbone().preprocess(PICTURES), theirs, atol=1e-4)


def test_mini_vgg_takes_pixels_as_they_are():
    assert np.array_equal(backbone("mini_vgg").preprocess(PICTURES), PICTURES.astype(np.float32))


@pytest.mark.parametrize("name", ["vgg16", "mini_vgg"])
def test_deprocess_undoes_preprocess_and_clips(name):
    network = backbone(name)
    prepared = network.preprocess(PICTURES)
    assert np.array_equal(network.deprocess(prepared), PICTURES)
    assert network.deprocess(prepared + 400).min() == 255
    assert network.deprocess(prepared - 400).max() == 0
    assert network.deprocess(prepared).dtype == np.uint8


@pytest.mark.parametrize("name", ["vgg16", "mini_vgg"])
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
        (lambda: load_backbone("vgg19"), "name='vgg19' is not allowed: choose auto, vgg16 or mini_vgg"),
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


