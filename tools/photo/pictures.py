"""The course's seven photographs as small files for the photograph's page, with whose they are.

The build of the site calls it; nothing of it is committed.
"""

import json
from pathlib import Path

from PIL import Image

from helpers.data import PHOTOGRAPHS, pictures

QUALITY = 85  # of the JPEG files
LIST = "pictures.json"


def write(folder):
    """Write the photographs and their list into a folder, which is made; sizes stay as they are."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    for name, picture in pictures().items():
        Image.fromarray(picture).save(folder / f"{name}.jpg", quality=QUALITY, optimize=True)
    rows = [
        {"name": name, "shows": one.shows, "credit": one.credit, "licence": one.licence}
        for name, one in PHOTOGRAPHS.items()
    ]
    (folder / LIST).write_text(json.dumps(rows, ensure_ascii=False) + "\n", encoding="utf-8")
