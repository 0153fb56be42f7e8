"""Write the course's seven photographs as small files for the photograph's page, and whose they are.

The build of the site calls it; nothing of it is committed.
"""

import json
import shutil
from pathlib import Path

from PIL import Image

from helpers.data import PHOTOGRAPHS
from helpers.package_files import package_file

QUALITY = 95  # of the JPEG files that are made of others
LIST = "pictures.json"


def write(folder):
    """Write the photographs and their list into a folder, which is made.

    Sizes stay as they are, and JPEG files too.
    """
    folder = Path(folder)
    folder.mkdir(parents=True)
    for name, one in PHOTOGRAPHS.items():
        source, target = package_file(*one.file), folder / f"{name}.jpg"
        if source.suffix == ".jpg":
            shutil.copyfile(source, target)
        else:
            Image.open(source).convert("RGB").save(target, quality=QUALITY, subsampling=0, optimize=True)
    rows = [
        {"name": name, "shows": one.shows, "credit": one.credit, "licence": one.licence}
        for name, one in PHOTOGRAPHS.items()
    ]
    (folder / LIST).write_text(json.dumps(rows, ensure_ascii=False) + "\n", encoding="utf-8")
