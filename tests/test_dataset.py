"""A method over a data set: the method's own maps, chunk by chunk, in a folder that is what it says."""

import json
import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from small_models import conv_net, random_images

import helpers
from helpers import explain_dataset, load_maps
from helpers.bulk import crew, store, work
from helpers.bulk.pictures import open_pictures
from helpers.dataset import Unfinished
from helpers.imagenet import centre_square

IMAGES = random_images(11)
SMALL = {
    "saliency": {},
    "smooth_grad": {"n_samples": 3},
    "integrated_gradients": {"steps": 3, "signed": True},
    "grad_cam": {"resize": False},
    "score_cam": {"max_channels": 2},
    "occlusion": {"patch_size": 4, "stride": 4},
    "lime_image": {"n_samples": 20},
    "shapley_image": {"n_samples": 20},
}


@pytest.fixture(scope="module")
def net():
    return conv_net()


@pytest.fixture(scope="module")
def path(net, tmp_path_factory):
    """The file of a small network."""
    path = tmp_path_factory.mktemp("net") / "net.keras"
    net.save(path)
    return path


@pytest.fixture
def explain(path, tmp_path):
    """``explain(images, method, ...)``: in this process, quietly, four pictures in a chunk."""

    def call(images=IMAGES, method="saliency", folder="maps", **options):
        options = {"model": path, "scheduler": "here", "chunk": 4, "progress": False} | options
        return explain_dataset(images, method, tmp_path / folder, **options)

    return call


def alone(method, model, images, classes=None, **parameters):
    """What a method gives for images, by its own function."""
    function = getattr(helpers, method)
    if method in work.SEGMENTED:
        found = [function(model, image, **parameters) for image in images]
        return np.stack([getattr(one, work.SEGMENTED[method])[one.segments] for one in found])
    found = function(model, images, classes, **parameters)
    return getattr(found, work.FIELDS[method]) if method in work.FIELDS else found


# The maps


@pytest.mark.slow
@pytest.mark.parametrize("method", work.METHODS)
def test_the_maps_are_those_of_the_method_itself_in_the_order_of_the_pictures(method, net, explain):
    maps = explain(method=method, **SMALL[method])
    parts = [alone(method, net, IMAGES[k : k + 4], **SMALL[method]) for k in (0, 4, 8)]
    expected = np.concatenate(parts).astype(np.float32)
    assert maps.shape == expected.shape
    assert maps.dtype == np.float32
    assert_array_equal(np.asarray(maps), expected)


def test_classes_are_each_pictures_own_unless_they_are_given(net, explain):
    own = net(IMAGES).numpy().argmax(axis=1)
    assert_array_equal(explain().classes, own)
    given = np.arange(11) % 3
    each = explain(folder="each", class_index=given)
    assert_array_equal(each.classes, given)
    parts = [alone("saliency", net, IMAGES[k : k + 4], given[k : k + 4]) for k in (0, 4, 8)]
    assert_array_equal(each[:], np.concatenate(parts))
    assert_array_equal(explain(folder="one", class_index=2).classes, np.full(11, 2))


def test_maps_are_read_as_an_array_is(explain):
    maps = explain()
    whole = np.asarray(maps)
    assert (len(maps), maps.shape) == (11, (11, 8, 8))
    for index in (3, -1, slice(3, 9), slice(None, None, -2), [9, 0, 9], whole[:, 0, 0] > 0.1):
        assert_array_equal(maps[index], whole[index])
    assert [len(part) for part in maps.chunks()] == [4, 4, 3]
    assert all(isinstance(part, np.memmap) for part in maps.chunks())
    assert_array_equal(np.concatenate(list(maps.chunks())), whole)
    with pytest.raises(IndexError):
        maps[11]
    assert_array_equal(load_maps(maps.folder)[:], whole)


def test_a_network_of_the_course_is_made_from_its_name(tmp_path):
    digits, labels = helpers.example_digits()
    maps = explain_dataset(digits, "saliency", tmp_path, scheduler="here", progress=False)
    assert_array_equal(maps[:], helpers.saliency(helpers.load_mnist_cnn(), digits))
    assert_array_equal(maps.classes, labels)


# The pictures


def test_an_array_on_the_disk_is_read_in_place_and_counts_as_the_same_pictures(explain, tmp_path):
    np.save(tmp_path / "images.npy", IMAGES)
    expected = explain()
    assert isinstance(open_pictures(tmp_path / "images.npy").images, np.memmap)
    assert_array_equal(explain(tmp_path / "images.npy")[:], expected[:])  # the same folder: nothing differs


def test_no_more_than_a_chunk_is_read_at_once(explain):
    class Watched:
        shape, dtype, read = IMAGES.shape, IMAGES.dtype, []

        def __getitem__(self, part):
            self.read.append(len(IMAGES[part]))
            return IMAGES[part]

    explain(Watched(), folder="watched")
    assert Watched.read == [11, 4, 4, 3]  # once for the hash, in blocks of 16 million values; then the chunks


def test_pictures_of_bytes_become_what_the_network_takes(explain):
    pictures = np.random.default_rng(1).integers(0, 256, (5, 8, 8, 1), np.uint8)
    maps = explain(pictures)
    same = explain(pictures.astype(np.float32) / np.float32(255), folder="floats")
    assert_array_equal(maps[:], same[:])


@pytest.fixture
def folder(tmp_path):
    """A folder of pictures, one of which lies deeper, and one of which is none."""
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    draw = np.random.default_rng(2)
    for name, shape in (("b.png", (8, 8)), ("a.PNG", (8, 8)), ("more/c.bmp", (12, 10))):
        Image.fromarray(draw.integers(0, 256, shape, np.uint8)).save(folder / name)
    (folder / "aa.jpg").write_text("no picture")
    (folder / "notes.txt").write_text("not looked at")
    return folder


def test_a_folder_is_read_in_the_order_of_its_names_and_fitted(folder, net, explain):
    maps = explain(folder)
    assert maps.names == ["a.PNG", "aa.jpg", "b.png", "more/c.bmp"]
    images = np.zeros((4, 8, 8, 1), np.float32)
    for place in (0, 2):
        images[place, ..., 0] = np.array(Image.open(folder / maps.names[place])) / np.float32(255)
    large = np.array(Image.open(folder / "more/c.bmp"))
    images[3] = centre_square(np.stack([large] * 3, axis=-1), 8)[..., :1] / np.float32(255)
    expected = helpers.saliency(net, images)
    assert_array_equal(maps[[0, 2, 3]], expected[[0, 2, 3]])


def test_a_picture_that_cannot_be_read_is_named_and_its_map_is_nan(folder, explain):
    whole = (folder / "b.png").read_bytes()
    (folder / "b.png").write_bytes(whole[: len(whole) // 2])
    maps = explain(folder)
    assert sorted(maps.skipped) == [1, 2]
    assert maps.skipped[1] == "is not a picture"
    assert "truncated" in maps.skipped[2]
    assert np.isnan(maps[[1, 2]]).all()
    assert np.isfinite(maps[[0, 3]]).all()
    assert_array_equal(maps.classes == -1, [False, True, True, False])


def test_a_file_that_goes_after_it_was_counted_is_skipped(folder):
    pictures = open_pictures(folder)
    (folder / "b.png").unlink()
    assert pictures.read(slice(2, 3)) == ["No such file or directory"]


def test_a_picture_of_an_array_with_nan_is_skipped_and_changes_no_other(explain):
    images = IMAGES.copy()
    images[5, 2, 3] = np.nan
    maps = explain(images, folder="broken")
    assert maps.skipped == {5: "holds 1 values that are NaN or infinite"}
    others = np.arange(11) != 5
    assert np.isnan(maps[5]).all()
    assert_array_equal(maps[others], explain()[others])


@pytest.mark.slow
def test_the_network_for_photographs_gets_a_folder_prepared(tmp_path):
    espresso = helpers.pictures("espresso")["espresso"]
    (tmp_path / "pictures").mkdir()
    Image.fromarray(espresso).save(tmp_path / "pictures" / "espresso.png")
    maps = explain_dataset(
        tmp_path / "pictures",
        "grad_cam",
        tmp_path / "maps",
        "efficientnet_lite0",
        scheduler="here",
        progress=False,
    )
    lite0 = helpers.load_backbone("efficientnet_lite0")
    image = lite0.preprocess(centre_square(espresso, 224))[np.newaxis]
    assert_array_equal(maps[:], helpers.grad_cam(lite0.model, image))
    assert lite0.classes[maps.classes[0]][1] == "espresso"


# The folder


def test_the_manifest_says_what_the_maps_are(explain, path):
    manifest = explain(method="smooth_grad", n_samples=3, class_index=1).manifest
    assert manifest["method"] == "smooth_grad"
    assert manifest["parameters"] == {"n_samples": 3}
    assert (manifest["class_index"], manifest["count"], manifest["chunk"]) == (1, 11, 4)
    assert (manifest["model"], manifest["weights"]) == ("net.keras", work.weights_hash(str(path)))
    assert manifest["pictures"]["shape"] == [11, 8, 8, 1]
    assert set(manifest["versions"]) == {"tensorflow", "keras", "numpy", "scikit-image", "pillow"}


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"method": "grad_cam"}, 'another method: "saliency", and now it is "grad_cam"'),
        ({"relu": "guided"}, 'another parameters: {}, and now it is {"relu": "guided"}'),
        ({"class_index": 1}, "another class_index: null, and now it is 1"),
        ({"model": "mnist_cnn"}, "another model"),
        ({"images": IMAGES + 1}, "another pictures"),
        ({"images": IMAGES[:10]}, "another count: 11, and now it is 10"),
        ({"chunk": 5}, "another chunk: 4, and now it is 5"),
    ],
)
def test_a_folder_of_something_else_is_left_alone_and_told(options, what, explain):
    maps = explain()
    before = {path.name: path.read_bytes() for path in maps.folder.iterdir()}
    with pytest.raises(ValueError, match=re.escape(what)) as problem:
        explain(**options)
    assert "\n" not in str(problem.value)
    assert {path.name: path.read_bytes() for path in maps.folder.iterdir()} == before


def test_other_versions_are_another_run(explain, monkeypatch):
    explain()
    monkeypatch.setattr(work, "versions", lambda: dict.fromkeys(work.PACKAGES, "0.1"))
    with pytest.raises(ValueError, match=r'another versions: .*now it is .*"tensorflow": "0\.1"'):
        explain()


def test_a_second_call_computes_nothing(explain, monkeypatch):
    maps = explain()
    monkeypatch.setattr(crew, "work_here", None)
    assert_array_equal(explain()[:], maps[:])


@pytest.mark.parametrize("damage", ["cut", "changed", "no maps", "no record", "record cut"])
def test_a_damaged_chunk_is_made_again_and_no_other(damage, explain, monkeypatch):
    maps = explain()[:]
    folder = explain().folder
    file, record = folder / "00001.npy", folder / "00001.json"
    content = file.read_bytes()
    if damage == "cut":
        file.write_bytes(content[:-10])
    elif damage == "changed":
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "record cut":
        record.write_bytes(record.read_bytes()[:-10])
    else:
        (file if damage == "no maps" else record).unlink()
    kept, keep = [], store.Store.keep
    monkeypatch.setattr(store.Store, "keep", lambda self, *a: (kept.append(a[0]), keep(self, *a)))
    assert_array_equal(explain()[:], maps)
    assert kept == [1]


def test_maps_that_are_not_all_there_are_not_given_out(explain):
    folder = explain().folder
    (folder / "00001.json").unlink()
    with pytest.raises(Unfinished, match="has 2 of 3 chunks"):
        load_maps(folder)


def test_a_file_that_is_too_short_is_told_when_it_is_read(explain):
    folder = explain().folder
    (folder / "00001.npy").write_bytes((folder / "00001.npy").read_bytes()[:-10])
    with pytest.raises(ValueError, match=r"00001\.npy is damaged: the same call"):
        load_maps(folder)[5]


def test_what_is_no_folder_of_maps_is_told(explain, tmp_path):
    with pytest.raises(ValueError, match="holds no maps"):
        load_maps(tmp_path)
    folder = explain().folder
    (folder / "manifest.json").write_text("{")
    with pytest.raises(ValueError, match=r"manifest\.json is damaged"):
        load_maps(folder)
    (folder / "manifest.json").write_text(json.dumps({"format": 7}))
    with pytest.raises(ValueError, match="has format 7: 1 is needed"):
        load_maps(folder)


# What is not allowed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "cam"}, "method='cam'.*saliency, smooth_grad"),
        ({"relu": "rectified"}, "relu='rectified'.*vanilla, guided, deconv"),
        ({"rule": 1}, "parameter of saliency='rule'.*batch_size, relu, signed"),
        ({"relu": print}, "print.*numbers, words"),
        ({"images": IMAGES[0]}, r"\(8, 8, 1\).*\(N, H, W, C\)"),
        ({"images": IMAGES[:, :7]}, r"\(4, 7, 8, 1\).*\(N, 8, 8, 1\)"),
        ({"images": np.zeros((2, 8, 8, 3), np.uint8)}, "3 channels.*takes 1"),
        ({"images": IMAGES.astype(int)}, "int64.*float32.*uint8"),
        ({"images": "nowhere"}, "images='nowhere'.*folder"),
        ({"model": "nothing"}, "nothing' is not allowed: give mnist_cnn, efficientnet_lite0 or a saved"),
        ({"class_index": 3}, "class_index=.*3.*0 to 2"),
        ({"class_index": [0, 1]}, r"class_index=\[0, 1\].*one int per image \(11\)"),
        ({"scheduler": "there"}, "scheduler='there'.*'here', or the address.*tcp://"),
        ({"chunk": -1}, "chunk=-1.*at least 1"),
        ({"workers": 0, "scheduler": None}, "workers=0.*at least 1"),
    ],
)
def test_a_wrong_argument_is_told_and_leaves_a_folder_that_can_be_used(options, message, explain):
    with pytest.raises(ValueError, match=message):
        explain(**options)
    assert len(explain()) == 11


def test_a_folder_without_pictures_is_told(explain, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty holds no picture: \.bmp"):
        explain(tmp_path / "empty")


def test_a_folder_that_cannot_be_made_is_told(explain, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"file.* cannot be made"):
        explain(folder="file/maps")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": "0" * 64}, "other weights of .*net.keras: .*, where 00000000 is needed"),
        ({"model": "nowhere.keras"}, "does not find the network nowhere.keras"),
        ({"versions": {**work.versions(), "keras": "2.0"}}, "has keras .*, where 2.0 is needed"),
    ],
)
def test_a_worker_with_another_network_or_version_refuses(change, message, path):
    job = {"model": str(path), "weights": work.weights_hash(str(path)), "versions": work.versions()}
    job = work.Job("saliency", {}, **(job | change))
    with pytest.raises(work.Mismatch, match=message):
        work.explain(job, IMAGES)
