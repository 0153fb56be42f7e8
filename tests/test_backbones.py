"""The two networks for colour pictures: architecture, what goes in and out, and how they are found."""

import hashlib
import inspect
import io
import itertools
import json

import h5py
import numpy as np
import pytest
from fault_server import FaultServer
from keras.src.applications import imagenet_utils, vgg16

from helpers import backbones, downloads, settings
from helpers.backbones import (
    MINI_VGG_BLOCKS,
    VGG16_CLASSES,
    VGG16_FILES,
    Backbone,
    build_mini_vgg,
    build_vgg16,
    centre_square,
    load_backbone,
)
from helpers.backend import keras
from helpers.data import pictures

TOP, NO_TOP = VGG16_FILES[True], VGG16_FILES[False]
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
CLASSES = (("n01", "first"), ("n02", "second"), ("n03", "third"))
PICTURES = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3), np.uint8)


def kernels(model):
    return [tuple(layer.kernel.shape) for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


# Architecture


def test_vgg16_with_classifier_has_138357544_parameters():
    model = build_vgg16()
    assert model.count_params() == 138_357_544
    assert (model.input_shape, model.output_shape) == ((None, 224, 224, 3), (None, 1000))


def test_vgg16_without_classifier_has_14714688_parameters_in_13_kernels():
    model = build_vgg16(include_top=False)
    assert model.count_params() == 14_714_688
    assert kernels(model) == VGG16_KERNELS
    assert (model.input_shape, model.output_shape) == ((None, None, None, 3), (None, None, None, 512))
    assert Backbone("vgg16", model, (), 224).conv_blocks == VGG16_BLOCKS
    assert Backbone("vgg16", model, (), 224).last_conv_layer == "block5_conv3"


def test_mini_vgg_has_the_parameters_that_its_kernels_add_up_to():
    model = build_mini_vgg()
    channels = [3, *(width for block in MINI_VGG_BLOCKS for width in block)]
    shapes = [(3, 3, before, after) for before, after in itertools.pairwise(channels)]
    assert kernels(model) == shapes
    # A kernel, a bias and four numbers of the normalisation per channel; 256 x 50 + 50 at the end.
    assert model.count_params() == sum(9 * a * b + 5 * b for _, _, a, b in shapes) + 12_850 == 2_361_778


def test_mini_vgg_has_the_layer_names_of_vgg16():
    names = [layer.name for layer in build_mini_vgg().layers]
    theirs = [layer.name for layer in build_vgg16(include_top=False).layers]
    shared = [name for name in names if name.startswith("block") and "_bn" not in name]
    assert [name for name in theirs if name in shared] == shared
    backbone = Backbone("mini_vgg", build_mini_vgg(), (), 64)
    assert [len(block) for block in backbone.conv_blocks] == [1, 2, 2, 2, 2]
    assert backbone.last_conv_layer == "block5_conv2"


def test_the_convolutions_of_both_have_their_relu_inside():
    for model in build_mini_vgg(), build_vgg16(include_top=False):
        found = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
        assert {layer.activation for layer in found} == {keras.activations.relu}


@pytest.mark.parametrize("shape", [(32, 32), (64, 64), (65, 97)])
def test_mini_vgg_takes_pictures_of_any_size(shape):
    found = build_mini_vgg()(np.full((2, *shape, 3), 128.0, np.float32)).numpy()
    assert found.shape == (2, 50)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)


# What goes in and comes out


def backbone(name="vgg16"):
    return Backbone(name, None, CLASSES, 8)


def test_vgg16_takes_blue_green_red_less_their_means():
    found = backbone().preprocess([[[10, 20, 30]]])
    assert np.allclose(found, [[[30 - 103.939, 20 - 116.779, 10 - 123.68]]], atol=1e-4)
    assert found.dtype == np.float32


def test_vgg16s_preprocessing_is_that_of_keras():
    theirs = keras.applications.vgg16.preprocess_input(PICTURES.astype(np.float32))
    assert np.allclose(backbone().preprocess(PICTURES), theirs, atol=1e-4)


def test_mini_vgg_takes_pixels_as_they_are():
    assert np.array_equal(backbone("mini_vgg").preprocess(PICTURES), PICTURES.astype(np.float32))


@pytest.mark.parametrize("name", ["vgg16", "mini_vgg"])
def test_deprocess_undoes_preprocess_and_clips(name):
    network = backbone(name)
    prepared = network.preprocess(PICTURES)
    assert np.array_equal(network.deprocess(prepared), PICTURES)
    assert network.deprocess(prepared + 400).min() == 255
    assert network.deprocess(prepared - 400).max() == 0
    assert network.deprocess(prepared).dtype == np.uint8


@pytest.mark.parametrize("name", ["vgg16", "mini_vgg"])
def test_preparing_changes_no_input(name):
    given = PICTURES.astype(np.float32)
    prepared = backbone(name).preprocess(given)
    kept = prepared.copy()
    backbone(name).deprocess(prepared)
    prepared += 1
    assert np.array_equal(given, PICTURES)
    assert np.array_equal(prepared, kept + 1)


def test_decode_names_the_most_probable_first():
    found = backbone().decode([[0.2, 0.7, 0.1], [0.25, 0.25, 0.5]], top=2)
    assert found == [
        [("n02", "second", 0.7), ("n01", "first", 0.2)],
        [("n03", "third", 0.5), ("n01", "first", 0.25)],
    ]
    assert backbone().decode([0.2, 0.7, 0.1], top=1) == [[("n02", "second", 0.7)]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: backbone().preprocess(np.zeros((4, 4))), r"rgb has shape \(4, 4\): give \(H, W, 3\)"),
        (lambda: backbone().deprocess(np.zeros((4, 4, 1))), r"inputs has shape \(4, 4, 1\)"),
        (lambda: backbone().preprocess(np.zeros((0, 4, 4, 3))), r"rgb has shape \(0, 4, 4, 3\)"),
        (lambda: backbone().decode(np.zeros((1, 4)), top=1), r"have shape \(1, 4\): give \(N, 3\)"),
        (lambda: backbone().decode(np.zeros((1, 3))), "top=5 is not allowed: give an int from 1 to 3"),
        (lambda: backbone().decode(np.zeros((1, 3)), top=0), "top=0 is not allowed"),
        (lambda: centre_square(np.zeros((4, 4)), 2), r"picture has shape \(4, 4\)"),
        (lambda: centre_square(np.zeros((4, 4, 3)), 0), "size=0 is not allowed"),
        (lambda: load_backbone("vgg19"), "name='vgg19' is not allowed: choose auto, vgg16 or mini_vgg"),
    ],
)
def test_wrong_arguments_are_told_with_what_is_allowed(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_centre_square_is_the_middle_of_a_picture():
    picture = np.zeros((4, 8, 3), np.uint8)
    picture[:, 2:6] = 200
    assert (centre_square(picture, 4) == 200).all()
    assert (centre_square(picture.swapaxes(0, 1), 4) == 200).all()


def test_the_centre_square_averages_where_it_shrinks():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, 3::8] = stripes[:, 4::8] = 200  # just where a pixel of the result has its centre
    assert centre_square(stripes, 8).max() < 60  # a quarter of 200, and not 200


# How VGG16 is found


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
    """VGG16 without its classifier, random, and the file that it was saved to."""
    keras.utils.set_random_seed(7)
    model = build_vgg16(include_top=False)
    return model, official_layout(model, tmp_path_factory.mktemp("weights") / "file.h5")


@pytest.fixture
def serve(monkeypatch, tmp_path):
    """Serve files under the names of the real ones, from this machine, to an empty folder."""
    for name in ("COURSE_OFFLINE", "COURSE_DATA", "COURSE_BACKBONE"):
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


def test_vgg16_is_downloaded_once_and_has_the_weights_of_the_file(serve, weights):
    model, content = weights
    server = serve(NO_TOP, content)
    for _ in range(2):
        found = load_backbone("vgg16", include_top=False)
    assert len(server.ranges) == 1
    assert (found.name, found.input_size, found.classes) == ("vgg16", 224, ())
    for weight, expected in zip(found.model.weights, model.weights, strict=True):
        assert np.array_equal(weight, expected)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("cut", "the connection broke off; the next attempt goes on from there"),
        ("wrong bytes", "the server sent something else: its hash is wrong"),
        ("not found", "the server answered 404 Not Found"),
    ],
)
def test_a_fault_is_an_error_for_vgg16_and_one_line_for_auto(serve, weights, shipped, capsys, fault, reason):
    server = serve(NO_TOP, weights[1])
    server.fault = fault
    problem = f"{NO_TOP} could not be downloaded ({reason})"
    with pytest.raises(downloads.Unavailable) as raised:
        load_backbone("vgg16", include_top=False)
    assert str(raised.value) == problem
    capsys.readouterr()
    assert load_backbone("auto", include_top=False).name == "mini_vgg"
    assert capsys.readouterr().out == (
        f"Using mini-VGG with 50 classes instead of VGG16, because {problem}. For VGG16, run this again "
        f"with a network (59 MB), or put {NO_TOP} into a folder and name that folder in COURSE_DATA.\n"
    )
    server.fault = "none"
    assert load_backbone("auto", include_top=False).name == "vgg16"


def test_a_cut_download_of_vgg16_goes_on_where_it_stopped(serve, weights):
    server = serve(NO_TOP, weights[1])
    server.fault = "cut once"
    with pytest.raises(downloads.Unavailable):
        load_backbone("vgg16", include_top=False)
    load_backbone("vgg16", include_top=False)
    assert server.ranges[0] is None
    assert int(server.ranges[1].removeprefix("bytes=").rstrip("-")) > 0


@pytest.fixture
def small_vgg16(monkeypatch, tmp_path):
    """A small network in the place of VGG16 with its classifier, its weights file, and its classes."""

    def build(include_top):
        assert include_top
        layers = [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(2, 3, name="block1_conv1"),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax", name="predictions"),
        ]
        return keras.Sequential(layers)

    monkeypatch.setattr(backbones, "build_vgg16", build)
    model = build(True)
    content = official_layout(model, tmp_path / "small.h5")
    classes = json.dumps({str(index): row for index, row in enumerate(CLASSES)}).encode()
    return model, content, classes


def test_vgg16_with_classifier_comes_with_the_names_of_its_classes(serve, small_vgg16):
    model, content, classes = small_vgg16
    serve(TOP, content)
    serve(VGG16_CLASSES, classes)
    found = load_backbone("vgg16")
    assert found.classes == CLASSES
    picture = found.preprocess(PICTURES[:, :4, :, :].repeat(2, axis=1).repeat(2, axis=2))
    assert np.array_equal(found.model(picture), model(picture))


def test_the_small_file_is_asked_for_before_the_large_one(serve, small_vgg16):
    large, small = serve(TOP, small_vgg16[1]), serve(VGG16_CLASSES, small_vgg16[2])
    small.fault = "not found"
    with pytest.raises(downloads.Unavailable):
        load_backbone("vgg16")
    assert large.ranges == []


def test_offline_asks_nobody(serve, weights, shipped, monkeypatch, capsys):
    server = serve(NO_TOP, weights[1])
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    settings.settings.cache_clear()
    assert load_backbone(include_top=False).name == "mini_vgg"
    assert f"because COURSE_OFFLINE=1, and {NO_TOP} is not on this disk." in capsys.readouterr().out
    assert server.ranges == []


def test_a_folder_of_ones_own_is_looked_into_first(serve, weights, monkeypatch, tmp_path):
    server = serve(NO_TOP, weights[1])
    own = tmp_path / "own"
    own.mkdir()
    (own / NO_TOP).write_bytes(weights[1])
    monkeypatch.setenv("COURSE_DATA", str(own))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    settings.settings.cache_clear()
    assert load_backbone("auto", include_top=False).name == "vgg16"
    assert server.ranges == []


def test_the_setting_chooses_the_network(serve, shipped, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_BACKBONE", "mini_vgg")
    settings.settings.cache_clear()
    assert load_backbone().name == "mini_vgg"
    assert capsys.readouterr().out == ""


def test_the_registry_has_the_hashes_that_keras_publishes():
    published = inspect.getsource(vgg16) + inspect.getsource(imagenet_utils)
    for name in (TOP, NO_TOP, VGG16_CLASSES):
        kind, _, value = downloads.REGISTRY[name]["hash"].partition(":")
        assert kind == "md5"
        assert value in published


# The weights that come with the course


@pytest.fixture(scope="module")
def shipped():
    return load_backbone("mini_vgg")


def card():
    return json.loads((backbones.WEIGHTS / "mini_vgg.json").read_text())


def test_the_shipped_weights_are_small_and_safe():
    path = backbones.WEIGHTS / "mini_vgg.npz"
    assert path.stat().st_size <= 6_000_000
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
        kinds = {name.split("/")[-1]: file[name].dtype for name in file}
    assert kinds["kernel"] == np.float16
    assert {kind for name, kind in kinds.items() if name != "kernel"} == {np.dtype(np.float32)}


def test_the_shipped_classes_are_50_different_ones(shipped):
    wnids, names = zip(*shipped.classes, strict=True)
    assert len(set(wnids)) == len(set(names)) == 50
    assert shipped.classes[0] == ("n01443537", "goldfish")
    assert shipped.classes[-1] == ("n04275548", "spider web")


def test_mini_vgg_without_classifier_ends_with_its_last_maps(shipped):
    maps = load_backbone("mini_vgg", include_top=False)
    assert maps.classes == ()
    assert maps.conv_blocks == shipped.conv_blocks
    assert maps.model.output_shape == (None, None, None, 256)


def test_missing_weights_are_told_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(backbones, "WEIGHTS", tmp_path)
    with pytest.raises(
        FileNotFoundError, match=r"mini_vgg\.npz.*git checkout data/weights.*training\.mini_vgg"
    ):
        load_backbone("mini_vgg")


def test_the_card_promises_at_least_76_percent():
    facts = card()
    assert facts["top1"] >= 0.76
    assert facts["top5"] >= facts["top1"]
    assert facts["top1"] == pytest.approx(np.mean([row["accuracy"] for row in facts["classes"]]))


def test_the_espresso_is_recognised(shipped):
    square = centre_square(pictures()["espresso"], shipped.input_size)
    found = shipped.decode(shipped.model(shipped.preprocess(square)[None]), top=1)
    assert found[0][0][1] == "espresso"
