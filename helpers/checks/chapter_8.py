"""The checks of chapter 8's exercises."""

import numpy as np

from helpers.checks.shared import array, exercise, function_exercise, require, same


@function_exercise
def check_cam_weights(cam_weights):
    """Chapter 8: ``(kernel (channels, classes), class_index, places)`` -> Grad-CAM's weights (channels,)."""
    kernel = np.random.default_rng(0).normal(size=(5, 3))
    given = array(cam_weights(kernel.copy(), 1, 16))
    require(given.shape == (5,), f"there should be one weight a channel: 5, not the shape {given.shape}")
    expected = kernel[:, 1] / 16
    require(not same(given, kernel[:, 1]), "16 times too large: one place is only a part of the average")
    require(not same(given, np.maximum(expected, 0)), "keep negative weights: the relu comes later")
    require(same(given, expected), "the weights are not those of the class asked for")
    print("Right: behind an average, Grad-CAM reads its weights off the dense layer. That is CAM.")


@function_exercise
def check_speaks_against(speaks_against):
    """Chapter 8: ``(maps, gradient)``, both (N, h, w, channels) -> (N, h, w), what speaks against a class."""
    random = np.random.default_rng(0)
    maps, gradient = random.random((2, 3, 4, 6)), random.normal(size=(2, 3, 4, 6))
    before = maps.copy(), gradient.copy()
    given = speaks_against(maps, gradient)
    unchanged = np.array_equal(maps, before[0]) and np.array_equal(gradient, before[1])
    require(unchanged, "the function changes the arrays that it is given")
    given = array(given)
    require(given.shape == (2, 3, 4), f"the map should have the shape (2, 3, 4), not {given.shape}")
    weights = gradient.mean(axis=(1, 2), keepdims=True)  # (2, 1, 1, 6)
    signed = (weights * maps).sum(axis=-1)  # (2, 3, 4)
    require(np.min(given) >= 0, "a map should not be negative: what speaks for the class is left out")
    require(not same(given, np.maximum(signed, 0)), "that is Grad-CAM itself: what speaks for it")
    only_negative = (np.maximum(-weights, 0) * maps).sum(axis=-1)
    require(not same(given, only_negative), "positive weights count too: take the sum first")
    alone = np.maximum(-(gradient * maps).sum(axis=-1), 0)
    require(not same(given, alone), "average the gradient over the places first, as Grad-CAM does")
    require(same(given, np.maximum(-signed, 0)), "some values are not those of Grad-CAM with its sign turned")
    print("Right: Grad-CAM of the negative logit. Where one map is bright, the other is zero.")


@exercise
def check_hidden_beacon(answer):
    """Chapter 8: top row and left column of a grey patch that makes mini-VGG not see a beacon in the temple.

    The patch has 10 x 10 pixels, the picture 64 x 64.
    """
    from helpers.backbones import centre_square, load_backbone
    from helpers.data import pictures

    answer = array(answer)
    require(answer.shape == (2,), "the answer should be two numbers: (top row, left column)")
    require(np.isin(answer, range(55)).all(), "rows and columns are whole numbers, 0 to 54")
    top, left = answer.astype(int)
    backbone = load_backbone("mini_vgg")
    inputs = backbone.preprocess(centre_square(pictures()["temple"], backbone.input_size))
    inputs[top : top + 10, left : left + 10] = 127.5
    _, name, probability = backbone.decode(backbone.model(inputs[np.newaxis]).numpy(), 1)[0][0]
    require(name != "beacon", f"still a beacon, with {probability:.2f}: the brightest places do not do it")
    print(f"Right: with the patch at row {top}, column {left} it says {name}.")
