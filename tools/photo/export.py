"""Make the weights that the photograph's page is served with: EfficientNet-Lite0 in half precision.

The build of the site calls it; nothing of it is committed. By hand:

    python -m tools.photo.export FOLDER
"""

import hashlib
import json
import sys
from pathlib import Path

from helpers.efficientnet import FILE, PACKAGE, SHA256, load_efficientnet_lite0
from helpers.imagenet import imagenet_classes
from helpers.settings import ROOT
from tools.half_precision import weight_file

SERVED = ROOT / "book" / "_static" / "photo"  # what is committed of the page
WEIGHTS, MANIFEST = "weights.bin", "manifest.json"


def manifest(weights, tensors):
    """What the page checks the weights against, where they come from, and what the classes are called."""
    return {
        "model": "efficientnet_lite0",
        "made_from": {"package": PACKAGE, "file": Path(FILE).name, "sha256": SHA256, "licence": "Apache-2.0"},
        "dtype": "float16, little-endian",
        "bytes": len(weights),
        "sha256": hashlib.sha256(weights).hexdigest(),
        "tensors": tensors,
        "classes": [name for _, name in imagenet_classes()],
    }


def write(folder):
    """Write weights and manifest into a folder."""
    weights, tensors = weight_file(load_efficientnet_lite0().model)
    text = json.dumps(manifest(weights, tensors), ensure_ascii=False, separators=(",", ":"))
    (Path(folder) / WEIGHTS).write_bytes(weights)
    (Path(folder) / MANIFEST).write_text(text + "\n", encoding="utf-8")


def main():
    """Write the files, and say how large they are."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("Name one folder that is there: python -m tools.photo.export FOLDER")
    write(sys.argv[1])
    for name in (WEIGHTS, MANIFEST):
        print(f"{(Path(sys.argv[1]) / name).stat().st_size:>9,} bytes  {name}")


if __name__ == "__main__":
    main()
