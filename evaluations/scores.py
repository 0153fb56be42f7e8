"""What each test gives one method on one group of pictures: arrays (draws, pictures)."""

import functools

import numpy as np

from evaluations.plan import BY_CHANCE, CONTROLS, part
from evaluations.subjects import subject
from helpers import evaluation
from helpers.agreement import energy_inside, mosaic, similarity
from helpers.every_method import every_method, no_network
from helpers.randomization import cascade, randomize


def run(unit, settings, maps=None):
    """Do one unit: name -> array, (draws, pictures) but for the maps themselves, (draws, N, H, W).

    ``maps`` are those that the unit of the maps gave, for the tests that need them.
    """
    size = settings[unit.group]
    given = subject(unit.group, size["count"])
    explain = functools.partial(explained, unit.method, options=size["options"])
    seeds = range(size["draws"] if unit.method in BY_CHANCE else 1)
    if unit.test == "maps":
        return {"maps": np.stack([explain(given.model, given.images, given.classes, seed=s) for s in seeds])}
    if unit.test == "right place":
        return {"right place": np.stack([right_place(given, explain, seed) for seed in seeds])}
    own = next((values for name, values in part(settings, unit).items() if name != unit.group), None)
    if unit.test == "random weights":
        return random_weights(given, explain, **own)
    if unit.test == "sensitivity":
        return {"sensitivity": sensitivity(given, explain, unit.method, **own)[np.newaxis]}
    test = getattr(evaluation, unit.test)
    if unit.test in ("insertion", "deletion"):
        return {
            f"{unit.test}, {name}": np.stack(
                [test(given.model, given.images, m, given.classes, b, own[unit.group]).areas for m in maps]
            )
            for name, b in given.baselines.items()
        }
    found = [test(given.model, given.images, m, given.classes, seed=s, **own) for s, m in enumerate(maps)]
    if unit.test == "infidelity":  # as a share of what a map of zeros leaves unexplained
        nothing = np.zeros(maps[0].shape)
        whole = [test(given.model, given.images, nothing, given.classes, seed=s, **own) for s in seeds]
        found = np.divide(found, whole)
    return {unit.test: np.stack(found)}


def explained(method, model, images, classes, options, seed=0):
    """The maps of one method, or of one that knows no network: (N, H, W)."""
    if method in CONTROLS:
        return no_network(images, seed)[method]
    return every_method(model, images, classes, [method], seed=seed, **options)[method]


def right_place(given, explain, seed):
    """The share of each map that lies where the class is.

    The network visits the four digits of a mosaic one after the other, with the same question.
    """
    maps = explain(given.model, given.images, given.classes, seed=seed)
    if len(given.images) > len(given.masks):
        fours = maps.reshape(-1, 4, *maps.shape[1:], 1)
        maps = np.stack([mosaic(four, 2, 2)[0][..., 0] for four in fours])
    return energy_inside(maps, given.masks)


def random_weights(given, explain, pictures, draws):
    """How much of each map is left when layers forget, from the top down: by rank, and by absolute rank."""
    images, classes = given.images[:pictures], given.classes[:pictures]
    trained, copy = explain(given.model, images, classes), randomize(given.model, [])
    found = {}
    for draw in range(draws):
        for depth, weights in enumerate(forgetful_weights(given.model, draw), start=1):
            copy.set_weights(weights)
            untrained = explain(copy, images, classes, seed=1 + depth + 100 * draw)
            for kind in ("rank", "absolute rank"):
                name = f"{kind}, {depth} layer{'s' * (depth > 1)}"
                found.setdefault(name, []).append(similarity(trained, untrained, kind))
    return {name: np.stack(values) for name, values in found.items()}


@functools.cache
def forgetful_weights(model, seed):
    """The weights of each network of a cascade."""
    return [network.get_weights() for _, network in cascade(model, seed)]


def sensitivity(given, explain, method, pictures, radius, n_samples):
    """How far each map moves; the same noise each time is no answer."""
    images, classes = given.images[:pictures], given.classes[:pictures]
    if method == "noise":
        return np.full(len(images), np.nan)
    return evaluation.sensitivity(lambda x: explain(given.model, x, classes), images, radius, n_samples)
