"""The images of chapter 5 that are kept in a file: they are what they are said to be."""

import numpy as np
import pytest

from helpers.backbones import load_backbone
from helpers.engine import logits
from tools.chapters import class_images


@pytest.fixture(scope="module")
def kept():
    with np.load(class_images.TARGET) as file:
        return dict(file)


@pytest.fixture(scope="module")
def lite0():
    return load_backbone("efficientnet_lite0")


def test_each_is_there_and_a_start_is_the_one_of_the_first_figure(kept):
    side = class_images.SIZE
    assert kept["classes"].shape == (8, side, side, 3)
    assert kept["ingredients"].shape == (len(class_images.INGREDIENTS), side, side, 3)
    for name in class_images.STARTS:
        place = class_images.CLASSES.index(name)
        np.testing.assert_array_equal(kept[name][0], kept["classes"][place])
        assert len({image.tobytes() for image in kept[name]}) == 3


@pytest.mark.slow
def test_the_network_calls_each_as_meant(kept, lite0):
    for names, images in (
        (class_images.CLASSES, kept["classes"]),
        (["flamingo"] * 3, kept["flamingo"]),
        (["dumbbell"] * 3, kept["dumbbell"]),
        (["flamingo"] * 5, kept["ingredients"]),
    ):
        answers = lite0.decode(lite0.model.predict(lite0.preprocess(images), verbose=0), top=1)
        assert [name for ((_, name, _),) in answers] == list(names)


@pytest.mark.slow
def test_networks_without_training_gave_images_that_theirs_alone_like_more_than_noise(kept, lite0):
    flamingo = [name for _, name in lite0.classes].index("flamingo")
    noise = np.random.default_rng(0).integers(101, 154, (4, 224, 224, 3))
    for seed, image in zip(class_images.UNTRAINED, kept["untrained"], strict=True):
        untrained = class_images.randomize(lite0.model, seed=seed)
        own = logits(untrained, lite0.preprocess([image, *noise]))[:, flamingo]
        assert own[0] > own[1:].max()
        assert logits(lite0.model, lite0.preprocess(image)).argmax() != flamingo


def test_the_patterns_are_of_the_filters_that_the_cat_excites_most(kept, lite0):
    assert class_images.favourites(lite0) == dict(
        zip(class_images.LAYERS, kept["pattern_units"], strict=True)
    )
    assert len(kept["patterns"]) == len(class_images.LAYERS)


@pytest.mark.slow
def test_they_are_made_by_calls_that_are_allowed(lite0):
    work = dict(class_images.jobs(lite0))
    assert {name: len(climbs) for name, climbs in work.items()} == {
        "classes": 8,
        "flamingo": 3,
        "dumbbell": 3,
        "ingredients": 5,
        "untrained": 2,
        "patterns": 4,
    }


def test_the_dream_begins_with_the_photograph_and_excites_its_filter(kept, lite0):
    side, unit = class_images.DREAM_SIZES[-1], kept["pattern_units"][-1]
    plain = class_images.centre_square(class_images.pictures("temple")["temple"], side)
    assert kept["dream"].shape == plain.shape
    assert np.corrcoef(kept["dream"].ravel(), plain.ravel())[0, 1] > 0.5
    both = lite0.preprocess(np.stack([plain, kept["dream"]]))
    layer = class_images.LAYERS[-1]
    maps = class_images.feature_maps(lite0.model, both, layer)[layer][..., unit].mean(axis=(1, 2))
    assert maps[1] > 3 * maps[0]
