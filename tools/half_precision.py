"""Weights in half precision, as the live pages are served with them."""

import numpy as np


def rounded(model):
    """The weights of a network in half precision, from the bottom up.

    Returns
    -------
    dict of str to ndarray of float16
        Such as ``"block1_depthwise/kernel"``.
    """
    return {weight.path: weight.numpy().astype("<f2") for weight in model.weights}


def round_weights(model):
    """Set each weight to its nearest half-precision number: the network that a live page runs."""
    model.set_weights([array.astype(np.float32) for array in rounded(model).values()])
    return model


def weight_file(model):
    """All weights as bytes, one after the other, and what the manifest says of them."""
    arrays = rounded(model)
    offsets = np.cumsum([0, *(array.nbytes for array in arrays.values())])
    tensors = [
        {"name": name, "shape": list(array.shape), "offset": int(offset)}
        for (name, array), offset in zip(arrays.items(), offsets, strict=False)
    ]
    return b"".join(array.tobytes() for array in arrays.values()), tensors
