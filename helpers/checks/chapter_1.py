"""The checks of chapter 1's exercises."""

import numpy as np

from helpers.checks.shared import exercise, function_exercise, require, same, told


@exercise
def check_variant(model):
    """Chapter 1: the network with 1,199,882 parameters."""
    require(isinstance(getattr(model, "layers", None), list), "the answer has to be a Keras model")
    found = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    kinds = [type(layer).__name__ for layer in found]
    wanted = ["Conv2D", "Conv2D", "MaxPooling2D", "Dropout", "Flatten", "Dense", "Dropout", "Dense"]
    require(kinds == wanted, f"the layers should be {', '.join(wanted)}; they are {', '.join(kinds)}")
    require(hasattr(model, "input_shape"), "the network knows no input: begin with keras.Input((28, 28, 1))")
    require(model.input_shape == (None, 28, 28, 1), "the input should have the shape (28, 28, 1)")
    first, second, pool, _, _, dense, _, last = found
    require(
        (first.output.shape[1:], second.output.shape[1:]) == ((26, 26, 32), (24, 24, 64)),
        "the convolutions should give 26 x 26 x 32 and 24 x 24 x 64: 3 x 3 kernels, no padding",
    )
    require(pool.output.shape[1:] == (12, 12, 64), "pooling should halve 24 x 24")
    activations = [
        getattr(layer.activation, "__name__", type(layer.activation).__name__)
        for layer in (first, second, dense, last)
    ]
    require(activations == ["relu"] * 3 + ["softmax"], f"the activations are {', '.join(activations)}")
    require(model.output_shape == (None, 10), "there should be one output, of 10 probabilities")
    require(
        model.count_params() == 1_199_882,
        f"the network has {model.count_params():,} parameters, not 1,199,882: look at the dense layers",
    )
    require(last.name == "preds", f"the last layer is named {last.name!r}, not 'preds'")
    share = dense.count_params() / model.count_params()
    print(f"Right: 1,199,882 parameters, and {share:.0%} of them in one dense layer.")


WITHOUT_BIASES, PADDED, GREY, TWO_ANSWERS, FLAT_ONLY = 3_452_256, 5_550_273, 3_452_545, 3_453_634, 3_211_264
REASONS = {
    WITHOUT_BIASES: "each kernel and each unit has a bias too",
    PADDED: "that is with padding; without it, each convolution makes the maps smaller by two pixels",
    GREY: "that is for grey pictures; a colour photograph has three channels",
    TWO_ANSWERS: "that is for two answers; a sigmoid needs one unit, for the other probability is the rest",
    FLAT_ONLY: "that is one layer, without its biases; the whole network is asked for",
    FLAT_ONLY + 512: "that is the number of one layer; the whole network is asked for",
}


@exercise
def check_parameters(answer):
    """Chapter 1: the parameters of the network for cats and dogs."""
    for number, reason in REASONS.items():
        require(not same(answer, number), reason)
    require(
        same(answer, 3_453_121), f"{told(answer)} is not the number: count kernel height x width x inputs + 1"
    )
    print("Right: 3,453,121, and 93% of them in the dense layer of 512 units.")


@function_exercise
def check_top_k(top_k_accuracy):
    """Chapter 1: ``(probabilities (N, K), labels (N,), k)`` -> share of labels among the k likeliest."""
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(6), size=40)
    labels = random.integers(0, 6, size=40)
    rank = (probabilities > probabilities[np.arange(40), labels][:, None]).sum(axis=1)
    for k in (1, 2, 5, 6):
        given = top_k_accuracy(probabilities.copy(), labels.copy(), k)
        expected = np.mean(rank < k)
        require(
            same(given, expected),
            f"for k = {k} it gives {told(given)}; with these numbers it is {expected:.3f}",
        )
    print("Right, for k = 1 (plain accuracy) up to k = all classes (always 1).")
