"""Fetch everything that the chapters would download, for a classroom without a network: `make weights`."""

import sys

from helpers.backbones import VGG16_CLASSES, VGG16_FILES
from helpers.data import mnist
from helpers.downloads import DOWNLOADS, Unavailable, fetch, megabytes
from helpers.settings import ROOT, settings


def main():
    """Fetch MNIST and VGG16; a second run finds them there."""
    try:
        print(f"All of MNIST, {megabytes('mnist.npz')}", flush=True)
        mnist("full")
        print(f"VGG16 without its classifier, {megabytes(VGG16_FILES[False])}", flush=True)
        fetch(VGG16_FILES[False])
        print(f"VGG16 with its classifier, {megabytes(VGG16_FILES[True])}", flush=True)
        fetch(VGG16_CLASSES)
        fetch(VGG16_FILES[True])
    except Unavailable as problem:
        again = "unset COURSE_OFFLINE and run it again" if settings().offline else "run it again"
        sys.exit(f"{problem}. To go on, {again}: what is complete is kept, what was cut off goes on.")
    print(f"All there, in {DOWNLOADS.relative_to(ROOT)}; copy that folder to the other machines.")


if __name__ == "__main__":
    main()
