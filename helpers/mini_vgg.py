"""Mini-VGG: a small VGG for pictures of 64 x 64 pixels, which the course trained itself."""

import json

import numpy as np

from helpers.backbones import Backbone
from helpers.backend import keras
from helpers.models import WEIGHTS

# The channels of each convolution, block by block.
MINI_VGG_BLOCKS = ((32,), (64, 64), (128, 128), (256, 256), (256, 256))
MINI_VGG_CLASSES = 50
MINI_VGG_SIZE = 64


def load_mini_vgg():
    """Load mini-VGG, which comes with the course, as a `Backbone`."""
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
    card = json.loads((WEIGHTS / "mini_vgg.json").read_text())
    return Backbone(
        name="mini_vgg",
        model=model,
        classes=tuple((row["wnid"], row["name"]) for row in card["classes"]),
        input_size=MINI_VGG_SIZE,
        last_conv_layer="block5_conv2",
        layers_by_depth=("block1_conv1", *(f"block{block}_conv2" for block in range(2, 6))),
        to_inputs=lambda rgb: rgb,  # it scales inside
        to_rgb=lambda inputs: inputs,
    )


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
