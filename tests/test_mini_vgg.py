"""Mini-VGG: its architecture, and the weights that come with the course."""

import io
import itertools
import json

import numpy as np
import pytest

from helpers import build_vgg16, load_backbone, mini_vgg, pictures
from helpers.backbones import centre_square
from helpers.backend import keras
from helpers.mini_vgg import MINI_VGG_BLOCKS, build_mini_vgg


def kernels(model):
    return [tuple(layer.kernel.shape) for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


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
    assert set(load_backbone("mini_vgg").layers_by_depth) <= set(shared)


def test_the_convolutions_of_both_have_their_relu_inside():
    for model in build_mini_vgg(), build_vgg16(include_top=False):
        found = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
        assert {layer.activation for layer in found} == {keras.activations.relu}


@pytest.mark.parametrize("shape", [(32, 32), (64, 64), (65, 97)])
def test_mini_vgg_takes_pictures_of_any_size(shape):
    found = build_mini_vgg()(np.full((2, *shape, 3), 128.0, np.float32)).numpy()
    assert found.shape == (2, 50)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)


# The weights that come with the course


@pytest.fixture(scope="module")
def shipped():
    return load_backbone("mini_vgg")


def card():
    return json.loads((mini_vgg.WEIGHTS / "mini_vgg.json").read_text())


def test_the_shipped_weights_are_small_and_safe():
    path = mini_vgg.WEIGHTS / "mini_vgg.npz"
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


def test_its_blocks_are_named_as_vgg16s(shipped):
    assert [len(block) for block in shipped.conv_blocks] == [1, 2, 2, 2, 2]
    assert shipped.last_conv_layer == shipped.conv_blocks[-1][-1] == "block5_conv2"
    assert shipped.layers_by_depth == tuple(block[-1] for block in shipped.conv_blocks)


def test_missing_weights_are_told_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(mini_vgg, "WEIGHTS", tmp_path)
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
