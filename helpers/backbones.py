"""The networks for colour pictures: VGG16 if it can be had, else mini-VGG, which comes with the course."""

import json
import re
from dataclasses import dataclass

import numpy as np

from helpers.backend import keras, tf
from helpers.downloads import Unavailable, fetch, megabytes
from helpers.models import WEIGHTS
from helpers.settings import settings

# The channels of each convolution, block by block.
MINI_VGG_BLOCKS = ((32,), (64, 64), (128, 128), (256, 256), (256, 256))
MINI_VGG_CLASSES = 50
MINI_VGG_SIZE = 64

VGG16_FILES = {
    True: "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
    False: "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
}
VGG16_CLASSES = "imagenet_class_index.json"
VGG16_SIZE = 224
VGG16_MEANS = np.array([103.939, 116.779, 123.68], np.float32)  # blue, green, red, over ImageNet


@dataclass(frozen=True)
class Backbone:
    """A trained network for colour pictures, and what goes in and comes out of it.

    Attributes
    ----------
    name : str
        ``"vgg16"`` or ``"mini_vgg"``.
    model : keras.Model
        From (N, H, W, 3) float32, as `preprocess` gives it, to (N, classes) probabilities; to the
        maps of the last block if it was loaded without its classifier.
    classes : tuple of (str, str)
        WordNet id and name of each class, in the order of the outputs; none without the classifier.
    input_size : int
        Pixels of a side that pictures should have.
    """

    name: str
    model: keras.Model
    classes: tuple
    input_size: int

    def preprocess(self, rgb):
        """Turn pictures into what the network takes.

        Parameters
        ----------
        rgb : (H, W, 3) or (N, H, W, 3) array_like
            Red, green, blue, 0 to 255.

        Returns
        -------
        ndarray of float32, the shape of `rgb`
            For VGG16 blue, green, red, each less its mean over ImageNet; mini-VGG scales inside.

        Raises
        ------
        ValueError
            If the shape is another.
        """
        rgb = _pictures("rgb", rgb)
        return rgb[..., ::-1] - VGG16_MEANS if self.name == "vgg16" else rgb

    def deprocess(self, inputs):
        """Turn what the network takes back into pictures.

        Parameters
        ----------
        inputs : (H, W, 3) or (N, H, W, 3) array_like
            As `preprocess` gives them, perhaps changed since.

        Returns
        -------
        ndarray of uint8, the shape of `inputs`
            Red, green, blue, 0 to 255; what lies outside is clipped.

        Raises
        ------
        ValueError
            If the shape is another.
        """
        inputs = _pictures("inputs", inputs)
        rgb = (inputs + VGG16_MEANS)[..., ::-1] if self.name == "vgg16" else inputs
        return np.clip(np.rint(rgb), 0, 255).astype(np.uint8)

    def decode(self, probabilities, top=5):
        """Name the most probable classes.

        Parameters
        ----------
        probabilities : (N, classes) or (classes,) array_like
            As the model gives them.
        top : int
            How many, 1 to the number of classes.

        Returns
        -------
        list of list of (str, str, float)
            For each picture, the most probable class first: WordNet id, name, probability.

        Raises
        ------
        ValueError
            If `top` is out of range or the number of classes is another, as it is for a network
            without its classifier.
        """
        count = len(self.classes)
        rows = np.atleast_2d(probabilities)
        if rows.ndim != 2 or rows.shape[1] != count:
            raise ValueError(f"probabilities have shape {np.shape(probabilities)}: give (N, {count})")
        if top not in range(1, count + 1):
            raise ValueError(f"top={top!r} is not allowed: give an int from 1 to {count}")
        order = np.argsort(-rows, axis=1, kind="stable")[:, :top]
        return [
            [(*self.classes[index], float(row[index])) for index in best]
            for row, best in zip(rows, order, strict=True)
        ]

    @property
    def conv_blocks(self):
        """The names of the convolutions, block by block.

        Returns
        -------
        tuple of tuple of str
            Such as ``(("block1_conv1",), ("block2_conv1", "block2_conv2"), ...)``: five blocks.
        """
        names = [layer.name for layer in self.model.layers if re.fullmatch(r"block\d_conv\d", layer.name)]
        blocks = sorted({name[: len("block1")] for name in names})
        return tuple(tuple(name for name in names if name.startswith(block)) for block in blocks)

    @property
    def last_conv_layer(self):
        """The name of the last convolution, on whose maps Grad-CAM is computed.

        Returns
        -------
        str
        """
        return self.conv_blocks[-1][-1]


def _pictures(name, values):
    """A float32 copy of one or several pictures in three colours."""
    values = np.array(values, np.float32)
    if values.ndim not in (3, 4) or values.shape[-1] != 3 or values.size == 0:
        raise ValueError(f"{name} has shape {values.shape}: give (H, W, 3) or (N, H, W, 3)")
    return values


def centre_square(picture, size):
    """Cut the largest square from the middle of a picture, and resize it.

    Bilinear, with pixels averaged where the picture shrinks, so that fine patterns do not turn
    into coarse ones.

    Parameters
    ----------
    picture : (H, W, 3) array_like
        0 to 255.
    size : int
        Pixels of a side of the result, at least 1.

    Returns
    -------
    (size, size, 3) ndarray of uint8

    Raises
    ------
    ValueError
        If the shape is another, or `size` is below 1.
    """
    picture = np.asarray(picture)
    if picture.ndim != 3 or picture.shape[-1] != 3 or picture.size == 0:
        raise ValueError(f"picture has shape {picture.shape}: give (H, W, 3)")
    if size < 1:
        raise ValueError(f"size={size!r} is not allowed: give an int of at least 1")
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    square = picture[top : top + side, left : left + side].astype(np.float32)
    resized = tf.image.resize(square, (size, size), antialias=True).numpy()
    return np.clip(np.rint(resized), 0, 255).astype(np.uint8)


def load_backbone(name=None, include_top=True):
    """Load the network for colour pictures, trained.

    Parameters
    ----------
    name : {"auto", "vgg16", "mini_vgg"}, optional
        ``"vgg16"``: VGG16 with ImageNet's 1,000 classes, 553 MB, which are downloaded once.
        ``"mini_vgg"``: the course's own small VGG with 50 of them. ``"auto"``: VGG16 if it can be
        had, else mini-VGG, and one line says so. By default what ``COURSE_BACKBONE`` says.
    include_top : bool
        False to leave out the classifier: enough for kernels, maps and patterns. VGG16 then takes
        58 MB, and pictures of any size of 32 pixels and more.

    Returns
    -------
    Backbone

    Raises
    ------
    ValueError
        If `name` is none of the three.
    Unavailable
        If ``"vgg16"`` is asked for and cannot be had.

    References
    ----------
    Simonyan and Zisserman (2015). Very deep convolutional networks for large-scale image
    recognition. ICLR.
    """
    name = settings().backbone if name is None else name
    if name not in ("auto", "vgg16", "mini_vgg"):
        raise ValueError(f"name={name!r} is not allowed: choose auto, vgg16 or mini_vgg")
    if name != "mini_vgg":
        try:
            return _load_vgg16(include_top)
        except Unavailable as problem:
            if name == "vgg16":
                raise
            file = VGG16_FILES[include_top]
            print(
                f"Using mini-VGG with 50 classes instead of VGG16, because {problem}. For VGG16, run this "
                f"again with a network ({megabytes(file)}), or put {file} into a folder and name that "
                "folder in COURSE_DATA."
            )
    return _load_mini_vgg(include_top)


def build_vgg16(include_top=True):
    """Build VGG16, untrained.

    Parameters
    ----------
    include_top : bool
        Whether to end with the classifier.

    Returns
    -------
    keras.Model
        With the classifier from (N, 224, 224, 3) to (N, 1000) probabilities, 138,357,544
        parameters. Without it from (N, H, W, 3) to the maps (N, H // 32, W // 32, 512), 14,714,688.

    References
    ----------
    Simonyan and Zisserman (2015). Very deep convolutional networks for large-scale image
    recognition. ICLR.
    """
    return keras.applications.VGG16(weights=None, include_top=include_top)


def _load_vgg16(include_top):
    classes = ()
    if include_top:  # the small file first: without a network it fails as well as the large one
        index = json.loads(fetch(VGG16_CLASSES).read_text())
        classes = tuple(tuple(index[str(number)]) for number in range(len(index)))
    path = fetch(VGG16_FILES[include_top])
    model = build_vgg16(include_top)
    model.load_weights(path)
    return Backbone("vgg16", model, classes, VGG16_SIZE)


def _load_mini_vgg(include_top):
    missing = [name for name in ("mini_vgg.npz", "mini_vgg.json") if not (WEIGHTS / name).is_file()]
    if missing:
        raise FileNotFoundError(
            f"data/weights/{missing[0]} is missing: restore it with `git checkout data/weights`, "
            "or make it again with `python -m training.mini_vgg`"
        )
    model = build_mini_vgg()
    with np.load(WEIGHTS / "mini_vgg.npz", allow_pickle=False) as file:
        for weight in model.weights:
            weight.assign(file[weight.path].astype(np.float32))
    if not include_top:
        last = [layer for layer in model.layers if layer.name.startswith("block5")][-1]
        return Backbone("mini_vgg", keras.Model(model.input, last.output, name=model.name), (), MINI_VGG_SIZE)
    card = json.loads((WEIGHTS / "mini_vgg.json").read_text())
    classes = tuple((row["wnid"], row["name"]) for row in card["classes"])
    return Backbone("mini_vgg", model, classes, MINI_VGG_SIZE)


def build_mini_vgg():
    """Build the course's own small VGG, untrained.

    Five blocks with the layer names of VGG16. A convolution has its ReLU inside, as VGG16's have,
    and is followed by a batch normalisation, which VGG16 does without. The first three blocks end
    in a max-pooling; the last two share their resolution, so that the maps of the last layer are
    8 x 8 where the picture is 64 x 64. An average over all positions takes the place of the dense
    layers, so that a picture may have any size.

    Returns
    -------
    keras.Model
        From (N, H, W, 3) RGB, 0 to 255, to (N, 50) probabilities: 2,361,778 parameters.

    References
    ----------
    Simonyan and Zisserman (2015). Very deep convolutional networks for large-scale image
    recognition. ICLR.
    Ioffe and Szegedy (2015). Batch normalization: accelerating deep network training by reducing
    internal covariate shift. ICML.
    Lin, Chen and Yan (2014). Network in network. ICLR.
    """
    layers = keras.layers
    x = image = keras.Input((None, None, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(x)  # -1 to 1
    for block, widths in enumerate(MINI_VGG_BLOCKS, start=1):
        for number, width in enumerate(widths, start=1):
            convolution = layers.Conv2D(
                width,
                3,
                padding="same",
                activation="relu",
                kernel_initializer="he_normal",
                name=f"block{block}_conv{number}",
            )
            x = convolution(x)
            x = layers.BatchNormalization(momentum=0.9, name=f"block{block}_bn{number}")(x)
        if block <= 3:
            x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
    x = layers.GlobalAveragePooling2D(name="average")(x)  # (N, 256)
    x = layers.Dropout(0.3, name="dropout")(x)
    x = layers.Dense(MINI_VGG_CLASSES, activation="softmax", name="predictions")(x)
    return keras.Model(image, x, name="mini_vgg")
