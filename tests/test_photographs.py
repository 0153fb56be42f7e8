"""The photographs: which they are, whose, and pictures that are composed of two."""

import re
import warnings

import numpy as np
import pytest
from skimage import data as skimage_data
from sklearn.datasets import load_sample_image

from helpers import composed, data, pictures
from helpers.data import PHOTOGRAPHS
from helpers.downloads import Unavailable
from helpers.settings import ROOT

SIZES = {
    "cat": (300, 451),
    "espresso": (400, 600),
    "astronaut": (512, 512),
    "temple": (427, 640),
    "flower": (427, 640),
    "rocket": (427, 640),
    "grace_hopper": (600, 512),
}
RED, BLUE = (np.full((60, 60, 3), colour, np.uint8) for colour in ((255, 0, 0), (0, 0, 255)))


def test_there_are_seven_in_full_size():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = pictures()
    assert {name: picture.shape for name, picture in found.items()} == {
        name: (*size, 3) for name, size in SIZES.items()
    }
    assert list(found) == list(PHOTOGRAPHS)
    for picture in found.values():
        assert picture.dtype == np.uint8
        assert picture.std() > 20


def test_they_are_those_that_the_packages_give():
    found = pictures()
    theirs = {
        "cat": skimage_data.chelsea(),
        "espresso": skimage_data.coffee(),
        "astronaut": skimage_data.astronaut(),
        "rocket": skimage_data.rocket(),
        "temple": load_sample_image("china.jpg"),
        "flower": load_sample_image("flower.jpg"),
    }
    for name, picture in theirs.items():
        assert np.array_equal(found[name], picture), name


def test_some_can_be_asked_for():
    assert list(pictures("rocket", "cat")) == ["rocket", "cat"]
    with pytest.raises(ValueError, match="name='dog' is not allowed: choose one of cat, espresso"):
        pictures("cat", "dog")


def test_the_caller_may_change_what_it_got():
    pictures("cat")["cat"][:] = 0
    assert pictures("cat")["cat"].max() > 200


def test_a_package_without_its_photograph_is_told(monkeypatch):
    monkeypatch.setitem(PHOTOGRAPHS, "cat", data.Photograph(("scikit-image", "skimage/no.png"), "", "", ""))
    with pytest.raises(Unavailable, match=r"^no\.png is missing: install the package scikit-image again$"):
        pictures()


def test_each_has_its_credit_and_licence_on_the_page():
    page = (ROOT / "book" / "models.md").read_text()
    for name, photograph in PHOTOGRAPHS.items():
        cells = (f"`{name}`", photograph.shows, photograph.credit, photograph.licence, photograph.file[0])
        assert f"| {' | '.join(cells)} |" in page
        assert re.fullmatch(r"CC0|CC BY 2\.0|public domain", photograph.licence)


# Two in one


def test_each_has_its_half():
    both = composed(RED, BLUE)
    assert both.shape == (60, 60, 3)
    assert (both[:, :30] == RED[:, :30]).all()
    assert (both[:, 30:] == BLUE[:, 30:]).all()


def test_the_middle_of_each_is_taken():
    columns = np.zeros((40, 100, 3), np.uint8)
    columns[:] = np.arange(100)[:, np.newaxis]  # every column has its number
    both = composed(columns, columns)
    assert both[0, :, 0].tolist() == 2 * list(range(40, 60))


def test_the_higher_one_decides_how_large_it_is():
    small = RED[:31, :20]
    for pair in ((small, BLUE), (BLUE, small)):
        assert composed(*pair).shape == (60, 60, 3)
    assert composed(small, small).shape == (20, 20, 3)
    assert composed(RED[:21, :21], RED[:21, :21]).shape == (22, 22, 3)  # two equal halves


def test_a_composed_picture_changes_no_photograph():
    left, right = RED.copy(), BLUE.copy()
    composed(left, right)[:] = 7
    assert (left == RED).all()
    assert (right == BLUE).all()


@pytest.mark.parametrize("wrong", [RED / 255, RED[..., 0], RED[..., :2], RED[:0], "cat"])
def test_what_is_no_picture_is_told(wrong):
    with pytest.raises(ValueError, match="right is not a picture: give an array"):
        composed(RED, wrong)
