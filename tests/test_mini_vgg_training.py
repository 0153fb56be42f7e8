"""The training of mini-VGG: what happens to the pictures, the schedule, and what is measured at the end."""

import io
import json
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from helpers.backbones import load_backbone
from helpers.backend import keras, tf
from helpers.mini_vgg import build_mini_vgg
from helpers.settings import settings
from training import loop, mini_vgg
from training.mini_vgg import (
    FusedBatchNormalization,
    Schedule,
    Split,
    crop_and_mirror,
    cut_mix,
    jitter_colours,
    learning_rate_at,
    read_archive,
    read_classes,
    size_at,
)
from training.mini_vgg_card import confusions, measure, render

IMAGES = np.random.default_rng(0).uniform(0, 255, (8, 64, 64, 3)).astype(np.float32)
SEED = tf.constant([1, 2])


# Pictures


@pytest.fixture
def archive(tmp_path):
    """A small archive in the official layout: two listed classes and one more, and grey pictures."""
    path = tmp_path / "tiny-imagenet-50.zip"

    def picture(mode, colour):
        file = io.BytesIO()
        Image.new(mode, (64, 64), colour).save(file, "JPEG", quality=100)
        return file.getvalue()

    with zipfile.ZipFile(path, "w") as file:
        file.writestr("tiny/wnids.txt", "n1\nn3\n")
        file.writestr("tiny/words.txt", "n1\tred thing, thing\nn2\tother\nn3\tgrey thing\n")
        file.writestr("tiny/val/val_annotations.txt", "v0.JPEG\tn3\t0\t0\t1\t1\nv1.JPEG\tn2\t0\t0\t1\t1\n")
        file.writestr("tiny/val/images/v0.JPEG", picture("L", 99))
        file.writestr("tiny/val/images/v1.JPEG", picture("L", 1))
        file.writestr("tiny/train/n1/images/n1_0.JPEG", picture("RGB", (254, 0, 0)))
        file.writestr("tiny/train/n1/n1_boxes.txt", "n1_0.JPEG\t0\t0\t1\t1\n")
        file.writestr("tiny/train/n2/images/n2_0.JPEG", picture("RGB", (0, 0, 254)))
        file.writestr("tiny/train/n3/images/n3_0.JPEG", picture("L", 50))
    return path


def test_the_archive_gives_pictures_and_labels_in_the_order_of_the_classes(archive, monkeypatch):
    monkeypatch.setattr(mini_vgg, "MINI_VGG_CLASSES", 2)
    classes = read_classes(archive)
    assert classes == [("n1", "red thing"), ("n3", "grey thing")]
    training, validation = read_archive(archive, classes)
    assert training.labels.tolist() == [0, 1]
    assert validation.labels.tolist() == [1]
    assert np.abs(training.images[0, 0, 0].astype(int) - (254, 0, 0)).max() <= 2
    assert (training.images[1] == 50).all()
    assert (validation.images == 99).all()


def test_of_an_archive_with_more_classes_those_of_the_course_are_read(archive, monkeypatch, tmp_path):
    monkeypatch.setattr(mini_vgg, "MINI_VGG_CLASSES", 1)
    monkeypatch.setattr(mini_vgg, "WEIGHTS", tmp_path)
    (tmp_path / "mini_vgg.json").write_text(json.dumps({"classes": [{"wnid": "n3", "name": "x"}]}))
    assert read_classes(archive) == [("n3", "grey thing")]
    training, _ = read_archive(archive, read_classes(archive))
    assert training.labels.tolist() == [0]
    assert (training.images == 50).all()


def ramp(axis, count=200):
    """Pictures that get brighter by one with each pixel along an axis."""
    shape = [1, 1, 1, 1]
    shape[axis] = 64
    return np.broadcast_to(np.arange(64, dtype=np.float32).reshape(shape), (count, 64, 64, 3))


def test_half_of_the_crops_are_mirrored_and_none_stands_on_its_head():
    left_to_right = crop_and_mirror(ramp(axis=2), SEED, 0.3, 64).numpy()
    top_to_bottom = crop_and_mirror(ramp(axis=1), SEED, 0.3, 64).numpy()
    assert 0.4 < np.mean(left_to_right[:, 0, -1, 0] < left_to_right[:, 0, 0, 0]) < 0.6
    assert (top_to_bottom[:, -1, 0, 0] > top_to_bottom[:, 0, 0, 0]).all()


def test_a_crop_keeps_the_share_of_the_area_that_it_must():
    found = crop_and_mirror(ramp(axis=2), SEED, 0.25, 64).numpy()
    widths = np.abs(found[:, 0, -1, 0] - found[:, 0, 0, 0]) / 63
    # A width is the root of area x ratio: at least that of a quarter of the area at 3 : 4.
    assert widths.min() >= np.sqrt(0.25 * 0.75) - 0.01
    assert widths.max() <= 1.001
    assert widths.std() > 0.1


@pytest.mark.parametrize("size", [32, 48, 64])
def test_crops_have_the_size_that_is_wanted_and_the_mean_of_the_picture(size):
    flat = np.full((4, 64, 64, 3), 77, np.float32)
    found = crop_and_mirror(flat, SEED, 0.3, size).numpy()
    assert found.shape == (4, size, size, 3)
    assert np.allclose(found, 77, atol=1e-3)


def test_colours_stay_in_their_range_and_change_picture_by_picture():
    found = jitter_colours(IMAGES, SEED).numpy()
    assert 0 <= found.min() <= found.max() <= 255
    change = found.mean(axis=(1, 2, 3)) / IMAGES.mean(axis=(1, 2, 3))
    assert change.std() > 0.05
    assert np.allclose(jitter_colours(IMAGES, SEED, strength=0.0), IMAGES, atol=1e-3)


def test_cut_mix_mixes_the_targets_by_the_area_that_was_pasted():
    images = np.zeros((4, 64, 64, 3), np.float32)
    images[1::2] = 1
    targets = tf.one_hot([0, 1, 0, 1], 2)
    mixed, shares = cut_mix(tf.constant(images), targets, SEED)
    pasted = mixed.numpy()[0].mean()
    assert 0.25**2 - 0.02 <= pasted <= 0.75**2 + 0.02
    assert np.allclose(shares[0], [1 - pasted, pasted], atol=1e-5)
    assert np.allclose(shares[1], [pasted, 1 - pasted], atol=1e-5)


# The schedule


def run(schedule, pace):
    """Play a training through; ``pace`` gives the seconds of an epoch from its number and size."""
    history, spent = [], 0.0
    schedule.spent = lambda: spent
    while schedule.another(history):
        assert len(history) < 1000, "it never ends"
        size = size_at(schedule.start)
        seconds = pace(len(history), size)
        spent += seconds
        history.append({"seconds": seconds, **schedule.row()})
    return history


SPEED = {32: 20.0, 48: 40.0, 64: 70.0}


def budgeted(minutes):
    return Schedule(budget=60 * minutes, measure_speed=lambda: SPEED)


def test_a_number_of_epochs_is_kept():
    history = run(Schedule(epochs=7), lambda *_: 1.0)
    assert len(history) == 7
    assert history[-1]["progress"] == 1
    assert np.allclose(np.diff([row["progress"] for row in history]), 1 / 7)


@pytest.mark.parametrize("factor", [0.5, 1.0, 4.0])
def test_a_budget_is_used_and_not_overrun_on_a_machine_that_is_faster_or_slower_than_it_seemed(factor):
    history = run(budgeted(60), lambda _, size: factor * SPEED[size])
    assert history[-1]["progress"] == 1
    last = factor * SPEED[64]
    assert 3600 - last <= history[-1]["spent"] <= 3600 + 2 / 3 * last


def test_a_budget_is_kept_when_the_machine_slows_down_in_the_middle():
    history = run(budgeted(60), lambda epoch, size: SPEED[size] * (1 if epoch < 20 else 3))
    assert history[-1]["progress"] == 1
    assert history[-1]["spent"] <= 3600 + 3 * SPEED[64]


def test_a_budget_that_is_spent_ends_after_one_more_epoch():
    schedule = budgeted(1)
    schedule.spent = lambda: 100.0
    row = {"progress": 0.4, "size": 48, "seconds": 40.0, "spent": 100.0}
    assert schedule.another([row])
    assert schedule.end == 1


def test_a_stall_of_the_machine_does_not_count_when_its_speed_is_measured(monkeypatch):
    """Ten steps a size, of a tenth of a second by a clock of the test's own; one takes half an hour."""
    steps = np.full(10, 0.1)
    steps[4] = 1800
    now = iter(np.cumsum(np.tile(steps, 3)))

    class Model:
        def fit(self, data, callbacks, **_):
            for step in data:
                callbacks[0].on_train_batch_end(step, {})

    monkeypatch.setattr(mini_vgg, "time", SimpleNamespace(perf_counter=lambda: next(now)))
    monkeypatch.setattr(mini_vgg, "build", lambda seed: Model())
    monkeypatch.setattr(mini_vgg, "batches", lambda *_: tf.data.Dataset.range(100))
    split = Split(np.zeros((25_600, 1, 1, 3)), np.zeros(25_600))
    speed = mini_vgg.measure_speed(split, seed=0)
    assert speed == pytest.approx({32: 20, 48: 20, 64: 20})  # 200 batches of 128


def test_the_three_sizes_get_their_shares_of_the_training():
    history = run(Schedule(epochs=100), lambda *_: 1.0)
    sizes = [row["size"] for row in history]
    assert (sizes.count(32), sizes.count(48), sizes.count(64)) == (30, 35, 35)


def test_the_learning_rate_rises_to_its_peak_and_falls_to_zero():
    assert learning_rate_at(0) == 0
    assert learning_rate_at(0.05) == pytest.approx(0.05)
    assert learning_rate_at(0.1) == pytest.approx(0.1)
    assert learning_rate_at(0.55) == pytest.approx(0.05)
    assert learning_rate_at(1) == pytest.approx(0, abs=1e-9)


# The network in training


def test_fused_batch_normalisation_is_batch_normalisation():
    x = np.random.default_rng(0).normal(3, 2, (50, 4, 4, 3)).astype(np.float32)
    ours, theirs = FusedBatchNormalization(momentum=0.5), keras.layers.BatchNormalization(momentum=0.5)
    assert np.allclose(ours(x, training=True), theirs(x, training=True), atol=1e-4)
    # The moving variance is that of the population, a factor of 800 / 799 larger.
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert np.allclose(mine, other, rtol=2e-3)
    assert np.allclose(ours(x, training=False), theirs(x, training=False), rtol=2e-3, atol=2e-3)


@pytest.mark.slow
def test_an_interrupted_training_ends_in_the_same_weights(monkeypatch, tmp_path):
    monkeypatch.setattr(loop, "RUNS", tmp_path)
    monkeypatch.setattr(mini_vgg, "BATCH", 4)
    monkeypatch.setattr(mini_vgg, "SIZES", ((0.0, 32),))
    random = np.random.default_rng(0)
    split = Split(random.integers(0, 256, (8, 64, 64, 3), np.uint8), np.arange(8, dtype=np.int32))

    def trained(epochs_at_once):
        for _ in range(2 // epochs_at_once):
            schedule = Schedule(epochs=2)
            kept, asked = schedule.another, []

            def another(history, kept=kept, asked=asked):
                asked.append(history)
                return kept(history) and len(asked) <= epochs_at_once

            schedule.another = another
            model, history = mini_vgg.train_network(split, split, schedule, seed=3)
        return model.get_weights(), history

    straight, history = trained(2)
    (tmp_path / "mini_vgg").rename(tmp_path / "straight")
    resumed, again = trained(1)
    assert [row["progress"] for row in history] == [row["progress"] for row in again] == [0.5, 1.0]
    assert all(np.array_equal(one, other) for one, other in zip(straight, resumed, strict=True))


# What is measured at the end


def test_confusions_are_the_wrong_ones_the_most_frequent_first():
    counts = np.array([[9, 0, 2], [1, 9, 0], [0, 3, 7]])
    assert confusions(counts, "abc", most=2) == [
        {"true": "c", "predicted": "b", "count": 3},
        {"true": "a", "predicted": "c", "count": 2},
    ]


def test_the_accuracy_on_the_validation_pictures_is_the_cards():
    if not (settings().data and (settings().data / "tiny-imagenet-50.zip").is_file()):
        pytest.skip("COURSE_DATA has no tiny-imagenet-50.zip")
    path = mini_vgg.find_archive()
    shipped = load_backbone("mini_vgg")
    classes = read_classes(path)
    assert tuple(classes) == shipped.classes
    _, validation = read_archive(path, classes)
    facts = json.loads((mini_vgg.WEIGHTS / "mini_vgg.json").read_text())
    found = measure(shipped, validation.images, validation.labels, sizes=())
    assert found["top1"] == pytest.approx(facts["top1"], abs=0.001)
    assert found["top5"] == pytest.approx(facts["top5"], abs=0.001)


def test_the_network_in_training_has_the_weights_of_the_one_that_is_shipped():
    shapes = [weight.shape for weight in build_mini_vgg().weights]
    assert [weight.shape for weight in mini_vgg.build(0).weights][: len(shapes)] == shapes


def test_the_card_is_what_the_numbers_make_it():
    facts = json.loads((mini_vgg.WEIGHTS / "mini_vgg.json").read_text())
    assert (mini_vgg.WEIGHTS / "mini_vgg.md").read_text() == render(facts)
