"""What a Keras network is made of: its layers, its logits, and how to walk through it.

The only file of the course that relies on Keras's internals.
"""

import contextlib
from typing import NamedTuple

from keras.src.models.functional import Functional

from helpers.backend import keras
from helpers.validate import batch_shape

layers = keras.layers


# --- networks ---------------------------------------------------------------------------------------


def as_graph(model):
    """The graph of layers behind a network with one input and one output; ValueError for any other."""
    if not isinstance(model, keras.Model):
        raise ValueError(f"model is a {type(model).__name__}: give a Functional or Sequential keras.Model")
    if not is_network(model):
        reason = "hides its layers in its own code: give a Functional or Sequential one"
        if type(model).call is keras.Sequential.call:
            reason = "has no input shape yet: begin it with keras.Input"
        raise ValueError(f"model {model.name!r} {reason}")
    graph = getattr(model, "_functional", model)
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise ValueError(
            f"model {model.name!r} has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs: "
            "one of each is needed"
        )
    return graph


def is_network(layer):
    """Whether a layer is a network that is run layer by layer, so that it can be looked into."""
    graph = getattr(layer, "_functional", layer)  # what a Sequential network is built on
    own_code = isinstance(layer, keras.Model) and type(layer).call not in _KERAS_CALLS
    return isinstance(graph, keras.Function) and not own_code


_KERAS_CALLS = (Functional.call, keras.Sequential.call)  # inherited by classes without their own


def input_shape(model):
    """(H, W, C) of the images that a network takes, None where it takes any; ValueError without images."""
    expected = as_graph(model).inputs[0].shape[1:]
    if len(expected) != 3:
        raise ValueError(
            f"model {model.name!r} takes inputs of shape {batch_shape(expected)}: images have 3 axes each"
        )
    return tuple(expected)


def class_count(model):
    """How many classes a network tells apart; ValueError if it does not give one number per class."""
    outputs = as_graph(model).outputs[0].shape
    if len(outputs) != 2:
        raise ValueError(f"model {model.name!r} has outputs of shape {outputs}: (N, classes) is needed")
    return outputs[1]


class _Cache:
    """What has been worked out about one network."""

    def __init__(self):
        self.values = {}


def cached_on_model(model, key, make):
    """Make a value once per network. It is kept on the network, and goes when that goes.

    A Sequential network that gets another layer counts as another network.
    """
    attributes = vars(as_graph(model))  # not setattr: Keras would track, and save, it
    values = attributes.setdefault("_course_cache", _Cache()).values
    if key not in values:
        values[key] = make()
    return values[key]


# --- walking ----------------------------------------------------------------------------------------


class StopWalk(Exception):
    """Raised by a visitor of `walk` that has seen enough: the layers above need not be run."""


def walk(
    model,
    inputs,
    visit=lambda path, layer, output: None,
    call=lambda layer, *args, **kwargs: layer(*args, **kwargs),
    prefix="",
):
    """Run a network layer by layer, going into nested networks, on a tensor or a KerasTensor.

    ``visit(path, layer, output)`` is called after each layer and each nested network;
    ``call(layer, *args, **kwargs)`` runs a layer that is not a network. What comes out has the
    structure that it has in the network.
    """

    def operation(layer):
        path = prefix + layer.name

        def run(*args, **kwargs):
            if is_network(layer):
                output = walk(layer, args[0], visit, call, path + "/")
            else:
                output = call(layer, *args, **kwargs)
            visit(path, layer, output)
            return output

        return run

    graph = getattr(model, "_functional", model)
    outputs = graph._run_through_graph(inputs, operation_fn=operation)
    return outputs[0] if isinstance(outputs, list) and len(outputs) == 1 else outputs


def chain_of_layers(model, image_shape):
    """The layers of a network, if each takes just what the one before it gives; None if not.

    For each the shape of what it gives for one image (H, W, C) too: [(layer, shape), ...].
    """
    image = as_graph(model).inputs[0]
    tensor = start = keras.KerasTensor((None, *image_shape), image.dtype)
    chain = []

    def call(layer, *args, **kwargs):
        nonlocal tensor
        if len(args) != 1 or args[0] is not tensor or kwargs.get("mask") is not None:
            raise StopWalk
        tensor = _symbolic_call(layer, *args, **kwargs)
        chain.append((layer, tuple(tensor.shape[1:])))
        return tensor

    try:
        walk(model, start, call=call)
    except StopWalk:
        return None
    return chain


class LayerInfo(NamedTuple):
    """A row of `layer_table`: the layer, its (last) output shape, how often the network calls it."""

    layer: object
    shape: tuple
    calls: int


def layer_table(model, image_shape=None, until=None):
    """All layers in the order in which they run, nested networks taken apart: path -> `LayerInfo`.

    The path of a layer in a nested network is ``"network/layer"``. Shapes are worked out for
    `image_shape` (H, W, C), or for the network's own; the table ends with the path `until`.
    """
    image = as_graph(model).inputs[0]
    shape = (image.shape[0], *(image_shape or image.shape[1:]))

    def make():
        table = {}

        def note(path, layer, output):
            calls = table[path].calls + 1 if path in table else 1
            table[path] = LayerInfo(layer, tuple(getattr(output, "shape", ())), calls)
            if path == until:
                raise StopWalk

        with contextlib.suppress(StopWalk):
            walk(model, keras.KerasTensor(shape, image.dtype), note, call=_symbolic_call)
        return table

    return cached_on_model(model, ("table", shape, until), make)


def _symbolic_call(layer, *args, **kwargs):
    return layer.compute_output_spec(*args, **kwargs)


# --- layers -----------------------------------------------------------------------------------------


def find_layer(model, name, maps=False):
    """The path of the layer with that name or path; ValueError if there is no one such layer.

    `maps` asks for a 4-D output (N, h, w, c).
    """
    table = layer_table(model)
    paths = [path for path in table if name in (path, path.split("/")[-1])]
    paths = [path for path in paths if path == name] or paths
    usable = [path for path, layer in table.items() if not maps or len(layer.shape) == 4]
    if not paths:
        raise ValueError(f"there is no layer {name!r}: the layers are {', '.join(usable)}")
    if len(paths) > 1:
        raise ValueError(f"several layers are named {name!r}: choose one of {', '.join(paths)}")
    path = paths[0]
    if table[path].calls > 1:
        raise ValueError(f"layer {name!r} is called {table[path].calls} times: it has no one output")
    if path not in usable:
        raise ValueError(
            f"layer {name!r} has output shape {table[path].shape}, but a convolution's (N, h, w, c) is "
            f"needed: the layers with one are {', '.join(usable)}"
        )
    return path


def last_map_layer(model):
    """The last layer that still has a place in the picture: 4-D output, larger than 1 x 1.

    It may be a pooling or a normalisation; a class activation map is computed on it by default.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential.

    Returns
    -------
    str
        The layer's path: its name, with the names of the networks that it is nested in before it
        (``"backbone/conv"``).

    Raises
    ------
    ValueError
        If no layer has such an output.
    """
    shapes = {path: info.shape for path, info in layer_table(model).items()}
    found = [path for path, shape in shapes.items() if len(shape) == 4 and tuple(shape[1:3]) != (1, 1)]
    if not found:
        raise ValueError(f"model {model.name!r} has no layer with a 4-D output larger than 1 x 1")
    return found[-1]


def without_activation(layer):
    """The same built layer, with the same weights, up to the value before its activation.

    A layer without one, or whose activation works inside a recurrence, comes back as it is; one that is
    nothing but an activation becomes the identity.
    """
    pure = (layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU, layers.Softmax)
    if isinstance(layer, pure):
        return keras.activations.linear
    if getattr(layer, "activation", None) is None or isinstance(layer, layers.RNN):
        return layer
    return _twin(layer, activation=keras.activations.linear)


def with_valid_padding(layer):
    """The same convolution or pooling, with the same weights, that adds no padding."""
    return _twin(layer, padding="valid")


def _twin(layer, **changes):
    twin = object.__new__(type(layer))  # copy.copy would go through Keras's saving and copy the weights
    vars(twin).update(vars(layer), _inbound_nodes=[], _outbound_nodes=[])
    vars(twin).update(changes)
    return twin


# --- logits -----------------------------------------------------------------------------------------


def logit_model(model):
    """The same network up to its logits: without its closing softmax or sigmoid.

    Everything is shared with the network given, the weights too, so it stays in step if that is
    trained further. The network given is left as it was.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential, with one input and one output. Softmax or sigmoid may be the
        activation of the last layer, a layer of its own, or inside a nested network.

    Returns
    -------
    keras.Model
        Output ``(N, classes)`` of any size and sign; `model` itself if nothing is to be taken off.

    Raises
    ------
    ValueError
        If the network is neither Functional nor Sequential, has no input shape yet, or has several
        inputs or outputs.
    """
    return _split(model)[0]


def final_activation(model):
    """What turns a network's logits into its outputs: "softmax", "sigmoid", or "" for neither."""
    return _split(model)[1]


def _split(model):
    """The network up to its logits, and the name of its final activation."""

    def make():
        graph = as_graph(model)
        end = graph.outputs[0]
        while _is_linear_activation(_node(end).operation):
            end = _node(end).input_tensors[0]
        logits, name = _before_activation(_node(end))
        return (keras.Model(graph.inputs[0], logits, name=model.name), name) if name else (model, "")

    return cached_on_model(model, "logits", make)


def _node(tensor):
    """The node of the graph that made a symbolic tensor."""
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _is_linear_activation(layer):
    return isinstance(layer, layers.Activation) and layer.activation is keras.activations.linear


def _before_activation(node):
    """What a closing node would give without its softmax or sigmoid, and the name of what it has."""
    layer, inputs = node.operation, node.input_tensors
    if is_network(layer):
        inner, name = _split(layer)
        return (inner(inputs[0]), name) if name else (None, "")
    name = _squashing(layer)
    if name:
        return inputs[0], name
    name = _squashing(getattr(layer, "activation", None))
    return (without_activation(layer)(inputs[0]), name) if name else (None, "")


def _squashing(function):
    """ "softmax" or "sigmoid" if a function, layer or operation is one of the two, else ""."""
    name = getattr(function, "__name__", type(function).__name__).lower()
    return next((known for known in ("softmax", "sigmoid") if name in (known, known + "_v2")), "")
