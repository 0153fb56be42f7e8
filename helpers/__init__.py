"""The course's own package: what the chapters import."""

from helpers.data import example_digits, mnist, pictures
from helpers.models import build_mnist_cnn, build_mnist_cnn_variant, load_mnist_cnn
from helpers.runtime import FitProgress, about, reproducible

__all__ = [
    "FitProgress",
    "about",
    "build_mnist_cnn",
    "build_mnist_cnn_variant",
    "example_digits",
    "load_mnist_cnn",
    "mnist",
    "pictures",
    "reproducible",
]
