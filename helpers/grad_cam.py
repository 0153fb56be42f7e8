"""Class activation maps: where in the picture a layer finds a class."""

import numpy as np

from helpers.backend import tf
from helpers.engine.compiled import INT, chunk_size, compiled, image_spec, slices
from helpers.engine.passes import (
    activations,
    layer_gradients,
    run_to_logits,
    target_classes,
    to_probabilities,
)
from helpers.engine.relu_rules import RELU_RULES
from helpers.graph import find_layer, input_shape, last_map_layer
from helpers.image import resize as resize_maps
from helpers.progress import progress_bar
from helpers.validate import check_choice, check_images, check_int


def grad_cam(
    model,
    images,
    class_index=None,
    layer_name=None,
    variant="gradcam",
    relu="vanilla",
    resize=True,
    batch_size="auto",
    progress=False,
):
    """Feature maps of a layer, weighted by the gradient of a class's logit and summed.

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential. A closing softmax or sigmoid is left out, because it saturates.
    images : ndarray
        (N, H, W, C) or (H, W, C) float32, in the range that the network was trained on.
    class_index : int, sequence of int, or None
        One class for all images, one per image, or None for each image's own arg-max of the logits.
    layer_name : str or None
        A layer with a 4-D output, in nested networks too; None for the last one larger than 1 x 1.
    variant : {"gradcam", "gradcam++", "layercam"}
        With feature maps A and gradients G at each position: "gradcam" weights each map with its
        mean G; "gradcam++" with the sum of ``a * relu(G)``, ``a = G^2 / (2 G^2 + sum(A) G^3)``, the
        sum over the positions (the form for an exponential score, whose factor cancels);
        "layercam" weights each position with its own relu(G).
    relu : {"vanilla", "guided", "deconv"}
        How the gradient goes back through the ReLUs above the layer: see `helpers.saliency`.
    resize : bool
        True for maps as large as the images (bilinear, pixel centres at one half); False for the
        layer's own grid.
    batch_size : int or "auto"
        How many images go through the network at once; "auto" follows from a memory budget.
        A number larger than there are means all at once, whatever memory that takes.
    progress : bool
        True to show a progress bar.

    Returns
    -------
    ndarray
        (N, H, W) float32, or (N, h, w) on the layer's grid; not negative, not normalised.

    Raises
    ------
    ValueError
        If an argument is not allowed, the layer is unknown or has no 4-D output.

    References
    ----------
    Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra (2017). Grad-CAM: Visual Explanations from
    Deep Networks via Gradient-based Localization. ICCV.
    Chattopadhay, Sarkar, Howlader, Balasubramanian (2018). Grad-CAM++: Generalized Gradient-based
    Visual Explanations for Deep Convolutional Networks. WACV.
    Jiang, Zhang, Hou, Cheng, Wei (2021). LayerCAM: Exploring Hierarchical Class Activation Maps
    for Localization. IEEE Transactions on Image Processing.
    """
    images = check_images(images, input_shape(model))
    weigh = _WEIGHTS[check_choice("variant", variant, _WEIGHTS)]
    check_choice("relu", relu, RELU_RULES)
    path = _find_maps(model, layer_name)
    classes = target_classes(model, images, class_index)
    chunks = layer_gradients(model, images, classes, path, relu, batch_size, progress)
    maps = np.concatenate([_combine(features, weigh(features, grads)) for features, grads in chunks])
    return resize_maps(maps, images.shape[1:3]) if resize else maps


def _find_maps(model, layer_name):
    """The path of the layer whose maps are weighted; by default the last one with maps."""
    return last_map_layer(model) if layer_name is None else find_layer(model, layer_name, maps=True)


def _combine(features, weights):
    """Weighted sum over the channels, negative parts cut off: (n, h, w, c) -> (n, h, w)."""
    return np.maximum((features * weights).sum(axis=-1), 0)


def _grad_cam_weights(features, grads):
    return grads.mean(axis=(1, 2), keepdims=True)  # (n, 1, 1, c)


def _grad_cam_plus_plus_weights(features, grads):
    # Divided by G^2 above and below, and safe where G is 0: there relu(G) is 0 anyway.
    below = 2 + features.sum(axis=(1, 2), keepdims=True) * grads  # (n, h, w, c)
    alphas = np.divide(1, below, out=np.zeros_like(grads), where=(grads != 0) & (below != 0))
    return (alphas * np.maximum(grads, 0)).sum(axis=(1, 2), keepdims=True)  # (n, 1, 1, c)


def _layer_cam_weights(features, grads):
    return np.maximum(grads, 0)  # (n, h, w, c)


_WEIGHTS = {
    "gradcam": _grad_cam_weights,
    "gradcam++": _grad_cam_plus_plus_weights,
    "layercam": _layer_cam_weights,
}


def score_cam(
    model,
    images,
    class_index=None,
    layer_name=None,
    max_channels=None,
    resize=True,
    batch_size="auto",
    progress=False,
):
    """Feature maps of a layer, each weighted by the class's probability for the image seen through it.

    Uses no gradients: one forward pass per feature map and image.

    Parameters
    ----------
    model, images, class_index, layer_name, resize, batch_size, progress
        See `grad_cam`.
    max_channels : int or None
        Use only that many of each image's feature maps, those that vary most over their positions;
        None for all.

    Returns
    -------
    ndarray
        (N, H, W) float32, or (N, h, w) on the layer's grid; not negative, not normalised. A feature
        map that is constant shows no place and is left out.

    Raises
    ------
    ValueError
        If an argument is not allowed, the layer is unknown or has no 4-D output.

    Notes
    -----
    As in the authors' code, the weight is the probability itself: there is no second softmax over
    the channels, and the probability for an empty image is not taken off.

    References
    ----------
    Wang, Wang, Du, Yang, Zhang, Ding, Mardziel, Hu (2020). Score-CAM: Score-Weighted Visual
    Explanations for Convolutional Neural Networks. CVPR Workshops.
    """
    images = check_images(images, input_shape(model))
    path = _find_maps(model, layer_name)
    if max_channels is not None:
        max_channels = check_int("max_channels", max_channels, 1, note=" or None")
    classes = target_classes(model, images, class_index)
    shape = activations(model, images[:1], [path])[0].shape[1:]  # (h, w, c)
    maps = np.zeros((len(images), *shape[:2]), np.float32)
    count = min(shape[2], max_channels or shape[2])
    with progress_bar(len(images) * count, "Score-CAM", "maps", progress) as advance:
        for map_, image, class_ in zip(maps, images, classes, strict=True):
            features = _most_varied(activations(model, image[np.newaxis], [path])[0][0], count)  # (h, w, k)
            weights = _masked_probabilities(model, image, class_, features, batch_size, advance)
            map_[:] = _combine(features, weights * (np.ptp(features, axis=(0, 1)) > 0))
    return resize_maps(maps, images.shape[1:3]) if resize else maps


def _masked_probabilities(model, image, class_index, features, batch_size, advance):
    """Probability of a class for an image (H, W, C) dimmed by each of its maps (h, w, k): (k,).

    Each map is resized to the image (bilinear, pixel centres at one half), stretched to 0 to 1 and
    multiplied with the image. Softmax or sigmoid counts once, whether the network ends with it or not.
    """

    def compute(maps, x, c):
        masks = tf.image.resize(maps[..., tf.newaxis], tf.shape(x)[:2])  # (k, H, W, 1)
        low, high = tf.reduce_min(masks, (1, 2), True), tf.reduce_max(masks, (1, 2), True)
        masks = tf.math.divide_no_nan(masks - low, high - low)
        return to_probabilities(model, run_to_logits(model, masks * x))[:, c]

    signature = [tf.TensorSpec((None, None, None), tf.float32), image_spec(model), INT]
    function = compiled(model, ("masked",), compute, signature)
    maps, found = np.moveaxis(features, -1, 0), []
    for part in slices(len(maps), chunk_size(model, image.shape, batch_size)):
        found.append(function(maps[part], image, class_index).numpy())
        advance(len(found[-1]))
    return np.concatenate(found)


def _most_varied(features, count):
    """The channels of (h, w, c) that vary most over the positions, in their own order: (h, w, count)."""
    order = np.argsort(-features.std(axis=(0, 1)), kind="stable")
    return features[..., np.sort(order[:count])]
