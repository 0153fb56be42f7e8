"""The engine of the photograph's page: what it is served with, and what it says, against the helpers."""

import functools
import json
import re
import shutil
import subprocess
from types import SimpleNamespace

import numpy as np
import photo_reference
import pytest

from helpers.efficientnet import load_efficientnet_lite0
from helpers.settings import ROOT
from tools import half_precision
from tools.photo import export, rounding, vendor

SERVED = export.SERVED
CHECKS = ROOT / "tests" / "photo"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js: not installed")
needs_pictures = pytest.mark.skipif(
    photo_reference.archive() is None, reason=f"COURSE_DATA: no {photo_reference.ARCHIVE} in it"
)


def node(script, *arguments):
    """What a script of tests/photo prints under node, from JSON."""
    command = ["node", str(CHECKS / script), str(SERVED), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


# What is served


def test_tensorflow_js_is_the_published_one_but_for_the_named_changes():
    manifest = json.loads((SERVED / "vendor" / "manifest.json").read_text())
    files = {row["name"]: (SERVED / "vendor" / row["name"]).read_bytes() for row in manifest["files"]}
    assert manifest == vendor.manifest(files)
    assert {path.name for path in (SERVED / "vendor").iterdir()} == {*files, "manifest.json", "LICENSE"}
    assert "Apache License" in (SERVED / "vendor" / "LICENSE").read_text()
    for name, content in files.items():
        for old, new in vendor.CHANGES.get(name, {}).items():
            assert content.count(new.encode()) == 1
            content = content.replace(new.encode(), old.encode())
        assert vendor.digest(content) == vendor.FILES[name][2], name
        assert vendor.changed(name, content) == files[name]


def test_a_file_that_is_not_the_published_one_is_refused():
    with pytest.raises(ValueError, match=r"^tf-core\.mjs is not the expected file"):
        vendor.changed("tf-core.mjs", b"something else")


@functools.cache
def exported():
    """Weights and what the manifest says of them, made anew."""
    return half_precision.weight_file(load_efficientnet_lite0().model)


@pytest.mark.slow
def test_the_weights_are_the_nearest_halves_of_the_shipped_ones():
    weights, tensors = exported()
    shipped = {weight.path: weight.numpy() for weight in load_efficientnet_lite0().model.weights}
    assert [row["name"] for row in tensors] == list(shipped)
    assert sum(np.prod(row["shape"]) for row in tensors) * 2 == len(weights)
    for row in tensors:
        found = np.frombuffer(weights, "<f2", np.prod(row["shape"]), row["offset"]).reshape(row["shape"])
        # Half precision has eleven binary digits; below 2**-14 the steps are 2**-24.
        steps = np.maximum(np.abs(shipped[row["name"]]) * 2.0**-11, 2.0**-25)
        assert np.all(np.abs(found.astype(np.float64) - shipped[row["name"]]) <= steps), row["name"]


@pytest.mark.parametrize(("name", "axis"), [("head/kernel", 3), ("block1_depthwise/kernel", 2)])
def test_in_eight_bits_each_channel_has_steps_of_its_own(name, axis):
    values = np.random.default_rng(0).normal(size=(3, 3, 4, 4)).astype(np.float32)
    values *= np.float32(10.0) ** -np.arange(4).reshape([4 if k == axis else 1 for k in range(4)])
    found = rounding.in_eight_bits(SimpleNamespace(path=name, numpy=lambda: values))
    others = tuple(k for k in range(4) if k != axis)
    step = np.abs(values).max(axis=others, keepdims=True) / 127
    assert np.all(np.abs(found - values) <= 0.501 * step)
    assert np.allclose(found / step, np.round(found / step), atol=1e-3)
    assert np.abs(found - values).max() > 0.4 * step.max()


def test_the_manifest_names_the_classes_and_the_package():
    found = export.manifest(*exported())
    assert len(found["classes"]) == 1000
    assert found["classes"][285] == "Egyptian cat"
    assert found["bytes"] == len(exported()[0])
    assert found["made_from"]["package"] == export.PACKAGE


def test_all_that_the_page_loads_is_less_than_twelve_megabytes():
    folders = (SERVED, SERVED / "vendor", SERVED.parent / "live")
    sizes = [path.stat().st_size for folder in folders for path in folder.iterdir() if path.is_file()]
    total = sum(sizes) + len(exported()[0]) + len(json.dumps(export.manifest(*exported())))
    print(f"{total:,} bytes")
    assert total <= 12_000_000


def test_other_pages_do_not_load_any_of_it():
    # Jupyter Book puts every .js and .css file below _static on every page.
    assert not {path.suffix for path in SERVED.rglob("*")} & {".js", ".css"}


def test_nothing_comes_from_elsewhere():
    for path in SERVED.glob("*.mjs"):
        source = path.read_text()
        assert not re.search(r"https?:|//\w+\.\w+/", source), path.name
        for module in re.findall(r"(?:from|import) ?\(?\"(.*?)\"", source):
            assert (path.parent / module).is_file(), f"{path.name} imports {module}"


# Agreement


def stated_bounds():
    """The bounds of the page's own table, by quantity."""
    text = (ROOT / "book" / "photo.md").read_text().split("## How it is made, and checked")[1]
    rows = dict(re.findall(r"^\| ([\w-]+ ?\w*)[^|]* \| (\d[\de-]*) \|$", text, re.MULTILINE))
    names = {"Grad-CAM": "gradCam", "feature maps": "features", "pictures with": "others"}
    return {names.get(name.strip(), name.strip()): float(bound) for name, bound in rows.items()}


def assert_agreement(found):
    """As close as the page says, and close enough."""
    print(found)
    bounds = stated_bounds()
    enough = {"probabilities": 1e-4, "gradCam": 1e-3, "logits": 1e-3, "features": 1e-3, "occlusion": 1e-3}
    assert bounds.keys() == {*enough, "others"}
    for name, bound in enough.items():
        assert found[name] <= min(bounds[name], bound), name
    assert found["sameTop5"] >= 0.99 * found["pictures"]
    assert found["pictures"] - found["sameTop5"] <= bounds["others"]


@needs_node
@pytest.mark.slow
def test_the_engine_agrees_with_python_on_views_of_the_photographs(photo_reference_folder):
    found = node("agreement.mjs", photo_reference_folder, photo_reference_folder)
    assert found["pictures"] == 42
    assert found["occlusions"] == 2
    assert found["looked_into"] == photo_reference.LOOKED_INTO * len(photo_reference.DEPTHS)
    assert_agreement(found)


@needs_node
@needs_pictures
@pytest.mark.slow
def test_the_engine_agrees_with_python_on_500_pictures(photo_reference_folder, tmp_path):
    photo_reference.write_small(tmp_path)
    found = node("agreement.mjs", photo_reference_folder, tmp_path)
    assert found["pictures"] == 500
    assert_agreement(found)


# Properties


@pytest.fixture(scope="module")
def facts(photo_reference_folder):
    """What the engine says of itself under node."""
    if shutil.which("node") is None:
        pytest.skip("Node.js: not installed")
    return node("facts.mjs", photo_reference_folder)


def test_layers_are_those_of_the_helper(facts):
    model = load_efficientnet_lite0().model
    named = {layer.name: layer for layer in model.layers if layer.weights}
    assert [row["name"] for row in facts["layers"]] == list(named)
    for row in facts["layers"]:
        assert row["channels"] == named[row["name"]].output.shape[-1]


def test_a_value_sees_its_receptive_field_and_nothing_else(facts):
    assert len(facts["fields"]) == 6
    for name, field in facts["fields"].items():
        assert field["tried"] >= 8, name
        assert field["outside"] == 0, name  # pixels outside that change the value
        assert field["inside"] >= 1, name  # pixels at its edges that do
        assert field["widest"] <= 224


def test_signed_grad_cam_keeps_what_the_relu_cuts_off_and_sums_to_the_logit(facts):
    assert facts["signed"]["positive"] == facts["signed"]["relu"]
    assert facts["signed"]["lowest"] < 0
    assert facts["signed"]["sum"] == pytest.approx(facts["signed"]["logitWithoutBias"], abs=1e-3)


def test_occlusion_goes_from_coarse_to_fine_and_meets_every_place_once(facts):
    order = [tuple(place) for place in facts["order"]]
    assert len(order) == len(set(order)) == 13 * 13
    assert order[:4] == [(0, 0), (0, 4), (0, 8), (0, 12)]
    assert {(row % 4, column % 4) for row, column in order[:16]} == {(0, 0)}
    assert {(row % 2, column % 2) for row, column in order[:49]} == {(0, 0)}


def test_occlusion_does_not_touch_the_last_look_and_knows_the_uncovered_logit(facts):
    assert facts["untouched"]
    assert facts["base"] == facts["uncovered"]


def test_each_step_of_an_occlusion_says_where_it_is(facts):
    wanted = [[0, 0, 0, 0], [0, 1, 0, 112], [1, 0, 112, 0], [1, 1, 112, 112]]
    assert sorted(step[:4] for step in facts["steps"]) == wanted
    assert [step[4:] for step in facts["steps"]] == [[1, 4], [2, 4], [3, 4], [4, 4]]


def test_unless_told_otherwise_occlusion_is_32_wide_16_apart_and_grey(facts):
    assert facts["unsaid"][0] == facts["unsaid"][1]
    assert facts["unsaid"][1][1] == 13 * 13
    assert facts["oneNumber"][0] == facts["oneNumber"][1]  # for all three colours
    assert facts["oneNumber"][0] != facts["unsaid"][0]


def test_following_a_patch_gives_the_logits_of_the_covered_picture(facts):
    assert len(facts["patches"]) == 7
    assert max(facts["patches"]) <= 1e-4  # the same sums, in the same order on most machines


def test_random_weights_are_drawn_as_keras_draws_them(facts):
    shapes = {row["name"]: row["shape"] for row in exported()[1]}
    assert facts["random"].keys() == {"preds", "head", "block16_depthwise", "stem"}
    for name, drawn in facts["random"].items():
        *field, inputs, outputs = shapes[f"{name}/kernel"]
        if name == "preds":
            deviation = np.sqrt(6 / (inputs + outputs)) / np.sqrt(3)
        else:
            deviation = np.sqrt(2 / (np.prod(field) * outputs))  # of 864 to 1,280,000 numbers
        assert drawn["deviation"] == pytest.approx(deviation, rel=0.08), name
        assert abs(drawn["mean"]) <= 0.1 * deviation, name
        assert drawn["largest"] <= 2.3 * deviation, name  # cut off at two, before it is scaled
        assert drawn["bias"] == 0


def test_layers_are_forgotten_from_the_top_and_come_back(facts):
    forgotten = facts["forgotten"]
    assert forgotten["1"] == ["preds"]
    assert forgotten["3"] == ["block16_project", "head", "preds"]
    assert forgotten["all"] == 50
    assert facts["sameSeed"]
    assert facts["otherSeed"]
    assert facts["restored"]  # the very same probabilities


def test_grad_cam_takes_the_weights_that_are_there_now(facts):
    assert facts["forgotten"]["sum"] == pytest.approx(facts["forgotten"]["logit"], abs=1e-3)


def test_no_two_layers_have_the_same_random_weights(facts):
    assert len(facts["twins"]) > 10  # pairs of kernels of one size
    assert not any(facts["twins"])


def test_what_is_not_allowed_gets_one_clear_line(facts):
    assert facts["complaints"] == [
        "A picture has 150528 values, not 3.",
        "classIndex=1000 is not allowed: choose a whole number from 0 to 999.",
        "layer block1_project is not kept: choose stem, block3_expand, block5_expand, block8_expand, "
        "block11_expand, head.",
        "layersFromTop=51 is not allowed: choose a whole number from 0 to 50.",
        "stride=33 is not allowed: choose a whole number from 1 to 32.",
        "A picture has 150528 values, not 3.",
        "classIndex=1000 is not allowed: choose a whole number from 0 to 999.",
        "backend=webgl is not allowed: choose wasm.",
        "weights.bin is not the expected file: reload the page without the browser’s cache.",
        "vendor/tfjs-backend-wasm-simd.wasm is not the expected file: reload the page without the "
        "browser’s cache.",
    ]


@needs_node
@pytest.mark.slow
def test_a_thousand_looks_leave_nothing_behind(photo_reference_folder):
    found = node("leaks.mjs", photo_reference_folder, 1000)
    print(found)
    assert found["looks"] == 1000
    assert found["tensors"][0] == found["tensors"][1]
    assert found["bytes"][0] == found["bytes"][1]
    assert found["heap"][1] <= 1.25 * found["heap"][0]  # of the wasm module: 15 kB a look would be more
    assert found["left"] == 0  # after dispose
