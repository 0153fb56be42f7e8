"""Make what the live page is served with: weights in half precision, digits, kernel, manifest.

For ``make playground``. Writes to ``book/_static/playground``. The kernel is compiled only if the
AssemblyScript compiler of the version below is at hand; npx fetches it if there is a network. With
``--keep-kernel`` the committed one stays.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from helpers.data import example_digits, mnist
from helpers.engine import forward
from helpers.models import WEIGHTS, load_mnist_cnn
from helpers.settings import ROOT
from tools.half_precision import round_weights, weight_file

HERE = Path(__file__).parent
SERVED = ROOT / "book" / "_static" / "playground"
COMPILER = "assemblyscript@0.28.20"
FLAGS = ["-O3", "--enable", "simd", "--runtime", "stub", "--noAssert", "--use", "abort="]
FLAGS += ["--initialMemory", "160", "--maximumMemory", "160"]  # pages of 64 kB


def hard_digits(model):
    """Of the 5,000 digits that the network has not seen, the least probable one of each class."""
    digits = mnist("5k").unseen
    probability = forward(model, digits.images)[np.arange(len(digits)), digits.labels]
    of_class = [np.flatnonzero(digits.labels == label) for label in range(10)]
    return digits.images[[places[probability[places].argmin()] for places in of_class]]


def digit_file(model):
    """Twenty digits as bytes (20, 28, 28): a typical one of each class, then a hard one of each."""
    images = np.concatenate([example_digits()[0], hard_digits(model)])
    return np.round(images * 255).astype(np.uint8).tobytes()


def compile_kernel(compiler):
    """Compile ``kernel.ts``; the compiler is npx's package, or a path to ``asc``."""
    call = [compiler] if compiler else ["npx", "--yes", "--package", COMPILER, "asc"]
    command = [*call, str(HERE / "kernel.ts"), *FLAGS, "--outFile", str(SERVED / "kernel.wasm")]
    subprocess.run(command, check=True)


def digest(content):
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def manifest(weights, tensors):
    """What the page checks the weights against, and where everything comes from."""
    return {
        "model": "mnist_cnn",
        "made_from": {
            "file": "mnist_cnn.keras",
            "sha256": digest((WEIGHTS / "mnist_cnn.keras").read_bytes()),
        },
        "dtype": "float16, little-endian",
        "bytes": len(weights),
        "sha256": digest(weights),
        "tensors": tensors,
        "kernel": {
            "compiler": COMPILER,
            "flags": " ".join(FLAGS),
            "source_sha256": digest((HERE / "kernel.ts").read_bytes()),
            "sha256": digest((SERVED / "kernel.wasm").read_bytes()),
        },
    }


def main():
    """Write the files, and say how large they are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep-kernel", action="store_true", help="do not compile kernel.ts")
    parser.add_argument("--asc", default="", help="the AssemblyScript compiler, if npx should not fetch it")
    given = parser.parse_args()
    if not given.keep_kernel:
        compile_kernel(given.asc)
    model = load_mnist_cnn()
    weights, tensors = weight_file(model)
    (SERVED / "weights.bin").write_bytes(weights)
    (SERVED / "digits.bin").write_bytes(digit_file(round_weights(model)))
    (SERVED / "manifest.json").write_text(
        json.dumps(manifest(weights, tensors), indent=1) + "\n", encoding="utf-8"
    )
    for path in sorted(SERVED.iterdir()):
        print(f"{path.stat().st_size:>9,} bytes  {path.name}")


if __name__ == "__main__":
    sys.exit(main())
