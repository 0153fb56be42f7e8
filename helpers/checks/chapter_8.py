"""The checks of chapter 8's exercises."""

import numpy as np

from helpers.checks.shared import require, same, unanswered


def check_cam_weights(cam_weights):
    """Chapter 8: Grad-CAM's weights for a network that ends with an average and a dense layer.

    Parameters
    ----------
    cam_weights : callable
        ``(kernel (channels, classes), class_index, places) -> (channels,)``.

    Raises
    ------
    NotYet
        If it gives other weights for a made-up kernel.
    """
    if unanswered(cam_weights):
        return
    require(callable(cam_weights), "the answer has to be a function")
    kernel = np.random.default_rng(0).normal(size=(5, 3))
    given = np.asarray(cam_weights(kernel.copy(), 1, 16))
    require(given.shape == (5,), f"there should be one weight a channel: 5, not the shape {given.shape}")
    expected = kernel[:, 1] / 16
    require(not same(given, kernel[:, 1]), "16 times too large: one place is only a part of the average")
    require(not same(given, np.maximum(expected, 0)), "keep negative weights: the relu comes later")
    require(same(given, expected), "the weights are not those of the class asked for")
    print("Right: behind an average, Grad-CAM reads its weights off the dense layer. That is CAM.")


def check_speaks_against(speaks_against):
    """Chapter 8: where a picture speaks against a class.

    Parameters
    ----------
    speaks_against : callable
        ``(maps, gradient), both (N, h, w, channels) -> (N, h, w)``, not negative.

    Raises
    ------
    NotYet
        If it gives another map for made-up maps and gradients, or changes them.
    """
    if unanswered(speaks_against):
        return
    require(callable(speaks_against), "the answer has to be a function")
    random = np.random.default_rng(0)
    maps, gradient = random.random((2, 3, 4, 6)), random.normal(size=(2, 3, 4, 6))
    before = maps.copy(), gradient.copy()
    given = speaks_against(maps, gradient)
    unchanged = np.array_equal(maps, before[0]) and np.array_equal(gradient, before[1])
    require(unchanged, "the function changes the arrays that it is given")
    require(np.shape(given) == (2, 3, 4), f"the map should have the shape (2, 3, 4), not {np.shape(given)}")
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


def check_hidden_beacon(answer):
    """Chapter 8: a grey patch of 10 x 10 pixels that makes mini-VGG not see a beacon in the temple.

    Parameters
    ----------
    answer : (int, int)
        Top row and left column of the patch, in the picture of 64 x 64 pixels.

    Raises
    ------
    NotYet
        If the patch does not lie in the picture, or the network still says beacon.
    """
    if unanswered(answer):
        return
    from helpers.backbones import centre_square, load_backbone
    from helpers.data import pictures

    require(np.shape(answer) == (2,), "the answer should be two numbers: (top row, left column)")
    top, left = answer
    whole = int(top) == top and int(left) == left
    require(whole and min(answer) >= 0 and max(answer) <= 54, "rows and columns are whole numbers, 0 to 54")
    backbone = load_backbone("mini_vgg")
    inputs = backbone.preprocess(centre_square(pictures()["temple"], backbone.input_size))
    inputs[int(top) : int(top) + 10, int(left) : int(left) + 10] = 127.5
    _, name, probability = backbone.decode(backbone.model(inputs[np.newaxis]).numpy(), 1)[0][0]
    require(name != "beacon", f"still a beacon, with {probability:.2f}: the brightest places do not do it")
    print(f"Right: with the patch at row {top}, column {left} it says {name}.")
