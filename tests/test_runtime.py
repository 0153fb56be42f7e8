"""Settings, seeds and progress."""

import io
import subprocess
import sys

import numpy as np
import pytest

from helpers import backend, progress, settings


@pytest.fixture
def environment(monkeypatch):
    """Set variables, and have the settings read anew; afterwards all is as it was."""
    for name in (*settings.ALLOWED, "COURSE_DATA"):
        monkeypatch.delenv(name, raising=False)
    settings.settings.cache_clear()
    yield monkeypatch.setenv
    settings.settings.cache_clear()


def test_nothing_set_means_auto_with_a_network(environment):
    expected = settings.Settings("auto", "efficientnet_lite0", "auto", offline=False, data=None)
    assert settings.settings() == expected


def test_an_empty_variable_counts_as_not_set(environment):
    environment("COURSE_MNIST", "")
    assert settings.settings().mnist == "auto"


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("COURSE_MNIST", "10k", "auto, full or 5k"),
        ("COURSE_BACKBONE", "resnet", "efficientnet_lite0 or vgg16"),
        ("COURSE_VGG16", "edges", "auto, imagenet or hed"),
        ("COURSE_OFFLINE", "yes", "0 or 1"),
    ],
)
def test_a_wrong_setting_is_told_with_what_is_allowed(environment, name, value, allowed):
    environment(name, value)
    with pytest.raises(ValueError, match=f"{name}='{value}' is not allowed: choose {allowed}"):
        settings.settings()


def test_a_data_folder_that_is_not_there_is_told(environment):
    environment("COURSE_DATA", "no/such/folder")
    with pytest.raises(ValueError, match="COURSE_DATA='no/such/folder' is not a folder"):
        settings.settings()


def test_a_relative_data_folder_begins_at_the_course_wherever_one_is(environment, monkeypatch, tmp_path):
    environment("COURSE_DATA", "data")
    monkeypatch.chdir(tmp_path)
    assert settings.settings().data == settings.ROOT / "data"


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "1", True])
def test_a_seed_that_is_none_is_told(seed):
    with pytest.raises(ValueError, match="is not allowed: give an int from 0 to 4294967295"):
        backend.reproducible(seed)


def test_the_same_seed_gives_the_same_numbers():
    def draw():
        backend.reproducible(3)
        return np.random.random(), float(backend.tf.random.uniform(()))

    assert draw() == draw()


@pytest.mark.slow
def test_importing_the_course_says_nothing():
    code = "from helpers import about; import tensorflow as tf; tf.ones((2, 2)) @ tf.ones((2, 2))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=settings.ROOT)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_what_was_held_back_is_said_if_the_start_fails(capfd):
    def fail():
        with backend._quiet_stderr():
            print("the reason", file=sys.stderr)
            raise ImportError

    with pytest.raises(ImportError):
        fail()
    assert "the reason" in capfd.readouterr().err


def test_a_progress_bar_counts_to_its_total_and_leaves_nothing_behind(monkeypatch):
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    with progress.progress_bar(3, "Occlusion", unit="patches") as step:
        step()
        step(2)
    assert "Occlusion" in said.getvalue()
    assert said.getvalue().endswith("\r")


def test_a_hidden_progress_bar_draws_nothing(capfd):
    with progress.progress_bar(3, "Occlusion", show=False) as step:
        step()
    assert capfd.readouterr() == ("", "")


def test_the_line_about_the_machine_names_versions_and_device():
    assert backend.about().startswith("Python 3.")
    assert f"TensorFlow {backend.tf.__version__}" in backend.about()
    assert ", on " in backend.about()


def test_products_are_computed_with_all_bits_on_any_device():
    assert not backend.tf.config.experimental.tensor_float_32_execution_enabled()
