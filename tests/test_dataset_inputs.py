"""What a data set, a network and a folder may be, and what is said of those that are none."""

import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from small_models import conv_net, random_images

from helpers import explain_dataset, load_maps, validate
from helpers.bulk import crew, store, work
from helpers.bulk.pictures import open_pictures

IMAGES = random_images(6)
GREY = np.linspace(0, 255, 64).reshape(8, 8).astype(np.uint8)


@pytest.fixture
def explain(tmp_path):
    """``explain(images, ...)``: in this process, quietly, by a small network in a file."""
    conv_net().save(tmp_path / "net.keras")

    def call(images=IMAGES, folder="maps", **options):
        options = {"model": tmp_path / "net.keras", "scheduler": "here", "progress": False} | options
        return explain_dataset(images, "saliency", tmp_path / folder, **options)

    return call


# Pictures


def test_no_name_is_not_the_folder_that_one_is_in(monkeypatch, tmp_path):
    Image.fromarray(GREY).save(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="images='' is not allowed: give an array, a folder"):
        open_pictures("")


def test_pictures_of_different_shapes_are_told():
    with pytest.raises(ValueError, match="images have different shapes"):
        open_pictures([np.zeros((8, 8, 1)), np.zeros((4, 8, 1))])


def test_a_tensor_is_an_array():
    from helpers.backend import tf

    assert_array_equal(open_pictures(tf.constant(IMAGES)).read(slice(0, 6)), IMAGES)


@pytest.mark.parametrize("size", [0, 200])
def test_an_array_on_the_disk_that_is_damaged_is_told(size, tmp_path):
    np.save(tmp_path / "images.npy", IMAGES)
    os.truncate(tmp_path / "images.npy", size)
    with pytest.raises(ValueError, match=r"images='.*images\.npy' is damaged, or not an array: "):
        open_pictures(tmp_path / "images.npy")


def test_numbers_too_large_for_float32_count_as_infinite(explain):
    images = IMAGES.astype(np.float64)
    images[2] *= 1e300
    assert explain(images).skipped == {2: "holds 64 values that are NaN or infinite"}


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
def test_a_link_to_nowhere_is_named_and_skipped(explain, tmp_path):
    folder = tmp_path / "pictures ä ö"
    folder.mkdir()
    Image.fromarray(GREY).save(folder / "b.png")
    (folder / "a.png").symlink_to(folder / "gone")
    (folder / "c.png").symlink_to(folder / "c.png")
    (folder / "d.png").mkdir()
    (folder / "e.png").symlink_to(folder / "d.png")
    maps = explain(folder)
    assert maps.names == ["a.png", "b.png", "c.png"]
    assert sorted(maps.skipped) == [0, 2]
    assert np.isfinite(maps[1]).all()


@pytest.mark.skipif(os.name == "nt", reason="names are always Unicode on Windows")
def test_a_name_that_is_no_utf_8_is_a_name(explain, tmp_path):
    (tmp_path / "pictures").mkdir()
    Image.fromarray(GREY).save(tmp_path / "a.png")
    try:
        os.rename(tmp_path / "a.png", os.fsencode(tmp_path / "pictures") + b"/caf\xe9.png")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    names = explain(tmp_path / "pictures").names
    assert [os.fsencode(name) for name in names] == [b"caf\xe9.png"]
    assert load_maps(tmp_path / "maps").names == names


def decoded(image, tmp_path, ending="png", channels=1, **options):
    """What becomes of a picture of PIL's once it has been in a file."""
    image.save(tmp_path / f"picture.{ending}", **options)
    return work._decode((tmp_path / f"picture.{ending}").read_bytes(), channels)


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_of_16_bits_the_upper_eight_are_taken(ending, tmp_path):
    wide = Image.fromarray(GREY.astype(np.uint16) * 257)
    assert_array_equal(decoded(wide, tmp_path, ending)[..., 0], GREY)
    assert_array_equal(decoded(wide, tmp_path, ending, channels=3)[..., 2], GREY)


def test_a_picture_of_numbers_without_a_range_is_told(tmp_path):
    with pytest.raises(OSError, match="mode F: 8 or 16 bits are needed"):
        decoded(Image.fromarray(GREY.astype(np.float32)), tmp_path, "tif")


def test_a_photograph_is_turned_as_its_camera_noted(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side: a quarter turn clockwise puts it upright
    turned = decoded(Image.fromarray(GREY), tmp_path, exif=exif)
    assert_array_equal(turned[..., 0], np.rot90(GREY, -1))


@pytest.mark.parametrize(("mode", "ending"), [("CMYK", "jpg"), ("RGBA", "webp"), ("P", "gif"), ("1", "png")])
def test_other_kinds_of_pictures_become_grey_or_rgb(mode, ending, tmp_path):
    image = Image.fromarray(np.stack([GREY] * 3, axis=-1)).convert(mode)
    for channels in (1, 3):
        picture = decoded(image, tmp_path, ending, channels)
        assert (picture.shape, picture.dtype) == ((8, 8, channels), np.uint8)
        assert np.corrcoef(picture[..., 0].ravel(), GREY.ravel())[0, 1] > 0.6


# The network


def test_a_network_that_was_trained_on_is_another_network(explain, tmp_path):
    before = explain(folder="before")
    conv_net(seed=5).save(tmp_path / "net.keras")
    after = explain(folder="after")
    assert before.manifest["weights"] != after.manifest["weights"]
    assert np.abs(before[:] - after[:]).max() > 1e-3


@pytest.mark.parametrize("model", [None, 3, conv_net])
def test_a_model_is_given_by_name(model, explain):
    model = model() if callable(model) else model
    with pytest.raises(ValueError, match=r"is not allowed: give mnist_cnn.*by the name of its file"):
        explain(model=model)


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_network_that_cannot_be_loaded_is_told_on_one_line(ending, explain, tmp_path):
    (tmp_path / f"bad.{ending}").write_bytes(b"no network")
    with pytest.raises(ValueError, match=rf"bad\.{ending}' cannot be loaded as a Keras network") as problem:
        explain(model=tmp_path / f"bad.{ending}")
    assert "\n" not in str(problem.value)
    assert "not found: filepath" not in str(problem.value)


# The folder


def test_files_of_others_are_left_alone(explain, tmp_path):
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "film.part").write_text("half of a film")
    with pytest.raises(ValueError, match=r"maps holds 'film\.part' and no maps \(1 files in all\)"):
        explain()
    assert (tmp_path / "maps" / "film.part").read_text() == "half of a film"
    (tmp_path / "maps" / "film.part").rename(tmp_path / "maps" / ".hidden")
    assert len(explain()) == 6
    (tmp_path / "maps" / "film.part").write_text("half of a film")
    assert len(explain()) == 6
    assert (tmp_path / "maps" / "film.part").exists()


def test_halves_of_a_run_that_was_cut_off_are_removed(explain):
    folder = explain().folder
    for name in ("00001.npy.part", "00001.json.part", "manifest.json.part"):
        (folder / name).touch()
    explain()
    assert list(folder.glob("*.part")) == []


def test_chunks_without_their_manifest_are_not_taken_for_others(explain):
    (explain().folder / "manifest.json").unlink()
    with pytest.raises(ValueError, match=r"holds '00000\.json' and no maps"):
        explain(relu="guided")


@pytest.mark.parametrize("content", ["[]", '{"name": "an app"}', "3"])
def test_a_manifest_of_something_else_is_told(content, explain, tmp_path):
    (tmp_path / "maps").mkdir()
    (tmp_path / "maps" / "manifest.json").write_text(content)
    for call in (explain, lambda: load_maps(tmp_path / "maps")):
        with pytest.raises(ValueError, match=r"manifest\.json is not one of maps"):
            call()


@pytest.mark.parametrize("content", ["[]", '{"classes": [0, 0, 0, 0, 0, 0]}'])
def test_a_record_of_something_else_is_no_record(content, explain):
    maps = explain()
    expected = maps[:]
    (maps.folder / "00000.json").write_text(content)
    assert store.read_record(maps.folder, 0) is None
    assert_array_equal(explain()[:], expected)


def test_a_folder_that_cannot_be_written_to_is_told(explain, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(store.FileLock, "acquire", refuse)
    with pytest.raises(ValueError, match=r"maps' cannot be written to \(Permission denied\)"):
        explain()


@pytest.mark.parametrize("folder", [None, 3])
def test_a_folder_is_given_by_name(folder):
    for call in (load_maps, lambda folder: explain_dataset(IMAGES, "saliency", folder, progress=False)):
        with pytest.raises(ValueError, match=f"folder={folder} is not allowed: give the name of a folder"):
            call(folder)


def test_a_file_is_no_folder_of_maps(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="file holds no maps"):
        load_maps(tmp_path / "file")


def test_maps_on_the_disk_cannot_be_seen_without_a_copy(explain):
    with pytest.raises(ValueError, match="copy=False is not allowed"):
        np.asarray(explain(), copy=False)


# Numbers and words


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"chunk": 0}, "^chunk=0 is not allowed: give an int of at least 1$"),
        ({"class_index": -1}, "^class_index=-1 is out of range: classes are 0 to 2$"),
        ({"class_index": [[0], [1, 2]]}, r"^class_index=\[\[0\], \[1, 2\]\] is not allowed"),
        ({"class_index": [0] * 999}, r"^class_index=\[0, .* \.\.\. is not allowed.*\(6\), or None$"),
    ],
)
def test_what_is_not_allowed_is_told_on_a_line_that_can_be_read(options, message, explain):
    with pytest.raises(ValueError, match=message) as problem:
        explain(**options)
    assert len(str(problem.value)) < 250


@pytest.mark.parametrize("scheduler", [5, object(), "tcp://nowhere", "host:12:x"])
def test_a_scheduler_is_an_address(scheduler):
    with pytest.raises(ValueError, match=r"^scheduler=.* is not allowed: give 'here', or the address"):
        crew.work_on_dask(None, iter(()), None, scheduler, show=False)


def test_an_array_is_shown_on_one_line():
    text = validate.shown(np.arange(1000).reshape(50, 20))
    assert "\n" not in text
    assert len(text) == 120
    assert validate.shown("a") == "'a'"
