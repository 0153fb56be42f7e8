"""The evaluation: right sums, units that are done once and go on where they ended, what is asked of what."""

import json
import re
from importlib.metadata import version
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import gaussian_filter

from evaluations import __main__ as command
from evaluations import plan, scores, store, subjects
from evaluations.plan import CONTROLS, FULL, METHODS, QUICK, TESTS, Unit, part, passes, units
from evaluations.summary import spread, summarise
from helpers import evaluation, every_method
from helpers.agreement import energy_inside
from helpers.data import mnist
from helpers.every_method import no_network
from helpers.occlusion import occlusion
from helpers.randomization import with_weights
from helpers.saliency import saliency

SCORES = np.array([[0.1, 0.5, 0.9], [0.3, 0.5, 1.3]])  # two draws, three pictures
MAPS = Unit("digits", "maps", "gradient")
HASHES = dict.fromkeys(TESTS, "a hash")


@pytest.fixture
def kept(tmp_path):
    """A store with one unit in it."""
    place = store.Store(tmp_path, QUICK, HASHES)
    place.put(MAPS, {"maps": SCORES})
    return place


# Means and spreads


def test_the_error_has_a_share_of_pictures_and_one_of_draws():
    found = spread(SCORES)
    of_pictures, of_draws = np.std([0.2, 0.5, 1.1], ddof=1), np.std([0.5, 0.7], ddof=1)
    assert found["n"] == [2, 3]
    assert found["empty"] == 0
    assert_allclose(
        [found[name] for name in ("mean", "pictures", "draws", "error")],
        [0.6, of_pictures, of_draws, np.sqrt(of_pictures**2 / 3 + of_draws**2 / 2)],
        atol=1e-4,
    )


def test_what_has_no_answer_is_counted_and_left_out():
    found = spread(np.array([[0.1, np.nan, 0.9]]))
    assert (found["mean"], found["empty"], found["draws"]) == (0.5, 1, 0)
    assert found["error"] == pytest.approx(0.4, abs=1e-4)  # 0.4 * sqrt(2) over the root of two
    assert spread(np.full((2, 3), np.nan)) == {"n": [2, 3], "empty": 6}


def test_the_summary_has_every_test_but_the_maps_and_prices_of_each_networks_size():
    place = SimpleNamespace(
        weights=HASHES, get=lambda unit: {f"{unit.test}, {n}": np.full((1, 2), n) for n in (1, 2)}
    )
    sizes = {"digits": (28, 64), "mosaics": (28, 64), "photographs": (224, 1280), "composed": (224, 1280)}
    given = {
        group: SimpleNamespace(side=side, channels=channels, questions=list)
        for group, (side, channels) in sizes.items()
    }
    found = summarise(place, FULL, given)
    for group, tests in TESTS.items():
        kept = [f"{test}, {n}" for test in tests if test != "maps" for n in (1, 2)]
        assert list(found["scores"][group]) == kept
        assert {one["mean"] for one in found["scores"][group][kept[1]].values()} == {2}
    prices = found["passes"]
    assert (prices["digits"]["occlusion"], prices["photographs"]["occlusion"]) == ((485, 0), (170, 0))
    assert (prices["digits"]["Score-CAM"], prices["photographs"]["Score-CAM"]) == ((65, 0), (1281, 0))


# The plan


def test_every_method_is_in_every_test_once_and_maps_come_first():
    assert METHODS == every_method.METHODS
    assert tuple(no_network(np.zeros((1, 4, 4, 1)))) == CONTROLS
    planned = units()
    assert len(set(planned)) == len(planned) == 11 * sum(len(tests) for tests in TESTS.values())
    for unit in planned:
        if unit.test in plan.NEEDS_MAPS:
            assert planned.index(unit) > planned.index(Unit(unit.group, "maps", unit.method))


def test_the_full_setting_is_what_every_method_takes_by_itself():
    own = every_method.every_method.__kwdefaults__
    for name in ("patch_size", "stride", "n_samples", "steps", "lime_samples"):
        assert FULL["digits"]["options"][name] == own[name]
    assert FULL["digits"]["count"] >= 100
    for group in TESTS:
        assert "max_channels" not in FULL[group]["options"]


@pytest.mark.parametrize("group", ["digits", "photographs"])
def test_prices_are_those_of_the_settings(group):
    side, channels = {"digits": (28, 64), "photographs": (224, 1280)}[group]
    prices = {m: passes(m, FULL[group]["options"], side, channels) for m in METHODS + CONTROLS}
    assert prices["gradient"] == prices["guided gradient"] == prices["Grad-CAM"] == (1, 1)
    assert (prices["SmoothGrad"], prices["integrated gradients"]) == ((50, 50), (65, 65))
    assert prices["Score-CAM"] == (1 + channels, 0)
    assert prices["occlusion"] == ({"digits": 485, "photographs": 170}[group], 0)
    assert {prices[name] for name in CONTROLS} == {(0, 0)}


def test_occlusion_looks_as_often_as_its_price_says():
    given = subjects.subject("digits", 1)
    options = QUICK["digits"]["options"]
    found = occlusion(given.model, given.images, 7, options["patch_size"], options["stride"])
    assert passes("occlusion", options, given.side, given.channels) == (1 + found.heatmap.size, 0)
    assert given.channels == 64


@pytest.mark.parametrize("unit", [u for u in units() if u.method in ("LIME", "ink")], ids="-".join)
def test_every_unit_has_work_for_the_bar(unit):
    assert plan.work(unit, FULL, 28, 64) > plan.work(unit, QUICK, 28, 64) > 0


# Units on disk


def test_a_unit_that_is_kept_is_not_done_again(kept):
    assert_array_equal(kept.get(MAPS)["maps"], SCORES)
    assert kept.get(MAPS._replace(method="LIME")) is None
    assert {path.suffix for path in kept.folder.iterdir()} == {".npz", ".json"}


@pytest.mark.parametrize(
    ("changed", "stays"),
    [
        ({"sensitivity": {"radius": 0.1}}, True),  # not of these maps
        ({"digits": QUICK["digits"] | {"count": 4}}, False),
        ({"digits": QUICK["digits"] | {"options": plan.DIGIT}}, False),
    ],
)
def test_other_settings_do_anew_what_depends_on_them(kept, changed, stays):
    again = store.Store(kept.folder, QUICK | changed, HASHES)
    assert (again.get(MAPS) is not None) == stays


def test_other_weights_or_versions_do_everything_anew(kept, monkeypatch):
    assert store.Store(kept.folder, QUICK, HASHES | {"digits": "another"}).get(MAPS) is None
    monkeypatch.setattr(store, "versions", lambda: {"numpy": "1.0"})
    assert kept.get(MAPS) is None


def test_what_a_test_depends_on_is_its_group_and_its_own_settings():
    assert set(part(FULL, Unit("digits", "insertion", "ink"))) == {"digits", "curves"}
    assert set(part(FULL, Unit("digits", "random weights", "ink"))) == {"digits", "random weights"}
    assert set(part(FULL, Unit("composed", "right place", "ink"))) == {"composed"}


def test_the_manifest_says_settings_versions_and_weights(kept):
    manifest = json.loads((kept.folder / "manifest.json").read_text())
    assert manifest["settings"] == QUICK
    assert manifest["versions"]["tensorflow"] == version("tensorflow")
    assert manifest["weights"] == {"mnist_cnn": "a hash", "efficientnet_lite0": "a hash"}


def test_a_file_that_was_cut_off_counts_as_not_done(kept):
    (path,) = kept.folder.glob("*.npz")
    path.write_bytes(path.read_bytes()[:100])
    assert kept.get(MAPS) is None
    path.write_bytes(b"")
    assert kept.get(MAPS) is None


def test_a_unit_gets_its_name_only_when_it_is_whole(kept, monkeypatch):
    def stop(file, **arrays):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", stop)
    for unit in (MAPS, MAPS._replace(method="LIME")):
        with pytest.raises(KeyboardInterrupt):
            kept.put(unit, {"maps": 2 * SCORES})
    assert [path.name for path in kept.folder.glob("*.npz")] == ["digits--maps--gradient.npz"]
    assert_array_equal(kept.get(MAPS)["maps"], SCORES)


# What is asked of what


def test_digits_were_not_seen_and_mosaics_are_of_four_classes_that_are_recognised():
    given = subjects.subject("mosaics", 3)
    fours = given.images.reshape(3, 4, 4, 28, 28, 1)
    assert_array_equal(fours[:, 0], fours[:, 3])  # four questions about one mosaic
    asked = given.classes.reshape(3, 4, 4)
    for digits, classes, masks in zip(fours[:, 0], asked, given.masks.reshape(3, 4, 56, 56), strict=True):
        probabilities = subjects.forward(given.model, digits)[np.arange(4), classes[:, 0]]
        assert probabilities.min() > subjects.CONFIDENT  # the k-th question is for the k-th digit
        assert len(set(classes[:, 0])) == 4
        for k, mask in enumerate(masks):
            assert_array_equal(mask.reshape(2, 28, 2, 28).any(axis=(1, 3)).ravel(), np.arange(4) == k)


def test_digits_are_the_first_of_those_that_the_network_has_not_seen():
    unseen = mnist("5k").unseen.images[:1000]
    assert_array_equal(subjects.subject("digits", 3).images, unseen[:3])
    known = {image.tobytes() for image in unseen}
    assert {image.tobytes() for image in subjects.subject("mosaics", 3).images} <= known


def test_digits_of_which_the_network_is_less_sure_are_in_no_mosaic(monkeypatch):
    monkeypatch.setattr(subjects, "CONFIDENT", 0.9999)
    given = subjects.mosaics(10)
    own = np.arange(160).reshape(10, 4, 4)[:, range(4), range(4)].ravel()  # each digit with its own class
    found = subjects.forward(given.model, given.images[own])[np.arange(40), given.classes[own]]
    assert found.min() > 0.9999


@pytest.mark.slow
def test_of_each_pair_of_photographs_both_are_asked_for_in_both_orders():
    given = subjects.subject("composed", 1)
    assert_array_equal(given.classes, [285, 967, 967, 285])  # cat and espresso, espresso and cat
    assert_array_equal(given.images[0], given.images[1])
    assert np.abs(given.images[0] - given.images[2]).max() > 1
    assert given.masks[:, :, 0].all(axis=1).tolist() == [True, False, True, False]
    assert_array_equal(given.masks.mean(axis=(1, 2)), 0.5)
    asked = given.questions()
    assert [(one["left"], one["right"]) for one in asked] == [("cat", "espresso")] * 2 + [
        ("espresso", "cat")
    ] * 2
    sure = subjects.forward(given.model, given.images)[:, 967]
    assert_allclose([one["probability"] for one in asked[1:3]], sure[1:3], atol=1e-4)
    # The cat's fur is at the cat's place, in both orders.
    assert_allclose(given.images[0][8:-8, 8:100], given.images[2][8:-8, 120:212], atol=0.1)


@pytest.mark.slow
def test_photographs_are_explained_for_the_networks_own_answer():
    given = subjects.subject("photographs", 2)
    unit = Unit("photographs", "maps", "gradient")
    settings = QUICK | {"photographs": QUICK["photographs"] | {"count": 2}}
    assert_array_equal(given.classes, [285, 967])
    maps = scores.run(unit, settings)["maps"]
    assert_allclose(maps[0], saliency(given.model, given.images), rtol=1e-3, atol=1e-5)
    found = scores.run(unit._replace(test="deletion"), settings, maps)
    assert set(found) == {"deletion, grey", "deletion, blur"}
    assert_allclose(given.baselines["blur"][0], gaussian_filter(given.images[0], (10, 10, 0)), atol=1e-5)
    grey = evaluation.deletion(given.model, given.images, maps[0], given.classes, 0.0, steps=2).areas
    assert_allclose(found["deletion, grey"][0], grey, atol=1e-5)
    assert np.abs(found["deletion, grey"] - found["deletion, blur"]).max() > 0


# What the tests give


def run(test, method, maps=None):
    return scores.run(Unit("digits", test, method), QUICK, maps)


def test_maps_by_chance_are_drawn_as_often_as_is_said():
    noise, edges = run("maps", "noise")["maps"], run("maps", "edges")["maps"]
    assert noise.shape == (2, 3, 28, 28)
    assert edges.shape == (1, 3, 28, 28)
    assert np.abs(noise[0] - noise[1]).max() > 0.5


def test_scores_are_those_of_the_helpers():
    given, maps = subjects.subject("digits", 3), run("maps", "gradient")["maps"]
    assert_allclose(maps[0], saliency(given.model, given.images, given.classes), atol=1e-6)
    arguments = given.model, given.images, maps[0], given.classes
    found = run("insertion", "gradient", maps)
    white = evaluation.insertion(*arguments, baseline=1.0, steps=4).areas
    assert_allclose(found["insertion, white"][0], white, atol=1e-6)
    assert_allclose(found["insertion, black"][0], evaluation.insertion(*arguments, steps=4).areas, atol=1e-6)
    hidden = evaluation.fidelity(*arguments, n_samples=10)
    assert_allclose(run("fidelity", "gradient", maps)["fidelity"][0], hidden, atol=1e-6)
    ratio = evaluation.infidelity(*arguments, n_samples=10)
    ratio /= evaluation.infidelity(
        arguments[0], arguments[1], np.zeros((3, 28, 28)), given.classes, n_samples=10
    )
    assert_allclose(run("infidelity", "gradient", maps)["infidelity"][0], ratio, atol=1e-6)


def test_each_draw_of_a_map_is_put_to_a_test_of_its_own():
    given, maps = subjects.subject("digits", 3), run("maps", "noise")["maps"]
    hidden, ratio = (run(test, "noise", maps)[test] for test in ("fidelity", "infidelity"))
    for seed in (0, 1):
        of = given.model, given.images
        more = {"class_index": given.classes, "n_samples": 10, "seed": seed}
        assert_allclose(hidden[seed], evaluation.fidelity(*of, maps[seed], **more), atol=1e-6)
        own, nothing = (evaluation.infidelity(*of, one, **more) for one in (maps[seed], 0 * maps[seed]))
        assert_allclose(ratio[seed], own / nothing, atol=1e-6)


def test_an_empty_map_leaves_all_of_the_losses_unexplained():
    assert_array_equal(run("infidelity", "ink", np.zeros((1, 3, 28, 28)))["infidelity"], 1)


def test_what_knows_no_network_stays_the_same_and_noise_does_not():
    layers = len(with_weights(subjects.subject("digits", 3).model))
    edges, noise = run("random weights", "edges"), run("random weights", "noise")
    assert len(edges) == 2 * layers
    assert {values.shape for values in edges.values()} == {(2, 2)}
    assert_allclose(np.stack(list(edges.values())), 1)
    assert np.abs(np.stack(list(noise.values()))).max() < 0.2
    gradient = run("random weights", "gradient")
    assert gradient["rank, 5 layers"].max() < gradient["rank, 1 layer"].max() < 0.99
    assert np.ptp(gradient["rank, 1 layer"], axis=0).min() > 0  # each draw has other weights


def test_sensitivity_is_that_of_the_helper_with_the_radius_of_the_settings():
    given = subjects.subject("digits", 3)
    images, classes = given.images[:2], given.classes[:2]
    moved = evaluation.sensitivity(lambda x: saliency(given.model, x, classes), images, 0.02, 1)
    assert_allclose(run("sensitivity", "gradient")["sensitivity"][0], moved, rtol=1e-4)


def test_noise_that_is_the_same_each_time_has_no_sensitivity():
    assert np.isnan(run("sensitivity", "noise")["sensitivity"]).all()
    assert_array_equal(run("sensitivity", "ink")["sensitivity"].shape, (1, 2))
    assert (
        run("sensitivity", "ink")["sensitivity"].max() < run("sensitivity", "gradient")["sensitivity"].min()
    )


def test_ink_is_in_a_cell_of_a_mosaic_as_much_as_the_digit_has_of_it():
    given = subjects.subject("mosaics", 1)
    found = scores.run(Unit("mosaics", "right place", "ink"), QUICK)["right place"]
    ink = given.images[:4].sum(axis=(1, 2, 3))
    assert_allclose(found, [ink / ink.sum()], rtol=1e-5)
    assert_allclose(found.sum(), 1)
    assert energy_inside(np.ones((4, 56, 56)), given.masks).tolist() == [0.25] * 4


# The whole


@pytest.mark.slow
def test_a_run_that_is_cut_off_goes_on_where_it_ended(tmp_path, monkeypatch):
    done, whole = [], scores.run

    def stop_at_five(unit, *rest):
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(unit)
        return whole(unit, *rest)

    little = QUICK | {"digits": QUICK["digits"] | {"count": 2}}
    with monkeypatch.context() as patch:
        patch.setattr(scores, "run", stop_at_five)
        with pytest.raises(KeyboardInterrupt):
            command.evaluate(little, tmp_path, ["mosaics"])
    monkeypatch.setattr(scores, "run", lambda unit, *rest: done.append(unit) or whole(unit, *rest))
    assert command.evaluate(little, tmp_path, ["mosaics"]) is None  # the other groups are missing
    assert done == units(["mosaics"])  # each once
    assert command.evaluate(little, tmp_path, ["mosaics"]) is None
    assert len(done) == 11


def test_json_has_a_line_for_each_method_and_loses_nothing():
    results = {"a": {"b": {"n": [2, 3], "mean": 0.5}, "c": {"n": [1, 1]}}, "d": [1, 2]}
    text = command.dumps(results)
    assert json.loads(text) == results
    assert re.search(r'^ *"b": \{ "n": \[ 2, 3 \], "mean": 0.5 \},$', text, re.MULTILINE)


def test_only_a_whole_run_is_written(tmp_path, monkeypatch, capsys):
    asked, drawn = [], []
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(command, "draw", lambda *given: drawn.append(given))
    monkeypatch.setattr(command, "evaluate", lambda *given: asked.append(given) or {"a": 1})
    command.main(["--quick", "--folder", str(tmp_path)])
    assert asked == [(QUICK, tmp_path / "quick", tuple(TESTS))]
    assert "Nothing written" in capsys.readouterr().out
    monkeypatch.setattr(command, "evaluate", lambda *given: asked.append(given))
    command.main(["--only", "mosaics", "--folder", str(tmp_path)])
    assert asked[1] == (FULL, tmp_path / "full", ["mosaics"])
    assert not drawn
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(command, "evaluate", lambda *given: {"a": 1})
    command.main(["--folder", str(tmp_path)])
    assert json.loads((tmp_path / "results.json").read_text()) == {"a": 1}
    assert drawn[0][0] == {"a": 1}
