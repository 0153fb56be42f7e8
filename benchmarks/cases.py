"""What is measured: the work, and who does it in which way. Imports nothing heavy.

A row more is one `Case` here, and a function of `benchmarks.subjects` if it is about another network.
"""

import importlib
from dataclasses import dataclass, field

ROLES = {"course": "course", "loop": "loops", "library": "libraries", "floor": "floors"}  # -> module


@dataclass(frozen=True)
class Contender:
    """One way of doing the work: a function of the module of its role.

    ``role`` is ``"course"``, ``"loop"`` (the obvious way), ``"library"`` or ``"floor"`` (the bare compiled
    passes on the same images). ``key`` is its name in ``results.json``, behind that of the case.

    ``part``: a slow contender does only this many of the case's pieces, and its time is scaled up.
    ``rounds`` is how often it is timed; the first call does not count, unless ``warm`` is False.
    """

    role: str
    function: str
    label: str
    key: str = ""
    part: int | None = None
    rounds: int = 7
    warm: bool = True

    def load(self):
        """The function: ``(subject, count, **options of the case)``, with the pieces of work to do."""
        return getattr(importlib.import_module(f"benchmarks.{ROLES[self.role]}"), self.function)


@dataclass(frozen=True)
class Case:
    """One piece of work; the course is the first of its contenders.

    ``title`` and ``network`` are for the picture, ``work`` for the table. ``subject`` is a function of
    `benchmarks.subjects`. ``pieces`` is how many images go through the network, or patterns are made.
    """

    name: str
    title: str
    network: str
    work: str
    subject: str
    pieces: int
    contenders: tuple[Contender, ...]
    options: dict = field(default_factory=dict)
    slow: bool = False

    def key(self, contender):
        """The contender's name in ``results.json``."""
        return f"{self.name}_{contender.key or contender.role}"

    def load_subject(self):
        """The network with its images, made once."""
        return getattr(importlib.import_module("benchmarks.subjects"), self.subject)()


MNIST, VGG16, LITE0 = "MNIST network", "VGG16", "EfficientNet-Lite0"
FORWARD = Contender("floor", "forward", "forward pass")
PHOTO_FORWARD = Contender("floor", "forward", "forward pass", rounds=3)
GRADIENT = Contender("floor", "gradient", "forward and backward pass")

CASES = (
    Case(
        "occlusion",
        "Occlusion",
        MNIST,
        "Occlusion of a digit, 484 places",
        "one_digit",
        484,
        (
            Contender("course", "occlusion", "`occlusion`"),
            Contender("loop", "occlusion_predict", "`predict` per patch", "predict_loop", part=16, rounds=3),
            Contender("loop", "occlusion_eager", "eager call per patch", "eager_loop", rounds=3),
            Contender("loop", "occlusion_batch", "one `predict` on all patches", "predict_batch"),
            FORWARD,
        ),
        {"patch": 7, "stride": 1},
    ),
    Case(
        "saliency",
        "Saliency",
        MNIST,
        "Saliency of 10 digits",
        "ten_digits",
        10,
        (
            Contender("course", "saliency", "`saliency`"),
            Contender("loop", "saliency", "eager tape per digit"),
            Contender("library", "saliency", "tf-keras-vis"),
            GRADIENT,
        ),
    ),
    Case(
        "smooth_grad",
        "SmoothGrad",
        MNIST,
        "SmoothGrad of 10 digits, 50 samples",
        "ten_digits",
        500,
        (
            Contender("course", "smooth_grad", "`smooth_grad`"),
            Contender("loop", "smooth_grad", "eager tape per sample", part=50, rounds=3),
            Contender("library", "smooth_grad", "tf-keras-vis"),
            GRADIENT,
        ),
    ),
    Case(
        "integrated_gradients",
        "Integrated gradients",
        MNIST,
        "Integrated gradients of 10 digits, 64 steps",
        "ten_digits",
        650,
        (
            Contender("course", "integrated_gradients", "`integrated_gradients`"),
            Contender("loop", "integrated_gradients", "eager tape per step", part=65, rounds=3),
            GRADIENT,
        ),
    ),
    Case(
        "grad_cam",
        "Grad-CAM",
        MNIST,
        "Grad-CAM of 10 digits",
        "ten_digits",
        10,
        (
            Contender("course", "grad_cam", "`grad_cam`"),
            Contender("loop", "grad_cam", "model cut and eager tape per digit"),
            Contender("library", "grad_cam", "tf-keras-vis"),
            Contender("floor", "map_gradient", "forward and backward pass"),
        ),
    ),
    Case(
        "score_cam",
        "Score-CAM",
        MNIST,
        "Score-CAM of 10 digits, 64 channels",
        "ten_digits",
        640,
        (
            Contender("course", "score_cam", "`score_cam`"),
            Contender("loop", "score_cam", "`predict` per channel", part=16, rounds=3),
            Contender("library", "score_cam", "tf-keras-vis", rounds=3),
            FORWARD,
        ),
    ),
    Case(
        "lime",
        "LIME",
        MNIST,
        "LIME of a digit, 49 segments, 1,000 samples",
        "one_digit",
        1000,
        (
            Contender("course", "lime", "`lime_image`"),
            Contender("library", "lime", "lime, `predict` per 10 images", rounds=3),
            FORWARD,
        ),
        {"cell": 4},
    ),
    Case(
        "filters",
        "16 filter patterns",
        VGG16,
        "16 filter patterns of VGG16, 64 x 64, 40 steps",
        "vgg16_cut",
        16,
        (
            Contender("course", "filters", "`maximize_activation`", rounds=3),
            Contender("loop", "filters_graph", "one graph per filter", part=4, rounds=3, warm=False),
            Contender("loop", "filters_eager", "eager tape per filter", "eager_loop", part=2, rounds=3),
            Contender("library", "filters", "tf-keras-vis", rounds=3),
            Contender("library", "filters_bare", "the same, plain ascent", "library_bare", rounds=3),
            Contender("floor", "filter_gradient", "40 forward and backward passes", rounds=3),
        ),
        {"layer": "block3_conv1", "steps": 40},
    ),
    Case(
        "occlusion_vgg16",
        "Occlusion",
        VGG16,
        "Occlusion of a 224 x 224 picture by VGG16, 729 places",
        "vgg16",
        729,
        (
            Contender("course", "occlusion", "`occlusion`", rounds=1, warm=False),
            Contender("loop", "occlusion_predict", "`predict` per patch", part=8, rounds=1),
            Contender("floor", "forward", "forward pass", part=32, rounds=1),
        ),
        {"patch": 16, "stride": 8},
        slow=True,
    ),
    Case(
        "occlusion_photo",
        "Occlusion",
        LITE0,
        "Occlusion of a photograph, 196 places",
        "photograph",
        196,
        (
            Contender("course", "occlusion", "`occlusion`", rounds=3),
            Contender("loop", "occlusion_predict", "`predict` per patch", part=16, rounds=3),
            Contender("loop", "occlusion_batch", "one `predict` on all patches", "predict_batch", rounds=3),
            PHOTO_FORWARD,
        ),
        {"patch": 16, "stride": 16},
    ),
    Case(
        "smooth_grad_photo",
        "SmoothGrad",
        LITE0,
        "SmoothGrad of a photograph, 50 samples",
        "photograph",
        50,
        (
            Contender("course", "smooth_grad", "`smooth_grad`", rounds=3),
            Contender("loop", "smooth_grad", "eager tape per sample", part=5, rounds=3),
            Contender("library", "smooth_grad", "tf-keras-vis", rounds=3),
            Contender("floor", "gradient", "forward and backward pass", rounds=3),
        ),
    ),
    Case(
        "grad_cam_photo",
        "Grad-CAM",
        LITE0,
        "Grad-CAM of a photograph",
        "photograph",
        1,
        (
            Contender("course", "grad_cam", "`grad_cam`"),
            Contender("loop", "grad_cam", "model cut and eager tape"),
            Contender("library", "grad_cam", "tf-keras-vis"),
            Contender("floor", "map_gradient", "forward and backward pass"),
        ),
    ),
    Case(
        "score_cam_photo",
        "Score-CAM",
        LITE0,
        "Score-CAM of a photograph, 1,280 channels",
        "photograph",
        1280,
        (
            Contender("course", "score_cam", "`score_cam`", rounds=2),
            Contender("loop", "score_cam", "`predict` per channel", part=16, rounds=2),
            Contender("library", "score_cam", "tf-keras-vis", rounds=1, warm=False),
            Contender("floor", "forward", "forward pass", part=320, rounds=3),
        ),
    ),
    Case(
        "lime_photo",
        "LIME",
        LITE0,
        "LIME of a photograph, 49 segments, 1,000 samples",
        "photograph",
        1000,
        (
            Contender("course", "lime", "`lime_image`", rounds=2),
            Contender("library", "lime", "lime, `predict` per 10 images", rounds=1, warm=False),
            Contender("floor", "forward", "forward pass", part=320, rounds=3),
        ),
        {"cell": 32},
    ),
    Case(
        "filters_photo",
        "16 filter patterns",
        LITE0,
        "16 filter patterns of EfficientNet-Lite0, 128 x 128, 40 steps",
        "photograph_128",
        16,
        (
            Contender("course", "filters", "`maximize_activation`", rounds=3),
            Contender("loop", "filters_eager", "eager tape per filter", part=2, rounds=3),
            Contender("library", "filters", "tf-keras-vis", rounds=2),
            Contender("floor", "filter_gradient", "40 forward and backward passes", rounds=3),
        ),
        {"layer": "block8_expand", "steps": 40},
    ),
)
