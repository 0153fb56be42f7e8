"""What is measured: the work, who does it in which way, and the targets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """One way of doing the work.

    ``function`` is a function of `benchmarks.contenders`. ``role`` is ``"course"``, ``"loop"`` (the
    obvious way), ``"library"`` or ``"floor"`` (the bare compiled passes on the same images).

    ``whole`` and ``part``: a slow contender is called with the number of pieces of work to do; it
    gets ``part`` of the ``whole``, and its time is scaled up. ``rounds`` is how often it is timed;
    the first call does not count, unless ``warm`` is False.

    ``target`` is the ratio of its time to the course's that is aimed at: at least this, or at most
    this for a floor, turned round (the course's time over the floor's). ``why`` is for the page if
    that is not reached.
    """

    function: str
    role: str
    label: str
    target: float | None = None
    whole: int | None = None
    part: int | None = None
    rounds: int = 7
    warm: bool = True
    why: str = ""


@dataclass(frozen=True)
class Case:
    """One piece of work; the course is the first of its contenders.

    ``subject`` is a function of `benchmarks.contenders` that gives the model and one image.

    ``memory_target`` is how many MiB above the model's own peak the course may take.
    """

    name: str
    work: str
    subject: str
    contenders: tuple[Contender, ...]
    memory_target: float | None = None
    slow: bool = False


CASES = (
    Case(
        "occlusion",
        "Occlusion of a digit: 484 positions, 7 x 7 patches, stride 1",
        "mnist_subject",
        (
            Contender("occlusion_course", "course", "`occlusion`"),
            Contender(
                "occlusion_predict_loop",
                "loop",
                "`predict` per patch",
                1000,
                whole=484,
                part=16,
                rounds=3,
                why="What `predict` takes for one image is mostly what surrounds the network, and differs "
                "between machines. The factor cannot be much larger than it is: the bare forward pass on "
                "patches that are already there is hardly faster than the course.",
            ),
            Contender("occlusion_eager_loop", "loop", "eager call per patch", 50, rounds=3),
            Contender("occlusion_predict_batch", "loop", "one `predict` on all patches"),
            Contender("occlusion_floor", "floor", "forward pass", 1.3),
        ),
    ),
    Case(
        "saliency",
        "Saliency of 10 digits",
        "mnist_subject",
        (
            Contender("saliency_course", "course", "`saliency`"),
            Contender("saliency_loop", "loop", "eager tape per digit"),
            Contender("saliency_library", "library", "tf-keras-vis", 4),
            Contender("saliency_floor", "floor", "forward and backward pass"),
        ),
    ),
    Case(
        "smooth_grad",
        "SmoothGrad of 10 digits, 50 samples",
        "mnist_subject",
        (
            Contender("smooth_grad_course", "course", "`smooth_grad`"),
            Contender("smooth_grad_loop", "loop", "eager tape per sample", whole=500, part=50, rounds=3),
            Contender("smooth_grad_library", "library", "tf-keras-vis", 10),
            Contender("smooth_grad_floor", "floor", "forward and backward pass"),
        ),
    ),
    Case(
        "integrated_gradients",
        "Integrated gradients of 10 digits, 64 steps",
        "mnist_subject",
        (
            Contender("integrated_gradients_course", "course", "`integrated_gradients`"),
            Contender(
                "integrated_gradients_loop", "loop", "eager tape per step", whole=650, part=65, rounds=3
            ),
            Contender("integrated_gradients_floor", "floor", "forward and backward pass"),
        ),
    ),
    Case(
        "grad_cam",
        "Grad-CAM of 10 digits",
        "mnist_subject",
        (
            Contender("grad_cam_course", "course", "`grad_cam`"),
            Contender("grad_cam_loop", "loop", "model cut and eager tape per digit"),
            Contender("grad_cam_library", "library", "tf-keras-vis", 3),
            Contender("grad_cam_floor", "floor", "forward and backward pass"),
        ),
    ),
    Case(
        "score_cam",
        "Score-CAM of 10 digits, 64 channels",
        "mnist_subject",
        (
            Contender("score_cam_course", "course", "`score_cam`"),
            Contender("score_cam_loop", "loop", "`predict` per channel", whole=640, part=16, rounds=3),
            Contender("score_cam_library", "library", "tf-keras-vis", rounds=3),
            Contender("score_cam_floor", "floor", "forward pass"),
        ),
    ),
    Case(
        "lime",
        "LIME of a digit, 49 segments, 1,000 samples",
        "mnist_subject",
        (
            Contender("lime_course", "course", "`lime_image`"),
            Contender("lime_library", "library", "lime, `predict` per 10 images", rounds=3),
            Contender("lime_floor", "floor", "forward pass"),
        ),
    ),
    Case(
        "filters",
        "16 filter patterns of VGG16 `block3_conv1`, 64 pixels, 40 steps",
        "vgg_cut_subject",
        (
            Contender("filters_course", "course", "`maximize_activation`", rounds=3),
            Contender(
                "filters_loop",
                "loop",
                "one graph per filter",
                4,
                whole=16,
                part=4,
                rounds=3,
                warm=False,
                why="One graph per filter loses little on a processor with few cores: the convolutions of "
                "one image of 64 pixels keep them busy, so that sixteen at once gain little per image, and "
                "tracing a graph takes a tenth of a second. What costs time is climbing without a graph.",
            ),
            Contender(
                "filters_eager_loop",
                "loop",
                "eager tape, one filter at a time",
                4,
                whole=16,
                part=2,
                rounds=3,
            ),
            Contender("filters_library", "library", "tf-keras-vis, its defaults", 1.8, rounds=3),
            Contender("filters_library_bare", "library", "tf-keras-vis, plain ascent", rounds=3),
            Contender("filters_floor", "floor", "40 forward and backward passes", 1.2, rounds=3),
        ),
    ),
    Case(
        "occlusion_vgg16",
        "Occlusion of a 224 x 224 picture by VGG16: 729 positions, 16 x 16 patches, stride 8",
        "vgg_subject",
        (
            Contender("occlusion_vgg16_course", "course", "`occlusion`", rounds=1, warm=False),
            Contender("occlusion_vgg16_loop", "loop", "`predict` per patch", whole=729, part=8, rounds=1),
            Contender("occlusion_vgg16_floor", "floor", "forward pass", whole=729, part=32, rounds=1),
        ),
        memory_target=1024,
        slow=True,
    ),
)
