"""The rules for gradients hold for every ReLU, however Keras is told of it."""

import numpy as np
import pytest
from small_models import conv_net, fill, random_images

from helpers.backend import keras, tf
from helpers.saliency import saliency

layers = keras.layers
IMAGES = random_images(4)
NET = conv_net()


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["guided", "deconv"])
@pytest.mark.parametrize(
    "activation",
    [
        keras.activations.relu,
        tf.nn.relu,
        keras.ops.relu,
        layers.ReLU(),
        tf.nn.relu6,
        layers.ReLU(max_value=6),
    ],
    ids=["activations", "tf.nn", "ops", "layer", "relu6", "layer max 6"],
)
def test_relu_rules_hold_for_every_activation_that_is_a_relu(rule, activation):
    found = saliency(conv_net(activation=activation), IMAGES, 1, rule)
    np.testing.assert_allclose(found, saliency(NET, IMAGES, 1, rule), atol=1e-6)
    assert np.abs(found - saliency(NET, IMAGES, 1)).max() > 1e-3


@pytest.mark.parametrize("rule", ["guided", "deconv"])
@pytest.mark.parametrize(
    "relu",
    [lambda: layers.Activation("relu"), layers.ReLU, lambda: layers.ReLU(max_value=6)],
    ids=["Activation", "ReLU", "6"],
)
def test_relu_rules_hold_for_relu_layers(rule, relu):
    image = keras.Input((8, 8, 1))
    x = relu()(layers.Conv2D(4, 3, padding="same", name="conv1")(image))
    x = layers.MaxPooling2D(2)(x)
    x = relu()(layers.Conv2D(5, 3, padding="same", name="conv2")(x))
    x = layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    found = saliency(fill(keras.Model(image, x)), IMAGES, 1, rule)
    np.testing.assert_allclose(found, saliency(NET, IMAGES, 1, rule), atol=1e-6)


def test_a_relu_with_another_ceiling_gets_the_rule_below_it_and_nothing_above():
    """keras.activations.relu(x, max_value=2) at 1 and at 3, the gradient coming in positive."""
    image = keras.Input((1, 2, 1))
    clipped = layers.ReLU(max_value=2)(layers.Flatten()(image))
    model = fill(keras.Model(image, layers.Dense(1)(clipped)))
    model.set_weights([np.array([[1.0], [1.0]]), np.zeros(1)])
    found = saliency(model, np.array([[[1.0], [3.0]]]), 0, "guided")
    np.testing.assert_array_equal(found, [[[1, 0]]])


def test_relu_rules_refuse_a_network_that_has_no_relu():
    for rule in ("guided", "deconv"):
        with pytest.raises(ValueError, match="no ReLU"):
            saliency(conv_net(activation="tanh"), IMAGES, 0, rule)
