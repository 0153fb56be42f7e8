"""What holds for every computation: one trace, any batch size, any kind of network, nothing left behind."""

import gc
import json
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import (
    compiled_functions,
    conv_net,
    fill,
    linear,
    lite_net,
    nested_net,
    random_images,
    sequential_net,
)

from helpers import engine
from helpers.activations import feature_maps
from helpers.ascent import maximize_activation
from helpers.backend import keras, tf
from helpers.engine import compiled as compiled_module
from helpers.engine.compiled import chunk_size
from helpers.engine.passes import target_classes
from helpers.engine.relu_rules import RELU_RULES
from helpers.grad_cam import grad_cam, score_cam
from helpers.graph import final_activation, find_layer, last_map_layer, layer_table, logit_model
from helpers.occlusion import occlusion
from helpers.saliency import integrated_gradients, saliency, smooth_grad

layers = keras.layers
IMAGES = random_images(4)
NET = conv_net()


def use_everything(model, images, class_index=None, units=(0,), batch_size="auto"):
    """Call each method once."""
    options = {"class_index": class_index, "batch_size": batch_size}
    engine.forward(model, images, batch_size)
    feature_maps(model, images, ["conv1", "conv2"], batch_size)
    for relu in RELU_RULES:
        saliency(model, images, relu=relu, **options)
    smooth_grad(
        model, images, n_samples=3, noise_level=0.1 * batch_size if batch_size != "auto" else 0, **options
    )
    integrated_gradients(model, images, steps=len(images), **options)
    occlusion(model, images, patch_size=len(images), stride=1, **options)
    for variant in ("gradcam", "gradcam++", "layercam"):
        grad_cam(model, images, variant=variant, **options)
    score_cam(model, images, max_channels=len(images), **options)
    maximize_activation(model, "conv2", units, steps=len(images), jitter=len(images), batch_size=batch_size)


@pytest.mark.slow
@pytest.mark.parametrize("build", [conv_net, sequential_net, nested_net, lite_net])
def test_each_computation_is_traced_once_for_all_classes_units_counts_and_batch_sizes(build):
    model = build()
    use_everything(model, IMAGES, 0)
    use_everything(model, IMAGES[:1], 2, units=[3], batch_size=1)
    use_everything(model, IMAGES[:3], [0, 2, 1], units=range(5), batch_size=2)
    use_everything(model, IMAGES[:2], None, units=[4, 4])
    functions = compiled_functions(model)
    assert len(functions) == 12
    assert [name for name, f in functions.items() if f.experimental_get_tracing_count() != 1] == []
    left = [weakref.ref(model), weakref.ref(logit_model(model)), *map(weakref.ref, functions.values())]
    del model, functions
    gc.collect()
    assert [reference() for reference in left] == [None] * 14  # and all of it goes when the network goes


def test_one_trace_serves_all_image_sizes_where_the_network_takes_them():
    model = conv_net(size=None)
    for size in (6, 8, 11):
        images = random_images(3, size, size + 1)
        saliency(model, images, 1), occlusion(model, images, 1, 3), score_cam(model, images, 1, "conv1")
    functions = compiled_functions(model)
    assert {f.experimental_get_tracing_count() for f in functions.values()} == {1}


@pytest.mark.slow
@pytest.mark.parametrize("build", [conv_net, lite_net])
def test_network_is_bit_for_bit_what_it_was(build, tmp_path):
    model = build()
    model.save(tmp_path / "before.keras")
    weights, config = [w.copy() for w in model.get_weights()], json.dumps(model.get_config())
    outputs, vanilla = model(IMAGES).numpy(), saliency(build(), IMAGES)
    nodes = [len(layer._inbound_nodes) for layer in model.layers]
    use_everything(model, IMAGES)
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(after, before)
    assert json.dumps(model.get_config()) == config
    assert [len(layer._inbound_nodes) for layer in model.layers] == nodes
    assert model.layers[-1].activation is keras.activations.softmax
    np.testing.assert_array_equal(model(IMAGES), outputs)
    np.testing.assert_array_equal(saliency(model, IMAGES), vanilla)
    model.save(tmp_path / "after.keras")
    sizes = [(tmp_path / name).stat().st_size for name in ("before.keras", "after.keras")]
    assert abs(sizes[0] - sizes[1]) < 100  # the date that is in it is compressed


def test_new_weights_count_in_what_is_compiled_already():
    model, other = conv_net(), conv_net(seed=1)
    saliency(model, IMAGES, 1), occlusion(model, IMAGES, 1), logit_model(model)
    model.set_weights(other.get_weights())
    np.testing.assert_array_equal(saliency(model, IMAGES, 1), saliency(other, IMAGES, 1))
    np.testing.assert_array_equal(occlusion(model, IMAGES, 1).heatmap, occlusion(other, IMAGES, 1).heatmap)
    np.testing.assert_array_equal(logit_model(model)(IMAGES), logit_model(other)(IMAGES))


# --- any kind of network ---------------------------------------------------------------------------


def loaded_sequential(tmp_path):
    sequential_net().save(tmp_path / "net.keras")
    return keras.saving.load_model(tmp_path / "net.keras")


@pytest.mark.slow
def test_sequential_functional_and_loaded_networks_agree(tmp_path):
    expected = NET(IMAGES).numpy()
    for model in (conv_net(), sequential_net(), loaded_sequential(tmp_path)):
        np.testing.assert_allclose(engine.forward(model, IMAGES), expected, atol=1e-6)
        np.testing.assert_allclose(saliency(model, IMAGES, 1), saliency(NET, IMAGES, 1), atol=1e-6)
        np.testing.assert_allclose(grad_cam(model, IMAGES, 1), grad_cam(NET, IMAGES, 1), atol=1e-6)


def test_nested_network_is_seen_from_its_outer_input():
    """It halves its input: the gradient with respect to the doubled image is half as large."""
    nested = nested_net()
    np.testing.assert_allclose(engine.forward(nested, 2 * IMAGES), NET(IMAGES), atol=1e-6)
    for relu in RELU_RULES:
        grads = saliency(nested, 2 * IMAGES, 1, relu)
        np.testing.assert_allclose(grads, saliency(NET, IMAGES, 1, relu) / 2, atol=1e-6)


def test_nested_network_may_have_several_outputs():
    image = keras.Input((8, 8, 1))
    maps = layers.Conv2D(3, 3, activation="relu", name="conv")(image)
    pooled = [layers.GlobalAveragePooling2D()(maps), layers.GlobalMaxPooling2D()(maps)]
    outer = keras.Input((8, 8, 1))
    two = keras.Model(image, pooled, name="two")(outer)
    model = fill(keras.Model(outer, layers.Dense(3)(layers.Concatenate()(two))))
    np.testing.assert_allclose(engine.forward(model, IMAGES), model(IMAGES), atol=1e-6)
    assert grad_cam(model, IMAGES, 1, "conv", resize=False).shape == (4, 6, 6)


class Doubled(keras.Model):
    """Functional, with code of its own on top."""

    def call(self, x):
        return 2 * super().call(x)


def test_nested_network_with_code_of_its_own_is_run_with_it():
    image = keras.Input((8, 8, 1))
    inner = Doubled(image, layers.Flatten()(image), name="inner")
    model = fill(keras.Sequential([keras.Input((8, 8, 1)), inner, layers.Dense(2)]))
    np.testing.assert_allclose(engine.forward(model, IMAGES), model(IMAGES), atol=1e-6)
    assert list(layer_table(model)) == ["inner", model.layers[-1].name]


def test_layers_that_act_otherwise_in_training_act_as_in_inference():
    stack = [
        layers.Conv2D(3, 3),
        layers.BatchNormalization(),
        layers.Dropout(0.9),
        layers.Flatten(),
        layers.Dense(2),
    ]
    model = fill(keras.Sequential([keras.Input((8, 8, 1)), *stack]))
    model.layers[1].moving_variance.assign([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        x = tf.constant(IMAGES)
        tape.watch(x)
        score = model(x, training=False)[:, 1]
    np.testing.assert_allclose(saliency(model, IMAGES, 1, signed=True), tape.gradient(score, x), atol=1e-5)


def test_sequential_network_that_gets_another_layer_is_looked_at_anew():
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten()])
    assert engine.forward(model, IMAGES).shape == (4, 64)
    model.add(layers.Dense(2))
    assert engine.forward(model, IMAGES).shape == (4, 2)
    assert list(layer_table(model))[-1] == model.layers[-1].name


def test_gradients_are_those_of_tensorflows_tape_also_where_max_pooling_has_ties():
    model = conv_net(ending=None)
    images = np.concatenate([IMAGES, np.full((1, 8, 8, 1), 0.5, np.float32)])
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        score = model(x)[:, 2]
    expected = tape.gradient(score, x)
    np.testing.assert_allclose(saliency(model, images, 2, signed=True), expected, atol=1e-6)


def softmax_endings():
    yield [layers.Dense(3, activation="softmax", name="out")]
    yield [layers.Dense(3, name="out"), layers.Activation("softmax")]
    yield [layers.Dense(3, name="out"), layers.Softmax()]
    yield [layers.Dense(3, activation=tf.nn.softmax, name="out")]
    yield [layers.Dense(3, activation=keras.ops.softmax, name="out")]
    yield [layers.Dense(3, activation=layers.Softmax(), name="out")]
    yield [layers.Dense(3, activation="softmax", name="out"), layers.Activation("linear", dtype="float32")]
    yield [keras.Sequential([layers.Dense(3, activation="softmax", name="out")], name="head")]


@pytest.mark.parametrize("number", range(8))
def test_logit_model_takes_the_softmax_off_however_it_is_put_on(number):
    end = list(softmax_endings())[number]
    model = keras.Sequential([keras.Input((2, 2, 1)), layers.Flatten(), *end])
    weights = np.arange(12, dtype=np.float32).reshape(4, 3)
    model.set_weights([weights, np.array([1.0, 0, -1])])
    image = np.ones((1, 2, 2, 1), np.float32)
    np.testing.assert_allclose(logit_model(model)(image), [[19, 22, 25]])
    np.testing.assert_allclose(model(image), tf.nn.softmax([[19.0, 22, 25]]), rtol=1e-6)
    assert final_activation(model) == "softmax"
    assert logit_model(model) is logit_model(model)


def test_logit_model_of_a_softmax_operation_and_of_a_sigmoid():
    image = keras.Input((2, 2, 1))
    flat = layers.Flatten()(image)
    for squash, name in ((keras.ops.softmax, "softmax"), (keras.activations.sigmoid, "sigmoid")):
        model = keras.Model(image, squash(flat))
        assert final_activation(model) == name
        np.testing.assert_array_equal(logit_model(model)(IMAGES[:, :2, :2]), IMAGES[:, :2, :2].reshape(4, 4))


def test_network_without_softmax_is_its_own_logit_model():
    model = linear(np.ones((2, 2, 1, 3)))
    assert logit_model(model) is model
    assert final_activation(model) == ""


def test_logit_model_shares_its_weights_in_both_directions():
    model = conv_net()
    logits = logit_model(model)
    logits.set_weights([2 * w for w in logits.get_weights()])
    np.testing.assert_allclose(tf.nn.softmax(logits(IMAGES)), model(IMAGES), atol=1e-6)


# --- layers -----------------------------------------------------------------------------------------


def test_layers_are_listed_in_running_order_with_nested_networks_taken_apart():
    table = layer_table(nested_net())
    names = [name for name in table if name.split("/")[-1] != "rescaling" and "rescaling" not in name]
    assert names == [
        "backbone/conv1",
        "backbone/pool",
        "backbone/conv2",
        "backbone",
        "head/mean",
        "head/out",
        "head",
    ]
    assert table["backbone/conv2"].shape == (None, 4, 4, 5)


def test_last_map_layer_is_the_last_with_a_map_larger_than_one_pixel():
    assert last_map_layer(conv_net(size=None)) == "conv2"
    assert last_map_layer(nested_net()) == "backbone"
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(2, 3, name="map"),
            layers.Conv2D(2, 6, name="point"),
            layers.Flatten(),
        ]
    )
    assert last_map_layer(model) == "map"


def twins():
    def backbone(name):
        return keras.Sequential(
            [keras.Input((8, 8, 1)), layers.Conv2D(1, 3, padding="same", name="conv")], name=name
        )

    return keras.Sequential([keras.Input((8, 8, 1)), backbone("left"), backbone("right"), layers.Flatten()])


def test_layers_of_the_same_name_are_told_apart_by_their_path():
    model = fill(twins())
    with pytest.raises(ValueError, match="left/conv, right/conv"):
        find_layer(model, "conv")
    maps = feature_maps(model, IMAGES, ["left/conv", "right/conv"])
    assert np.abs(maps["left/conv"] - maps["right/conv"]).max() > 0.01


def test_layer_that_is_called_twice_has_no_one_output():
    image, shared = keras.Input((8, 8, 1)), layers.Conv2D(1, 3, padding="same", name="shared")
    model = keras.Model(image, layers.Flatten()(shared(shared(image))))
    with pytest.raises(ValueError, match="called 2 times"):
        feature_maps(model, IMAGES, ["shared"])
    assert saliency(model, IMAGES, 3).max() > 0  # the network as a whole is no problem


# --- chunks and memory ------------------------------------------------------------------------------


def test_chunk_size_follows_from_the_sizes_of_the_activations(monkeypatch):
    """conv_net on 8 x 8: 64 + 256 + 64 + 80 + 5 + 3 = 472 values, 1,888 bytes an image."""
    monkeypatch.setattr(compiled_module, "MEMORY_BUDGET", 10 * 1888 + 1)
    assert chunk_size(NET, (8, 8, 1)) == 10
    assert chunk_size(NET, (8, 8, 1), copies=2) == 5
    assert chunk_size(NET, (8, 8, 1), batch_size=3) == 3
    assert chunk_size(conv_net(size=None), (16, 16, 1)) == 2  # 4 * 464 + 8 values
    monkeypatch.setattr(compiled_module, "MEMORY_BUDGET", 1)
    assert chunk_size(NET, (8, 8, 1)) == 1


def test_results_do_not_depend_on_the_memory_budget(monkeypatch):
    expected = engine.forward(NET, IMAGES), saliency(NET, IMAGES), smooth_grad(NET, IMAGES, n_samples=7)
    monkeypatch.setattr(compiled_module, "MEMORY_BUDGET", 3 * 2 * 1888)
    found = engine.forward(NET, IMAGES), saliency(NET, IMAGES), smooth_grad(NET, IMAGES, n_samples=7)
    for small, large in zip(found, expected, strict=True):
        np.testing.assert_allclose(small, large, rtol=1e-4, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 9), st.integers(1, 10))
def test_forward_gives_what_the_network_gives_whatever_the_batch_size(count, batch_size):
    images = random_images(count, seed=count)
    before = images.copy()
    np.testing.assert_allclose(engine.forward(NET, images, batch_size), NET(images), atol=1e-6)
    np.testing.assert_array_equal(images, before)


def test_a_batch_size_larger_than_there_are_images_means_all_at_once():
    for method in (saliency, grad_cam, smooth_grad):
        found = method(NET, IMAGES, 1, batch_size=10**30)
        np.testing.assert_allclose(found, method(NET, IMAGES, 1), atol=1e-6)
    found = occlusion(NET, IMAGES, 1, batch_size=10**30).maps
    np.testing.assert_allclose(found, occlusion(NET, IMAGES, 1).maps, atol=1e-6)


def test_one_image_is_a_batch_of_one():
    np.testing.assert_array_equal(saliency(NET, IMAGES[0], 1), saliency(NET, IMAGES[:1], 1))
    np.testing.assert_array_equal(occlusion(NET, IMAGES[0], 1).maps, occlusion(NET, IMAGES[:1], 1).maps)


def test_class_left_out_is_each_images_own_largest_logit():
    own = NET(IMAGES).numpy().argmax(axis=1)
    np.testing.assert_array_equal(target_classes(NET, IMAGES), own)
    np.testing.assert_array_equal(saliency(NET, IMAGES), saliency(NET, IMAGES, own.tolist()))


def test_class_left_out_is_the_largest_logit_where_outputs_cannot_tell():
    """The sigmoids of 50 and 60 are both 1 in float32."""
    model = linear(np.array([40.0, 50.0, 60.0]).reshape(1, 1, 1, 3), activation="sigmoid")
    image = np.ones((1, 1, 1, 1), np.float32)
    assert model(image).numpy()[0, 1] == model(image).numpy()[0, 2] == 1
    np.testing.assert_array_equal(target_classes(model, image), [2])


@pytest.mark.slow
def test_all_methods_run_where_only_deterministic_operations_are_allowed():
    from tensorflow.python.framework import config

    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(0)
    try:
        for model in (conv_net(), lite_net()):
            use_everything(model, IMAGES[:2])
    finally:
        config.disable_op_determinism()
