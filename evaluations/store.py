"""Results of single units on disk, so that a run that was cut off goes on where it ended."""

import hashlib
import json
import os
from importlib.metadata import version
from zipfile import BadZipFile

import numpy as np

from evaluations.plan import NETWORKS, part

PACKAGES = ("tensorflow", "keras", "numpy", "scipy", "scikit-image")


def versions():
    """Of the packages that the numbers depend on."""
    return {name: version(name) for name in PACKAGES}


class Store:
    """A folder with one file a unit, and a manifest of what they were made with.

    A unit counts as done if its file can be read and was made with the same settings, versions and weights.
    """

    def __init__(self, folder, settings, weights):
        """``weights``: group -> hash of its network's weights."""
        self.folder, self.settings, self.weights = folder, settings, weights
        self.folder.mkdir(parents=True, exist_ok=True)
        manifest = {"versions": versions(), "weights": self._networks(), "settings": settings}
        text = json.dumps(manifest, indent=1)
        self._move("manifest.json", lambda path: path.write_text(text, encoding="utf-8"))

    def key(self, unit):
        """What the unit's numbers depend on, as a hash."""
        facts = [versions(), self.weights[unit.group], part(self.settings, unit), unit]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def get(self, unit):
        """The arrays of a unit; None if it is to be done."""
        try:
            with np.load(self._path(unit)) as file:
                arrays = dict(file)
        except (OSError, ValueError, EOFError, BadZipFile):
            return None
        return arrays if str(arrays.pop("key", "")) == self.key(unit) else None

    def put(self, unit, arrays):
        """Keep the arrays of a unit: written under another name, then moved."""
        self._move(self._path(unit).name, lambda path: self._write(path, unit, arrays))

    def _write(self, path, unit, arrays):
        with open(path, "wb") as file:
            np.savez_compressed(file, key=self.key(unit), **arrays)

    def _move(self, name, write):
        aside = self.folder / f"{name}.{os.getpid()}.part"
        write(aside)
        os.replace(aside, self.folder / name)

    def _path(self, unit):
        return self.folder / f"{unit.group}--{unit.test}--{unit.method}.npz".replace(" ", "-")

    def _networks(self):
        return {NETWORKS[group]: found for group, found in self.weights.items()}
