"""Figures that move: where a cell says what the frames of its filmstrip are, the page gets a slider.

The cell's metadata has, beside `mystnb`, ``"frames": {"columns": 3, "labels": ["step 1", ...]}``. The picture
stays as it is: book/_static/frames.mjs cuts the frames out of it, and without scripts it is a filmstrip.
"""

import base64
import html
import io
import json
import re

import nbformat
from PIL import Image

from tools.notebook import chapters

# No module, so that pages work that are opened as files.
SCRIPT = '<script defer src="../_static/frames.mjs"></script>\n'


def add_players(site, notebooks):
    """Change the pages of all chapters that have such figures, in place."""
    for path in chapters(notebooks):
        page = site / "notebooks" / f"{path.stem}.html"
        text = changed = page.read_text(encoding="utf-8")
        for figure, frames in moving_figures(path).items():
            changed = add_player(changed, figure, frames)
        if changed != text:
            page.write_text(changed.replace("</body>", f"{SCRIPT}</body>"), encoding="utf-8")


def moving_figures(path):
    """The figures of a chapter that move, {name: frames}; frames have columns, labels, and a size in pixels.

    ValueError if a cell has no such picture, or one that cannot be cut like that.
    """
    found = {}
    for cell in nbformat.read(path, 4).cells:
        if frames := cell.metadata.get("frames"):
            name = cell.metadata.mystnb.figure.name
            try:
                if set(frames) != {"columns", "labels"}:
                    raise ValueError(f"frames have columns and labels, not {' and '.join(sorted(frames))}")
                found[name] = {**frames, "size": frame_size(picture_of(cell).size, **frames)}
            except ValueError as problem:
                raise ValueError(f"{path.stem}, {name}: {problem}") from problem
    return found


def picture_of(cell):
    """The only picture that a cell drew; ValueError if there is none, or more."""
    pictures = [o.data["image/png"] for o in cell.outputs if "image/png" in o.get("data", {})]
    if len(pictures) != 1:
        raise ValueError(f"{len(pictures)} pictures, where one filmstrip is expected")
    return Image.open(io.BytesIO(base64.b64decode(pictures[0])))


def frame_size(size, columns, labels):
    """Width and height of a frame, in whole pixels of the picture; ValueError if it does not divide."""
    rows = -(-len(labels) // columns)
    (width, more), (height, over) = divmod(size[0], columns), divmod(size[1], rows)
    if more or over or len(labels) < 2:
        raise ValueError(
            f"{size[0]} x {size[1]} pixels are not a filmstrip of {len(labels)} frames in {columns} columns"
        )
    return width, height


def add_player(page, figure, frames):
    """Put the frame that holds a figure's picture into the element that plays it."""
    width, height = frames["size"]
    about = {"columns": frames["columns"], "width": width, "height": height}
    about["labels"] = html.escape(json.dumps(frames["labels"], ensure_ascii=False))
    begin = " ".join(["<course-frames", *(f'{key}="{value}"' for key, value in about.items())])
    pattern = rf'(<figure[^>]* id="{re.escape(figure)}"[^>]*>\s*)(<div class="figure-frame.*?</div>)'

    def hold(found):
        return f"{found[1]}{begin}>{found[2]}</course-frames>"

    return re.sub(pattern, hold, page, count=1, flags=re.DOTALL)
