"""The course's own package: what the chapters import. A name is loaded when it is first used."""

import importlib
import sys
import types

_NAMES = {
    "activations": ("feature_maps", "sparsity"),
    "agreement": ("energy_inside", "mosaic", "similarity"),
    "ascent": ("maximize_activation",),
    "backbones": ("load_backbone",),
    "backend": ("FitProgress", "about", "reproducible"),
    "cheats": ("load_fifth_suspect", "load_suspects", "reveal", "with_hint"),
    "data": ("composed", "example_digits", "mnist", "pictures"),
    "dataset": ("explain_dataset", "load_maps"),
    "evaluation": ("deletion", "fidelity", "infidelity", "insertion", "sensitivity"),
    "filters": ("kernel_blocks", "scale_kernels"),
    "grad_cam": ("grad_cam", "score_cam"),
    "graph": ("last_map_layer", "logit_model"),
    "image": ("deprocess", "normalize_map", "overlay", "resize", "tile"),
    "lime_image": ("lime_image", "top_mask"),
    "models": ("build_mnist_cnn", "build_mnist_cnn_variant", "load_mnist_cnn"),
    "occlusion": ("occlusion",),
    "progress": ("progress_bar",),
    "randomization": ("cascade", "randomize"),
    "saliency": ("integrated_gradients", "saliency", "smooth_grad"),
    "segments": ("grid_segments",),
    "shapley": ("shapley_image",),
    "spray": ("channel_relevance", "spray"),
    "vgg16": ("build_vgg16", "load_vgg16_convolutions"),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module 'helpers' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"helpers.{_HOME[name]}"), name)
    setattr(sys.modules[__name__], name, value)
    return value


def __dir__():
    return __all__


class _Package(types.ModuleType):
    """Python puts a file that is imported onto the package: here a function of that name goes first."""

    def __setattr__(self, name, value):
        if _HOME.get(name) == name and isinstance(value, types.ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
