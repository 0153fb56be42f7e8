"""Fetch everything that the chapters would download, for a classroom without a network: `make weights`."""

import sys

from helpers.data import mnist
from helpers.downloads import DOWNLOADS, Unavailable, fetch, megabytes
from helpers.settings import ROOT, settings
from helpers.vgg16 import FILE, FILE_NO_TOP


def main():
    """Fetch MNIST and VGG16's convolutions, the whole VGG16 if it is asked for; a second run finds them."""
    try:
        print(f"All of MNIST, {megabytes('mnist.npz')}", flush=True)
        mnist("full")
        print(f"VGG16's convolutions, {megabytes(FILE_NO_TOP)}", flush=True)
        fetch(FILE_NO_TOP)
        if settings().backbone == "vgg16":
            print(f"VGG16 with its classifier, {megabytes(FILE)}", flush=True)
            fetch(FILE)
    except Unavailable as problem:
        again = "unset COURSE_OFFLINE and run it again" if settings().offline else "run it again"
        sys.exit(f"{problem}. To go on, {again}: what is complete is kept, what was cut off goes on.")
    print(f"All there, in {DOWNLOADS.relative_to(ROOT)}; copy that folder to the other machines.")


if __name__ == "__main__":
    main()
