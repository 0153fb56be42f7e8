"""The work, and one way of doing it, in a process of its own: `python -m benchmarks.dataset.ways`.

Imports nothing heavy before the clock starts: a way pays for everything that it needs.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from helpers import data
from helpers.bulk import store
from helpers.dataset import explain_dataset

WAYS = {"here": {"scheduler": "here"}, "one": {"workers": 1}, "two": {"workers": 2}}
LABELS = {"here": "one process", "one": "Dask, one worker", "two": "Dask, two workers"}


@dataclass(frozen=True)
class Case:
    """A method over so many pictures, ``side`` pixels wide and high, by a network of the course."""

    work: str
    method: str
    model: str
    pictures: int
    side: int


CASES = {
    "digits": Case("saliency of digits", "saliency", "mnist_cnn", 60_000, 28),
    "photographs": Case("Grad-CAM of photographs", "grad_cam", "efficientnet_lite0", 2_000, 224),
}


def write_pictures(case, count, path):
    """Write so many pictures as an ``.npy`` file: digits as floats, squares of photographs as bytes."""
    if case.side == 28:
        digits = data.mnist().unseen.images
        np.save(path, np.resize(digits, (count, 28, 28, 1)))
        return
    photographs = [Image.fromarray(one) for one in data.pictures().values()]
    draw = np.random.default_rng(0)
    file = np.lib.format.open_memmap(path, "w+", np.uint8, (count, case.side, case.side, 3))
    for number in range(count):
        photograph = photographs[number % len(photographs)]
        width = int(draw.integers(min(photograph.size) // 2, min(photograph.size)))
        left, top = (int(draw.integers(0, length - width + 1)) for length in photograph.size)
        box = (left, top, left + width, top + width)
        file[number] = np.asarray(photograph.resize((case.side, case.side), box=box))
    file.flush()


def measure(case, way, pictures, folder):
    """Explain a file of pictures in one way.

    Gives ``seconds`` from the call to its end; ``steady``, seconds for a chunk from when the first was kept;
    the pictures of a ``chunk``; and ``memory``, the peak in MiB of this process and of its largest worker.
    """
    kept, keep = [], store.Store.keep

    def noted(self, *arguments):
        keep(self, *arguments)
        kept.append(time.perf_counter())

    store.Store.keep = noted
    try:
        start = time.perf_counter()
        maps = explain_dataset(
            pictures, case.method, folder, case.model, class_index=0, progress=False, **WAYS[way]
        )
        seconds = time.perf_counter() - start
    finally:
        store.Store.keep = keep
    steady = (kept[-1] - kept[0]) / (len(kept) - 1) if len(kept) > 1 else seconds
    memory = [_peak(resource.RUSAGE_SELF), _peak(resource.RUSAGE_CHILDREN) if way != "here" else 0]
    return {"seconds": seconds, "steady": steady, "chunk": maps.manifest["chunk"], "memory": memory}


def _peak(who):
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kibibytes
    return resource.getrusage(who).ru_maxrss * unit / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(CASES[options.case], options.way, options.pictures, folder)
    options.out.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
