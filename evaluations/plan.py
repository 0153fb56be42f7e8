"""What is evaluated: groups of pictures, tests, methods, and how much of each. Imports nothing heavy."""

from typing import NamedTuple

METHODS = (
    "occlusion", "gradient", "guided gradient", "SmoothGrad", "integrated gradients", "Grad-CAM", "Score-CAM",
    "LIME",
)  # fmt: skip
CONTROLS = ("edges", "noise", "ink")  # made without a network
BY_CHANCE = ("SmoothGrad", "LIME", "noise")  # another seed, another map
NETWORKS = {  # of each group of pictures
    "digits": "mnist_cnn",
    "mosaics": "mnist_cnn",
    "photographs": "efficientnet_lite0",
    "composed": "efficientnet_lite0",
}
TESTS = {
    "digits": ("maps", "random weights", "insertion", "deletion", "fidelity", "infidelity", "sensitivity"),
    "mosaics": ("right place",),
    "photographs": ("maps", "insertion", "deletion"),
    "composed": ("right place",),
}
NEEDS_MAPS = ("insertion", "deletion", "fidelity", "infidelity")

DIGIT = {"patch_size": 7, "stride": 1, "n_samples": 50, "steps": 64, "lime_samples": 1000, "fill": 0.0}
PHOTOGRAPH = {"patch_size": 32, "stride": 16, "n_samples": 50, "steps": 64, "lime_samples": 500}
FULL = {
    "digits": {"count": 100, "draws": 2, "options": DIGIT},
    "mosaics": {"count": 10, "draws": 1, "options": DIGIT},
    "photographs": {"count": 7, "draws": 1, "options": PHOTOGRAPH},
    "composed": {"count": 3, "draws": 1, "options": PHOTOGRAPH},
    "random weights": {"pictures": 10, "draws": 5},
    "curves": {"digits": 28, "photographs": 14},  # steps
    "hidden": {"grid": 7, "subset": 0.2, "n_samples": 100},
    "sensitivity": {"pictures": 20, "radius": 0.02, "n_samples": 5},
}
LITTLE = {"stride": 7, "n_samples": 2, "steps": 2, "lime_samples": 60}
QUICK = {
    "digits": {"count": 3, "draws": 2, "options": DIGIT | LITTLE},
    "mosaics": {"count": 1, "draws": 1, "options": DIGIT | LITTLE},
    "photographs": {
        "count": 1,
        "draws": 1,
        "options": PHOTOGRAPH | LITTLE | {"stride": 32, "max_channels": 4},
    },
    "composed": {"count": 1, "draws": 1, "options": PHOTOGRAPH | LITTLE | {"stride": 32, "max_channels": 4}},
    "random weights": {"pictures": 2, "draws": 2},
    "curves": {"digits": 4, "photographs": 2},
    "hidden": {"grid": 7, "subset": 0.2, "n_samples": 10},
    "sensitivity": {"pictures": 2, "radius": 0.02, "n_samples": 1},
}
PHOTOGRAPH_WEIGHT = 80  # how many times as long a pass of EfficientNet-Lite0 takes


class Unit(NamedTuple):
    """One piece of work: one test of one method on one group of pictures."""

    group: str
    test: str
    method: str


def units(groups=tuple(TESTS)):
    """All pieces of work of some groups, maps first."""
    return [
        Unit(group, test, method)
        for group in groups
        for test in TESTS[group]
        for method in METHODS + CONTROLS
    ]


def part(settings, unit):
    """What of the settings one unit depends on."""
    own = {"random weights": "random weights", "sensitivity": "sensitivity"}
    own |= {"insertion": "curves", "deletion": "curves", "fidelity": "hidden", "infidelity": "hidden"}
    name = own.get(unit.test)
    return {unit.group: settings[unit.group]} | ({name: settings[name]} if name else {})


def passes(method, options, side, channels):
    """How many passes forward, and back, one map costs."""
    if method in CONTROLS:
        return 0, 0
    if method == "occlusion":
        places = len(range(0, side - options["patch_size"], options["stride"])) + 1
        return 1 + places**2, 0
    if method == "Score-CAM":
        return 1 + min(channels, options.get("max_channels", channels)), 0
    if method == "LIME":
        return options["lime_samples"], 0
    both = {"SmoothGrad": options["n_samples"], "integrated gradients": options["steps"] + 1}.get(method, 1)
    return both, both


def work(unit, settings, side, channels):
    """About how long a unit takes, in forward passes of the MNIST network: for the progress bar."""
    size, options = settings[unit.group], settings[unit.group]["options"]
    forward, back = passes(unit.method, options, side, channels)
    one_map, draws = 1 + forward + 2 * back, size["draws"] if unit.method in BY_CHANCE else 1
    pictures = size["count"]
    if unit.test == "maps":
        cost = one_map * pictures * draws
    elif unit.test == "right place":
        cost = one_map * pictures * draws * (16 if unit.group == "mosaics" else 4)
    elif unit.test == "random weights":
        cost = one_map * 6 * settings["random weights"]["pictures"] * settings["random weights"]["draws"]
    elif unit.test == "sensitivity":
        cost = one_map * settings["sensitivity"]["pictures"] * (1 + settings["sensitivity"]["n_samples"])
    elif unit.test in ("insertion", "deletion"):
        cost = 2 * (1 + settings["curves"][unit.group]) * pictures * draws
    else:
        cost = settings["hidden"]["n_samples"] * pictures * draws
    return cost * (PHOTOGRAPH_WEIGHT if NETWORKS[unit.group] != "mnist_cnn" else 1)
