"""The course's own package: what the chapters import."""

from helpers.activations import feature_maps, sparsity
from helpers.ascent import maximize_activation
from helpers.backbones import build_vgg16, load_backbone
from helpers.data import example_digits, mnist, pictures
from helpers.filters import kernel_blocks, scale_kernels
from helpers.grad_cam import grad_cam, score_cam
from helpers.image import deprocess, normalize_map, overlay, resize, tile
from helpers.lime_image import grid_segments, lime_image, top_mask
from helpers.models import (
    build_mnist_cnn,
    build_mnist_cnn_variant,
    last_conv_layer,
    load_mnist_cnn,
    logit_model,
)
from helpers.occlusion import occlusion
from helpers.runtime import FitProgress, about, progress_bar, reproducible
from helpers.saliency import integrated_gradients, saliency, smooth_grad

__all__ = [
    "FitProgress",
    "about",
    "build_mnist_cnn",
    "build_mnist_cnn_variant",
    "build_vgg16",
    "deprocess",
    "example_digits",
    "feature_maps",
    "grad_cam",
    "grid_segments",
    "integrated_gradients",
    "kernel_blocks",
    "last_conv_layer",
    "lime_image",
    "load_backbone",
    "load_mnist_cnn",
    "logit_model",
    "maximize_activation",
    "mnist",
    "normalize_map",
    "occlusion",
    "overlay",
    "pictures",
    "progress_bar",
    "reproducible",
    "resize",
    "saliency",
    "scale_kernels",
    "score_cam",
    "smooth_grad",
    "sparsity",
    "tile",
    "top_mask",
]
