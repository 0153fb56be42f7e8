"""The MNIST networks: architectures and shipped weights."""

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
