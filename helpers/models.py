"""Architectures, shipped weights, and what the methods need to know of a network."""

import contextlib
from typing import NamedTuple

from helpers.backend import keras
from helpers.settings import ROOT

WEIGHTS = ROOT / "data" / "weights"
layers = keras.layers


def build_mnist_cnn():
    """Build the course's MNIST network: three convolutions, 458,570 parameters, untrained.

    Returns
    -------
    keras.Model
        Functional. Input ``(N, 28, 28, 1)`` float32 in 0 to 1, output ``(N, 10)`` probabilities.
        The layers are named ``conv1``, ``pool1``, ``dropout1``, ``conv2``, ``pool2``,
        ``dropout2``, ``conv3``, ``flatten``, ``dense``, ``dropout3``, ``preds``.
    """
    image = keras.Input((28, 28, 1), name="image")
    x = layers.Conv2D(32, 3, padding="same", activation="relu", name="conv1")(image)
    x = layers.MaxPooling2D(2, name="pool1")(x)
    x = layers.Dropout(0.25, name="dropout1")(x)
    x = layers.Conv2D(64, 3, padding="same", activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(2, name="pool2")(x)
    x = layers.Dropout(0.25, name="dropout2")(x)
    x = layers.Conv2D(64, 3, padding="same", activation="relu", name="conv3")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(128, activation="relu", name="dense")(x)
    x = layers.Dropout(0.5, name="dropout3")(x)
    preds = layers.Dense(10, activation="softmax", name="preds")(x)
    return keras.Model(image, preds, name="mnist_cnn")


def build_mnist_cnn_variant():
    """Build the variant of chapter 1's exercise: two convolutions, 1,199,882 parameters, untrained.

    Returns
    -------
    keras.Model
        Functional. Input ``(N, 28, 28, 1)`` float32 in 0 to 1, output ``(N, 10)`` probabilities
        from a layer named ``preds``.
    """
    image = keras.Input((28, 28, 1), name="image")
    x = layers.Conv2D(32, 3, activation="relu", name="conv1")(image)
    x = layers.Conv2D(64, 3, activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(2, name="pool")(x)
    x = layers.Dropout(0.25, name="dropout1")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(128, activation="relu", name="dense")(x)
    x = layers.Dropout(0.5, name="dropout2")(x)
    preds = layers.Dense(10, activation="softmax", name="preds")(x)
    return keras.Model(image, preds, name="mnist_cnn_variant")


def load_mnist_cnn():
    """Load the trained MNIST network that comes with the course.

    It was trained on the official training images 6,000 to 59,999, so neither the 10,000 test
    images nor the 5,000 bundled digits were seen. Its model card lies beside the weights.

    Returns
    -------
    keras.Model
        As `build_mnist_cnn`, trained; not compiled.

    Raises
    ------
    FileNotFoundError
        If the weights are missing from ``data/weights/``.
    """
    path = WEIGHTS / "mnist_cnn.keras"
    if not path.is_file():
        raise FileNotFoundError(
            "data/weights/mnist_cnn.keras is missing: restore it with `git checkout data/weights`, "
            "or make it again with `python -m training.mnist_cnn`"
        )
    return keras.saving.load_model(path, compile=False)


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
    return _logits_and_ending(model)[0]


def ending(model):
    """What turns a network's logits into its outputs.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    str
        ``"softmax"``, ``"sigmoid"``, or ``""`` for a network that gives out its logits.
    """
    return _logits_and_ending(model)[1]


def _logits_and_ending(model):
    def make():
        graph = as_graph(model)
        end = graph.outputs[0]
        while _is_linear_activation(_maker(end).operation):
            end = _maker(end).input_tensors[0]
        logits, name = _before_squashing(_maker(end))
        return (keras.Model(graph.inputs[0], logits, name=model.name), name) if name else (model, "")

    return remember(model, "logits", make)


def _maker(tensor):
    """The node of the graph that made a symbolic tensor."""
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _is_linear_activation(layer):
    return isinstance(layer, layers.Activation) and layer.activation is keras.activations.linear


def _before_squashing(node):
    """What a closing node would give without its softmax or sigmoid, and the name of what it has."""
    layer, inputs = node.operation, node.input_tensors
    if is_network(layer):
        inner, name = _logits_and_ending(layer)
        return (inner(inputs[0]), name) if name else (None, "")
    name = _squashing(layer)
    if name:
        return inputs[0], name
    name = _squashing(getattr(layer, "activation", None))
    return (without_activation(layer)(inputs[0]), name) if name else (None, "")


def _squashing(function):
    """``"softmax"`` or ``"sigmoid"`` if a function, layer or operation is one of the two, else ``""``."""
    name = getattr(function, "__name__", type(function).__name__).lower()
    return next((known for known in ("softmax", "sigmoid") if name in (known, known + "_v2")), "")


def without_activation(layer):
    """The same layer, with the same weights, up to the value before its activation.

    Parameters
    ----------
    layer : keras.Layer
        A built layer. One that has no activation, or whose activation works inside a recurrence,
        comes back as it is; a layer that is nothing but an activation becomes the identity.

    Returns
    -------
    callable
        Takes and gives a tensor. The layer given is left as it was.
    """
    pure = (layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU, layers.Softmax)
    if isinstance(layer, pure):
        return keras.activations.linear
    if getattr(layer, "activation", None) is None or isinstance(layer, layers.RNN):
        return layer
    twin = object.__new__(type(layer))  # copy.copy would go through Keras's saving and copy the weights
    vars(twin).update(vars(layer), activation=keras.activations.linear)
    vars(twin).update(_inbound_nodes=[], _outbound_nodes=[])
    return twin


def last_conv_layer(model):
    """The last layer that still has a place in the picture: 4-D output, larger than 1 x 1.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    str
        The layer's name, with the names of the networks it is nested in before it where the plain
        name would not do (``"backbone/conv"``).

    Raises
    ------
    ValueError
        If no layer has such an output.
    """
    found = [path for path, layer in layer_table(model).items() if _is_map(layer.shape)]
    if not found:
        raise ValueError(f"model {model.name!r} has no layer with a 4-D output larger than 1 x 1")
    return found[-1]


def _is_map(shape):
    return len(shape) == 4 and tuple(shape[1:3]) != (1, 1)


def find_layer(model, name, maps=False):
    """Find a layer, in nested networks too.

    Parameters
    ----------
    model : keras.Model
    name : str
        A layer's plain name, or its path (``"backbone/conv1"``) where several share the name.
    maps : bool
        True to accept only layers with a 4-D output (N, h, w, c).

    Returns
    -------
    str
        The path of the layer: a key of `layer_table`.

    Raises
    ------
    ValueError
        If there is no such layer, several have that name, it is called more than once, or `maps`
        asks for a 4-D output and it has another.
    """
    table = layer_table(model)
    paths = [name] if name in table else [path for path in table if path.split("/")[-1] == name]
    usable = [path for path, layer in table.items() if not maps or len(layer.shape) == 4]
    if not paths:
        raise ValueError(f"there is no layer {name!r}: the layers are {', '.join(usable)}")
    if len(paths) > 1:
        raise ValueError(f"several layers are named {name!r}: choose one of {', '.join(paths)}")
    if table[paths[0]].calls > 1:
        raise ValueError(f"layer {name!r} is called {table[paths[0]].calls} times: it has no one output")
    if paths[0] not in usable:
        shape = table[paths[0]].shape
        raise ValueError(
            f"layer {name!r} has output shape {shape}, but a convolution's (N, h, w, c) is needed: "
            f"the layers with one are {', '.join(usable)}"
        )
    return paths[0]


class LayerInfo(NamedTuple):
    """A row of `layer_table`: the layer, its (last) output shape, how often the network calls it."""

    layer: object
    shape: tuple
    calls: int


def layer_table(model, image_shape=None, until=None):
    """All layers of a network in the order in which they run, nested networks taken apart.

    Parameters
    ----------
    model : keras.Model
    image_shape : tuple of int or None
        (H, W, C) to work the shapes out for; None for the network's own input shape.
    until : str or None
        The path of the layer to end at; None for all layers.

    Returns
    -------
    dict
        Path -> `LayerInfo`. The path of a layer in a nested network is ``"network/layer"``.

    Raises
    ------
    ValueError
        As `logit_model`.
    """
    image = as_graph(model).inputs[0]
    shape = (image.shape[0], *(image_shape or image.shape[1:]))

    def make():
        table = {}

        def note(path, layer, output):
            calls = table[path].calls + 1 if path in table else 1
            table[path] = LayerInfo(layer, tuple(getattr(output, "shape", ())), calls)
            if path == until:
                raise Reached

        with contextlib.suppress(Reached):
            walk(model, keras.KerasTensor(shape, image.dtype), note, call=_symbolic_call)
        return table

    return remember(model, ("table", shape, until), make)


def _symbolic_call(layer, *args, **kwargs):
    return layer.compute_output_spec(*args, **kwargs)


class Reached(Exception):
    """Raised by a visitor of `walk` that has seen enough: the layers above need not be run."""


def walk(model, inputs, seen, call=lambda layer, *args, **kwargs: layer(*args, **kwargs), prefix=""):
    """Run a network layer by layer, going into nested networks.

    Parameters
    ----------
    model : keras.Model
    inputs : tensor or KerasTensor
        What goes in.
    seen : callable
        Called with (path, layer, output) after each layer and each nested network.
    call : callable
        Called with (layer, *args, **kwargs) to run a layer that is not a network.
    prefix : str
        What the paths start with.

    Returns
    -------
    tensor or KerasTensor
        What comes out; in the structure that it has in the network if there are several.
    """

    def operation(layer):
        path = prefix + layer.name

        def run(*args, **kwargs):
            if is_network(layer):
                output = walk(layer, args[0], seen, call, path + "/")
            else:
                output = call(layer, *args, **kwargs)
            seen(path, layer, output)
            return output

        return run

    graph = getattr(model, "_functional", model)
    outputs = graph._run_through_graph(inputs, operation_fn=operation)
    return outputs[0] if isinstance(outputs, list) and len(outputs) == 1 else outputs


def is_network(layer):
    """Whether a layer is itself a network of layers that can be looked into.

    Parameters
    ----------
    layer : keras.Layer

    Returns
    -------
    bool
    """
    return isinstance(getattr(layer, "_functional", layer), keras.Function)


def as_graph(model):
    """The graph of layers behind a network with one input and one output.

    Parameters
    ----------
    model : keras.Model

    Returns
    -------
    keras.Function
        The model itself if it is Functional, what it is built on if it is Sequential.

    Raises
    ------
    ValueError
        As `logit_model`.
    """
    if not isinstance(model, keras.Model):
        raise ValueError(f"model is a {type(model).__name__}: give a Functional or Sequential keras.Model")
    if not is_network(model):
        reason = "has no input shape yet: begin it with keras.Input"
        if not isinstance(model, keras.Sequential):
            reason = "hides its layers in its own code: give a Functional or Sequential one"
        raise ValueError(f"model {model.name!r} {reason}")
    graph = getattr(model, "_functional", model)
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise ValueError(
            f"model {model.name!r} has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs: "
            "one of each is needed"
        )
    return graph


class _Memory:
    """What has been worked out about one network. Kept on the network, so that it goes when that goes."""

    def __init__(self):
        self.things = {}


def remember(model, key, make):
    """Make a thing once per network, and keep it for as long as the network lives.

    A Sequential network that gets another layer counts as another network.

    Parameters
    ----------
    model : keras.Model
    key : hashable
        What the thing is called.
    make : callable
        Makes it.

    Returns
    -------
    object
        What `make` gave when it was first asked for.
    """
    attributes = vars(as_graph(model))  # not setattr: Keras would track, and save, it
    things = attributes.setdefault("_worked_out", _Memory()).things
    if key not in things:
        things[key] = make()
    return things[key]
