"""Compare the figures of the notebooks, not only their text.

nbval runs every cell and compares its text with the committed one. This hooks into that comparison,
so that nothing runs twice: figures are compared by structural similarity, progress bars are left out.
"""

import base64
import io
from pathlib import Path

import numpy as np
from nbval.plugin import IPyNbCell
from PIL import Image
from skimage.metrics import structural_similarity

from tools.pictures import side_by_side

CHANGED = Path(__file__).parent / "build" / "changed-figures"
WHOLE = 0.98  # structural similarity of the whole figure, 1 if identical
PART = 0.80  # of its least similar square: a small panel may not hide in a large figure
SQUARE = 64  # pixels

compare_text = IPyNbCell.compare_outputs


def compare_outputs(self, test, ref, skip_compare=None):
    """Compare a cell's text as nbval does, then its figures."""
    test, ref = ([out for out in outs if not _is_progress(out)] for outs in (test, ref))
    if not compare_text(self, test, ref, skip_compare):
        return False
    pairs = list(zip(figures(ref), figures(test), strict=False))
    if len(figures(ref)) != len(figures(test)):
        self.comparison_traceback.append(f"{len(figures(ref))} figures expected, {len(figures(test))} drawn")
        return False
    for number, (expected, drawn) in enumerate(pairs):
        problem = difference(expected, drawn)
        if problem:
            name = f"{Path(self.parent.path).stem}-cell-{self.cell_num}-figure-{number}.png"
            side_by_side(expected, drawn).save(_folder() / name)
            self.comparison_traceback.append(f"figure {number} has changed: {problem}. See {CHANGED / name}")
            return False
    return True


def _is_progress(output):
    return output.get("metadata", {}).get("progress", False)


def _folder():
    CHANGED.mkdir(parents=True, exist_ok=True)
    return CHANGED


def figures(outputs):
    """The pictures among a cell's outputs, as (H, W, 3) arrays of uint8."""
    pictures = [out["data"]["image/png"] for out in outputs if "image/png" in out.get("data", {})]
    return [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")) for picture in pictures
    ]


def difference(expected, drawn):
    """Say in words how two figures differ, or None if they do not.

    Parameters
    ----------
    expected, drawn : (H, W, 3) ndarray of uint8

    Returns
    -------
    str or None
    """
    if expected.shape != drawn.shape:
        return f"{drawn.shape[1]} x {drawn.shape[0]} pixels, not {expected.shape[1]} x {expected.shape[0]}"
    whole, alike = structural_similarity(expected, drawn, channel_axis=-1, full=True)
    if whole < WHOLE:
        return f"similarity {whole:.3f}, at least {WHOLE} is needed"
    alike = alike.mean(axis=-1)  # (H, W)
    for top in range(0, alike.shape[0], SQUARE):
        for left in range(0, alike.shape[1], SQUARE):
            part = alike[top : top + SQUARE, left : left + SQUARE].mean()
            if part < PART:
                return f"similarity {part:.3f} around row {top}, column {left}, at least {PART} is needed"
    return None


IPyNbCell.compare_outputs = compare_outputs
