"""Networks so small that what a method must find in them can be worked out by hand."""

import numpy as np

from helpers.backend import keras
from helpers.graph import as_graph, logit_model

layers = keras.layers


def fill(model, seed=0):
    """Give a network weights that depend on the seed alone; biases are not zero."""
    rng = np.random.default_rng(seed)
    shapes = [weight.shape for weight in model.weights]
    scales = [np.sqrt(2 / max(1, np.prod(shape[:-1]))) if len(shape) > 1 else 0.1 for shape in shapes]
    model.set_weights(
        [scale * rng.standard_normal(shape) for shape, scale in zip(shapes, scales, strict=True)]
    )
    return model


def random_images(count, height=8, width=8, channels=1, seed=0):
    return np.random.default_rng(seed).uniform(0, 1, (count, height, width, channels)).astype(np.float32)


def linear(weights, bias=0.0, activation=None):
    """f = w . x + b, one output per last axis of the weights (H, W, C, K)."""
    *shape, outputs = weights.shape
    model = keras.Sequential(
        [keras.Input(shape), layers.Flatten(), layers.Dense(outputs, activation=activation, name="out")]
    )
    model.set_weights([weights.reshape(-1, outputs), np.broadcast_to(bias, outputs)])
    return model


def conv_net(channels=1, size=8, activation="relu", ending="softmax", seed=0, pool=layers.MaxPooling2D):
    """Two convolutions, global average pooling and three classes. Any image size if `size` is None."""
    image = keras.Input((size, size, channels), name="image")
    x = layers.Conv2D(4, 3, padding="same", activation=activation, name="conv1")(image)
    x = pool(2, name="pool")(x)
    x = layers.Conv2D(5, 3, padding="same", activation=activation, name="conv2")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Dense(3, activation=ending, name="out")(x)
    return fill(keras.Model(image, x, name="net"), seed)


def lite_net(channels=1, size=8, seed=0):
    """The same ends around an inverted residual block as in EfficientNet-Lite: depthwise, relu6, a sum.

    Normalisation is in its kernels and biases. Layers of the ends have the names that `conv_net` has.
    """
    image = keras.Input((size, size, channels), name="image")
    stem = layers.Conv2D(4, 3, padding="same", activation="relu6", name="conv1")(image)
    x = layers.Conv2D(12, 1, activation="relu6", name="expand")(stem)
    x = layers.DepthwiseConv2D(3, padding="same", activation="relu6", name="depthwise")(x)
    x = layers.Conv2D(4, 1, name="project")(x)
    x = layers.MaxPooling2D(2, name="pool")(layers.Add(name="sum")([stem, x]))
    x = layers.Conv2D(5, 1, activation="relu6", name="conv2")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Dense(3, activation="softmax", name="out")(x)
    return fill(keras.Model(image, x, name="lite"), seed)


def free_nets():
    """Networks for images of any size, by kind and number of channels."""
    kinds = {"conv": conv_net, "lite": lite_net}
    return {(kind, channels): kinds[kind](channels, size=None) for kind in kinds for channels in (1, 3)}


def sequential_net():
    """The same as `conv_net`, as a Sequential network that was never called."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, padding="same", activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Conv2D(5, 3, padding="same", activation="relu", name="conv2"),
            layers.GlobalAveragePooling2D(name="mean"),
            layers.Dense(3, activation="softmax", name="out"),
        ]
    )
    return fill(model)


def nested_net():
    """The same as `conv_net`, its convolutions nested in a backbone, with preprocessing that halves."""
    image = keras.Input((8, 8, 1))
    x = layers.Conv2D(4, 3, padding="same", activation="relu", name="conv1")(image)
    x = layers.MaxPooling2D(2, name="pool")(x)
    x = layers.Conv2D(5, 3, padding="same", activation="relu", name="conv2")(x)
    backbone = keras.Model(image, x, name="backbone")
    head = keras.Sequential(
        [layers.GlobalAveragePooling2D(name="mean"), layers.Dense(3, activation="softmax", name="out")],
        name="head",
    )
    return fill(keras.Sequential([keras.Input((8, 8, 1)), layers.Rescaling(0.5), backbone, head]))


def one_conv():
    """The small network that published results exist for (Captum's ``BasicModel_ConvNet_One_Conv``)."""
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Conv2D(2, 3, name="conv"),
            layers.ReLU(name="relu"),
            layers.Permute((3, 1, 2)),  # channels first
            layers.Flatten(),
            layers.Dense(4, activation="relu"),
        ]
    )
    rows = np.tile(np.r_[np.ones(5), -np.ones(3)][:, np.newaxis], 4)
    model.set_weights([np.ones((3, 3, 1, 2)), np.array([-50, -75]), rows, np.zeros(4)])
    return model


ONE_CONV_IMAGE = np.arange(16, dtype=np.float32).reshape(4, 4, 1)


def blind_pixel_net(row, column):
    """A 4 x 4 network with three classes whose weights for one pixel are all zero."""
    model = keras.Sequential(
        [
            keras.Input((4, 4, 2)),
            layers.Conv2D(3, 1, activation="relu", name="conv"),
            layers.Flatten(),
            layers.Dense(6, activation="relu"),
            layers.Dense(3),
        ]
    )
    fill(model, seed=3)
    weights = model.get_weights()
    weights[2].reshape(4, 4, 3, 6)[row, column] = 0
    model.set_weights(weights)
    return model


def mirror_blind_net():
    """A network that gives the same for an image and its mirror image: its kernels are symmetric.

    It has no max-pooling, which decides ties from left to right.
    """
    model = conv_net(seed=4, pool=layers.AveragePooling2D)
    weights = [(w + w[:, ::-1]) / 2 if w.ndim == 4 else w for w in model.get_weights()]
    model.set_weights(weights)
    return model


def compiled_functions(model):
    """The compiled functions that are kept on a network and on its logit model, by name."""
    found = {}
    for owner in {id(m): m for m in (model, logit_model(model))}.values():
        cache = vars(as_graph(owner)).get("_course_cache")
        values = cache.values.items() if cache else ()
        found |= {(owner is model, *key): value for key, value in values if key[0] == "compiled"}
    return found
