"""The parts of a run over a data set: what is read, how it is told apart, written, and shared out."""

import os
import sys
import threading
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from numpy.testing import assert_array_equal
from small_models import conv_net, random_images

import helpers
from helpers import dataset, explain_dataset
from helpers.bulk import crew, pictures, store, work
from helpers.bulk.pictures import open_pictures

IMAGES = random_images(3)


def explained(count=2):
    """What comes of a chunk of so many pictures."""
    return work.Explained(np.ones((count, 8, 8), np.float32), np.zeros(count, np.int32), {})


@pytest.mark.parametrize(
    ("shape", "size"), [((28, 28, 1), 1000), ((8, 8, 1), 1000), ((224, 224, 3), 16), ((3000, 3000, 1), 1)]
)
def test_a_chunk_has_so_many_pictures(shape, size):
    assert dataset._chunk_size(open_pictures(np.broadcast_to(np.float32(0), (2, *shape))), "a file") == size


@pytest.mark.parametrize("method", ["lime_image", "shapley_image"])
def test_of_one_image_at_a_time_the_class_that_is_given_is_explained(method, tmp_path):
    net = conv_net()
    net.save(tmp_path / "net.keras")
    options = {"class_index": [2, 0, 1], "scheduler": "here", "progress": False, "n_samples": 20}
    maps = explain_dataset(IMAGES, method, tmp_path / "maps", tmp_path / "net.keras", **options)
    for one, image, class_ in zip(maps, IMAGES, (2, 0, 1), strict=True):
        found = getattr(helpers, method)(net, image, class_, n_samples=20)
        values = getattr(found, work.SEGMENTED[method])[found.segments]
        assert_array_equal(one, values.astype(np.float32))


def test_a_class_is_an_int(tmp_path):
    with pytest.raises(ValueError, match=r"class_index=1\.0 is not allowed: give an int"):
        explain_dataset(IMAGES, "saliency", tmp_path, class_index=1.0, scheduler="here", progress=False)


# Telling pictures and arguments apart


def test_a_picture_in_any_block_counts(monkeypatch):
    monkeypatch.setattr(pictures, "BLOCK", IMAGES[0].size)  # one picture each
    for number in range(3):
        changed = IMAGES.copy()
        changed[number, 0, 0] += 1
        assert open_pictures(changed).identity() != open_pictures(IMAGES).identity()
    whole = open_pictures(IMAGES).identity()
    monkeypatch.undo()
    assert open_pictures(IMAGES).identity() == whole


def test_a_file_of_another_size_is_another_picture(tmp_path):
    (tmp_path / "a.png").write_bytes(b"one")
    before = open_pictures(tmp_path).identity()
    (tmp_path / "a.png").write_bytes(b"another")
    assert open_pictures(tmp_path).identity() != before


def test_long_arrays_are_told_apart_by_their_numbers():
    assert store.plain(np.arange(20)) == store.plain(list(range(20)))
    assert store.plain(np.arange(20)) != store.plain(np.arange(20)[::-1])
    assert store.plain(np.arange(20)) != store.plain(np.r_[:19, 99])
    assert set(store.plain(np.arange(20))) == {"shape", "dtype", "sha256"}


def test_a_file_of_another_name_is_another_picture(tmp_path):
    (tmp_path / "a.png").write_bytes(b"one")
    before = open_pictures(tmp_path).identity()
    (tmp_path / "a.png").rename(tmp_path / "b.png")
    assert open_pictures(tmp_path).identity() != before


def test_a_folder_is_free_once_a_run_has_left_it(tmp_path):
    one, other = store.Store(tmp_path), store.Store(tmp_path)
    with one, pytest.raises(store.Unfinished, match="another run is writing"), other:
        pass
    with other:
        assert one.folder == other.folder


# Writing


def test_a_file_has_its_name_once_it_is_whole_and_the_record_comes_last(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(store.os, "fsync", lambda _: seen.append(sorted(p.name for p in tmp_path.glob("0*"))))
    with store.Store(tmp_path) as kept:
        kept.keep(0, explained(), None)
    assert seen == [["00000.npy.part"], ["00000.json.part", "00000.npy"]]


def test_a_record_of_another_number_of_pictures_is_not_taken(tmp_path):
    with store.Store(tmp_path) as kept:
        kept.keep(0, explained(2), None)
        assert kept.done({"count": 2, "chunk": 4}) == {0}
        assert kept.done({"count": 3, "chunk": 4}) == set()


# Sharing out


def test_the_scheduler_that_is_named_goes_before_that_of_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "elsewhere")
    for given, used in (("there", "there"), (None, "elsewhere")):
        with pytest.raises(ValueError, match=f"scheduler='{used}' is not allowed"):
            explain_dataset(IMAGES, "saliency", tmp_path, scheduler=given, progress=False)


@pytest.mark.parametrize(("memory", "workers"), [(1, 1), (5, 2), (64, 8)])
def test_a_worker_for_each_core_if_there_are_two_gibibytes_for_each(memory, workers, monkeypatch):
    monkeypatch.setattr(crew.os, "sched_getaffinity", lambda _: range(8), raising=False)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=memory * 2**30))
    assert crew._workers() == workers


def test_a_worker_has_one_thread_unless_the_environment_wants_more(monkeypatch):
    monkeypatch.setattr(work, "explain", lambda: None)
    monkeypatch.setattr(os, "environ", {"TF_NUM_INTRAOP_THREADS": "3"})
    monkeypatch.delitem(sys.modules, "tensorflow")
    work.explain_on_worker()
    assert os.environ == {"TF_NUM_INTRAOP_THREADS": "3", "TF_NUM_INTEROP_THREADS": "1"}


def test_a_process_explains_one_chunk_at_a_time(monkeypatch):
    def begin(_):
        begun.set()
        raise work.Mismatch

    def explain():
        with pytest.raises(work.Mismatch):
            work.explain(None, IMAGES)

    begun = threading.Event()
    monkeypatch.setattr(work, "_check_versions", begin)
    other = threading.Thread(target=explain)
    with work.BUSY:
        other.start()
        assert not begun.wait(0.3)
    assert begun.wait(10)
    other.join()
