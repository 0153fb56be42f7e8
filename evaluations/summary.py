"""Means and spreads of what the units gave: the numbers of results.json."""

import numpy as np

from evaluations.plan import CONTROLS, METHODS, NETWORKS, TESTS, passes, units
from evaluations.store import versions


def spread(values):
    """Mean and spread of scores (draws, pictures); NaN are left out and counted.

    ``pictures`` is the standard deviation of the pictures' means over the draws, ``draws`` that of the draws'
    means over the pictures. ``error`` is the standard error of the mean from both: each over the root of its
    number, squared, added.
    """
    known = np.isfinite(values)
    filled = np.ma.masked_array(values, ~known)
    sides = {"pictures": filled.mean(axis=0).compressed(), "draws": filled.mean(axis=1).compressed()}
    found = {"n": list(values.shape), "empty": int((~known).sum())}
    if not known.any():
        return found
    found["mean"] = float(sides["pictures"].mean())
    found |= {side: float(means.std(ddof=1)) if means.size > 1 else 0.0 for side, means in sides.items()}
    found["error"] = float(np.sqrt(sum(found[side] ** 2 / means.size for side, means in sides.items())))
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in found.items()}


def summarise(store, settings, subjects):
    """All that is committed, from the units; ``subjects``: group -> its pictures."""
    scores = {group: {} for group in TESTS}
    for unit in units():
        if unit.test != "maps":
            for name, values in store.get(unit).items():
                scores[unit.group].setdefault(name, {})[unit.method] = spread(values)
    price = {
        group: {
            method: passes(method, settings[group]["options"], one.side, one.channels)
            for method in METHODS + CONTROLS
        }
        for group, one in subjects.items()
        if group in ("digits", "photographs")
    }
    return {
        "versions": versions(),
        "weights": {NETWORKS[group]: store.weights[group] for group in TESTS},
        "settings": settings,
        "passes": price,
        "composed": subjects["composed"].questions(),
        "scores": scores,
    }
