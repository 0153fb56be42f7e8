"""Networks with weights drawn anew: what a map still shows then, it did not get from what was learned."""

import random

from helpers.backend import keras
from helpers.graph import find_layer, layer_table
from helpers.validate import check_seed


def randomize(model, layers=None, seed=0):
    """A copy of a network whose named layers have forgotten what they learned.

    The weights of each are drawn anew from the layer's own initialisers.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential. It stays as it is.
    layers : str, sequence of str, or None
        Names or paths of layers; None for all layers with weights.
    seed : int
        0 to 2**31 - 1, of the draws.

    Returns
    -------
    keras.Model

    Raises
    ------
    ValueError
        If a layer is unknown, or `seed` is not allowed.

    References
    ----------
    Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim (2018). Sanity Checks for Saliency Maps.
    NeurIPS.
    """
    names = [layers] if isinstance(layers, str) else layers
    paths = with_weights(model) if names is None else [find_layer(model, name) for name in names]
    copy = _copy(model)
    for path in paths:
        _draw(copy, path, check_seed(seed))
    return copy


def cascade(model, seed=0):
    """Networks that forget one layer more each time, from the top down.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential. It stays as it is.
    seed : int
        0 to 2**31 - 1, of the draws.

    Yields
    ------
    path : str
        Of the layer that was drawn last.
    copy : keras.Model
        The same object each time, so that it is compiled once: use it before the next one comes.

    Returns
    -------
    generator

    Raises
    ------
    ValueError
        If `seed` is not allowed.

    References
    ----------
    Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim (2018). Sanity Checks for Saliency Maps.
    NeurIPS.
    """
    seed, copy = check_seed(seed), _copy(model)

    def steps():
        for path in reversed(with_weights(model)):
            _draw(copy, path, seed)
            yield path, copy

    return steps()


def with_weights(model):
    """The paths of a network's layers with weights, from the bottom up."""
    return [path for path, row in layer_table(model).items() if row.layer.weights]


def _copy(model):
    """The same network with its weights, and nothing shared."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def _draw(model, path, seed):
    """Draw the weights of one layer anew; what is drawn depends on the seed and the layer's place alone."""
    table = layer_table(model)
    layer = table[path].layer
    state = random.getstate()
    try:
        random.seed(1000 * seed + list(table).index(path))  # Keras takes its seeds from here
        fresh = type(layer).from_config(layer.get_config())
        fresh.build(layer.input.shape)
    finally:
        random.setstate(state)
    layer.set_weights(fresh.get_weights())
