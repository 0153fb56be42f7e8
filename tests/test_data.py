"""The digits and the pictures: which they are, how they are split, and that they are verified."""

import shutil

import numpy as np
import pytest

from helpers import data, downloads, example_digits, mnist, settings


def full_or_skip():
    """All of MNIST, where it can be had without the network."""
    try:
        return mnist("full")
    except downloads.Unavailable as problem:
        pytest.skip(f"all of MNIST is needed: {problem}")


@pytest.fixture
def own_folder(monkeypatch, tmp_path):
    """An empty folder named in COURSE_DATA, no downloads, and no network."""
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path / "downloads")
    settings.settings.cache_clear()
    yield tmp_path
    settings.settings.cache_clear()


def same_digits(some, others):
    """How many of some digits are among others, bit for bit."""
    known = {image.tobytes() for image in others.images}
    return sum(image.tobytes() in known for image in some.images)


def test_the_small_set_is_split_4000_to_1000_with_all_classes_equally_often():
    digits = mnist("5k")
    for split, count in (
        (digits.train, 350),
        (digits.validation, 50),
        (digits.test, 100),
        (digits.unseen, 500),
    ):
        assert np.bincount(split.labels).tolist() == [count] * 10
    assert len(digits.train) + len(digits.validation) == 4_000


def test_no_digit_of_the_small_set_is_in_two_splits():
    digits = mnist("5k")
    splits = (digits.train, digits.validation, digits.test)
    together = np.concatenate([split.images for split in splits])
    assert len(np.unique(together.reshape(5_000, -1), axis=0)) == 5_000


def test_the_small_set_is_the_same_every_time():
    once, again = mnist("5k"), mnist("5k")
    assert np.array_equal(once.train.images, again.train.images)
    assert once.test.labels[:12].tolist() == [9, 8, 2, 5, 6, 9, 0, 2, 3, 7, 4, 5]


@pytest.mark.parametrize("which", ["5k", "full"])
def test_images_are_float32_between_0_and_1_with_one_channel(which):
    digits = mnist("5k") if which == "5k" else full_or_skip()
    for split in (digits.train, digits.validation, digits.test):
        assert split.images.dtype == np.float32
        assert split.images.shape == (len(split), 28, 28, 1)
        assert (split.images.min(), split.images.max()) == (0, 1)
        assert split.labels.dtype == np.int64
        assert split.labels.shape == (len(split),)


def test_the_full_set_is_split_as_the_shipped_network_was_trained():
    digits = full_or_skip()
    assert [len(split) for split in (digits.train, digits.validation, digits.test)] == [54_000, 6_000, 10_000]
    assert digits.unseen is digits.test
    assert digits.validation.labels[:5].tolist() == [5, 0, 4, 1, 9]  # the first official training images
    assert digits.test.labels[:5].tolist() == [7, 2, 1, 0, 4]


def test_the_bundled_digits_were_held_back_from_training():
    digits = full_or_skip()
    assert same_digits(mnist("5k").unseen, digits.validation) == 5_000


def test_an_unknown_set_is_told_with_what_is_allowed():
    with pytest.raises(ValueError, match="which='10k' is not allowed: choose auto, full or 5k"):
        mnist("10k")


def test_auto_takes_the_small_set_and_says_so_in_one_line(own_folder, capsys):
    assert mnist("auto").name == "5k"
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "Using 5,000 of MNIST's 70,000 digits, because COURSE_OFFLINE=1" in said
    assert "For all of them" in said


def test_full_is_refused_rather_than_replaced(own_folder):
    with pytest.raises(downloads.Unavailable, match=r"mnist\.npz is not on this disk"):
        mnist("full")


def test_a_broken_file_of_ones_own_is_told(own_folder):
    (own_folder / "mnist.npz").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(downloads.Unavailable, match="it is not a file with MNIST's four arrays"):
        mnist("full")


def small_npz(path, compressed):
    """A file with arrays of the right names, and other numbers."""
    save = np.savez_compressed if compressed else np.savez
    save(path, **{name: np.arange(60, dtype=np.uint8).reshape(3, 20) for name in data.OFFICIAL_MD5})
    return path.read_bytes()


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_broken_at_any_place_is_told(tmp_path, compressed):
    path = tmp_path / "mnist.npz"
    whole = small_npz(path, compressed)
    for place in range(0, len(whole), 13):
        for broken in (whole[:place], whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]):
            path.write_bytes(broken)
            with pytest.raises(ValueError, match=r"MNIST's four arrays|is not the official one"):
                data._read_mnist(path)


def test_a_file_of_another_kind_is_told(tmp_path):
    path = tmp_path / "mnist.npz"
    np.save(path.with_suffix(".npy"), np.zeros(3))
    path.write_bytes(path.with_suffix(".npy").read_bytes())
    with pytest.raises(ValueError, match="it is not a file with MNIST's four arrays"):
        data._read_mnist(path)


def test_arrays_are_verified_whatever_file_they_come_from(own_folder):
    shapes = {
        "x_train": (60_000, 28, 28),
        "y_train": (60_000,),
        "x_test": (10_000, 28, 28),
        "y_test": (10_000,),
    }
    arrays = {name: np.zeros(shape, np.uint8) for name, shape in shapes.items()}
    np.savez_compressed(own_folder / "mnist.npz", **arrays)
    with pytest.raises(downloads.Unavailable, match="its array x_train is not the official one"):
        mnist("full")


def test_one_changed_pixel_is_noticed(own_folder, monkeypatch):
    monkeypatch.undo()
    settings.settings.cache_clear()
    full_or_skip()
    path = downloads.fetch("mnist.npz", verify=data._read_mnist)
    with np.load(path) as file:
        arrays = dict(file)
    arrays["x_test"][0, 0, 0] = 1
    np.savez(own_folder / "mnist.npz", **arrays)
    with pytest.raises(ValueError, match="its array x_test is not the official one"):
        data._read_mnist(own_folder / "mnist.npz")
    shutil.rmtree(own_folder)


def test_example_digits_are_one_of_each_class_and_typical():
    images, labels = example_digits()
    assert (images.shape, images.dtype, labels.tolist()) == ((10, 28, 28, 1), np.float32, list(range(10)))
    bundled = mnist("5k").unseen
    means = np.stack([bundled.images[bundled.labels == k].mean(axis=0) for k in range(10)])
    distance = np.square(images[:, None] - means[None]).sum(axis=(2, 3, 4))  # (10 digits, 10 means)
    assert distance.argmin(axis=1).tolist() == list(range(10))


def test_the_caller_may_change_what_it_got():
    images, _ = example_digits()
    images[:] = 0
    assert example_digits()[0].max() == 1
