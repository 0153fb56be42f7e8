"""The live page: its engine against the course's helpers, its drawing, and all of it in a real browser."""

import functools
import json
import re
import shutil
import subprocess

import matplotlib
import numpy as np
import pytest
from playground_reference import read_reference

from helpers.data import mnist
from helpers.models import load_mnist_cnn
from helpers.occlusion import _positions
from helpers.settings import ROOT
from tools import half_precision
from tools.playground import export

SERVED = export.SERVED
CHECKS = ROOT / "tests" / "playground"
CLOSE = 1e-5
NAMES = ["probabilities", "conv1", "conv2", "conv3", "saliency", "grad_cam", "occlusion", "occlusion_exact"]
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js: not installed")


def node(script, *arguments):
    """What a script of tests/playground prints under node, from JSON."""
    command = ["node", str(CHECKS / script), *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def table(agreement):
    """The largest differences as lines to read."""
    return "\n".join(f"{name:16} {agreement[name]:.1e}" for name in NAMES)


# What is served


@functools.cache
def exported():
    """Weights, what the manifest says of them, and digits, made anew."""
    model = load_mnist_cnn()
    weights, tensors = half_precision.weight_file(model)
    return weights, tensors, export.digit_file(half_precision.round_weights(model))


@pytest.mark.slow
def test_the_committed_weights_are_what_the_script_makes():
    weights, tensors, digits = exported()
    assert (SERVED / "weights.bin").read_bytes() == weights
    assert (SERVED / "digits.bin").read_bytes() == digits
    assert json.loads((SERVED / "manifest.json").read_text()) == export.manifest(weights, tensors)


def test_the_weights_are_the_nearest_halves_of_the_shipped_ones():
    weights, tensors, _ = exported()
    shipped = {weight.path: weight.numpy() for weight in load_mnist_cnn().weights}
    assert [row["name"] for row in tensors] == list(shipped)
    for row in tensors:
        found = np.frombuffer(weights, "<f2", np.prod(row["shape"]), row["offset"]).reshape(row["shape"])
        # Half precision has eleven binary digits; below 2**-14 the steps are 2**-24.
        steps = np.maximum(np.abs(shipped[row["name"]]) * 2.0**-11, 2.0**-25)
        assert np.all(np.abs(found.astype(np.float64) - shipped[row["name"]]) <= steps)


@pytest.mark.slow
def test_rounding_the_weights_costs_no_accuracy():
    digits = mnist("5k").unseen
    answers = [
        export.forward(model, digits.images).argmax(axis=1)
        for model in (load_mnist_cnn(), half_precision.round_weights(load_mnist_cnn()))
    ]
    assert np.sum(answers[0] != answers[1]) <= 2  # of 5,000
    assert abs(np.mean(answers[0] == digits.labels) - np.mean(answers[1] == digits.labels)) <= 2e-4


def test_the_kernel_is_the_compiled_one_of_this_source():
    kernel = json.loads((SERVED / "manifest.json").read_text())["kernel"]
    assert kernel["source_sha256"] == export.digest((export.HERE / "kernel.ts").read_bytes())
    assert kernel["sha256"] == export.digest((SERVED / "kernel.wasm").read_bytes())


def test_the_whole_page_is_small():
    sizes = {path.name: path.stat().st_size for path in SERVED.iterdir()}
    total = sum(sizes.values()) + (ROOT / "book" / "playground.md").stat().st_size
    print(f"{total:,} bytes")
    assert total <= 1_200_000, sizes


def test_other_pages_do_not_load_any_of_it():
    # Jupyter Book puts every .js and .css file below _static on every page.
    assert {path.suffix for path in SERVED.iterdir()} == {".mjs", ".bin", ".json", ".wasm", ".png"}


def test_nothing_comes_from_elsewhere():
    for path in [*SERVED.glob("*.mjs"), *(SERVED.parent / "live").glob("*.mjs")]:
        source = path.read_text()
        assert not re.search(r"https?:|//\w+\.\w+/", source), path.name
        for module in re.findall(r"from \"(.*?)\"", source):
            assert (path.parent / module).is_file(), f"{path.name} imports {module}"


# The engine


def test_the_reference_has_all_classes_as_targets_of_all_digits(reference_folder):
    _, plan = read_reference(reference_folder)
    pairs = {(number % 10, row["target"]) for number, row in enumerate(plan)}
    assert len(plan) == len(pairs) == 100


def stated_bounds():
    """The bounds of the page's own table, by quantity."""
    text = (ROOT / "book" / "playground.md").read_text()
    rows = dict(re.findall(r"^\| ([^|]+) \| (\de-\d) \|$", text, re.MULTILINE))
    shown = {"Grad-CAM": "grad_cam", "occlusion, as part of its largest value": "occlusion"}
    shown |= {"occlusion against double precision, in logits": "occlusion_exact"}
    bounds = {shown.get(name, name): float(bound) for name, bound in rows.items()}
    return bounds | dict.fromkeys(["conv1", "conv2", "conv3"], bounds["feature maps"])


def assert_agreement(agreement):
    """All within 1e-5, and within what the page says."""
    print(table(agreement))
    bounds = stated_bounds()
    assert set(agreement) == set(NAMES)
    for name, gap in agreement.items():
        assert gap <= min(bounds[name], CLOSE), f"{name} differs by {gap:.1e}"


@needs_node
@pytest.mark.parametrize("engine", ["plain", "kernel"])
def test_the_engine_agrees_with_python(engine, reference_folder):
    assert_agreement(node("check_engine.mjs", SERVED, reference_folder, engine))


@pytest.mark.slow
@needs_node
def test_the_rule_for_ties_changes_saliency_as_much_as_the_page_says(tmp_path):
    # The same engine, but the gradient of a tie goes to the last of the largest values.
    shutil.copytree(SERVED, tmp_path / "last")
    shutil.copytree(SERVED.parent / "live", tmp_path / "live")
    source = (SERVED / "engine.mjs").read_text()
    first, last = "if (input[first + step + k] > input[best])", "if (input[first + step + k] >= input[best])"
    assert source.count(first) == 1
    (tmp_path / "last" / "engine.mjs").write_text(source.replace(first, last))
    maps = [
        np.array(node("saliency.mjs", folder)) for folder in (SERVED, tmp_path / "last")
    ]  # (10, 784) each
    gaps, peaks = np.abs(maps[0] - maps[1]), maps[0].max(axis=1)
    shares = np.mean(gaps > 0.01 * peaks[:, np.newaxis], axis=1)
    print(np.round(shares, 2), np.round(gaps.max(axis=1) / peaks, 2))
    assert 0.45 < shares.min() < shares.max() < 0.7
    assert 0.9 < gaps[4].max() / peaks[4] < 1


# Drawing, geometry, challenges: without a browser


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    """What the page's modules say of themselves under node."""
    if shutil.which("node") is None:
        pytest.skip("Node.js: not installed")
    path = tmp_path_factory.mktemp("digits") / "digits.bin"
    path.write_bytes(np.round(mnist("5k").unseen.images * 255).astype(np.uint8).tobytes())
    return node("facts.mjs", SERVED, path, CHECKS / "solutions.json")


def test_real_digits_are_centred_already(facts):
    assert facts["unchanged"] >= 4_999  # of 5,000: one is a pixel smaller than MNIST's box


def test_centring_undoes_shifts_and_fills_the_box(facts):
    assert facts["shiftLeft"] < 1e-6
    large, small, drawn_large, drawn_small = facts["extents"]
    assert large == 20
    assert drawn_large > 25
    assert small == 2 * drawn_small  # at most doubled
    assert facts["empty"]


def test_the_way_back_from_the_image_leads_to_the_drawing(facts):
    assert facts["wayBack"] == pytest.approx(25.5, abs=1)


def test_the_pen_is_round_and_soft_and_the_eraser_takes_single_pixels(facts):
    middle, beside, two_away, touched = facts["dot"]
    assert middle == 1
    assert beside == pytest.approx(0.65)
    assert two_away == 0
    assert touched == 9
    assert facts["erased"] == [2 * 28 + 5, 2 * 28 + 6, 2 * 28 + 7, 2 * 28 + 8, 7 * 28 + 3]


def test_a_value_sees_its_receptive_field_and_nothing_else(facts):
    assert facts["wrongFields"] == 0


def test_random_weights_are_drawn_as_keras_draws_them(facts):
    shapes = {row["name"]: row["shape"] for row in exported()[1]}
    one, other_seed, two, whole = facts["randomised"]
    changed = [{name.split("/")[0] for name in made if made[name]["changed"]} for made in (one, two, whole)]
    assert changed == [{"preds"}, {"dense", "preds"}, {"conv1", "conv2", "conv3", "dense", "preds"}]
    assert one["preds/kernel"]["first"] != other_seed["preds/kernel"]["first"]
    for name, found in whole.items():
        *field, inputs, outputs = shapes[name] if len(shapes[name]) > 1 else (0, 0)
        limit = np.sqrt(6 / (np.prod(field) * (inputs + outputs))) if inputs else 0
        assert 0.97 * limit <= found["largest"] <= limit, name
        assert abs(found["mean"]) <= 0.2 * limit


def test_patches_lie_where_the_helper_puts_them(facts):
    for (patch, stride), found in zip(
        [(7, 2), (5, 5), (9, 4), (28, 3), (1, 1)], facts["positions"], strict=True
    ):
        assert found == _positions((28, 28), patch, stride)[:, 0, 0].tolist()


def test_correlation_and_softmax_are_the_usual_ones(facts):
    alike, of_a_flat_one = facts["correlation"]
    assert alike == pytest.approx(np.corrcoef([1, 2, 3, 5], [2, 1, 4, 4])[0, 1])
    assert of_a_flat_one is None  # NaN in JSON
    assert facts["softmax"] == pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1)), 0])


@pytest.mark.parametrize(("name", "standard", "close"), [("viridis", "viridis", 8), ("blueRed", "RdBu_r", 2)])
def test_colours_are_the_standard_ones(facts, name, standard, close):
    expected = matplotlib.colormaps[standard](np.arange(256))[:, :3] * 255
    assert np.abs(np.array(facts[name]) - expected).max() <= close  # of 255


def test_all_half_precision_numbers_are_read_right(facts):
    bits = np.arange(65_536, dtype=np.uint16)
    bits[(bits >> 10) & 31 == 31] = 0  # infinity and NaN
    assert facts["halves"] == bits.view(np.float16).astype(np.float64).tolist()


def test_wrong_weights_are_refused(facts):
    assert len(facts["complaints"]) == 2
    assert "131072 bytes, 1 are expected" in facts["complaints"][0]
    assert "not those of the manifest" in facts["complaints"][1]


def test_every_challenge_can_be_solved_and_is_not_solved_by_doing_nothing(facts):
    assert len(facts["challenges"]) == 3
    for challenge in facts["challenges"]:
        assert challenge["solution"]["solved"], challenge["solution"]["says"]
        # As it begins; an empty board; one all grey; a clean 1 instead of the 7, a clean 8, a clean 3.
        assert challenge["others"] == [False, False, False, False]
    assert facts["challenges"][2]["solution"]["score"] == 8  # the number that the task names
