"""What the exercises use to check an answer: any right answer passes, a wrong one is told why.

Every check prints one line if the answer is right and raises `NotYet` if it is not. An answer that
is still ``...`` is neither: the chapter runs to its end.
"""

import numpy as np


class NotYet(AssertionError):
    """The answer is not right yet. In a notebook only its one line is shown."""

    def _render_traceback_(self):
        return [f"Not yet: {self}"]


def _require(condition, hint):
    if not condition:
        raise NotYet(hint)


def _unanswered(answer):
    if answer is ...:
        print("Nothing to check yet: put your answer in place of the three dots.")
    return answer is ...


def _same(given, expected, tolerance=1e-6):
    """Whether an answer has the expected shape and values, whatever type it has."""
    try:
        given = np.asarray(given, dtype=float)
    except (TypeError, ValueError):
        return False
    return given.shape == np.shape(expected) and np.allclose(given, expected, rtol=0, atol=tolerance)


def check_variant(model):
    """Chapter 1: the network with 1,199,882 parameters.

    Parameters
    ----------
    model : keras.Model
        The answer.

    Raises
    ------
    NotYet
        If layers, shapes, activations or the name of the last layer are not the ones asked for.
    """
    if _unanswered(model):
        return
    _require(hasattr(model, "layers"), "the answer has to be a Keras model")
    found = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    kinds = [type(layer).__name__ for layer in found]
    wanted = ["Conv2D", "Conv2D", "MaxPooling2D", "Dropout", "Flatten", "Dense", "Dropout", "Dense"]
    _require(kinds == wanted, f"the layers should be {', '.join(wanted)}; they are {', '.join(kinds)}")
    _require(tuple(model.input_shape[1:]) == (28, 28, 1), "the input should have the shape (28, 28, 1)")
    first, second, pool, _, _, dense, _, last = found
    _require(
        (tuple(first.output.shape[1:]), tuple(second.output.shape[1:])) == ((26, 26, 32), (24, 24, 64)),
        "the convolutions should give 26 x 26 x 32 and 24 x 24 x 64: 3 x 3 kernels, no padding",
    )
    _require(tuple(pool.output.shape[1:]) == (12, 12, 64), "pooling should halve 24 x 24")
    activations = [layer.activation.__name__ for layer in (first, second, dense, last)]
    _require(activations == ["relu"] * 3 + ["softmax"], f"the activations are {', '.join(activations)}")
    _require(
        model.count_params() == 1_199_882,
        f"the network has {model.count_params():,} parameters, not 1,199,882: look at the dense layers",
    )
    _require(last.name == "preds", f"the last layer is named {last.name!r}, not 'preds'")
    share = dense.count_params() / model.count_params()
    print(f"Right: 1,199,882 parameters, and {share:.0%} of them in one dense layer.")


def check_parameters(answer):
    """Chapter 1: the parameters of the course's network if ``conv2`` had 5 x 5 kernels.

    Parameters
    ----------
    answer : int

    Raises
    ------
    NotYet
        If it is another number.
    """
    if _unanswered(answer):
        return
    _require(answer != 51_264, "51,264 is the number of one layer; the whole network is asked for")
    _require(answer != 51_200 + 440_074, "each kernel has a bias too")
    _require(_same(answer, 491_338), f"{answer} is not the number: count kernel height x width x inputs + 1")
    print("Right: 491,338, which is 32,768 more. The maps stay 14 x 14, so no other layer changes.")


def check_top_k(top_k_accuracy):
    """Chapter 1: a function that counts a digit as right if it is among the k likeliest.

    Parameters
    ----------
    top_k_accuracy : callable
        ``(probabilities (N, K), labels (N,), k) -> float in 0 to 1``.

    Raises
    ------
    NotYet
        If it gives a wrong share for made-up probabilities.
    """
    if _unanswered(top_k_accuracy):
        return
    _require(callable(top_k_accuracy), "the answer has to be a function")
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(6), size=40)
    labels = random.integers(0, 6, size=40)
    rank = (probabilities > probabilities[np.arange(40), labels][:, None]).sum(axis=1)
    for k in (1, 2, 5, 6):
        given = top_k_accuracy(probabilities.copy(), labels.copy(), k)
        expected = np.mean(rank < k)
        _require(
            _same(given, expected), f"for k = {k} it gives {given}; with these numbers it is {expected:.3f}"
        )
    print("Right, for k = 1 (plain accuracy) up to k = all classes (always 1).")


MATRIX = np.array([[8, 1, 1, 0], [0, 5, 0, 0], [2, 0, 17, 1], [3, 4, 0, 8]])


def check_f1(f1_scores):
    """Chapter 2: the F1 score of each class from a confusion matrix of counts.

    Parameters
    ----------
    f1_scores : callable
        ``(K, K) counts, true rows and predicted columns -> (K,) scores in 0 to 1``.

    Raises
    ------
    NotYet
        If it gives wrong scores for a made-up matrix.
    """
    if _unanswered(f1_scores):
        return
    _require(callable(f1_scores), "the answer has to be a function")
    given = f1_scores(MATRIX.copy())
    recall, precision = (np.diag(MATRIX) / MATRIX.sum(axis=axis) for axis in (1, 0))
    _require(
        np.shape(given) == (4,), f"there should be one score a class: 4, not the shape {np.shape(given)}"
    )
    _require(not _same(given, recall), "that is recall: it looks at the rows only")
    _require(not _same(given, precision), "that is precision: it looks at the columns only")
    _require(
        not _same(given, (recall + precision) / 2), "that is the arithmetic mean; F1 is the harmonic mean"
    )
    _require(_same(given, 2 * precision * recall / (precision + recall)), f"{np.round(given, 3)} is not F1")
    print("Right: F1 is near the smaller of precision and recall, whichever that is.")


def check_confused_pair(most_confused_pair):
    """Chapter 2: the two classes that are taken for each other most often, in both directions.

    Parameters
    ----------
    most_confused_pair : callable
        ``(K, K) counts -> (smaller class, larger class)``.

    Raises
    ------
    NotYet
        If it gives another pair for a made-up matrix.
    """
    if _unanswered(most_confused_pair):
        return
    _require(callable(most_confused_pair), "the answer has to be a function")
    counts = np.array([[90, 6, 0, 4], [0, 95, 5, 0], [0, 5, 92, 3], [3, 0, 0, 97]])
    before = counts.copy()
    given = most_confused_pair(counts)
    _require(
        np.array_equal(counts, before), "the function changes the matrix that it is given: copy it first"
    )
    _require(np.shape(given) == (2,), f"the answer should be two classes, not {given}")
    pair = tuple(int(k) for k in given)
    _require(pair[0] != pair[1], f"{pair} is on the diagonal: those digits were recognised")
    _require(
        pair != (0, 1), "0 taken for 1 is the largest single number; but add both directions of each pair"
    )
    _require(tuple(sorted(pair)) == (1, 2), f"{pair} is not the pair: 1 and 2 are confused 10 times")
    _require(pair == (1, 2), "the right pair; put the smaller class first")
    print("Right: adding the matrix to its transpose counts both directions.")


def check_abstain(share_left_out):
    """Chapter 2: how many digits the network must hand to a person to be right often enough.

    Parameters
    ----------
    share_left_out : callable
        ``(confidences (N,), right (N,) bool, wanted accuracy) -> float in 0 to 1``: the smallest
        share of the digits, the least confident first, without which the rest is right at least
        as often as wanted.

    Raises
    ------
    NotYet
        If it gives a wrong share for made-up confidences.
    """
    if _unanswered(share_left_out):
        return
    _require(callable(share_left_out), "the answer has to be a function")
    confidences = np.array([0.9, 0.3, 0.8, 0.5, 0.6, 0.99, 0.7, 0.4, 0.95, 0.85])
    right = np.array([1, 0, 0, 0, 1, 1, 1, 1, 1, 1], dtype=bool)
    for wanted, expected in ((0.7, 0.0), (0.75, 0.1), (0.85, 0.3), (0.99, 0.6)):
        given = share_left_out(confidences.copy(), right.copy(), wanted)
        _require(
            _same(given, expected), f"for an accuracy of {wanted} it gives {given}; it should be {expected}"
        )
    print("Right: the more accuracy is wanted, the more digits go to a person.")


def check_panels(answer):
    """Chapter 3: panels and parameters of a convolution with kernels (3, 3, 128, 256).

    Parameters
    ----------
    answer : (int, int)
        Panels, and parameters with biases.

    Raises
    ------
    NotYet
        If one of the two is another number.
    """
    if _unanswered(answer):
        return
    _require(np.shape(answer) == (2,), "the answer should be two numbers: (panels, parameters)")
    panels, parameters = answer
    _require(panels != 256, "256 is the number of filters; each has 128 channels to be shown")
    _require(_same(panels, 128 * 256), f"{panels} is not the number of panels")
    _require(parameters != 9 * 128 * 256, "the parameters lack the biases")
    _require(_same(parameters, 295_168), f"{parameters} is not the number of parameters")
    print("Right: 32,768 panels for 295,168 parameters. Nobody looks at that many pictures.")


def check_scale_symmetric(scale_symmetric):
    """Chapter 3: kernels scaled to 0 to 1 with zero at 0.5.

    Parameters
    ----------
    scale_symmetric : callable
        ``(kernels) -> array of the same shape``.

    Raises
    ------
    NotYet
        If made-up kernels are scaled in another way, changed, or become NaN.
    """
    if _unanswered(scale_symmetric):
        return
    _require(callable(scale_symmetric), "the answer has to be a function")
    kernels = np.random.default_rng(0).normal(size=(3, 3, 2, 5)) - 1
    before = kernels.copy()
    given = scale_symmetric(kernels)
    _require(np.array_equal(kernels, before), "the function changes the kernels that it is given")
    low, high = before.min(), before.max()
    _require(
        not _same(given, (before - low) / (high - low)), "that is min-max scaling: a zero does not become 0.5"
    )
    _require(_same(given, before / (2 * np.abs(before).max()) + 0.5), "some weights are at the wrong place")
    with np.errstate(all="ignore"):
        zeros = scale_symmetric(np.zeros((3, 3, 1, 2)))
    _require(_same(zeros, np.full((3, 3, 1, 2), 0.5)), "a block of zeros should become 0.5 everywhere")
    print("Right: now grey means zero in every figure.")


def check_edge_kernel(kernel):
    """Chapter 3: a kernel for edges that are bright on the left and dark on the right.

    Parameters
    ----------
    kernel : (3, 3) array_like

    Raises
    ------
    NotYet
        If it answers to even surfaces, to other edges more strongly, or not to this one.
    """
    if _unanswered(kernel):
        return
    _require(np.shape(kernel) == (3, 3), f"the kernel should be 3 x 3, not of shape {np.shape(kernel)}")
    kernel = np.asarray(kernel, dtype=float)
    _require(np.any(kernel), "a kernel of zeros sees nothing")
    _require(
        abs(kernel.sum()) < 1e-9, f"the weights add up to {kernel.sum():.3g}: an even surface is not zero"
    )
    left = kernel[:, 0].sum() - kernel[:, 2].sum()  # the edge runs through the middle column
    top = kernel[0].sum() - kernel[2].sum()
    _require(left >= 0, "it answers to edges that are dark on the left: exchange the signs")
    _require(left > abs(top), "it answers to horizontal edges at least as much: turn it by a quarter")
    print("Right: edges of this kind, and nothing on even surfaces.")


def check_receptive_field(receptive_field):
    """Chapter 4: the receptive field of a stack of convolutions and poolings.

    Parameters
    ----------
    receptive_field : callable
        ``(list of (kernel size, stride)) -> int``.

    Raises
    ------
    NotYet
        If it gives another side for one of four stacks.
    """
    if _unanswered(receptive_field):
        return
    _require(callable(receptive_field), "the answer has to be a function")
    stacks = {
        "one 3 x 3 convolution": ([(3, 1)], 3),
        "two 3 x 3 convolutions": ([(3, 1), (3, 1)], 5),
        "the three convolutions and two poolings of the MNIST network": (
            [(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)],
            18,
        ),
        "a 7 x 7 convolution with stride 2, then a 3 x 3 one": ([(7, 2), (3, 1)], 11),
    }
    for what, (layers, side) in stacks.items():
        given = receptive_field(list(layers))
        _require(_same(given, side), f"for {what} it gives {given}; a unit depends on {side} pixels a side")
    print("Right: a unit of the MNIST network's last convolution sees 18 x 18 pixels of the 28 x 28.")


def check_silent_channels(silent_channels):
    """Chapter 4: the channels that are zero everywhere on all images.

    Parameters
    ----------
    silent_channels : callable
        ``(maps (N, h, w, channels)) -> indices``.

    Raises
    ------
    NotYet
        If it gives other channels for made-up maps.
    """
    if _unanswered(silent_channels):
        return
    _require(callable(silent_channels), "the answer has to be a function")
    maps = np.random.default_rng(0).random((3, 4, 5, 6))
    maps[..., [1, 4]] = 0
    maps[0, ..., 2] = 0  # silent on one image only
    maps[:, 0, 0, 3] = 0  # silent at one place only
    given = np.ravel(silent_channels(maps.copy()))
    _require(2 not in given, "channel 2 is zero on the first image only: look at all of them")
    _require(3 not in given, "channel 3 is zero at one place only")
    _require(sorted(given.tolist()) == [1, 4], f"it gives {given.tolist()}; the silent channels are 1 and 4")
    print("Right.")
