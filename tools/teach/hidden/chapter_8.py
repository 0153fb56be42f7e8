"""The hidden tests of chapter 8's assignment."""

import numpy as np

from helpers.checks.shared import array, require, same, told


def check_cam_weights(answer):
    """Other layers; the weights times the maps, summed over all places, are the logit."""
    for seed, (channels, classes, side) in enumerate([(1, 2, 3), (8, 4, 7), (20, 10, 1)]):
        random = np.random.default_rng(80 + seed)
        kernel, maps = random.normal(size=(channels, classes)), random.random((side, side, channels))
        for k in range(classes):
            weights = array(answer(kernel, k, side * side))
            require(weights.shape == (channels,), f"for {channels} channels: the shape {weights.shape}")
            logit = (maps.mean(axis=(0, 1)) @ kernel)[k]
            require(same((maps @ weights).sum(), logit), f"class {k}: map and logit do not agree")


def check_speaks_against(answer):
    """Other maps: for one place it is Grad-CAM of the negative gradient, and each image is its own."""
    for seed, shape in enumerate([(1, 1, 1, 3), (4, 2, 6, 2), (3, 5, 5, 1)]):
        random = np.random.default_rng(85 + seed)
        maps, gradient = random.random(shape), random.normal(size=shape)
        expected = np.maximum(-np.einsum("nhwc,nc->nhw", maps, gradient.mean(axis=(1, 2))), 0)
        require(same(answer(maps, gradient), expected), f"not right for maps of the shape {shape}")
        require(
            same(answer(maps, 3 * gradient), 3 * expected), "three times the gradient, three times the map"
        )
        turned = answer(maps[::-1], gradient[::-1])
        require(same(turned, expected[::-1]), "an image changes what comes out for another image")
        require(same(answer(maps, np.abs(gradient)), np.zeros(shape[:3])), "nothing speaks against it: zeros")


def check_pointing_game(answer):
    """A single bright pixel everywhere in other maps, negative maps, and none that is the same as another."""
    maps = np.zeros((12, 3, 4))
    maps.reshape(12, 12)[range(12), range(12)] = 1
    boxes = np.array([[1, 2, 1, 3]] * 12)
    given = array(answer(maps, boxes))
    require(given.sum() == 2 and given[5] and given[6], f"a box of two pixels is hit by {told(given)}")
    random = np.random.default_rng(88)
    maps, boxes = random.normal(size=(30, 6, 6)), np.array([[0, 3, 0, 6]] * 30)
    expected = [heat[:3].max() > heat[3:].max() for heat in maps]
    require(same(answer(maps, boxes), expected), "not right for maps with negative values")
    faint = 1e-6 * np.abs(maps)
    expected_faint = [heat[:3].max() > heat[3:].max() for heat in faint]
    require(same(answer(faint, boxes), expected_faint), "not right for faint maps")
    require(same(answer(maps[:1], boxes[:1]), expected[:1]), "not right for a single map")
