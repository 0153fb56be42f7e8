"""What the tests of a data set run in processes of their own: `python tests/dataset_program.py`.

A script as a learner writes one, with its guard. Explains 24 pictures, four in a chunk, and says how many
maps there are; or, on one line, why not. Without the file of a network the pictures are explained by
`brighter`, which is quick: what a crew and a folder do wrong, they do wrong with any maps.
"""

import json
import os
import signal
import sys
import time

import numpy as np

from helpers import explain_dataset
from helpers.bulk import store, work
from helpers.dataset import Unfinished

CHUNKS = 6
IMAGES = np.random.default_rng(0).random((4 * CHUNKS, 8, 8, 1), dtype=np.float32)


def brighter(job, pictures, class_index):
    """In place of a method: a map that is each picture times its own sum."""
    time.sleep(0.05)
    maps = pictures[..., 0] * pictures.sum(axis=(1, 2, 3))[:, np.newaxis, np.newaxis]
    return work.Explained(maps, np.zeros(len(maps), np.int32), {})


def die(*_):
    """Work that ends its worker."""
    os.kill(os.getpid(), signal.SIGKILL)


def slow_keep(self, number, explained, names, keep=store.Store.keep):
    """Keep a chunk, say so, and give others the time to do harm."""
    keep(self, number, explained, names)
    print(f"kept {number}", flush=True)
    time.sleep(0.2)


def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell runs in the background ignores it
    folder, network, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    store.Store.keep = slow_keep
    if network == "none":
        network, work.explain, work.explain_on_worker = "mnist_cnn", brighter, brighter
    options = {"method": "saliency", "model": network, "chunk": 4} | options
    try:
        maps = explain_dataset(IMAGES, folder=folder, progress=False, **options)
    except (Unfinished, ValueError) as problem:
        sys.exit(f"{type(problem).__name__}: {problem}")
    print(f"{len(maps)} maps")


if __name__ == "__main__":
    main()
