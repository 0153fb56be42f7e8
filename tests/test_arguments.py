"""Wrong arguments: a ValueError that names what was given and what is allowed, whatever the function."""

import numpy as np
import pytest
from small_models import conv_net, random_images

from helpers.activations import feature_maps, sparsity
from helpers.ascent import maximize_activation
from helpers.backend import keras
from helpers.engine import forward
from helpers.filters import kernel_blocks, scale_kernels
from helpers.grad_cam import grad_cam, score_cam
from helpers.graph import logit_model
from helpers.image import deprocess, normalize_map, overlay, resize, tile
from helpers.lime_image import LimeExplanation, lime_image, top_mask
from helpers.occlusion import occlusion
from helpers.saliency import integrated_gradients, saliency, smooth_grad
from helpers.segments import grid_segments

layers = keras.layers
NET, FREE, IMAGES = conv_net(), conv_net(size=None), random_images(2)
MAPS = [saliency, smooth_grad, integrated_gradients, grad_cam, score_cam, occlusion]
NAN, INFINITE = IMAGES.copy(), IMAGES.copy()
NAN[1, 2, 3] = np.nan
INFINITE[0, 0, 0] = np.inf


class Hidden(keras.Model):
    """A network that hides its layers in its own code."""

    def call(self, x):
        return x


class Doubled(keras.Model):
    """Looks Functional and has layers, but what counts is its own code."""

    def call(self, x):
        return 2 * super().call(x)


def doubled():
    image = keras.Input((8, 8, 1))
    return Doubled(image, layers.Dense(3)(layers.Flatten()(image)))


def two_outputs():
    image = keras.Input((8, 8, 1))
    return keras.Model(image, [layers.Flatten()(image), layers.GlobalAveragePooling2D()(image)])


def maps_out():
    image = keras.Input((8, 8, 1))
    return keras.Model(image, layers.Conv2D(2, 3)(image))


def vector_in():
    return keras.Sequential([keras.Input((8,)), layers.Dense(2)])


BAD_IMAGES = {
    "height": (IMAGES[:, :7], {}, r"\(2, 7, 8, 1\).*\(N, 8, 8, 1\)"),
    "channels": (np.repeat(IMAGES, 3, axis=-1), {}, r"\(2, 8, 8, 3\).*\(N, 8, 8, 1\)"),
    "no channel axis": (IMAGES[..., 0], {}, r"\(2, 8, 8\).*\(N, 8, 8, 1\)"),
    "five axes": (IMAGES[np.newaxis], {}, r"\(1, 2, 8, 8, 1\)"),
    "empty batch": (IMAGES[:0], {}, r"\(0, 8, 8, 1\).*at least 1"),
    "integers": ((IMAGES * 255).astype(np.uint8), {}, "uint8.*float32"),
    "complex": (IMAGES.astype(np.complex64), {}, "complex64.*float32"),
    "words": (np.full((2, 8, 8, 1), "a"), {}, "<U1.*float32"),
    "NaN": (NAN, {}, "1 values that are NaN or infinite"),
    "infinity": (INFINITE, {}, "1 values that are NaN or infinite"),
    "overflow": (IMAGES.astype(np.float64) * 1e300, {}, "NaN or infinite"),
    "class too high": (IMAGES, {"class_index": 3}, "class_index=3.*0 to 2"),
    "class below zero": (IMAGES, {"class_index": -1}, "class_index=-1.*0 to 2"),
    "class fraction": (IMAGES, {"class_index": 1.5}, "class_index=1.5.*int"),
    "class flag": (IMAGES, {"class_index": True}, "class_index=True.*int"),
    "class word": (IMAGES, {"class_index": "cat"}, "class_index='cat'.*int"),
    "one class too many": (IMAGES, {"class_index": [0, 1, 2]}, r"class_index=\[0, 1, 2\].*one int per image"),
    "batch size zero": (IMAGES, {"batch_size": 0}, 'batch_size=0.*at least 1 or "auto"'),
    "batch size word": (IMAGES, {"batch_size": "big"}, "batch_size='big'.*\"auto\""),
    "batch size fraction": (IMAGES, {"batch_size": 2.0}, "batch_size=2.0"),
}

BAD_CLASSES = {  # of one image
    "no classes": ([], r"class_index=\[\].*an int, several ints, or None"),
    "a class too high": ([0, 3], r"class_index=\[0, 3\].*0 to 2"),
    "a class below zero": ([-1, 0], r"class_index=\[-1, 0\].*0 to 2"),
    "class fractions": ([0.0, 1.0], r"class_index=\[0.0, 1.0\].*several ints"),
}

BAD_NETWORKS = {
    "not a network": ("vgg16", "str.*Functional or Sequential"),
    "a layer": (layers.Dense(2), "Dense.*Functional or Sequential"),
    "no input shape": (keras.Sequential([layers.Dense(2)]), "no input shape.*keras.Input"),
    "hidden layers": (Hidden(), "own code.*Functional or Sequential"),
    "own code over layers": (doubled(), "own code.*Functional or Sequential"),
    "two outputs": (two_outputs(), "1 inputs and 2 outputs"),
    "maps as output": (maps_out(), r"\(None, 6, 6, 2\).*\(N, classes\)"),
    "vectors as input": (vector_in(), r"\(N, 8\).*3 axes"),
}

BAD_LAYERS = {
    "unknown": ("conv9", "'conv9'.*conv1, pool, conv2"),
    "dense": ("out", r"'out'.*\(None, 3\).*conv1, pool, conv2"),
    "not a name": (3, "3.*conv1, pool, conv2"),
    "list": (["conv1"], r"\['conv1'\].*conv1, pool, conv2"),
}

ascend = maximize_activation
OTHERS = [
    (saliency, {"relu": "rectified"}, "relu='rectified'.*vanilla, guided, deconv"),
    (saliency, {"relu": ["guided"]}, r"relu=\['guided'\].*vanilla, guided, deconv"),
    (grad_cam, {"relu": "rectified"}, "relu='rectified'.*vanilla, guided, deconv"),
    (grad_cam, {"variant": "cam"}, r"variant='cam'.*gradcam, gradcam\+\+, layercam"),
    (score_cam, {"max_channels": 0}, "max_channels=0.*at least 1 or None"),
    (smooth_grad, {"n_samples": 0}, "n_samples=0.*at least 1"),
    (smooth_grad, {"noise_level": -0.1}, "noise_level=-0.1.*at least 0"),
    (smooth_grad, {"noise_level": float("nan")}, "noise_level=nan.*finite"),
    (smooth_grad, {"noise_level": "much"}, "noise_level='much'.*finite number"),
    (smooth_grad, {"seed": -1}, "seed=-1.*0 to 2147483647"),
    (smooth_grad, {"seed": 0.5}, "seed=0.5.*int"),
    (integrated_gradients, {"steps": 0}, "steps=0.*at least 1"),
    (integrated_gradients, {"baseline": [0, 1]}, r"baseline=\[0, 1\].*\(1\).*\(8, 8, 1\)"),
    (integrated_gradients, {"baseline": np.nan}, "baseline=nan.*finite"),
    (integrated_gradients, {"baseline": "black"}, "baseline='black'.*finite"),
    (occlusion, {"patch_size": 9}, "patch_size=9.*1 to 8"),
    (occlusion, {"patch_size": 0}, "patch_size=0.*1 to 8"),
    (occlusion, {"patch_size": 2.5}, "patch_size=2.5.*1 to 8"),
    (occlusion, {"stride": 0}, "stride=0.*1 to 7"),
    (occlusion, {"stride": 8}, "stride=8.*1 to 7"),
    (occlusion, {"baseline": np.zeros((7, 8, 1))}, r"baseline=.*\(8, 8, 1\)"),
    (occlusion, {"score": "loss"}, "score='loss'.*probability, logit"),
    (ascend, {"layer_name": "conv9"}, "'conv9'.*conv1, pool, conv2, mean, out"),
    (ascend, {"unit_indices": 4}, "unit_indices=4.*'conv1' has units 0 to 3"),
    (ascend, {"unit_indices": [0, -1]}, r"unit_indices=\[0, -1\].*0 to 3"),
    (ascend, {"unit_indices": []}, r"unit_indices=\[\].*one int or several"),
    (ascend, {"unit_indices": 0.5}, "unit_indices=0.5.*one int or several"),
    (ascend, {"steps": 0}, "steps=0.*at least 1"),
    (ascend, {"step_size": -1}, "step_size=-1.*at least 0"),
    (ascend, {"l2": -1}, "l2=-1.*at least 0"),
    (ascend, {"total_variation": np.inf}, "total_variation=inf.*at least 0"),
    (ascend, {"jitter": -1}, "jitter=-1.*at least 0"),
    (ascend, {"value_range": (1, 0)}, r"value_range=\(1, 0\).*low < high"),
    (ascend, {"value_range": 1}, r"value_range=1.*\(low, high\)"),
    (ascend, {"image_size": 0}, "image_size=0.*at least 1"),
    (ascend, {"image_size": (8, 8, 1)}, r"image_size=\(8, 8, 1\).*\(height, width\)"),
    (ascend, {"model": FREE}, "image_size=None.*any size"),
    (ascend, {"start": np.zeros((7, 8, 1))}, r"\(7, 8, 1\).*\(8, 8, 1\)"),
    (ascend, {"start": np.full((8, 8, 1), np.nan)}, "without NaN"),
    (ascend, {"seed": -1}, "seed=-1.*0 to 2147483647"),
    (ascend, {"batch_size": -1}, "batch_size=-1.*at least 1"),
    (feature_maps, {"layer_names": []}, "layer_names is empty"),
    (sparsity, {"maps": np.zeros((2, 3, 3))}, r"\(2, 3, 3\).*\(N, h, w, channels\)"),
    (scale_kernels, {"kernels": np.zeros((3, 3, 2))}, r"\(3, 3, 2\).*\(height, width, channels, filters\)"),
    (scale_kernels, {"kernels": np.full((3, 3, 1, 1), np.nan)}, "finite"),
    (lime_image, {"image": IMAGES}, r"\(2, 8, 8, 1\).*one image at a time"),
    (lime_image, {"segments": np.zeros((8, 7), int)}, r"segments.*\(8, 7\).*\(8, 8\)"),
    (lime_image, {"segments": np.zeros((8, 8))}, "segments.*float64.*ints"),
    (lime_image, {"segments": np.full((8, 8), -1)}, "segments holds -1.*from 0"),
    (lime_image, {"n_samples": 1}, "n_samples=1.*at least 2"),
    (lime_image, {"seed": 2**32}, "seed=4294967296.*0 to 4294967295"),
    (lime_image, {"fill": "black"}, "fill='black'.*mean"),
    (lime_image, {"fill": np.nan}, "fill=nan.*finite"),
    (lime_image, {"fill": [0, 1]}, r"fill=\[0, 1\].*one per channel \(1\)"),
    (lime_image, {"ridge": -1}, "ridge=-1.*at least 0"),
    (lime_image, {"kernel_width": 0}, "kernel_width=0.*at least 0.01"),
    (grid_segments, {"height": 0}, "height=0.*at least 1"),
    (grid_segments, {"width": 8.0}, "width=8.0.*at least 1"),
    (grid_segments, {"cell": 0}, "cell=0.*at least 1"),
    (top_mask, {"num_features": 0}, "num_features=0.*at least 1"),
    (normalize_map, {"maps": np.zeros(4)}, r"maps.*\(4,\).*2 or 3 or 4 axes"),
    (normalize_map, {"maps": np.zeros((0, 4, 4))}, r"maps.*\(0, 4, 4\).*none of length 0"),
    (normalize_map, {"maps": np.full((4, 4), np.nan)}, "maps.*NaN or infinity.*finite"),
    (normalize_map, {"maps": [["a"]]}, "maps.*dtype <U1.*numbers"),
    (resize, {"maps": np.full((4, 4), np.inf)}, "maps.*NaN or infinity.*finite"),
    (resize, {"size": 8}, "size=8.*height, width"),
    (resize, {"size": (8, 0)}, r"size=\(8, 0\).*at least 1"),
    (resize, {"size": (8, 2.5)}, r"size=\(8, 2.5\).*ints"),
    (resize, {"size": ("8", "8")}, r"size=\('8', '8'\).*ints"),
    (resize, {"size": (None, 8)}, r"size=\(None, 8\).*ints"),
    (resize, {"maps": [[1, 2], [3]]}, "maps has rows of different lengths"),
    (overlay, {"image": np.zeros((4, 4, 2))}, r"image.*\(4, 4, 2\).*\(H, W, 3\)"),
    (overlay, {"image": np.full((4, 4, 3), 255.0)}, "image runs from 255 to 255.*0 to 1"),
    (overlay, {"heatmap": np.full((4, 4), -1.0)}, "heatmap runs from -1 to -1.*0 to 1"),
    (overlay, {"heatmap": np.zeros((1, 4, 4))}, r"heatmap.*\(1, 4, 4\).*2 axes"),
    (overlay, {"strength": 1.5}, "strength=1.5.*0 to 1"),
    (overlay, {"strength": "half"}, "strength='half'.*0 to 1"),
    (overlay, {"strength": np.nan}, "strength=nan.*0 to 1"),
    (overlay, {"colors": np.zeros((4, 4))}, r"colors.*\(4, 4\).*\(K, 3\)"),
    (tile, {"images": np.zeros((4, 4))}, r"images.*\(4, 4\).*3 or 4 axes"),
    (tile, {"columns": 0}, "columns=0.*at least 1"),
    (tile, {"margin": -1}, "margin=-1.*at least 0"),
    (deprocess, {"patterns": np.zeros((4, 4))}, r"patterns.*\(4, 4\).*3 or 4 axes"),
    (deprocess, {"contrast": 0}, "contrast=0.*above 0"),
    (deprocess, {"contrast": None}, "contrast=None.*above 0"),
]
DEFAULTS = {
    ascend: {"model": NET, "layer_name": "conv1", "unit_indices": 0},
    feature_maps: {"model": NET, "images": IMAGES},
    sparsity: {},
    scale_kernels: {},
    lime_image: {"model": NET, "image": IMAGES[0]},
    grid_segments: {"height": 8, "width": 8},
    top_mask: {"explanation": LimeExplanation(np.ones(1), 0.0, 1.0, np.zeros((8, 8), int), 0)},
    normalize_map: {},
    resize: {"maps": np.zeros((4, 4)), "size": (8, 8)},
    overlay: {"image": np.zeros((4, 4, 3)), "heatmap": np.zeros((4, 4))},
    tile: {"images": np.zeros((2, 4, 4)), "columns": 2},
    deprocess: {"patterns": np.zeros((4, 4, 3))},
} | {method: {"model": NET, "images": IMAGES} for method in MAPS}


def cases():
    for method in MAPS:
        for name, (images, options, message) in BAD_IMAGES.items():
            yield f"{method.__name__}: {name}", method, {"model": NET, "images": images, **options}, message
        for name, (model, message) in BAD_NETWORKS.items():
            yield f"{method.__name__}: {name}", method, {"model": model, "images": IMAGES}, message
    for name, (images, options, message) in BAD_IMAGES.items():
        if name == "one class too many":  # one image may have several
            continue
        images = images[0] if options else images
        yield f"lime_image: {name}", lime_image, {"model": NET, "image": images, **options}, message
    for name, (model, message) in BAD_NETWORKS.items():
        yield f"lime_image: {name}", lime_image, {"model": model, "image": IMAGES[0]}, message
    for name, (classes, message) in BAD_CLASSES.items():
        options = {"model": NET, "class_index": classes}
        yield f"lime_image: {name}", lime_image, {"image": IMAGES[0], **options}, message
        yield f"occlusion: {name}", occlusion, {"images": IMAGES[:1], **options}, message
    for method in (grad_cam, score_cam):
        for name, (layer, message) in BAD_LAYERS.items():
            options = {"model": NET, "images": IMAGES, "layer_name": layer}
            yield f"{method.__name__}: {name} layer", method, options, message
    for name, (layer, message) in BAD_LAYERS.items():
        options = {"model": NET, "images": IMAGES, "layer_names": [layer]}
        yield f"feature_maps: {name} layer", feature_maps, options, message
    for method, options, message in OTHERS:
        yield f"{method.__name__}: {next(iter(options))}", method, DEFAULTS[method] | options, message
    for name in ("not a network", "no input shape", "hidden layers", "two outputs"):
        model, message = BAD_NETWORKS[name]
        for function in (logit_model, kernel_blocks):
            yield f"{function.__name__}: {name}", function, {"model": model}, message
    yield "forward: NaN", forward, {"model": NET, "images": NAN}, "1 values"


@pytest.mark.parametrize(("function", "options", "message"), [pytest.param(*c[1:], id=c[0]) for c in cases()])
def test_wrong_argument_is_named_with_what_is_allowed(function, options, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        function(**options)
