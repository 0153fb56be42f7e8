"""The two MNIST architectures, the weights that come with the course, and their training."""

import hashlib
import json

import keras
import numpy as np
import pytest
from test_data import full_or_skip

from helpers import build_mnist_cnn, build_mnist_cnn_variant, example_digits, load_mnist_cnn, mnist, models
from helpers.backend import tf
from training import loop
from training.mnist_cnn import accuracy, distort

CARD = json.loads((models.WEIGHTS / "mnist_cnn.json").read_text())


def kinds(model):
    """The classes of a model's layers, without the input."""
    return [type(layer).__name__ for layer in model.layers[1:]]


def test_the_network_is_the_designs_layer_for_layer():
    model = build_mnist_cnn()
    block = ["Conv2D", "MaxPooling2D", "Dropout"]
    assert kinds(model) == [*block, *block, "Conv2D", "Flatten", "Dense", "Dropout", "Dense"]
    counted = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counted == [320, 18_496, 36_928, 401_536, 1_290]
    assert model.count_params() == 458_570
    assert (model.input_shape, model.output_shape) == ((None, 28, 28, 1), (None, 10))


def test_the_variant_is_the_designs_layer_for_layer():
    model = build_mnist_cnn_variant()
    assert kinds(model) == [
        "Conv2D",
        "Conv2D",
        "MaxPooling2D",
        "Dropout",
        "Flatten",
        "Dense",
        "Dropout",
        "Dense",
    ]
    assert model.count_params() == 1_199_882
    assert model.layers[-1].name == "preds"


@pytest.mark.parametrize("build", [build_mnist_cnn, build_mnist_cnn_variant])
def test_convolutions_are_followed_by_relu_and_the_end_is_a_softmax(build):
    activations = [layer.activation.__name__ for layer in build().layers if hasattr(layer, "activation")]
    assert activations == ["relu"] * (len(activations) - 1) + ["softmax"]


def test_the_shipped_file_is_small_and_loads_in_safe_mode():
    path = models.WEIGHTS / "mnist_cnn.keras"
    assert path.stat().st_size <= 2_000_000
    model = keras.saving.load_model(path, safe_mode=True)
    assert [layer.name for layer in model.layers] == [layer.name for layer in build_mnist_cnn().layers]


def test_missing_weights_are_told_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(models, "WEIGHTS", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"git checkout data/weights.*training\.mnist_cnn"):
        load_mnist_cnn()


@pytest.mark.slow
def test_the_accuracy_on_the_bundled_digits_is_the_cards():
    measured = accuracy(load_mnist_cnn(), mnist("5k").unseen)
    assert measured == pytest.approx(CARD["accuracy"]["bundled"], abs=0.0005)
    assert measured > 0.99


@pytest.mark.slow
def test_the_accuracy_on_the_official_test_digits_is_the_cards():
    measured = accuracy(load_mnist_cnn(), full_or_skip().test)
    assert measured == pytest.approx(CARD["accuracy"]["test"], abs=0.0005)
    assert measured >= 0.994


def test_every_example_digit_is_recognised():
    images, labels = example_digits()
    assert load_mnist_cnn().predict(images, verbose=0).argmax(axis=1).tolist() == labels.tolist()


def test_the_card_has_a_row_for_each_epoch():
    assert [row["epoch"] for row in CARD["history"]] == list(range(1, CARD["epochs"] + 1))


def test_distortion_of_strength_zero_changes_nothing(monkeypatch):
    for name in ("ROTATION", "SCALE", "SHEAR", "SHIFT"):
        monkeypatch.setattr(f"training.mnist_cnn.{name}", 0.0)
    images, _ = example_digits()
    assert np.allclose(distort(tf.constant(images), (1, 2)), images, atol=1e-6)


def centres(images):
    """Centre of mass of each image: (N, 2), row and column in pixels."""
    places = np.indices((28, 28))[:, None, :, :, None]
    return ((places * images).sum(axis=(2, 3, 4)) / images.sum(axis=(1, 2, 3))).T


def test_distortion_turns_and_stretches_about_the_centre(monkeypatch):
    monkeypatch.setattr("training.mnist_cnn.SHIFT", 0.0)
    images = np.repeat(example_digits()[0], 20, axis=0)  # MNIST puts the centre of mass at the centre
    distorted = distort(tf.constant(images), (1, 2)).numpy()
    assert 0 <= distorted.min() <= distorted.max() <= 1
    assert distorted.sum() == pytest.approx(images.sum(), rel=0.03)
    assert np.abs(centres(distorted) - centres(images)).max() < 0.5


def test_distortion_shifts_by_as_much_as_it_says():
    images = np.repeat(example_digits()[0], 20, axis=0)
    moved = np.abs(centres(distort(tf.constant(images), (1, 2)).numpy()) - centres(images))
    assert (moved.max(axis=0) > 2).all()
    assert moved.max() < 3.5


@pytest.fixture
def tiny_training(monkeypatch, tmp_path):
    """A training of a tiny network with dropout, that can be run in parts."""
    monkeypatch.setattr(loop, "RUNS", tmp_path)

    def build():
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dropout(0.5, seed=1), keras.layers.Dense(2)]
        )
        model.compile(keras.optimizers.AdamW(loop.one_cycle(0.1, 12)), "mse")
        return model

    def batches(epoch):
        random = np.random.default_rng(epoch)
        return tf.data.Dataset.from_tensor_slices((random.random((12, 4)), random.random((12, 2)))).batch(4)

    def train(name, epochs, fresh=False):
        model, history = loop.train(name, build, epochs, batches, lambda model: {"half": 0.5}, fresh)
        return hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest(), history

    return train


@pytest.mark.slow
def test_an_interrupted_training_ends_in_the_same_weights(tiny_training):
    straight, history = tiny_training("straight", 4)
    tiny_training("interrupted", 2)
    resumed, _ = tiny_training("interrupted", 4)
    assert resumed == straight
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]


@pytest.mark.slow
def test_a_training_can_be_begun_again(tiny_training):
    once, _ = tiny_training("run", 2)
    again, history = tiny_training("run", 2, fresh=True)
    assert (again, len(history)) == (once, 2)


def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero():
    schedule = loop.one_cycle(0.5, 100)
    rates = [float(schedule(step)) for step in range(101)]
    assert np.argmax(rates) == 10
    assert max(rates) == pytest.approx(0.5)
    assert rates[100] == pytest.approx(0, abs=1e-6)
