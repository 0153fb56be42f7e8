"""What a chapter gave, compared with what is committed: the texts and figures of its cells.

The tests (conftest.py) and `make reproduce` (tools/chapters/reproduce.py) both compare with this.
Progress bars are left out. Cells with the tag `nbval-ignore-output` are not compared, and figures of cells
with the tag `compare-loosely` are blurred before they are: book/reproducibility.md says why.
"""

import base64
import copy
import io
from typing import NamedTuple

import numpy as np
from nbval.plugin import coalesce_streams
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

PICTURES = ("image/png", "image/jpeg")
SQUARE = 64  # pixels: a small panel may not hide in a large figure


class Measure(NamedTuple):
    """How much alike two figures must be."""

    blur: float
    """Standard deviation in pixels, 0 to compare them as they are."""
    whole: float
    """Structural similarity of the whole figure, 1 if identical."""
    part: float
    """That of its least similar square."""


EXACT = Measure(blur=0, whole=1, part=1)  # to the pixel
STRICT = Measure(blur=0, whole=0.98, part=0.80)
LOOSE = Measure(blur=3, whole=0.80, part=0.50)


class Difference(NamedTuple):
    """One text or figure that is not what was expected."""

    words: str
    expected: np.ndarray | None = None
    """(H, W, 3) uint8, of a figure."""
    found: np.ndarray | None = None


def contents(outputs):
    """What a cell gave, as lists of str or of pictures, (H, W, 3) uint8, by kind."""
    found = {}
    kept = [output for output in outputs if not output.get("metadata", {}).get("progress")]
    for output in coalesce_streams(copy.deepcopy(kept)):  # which changes what it is given
        if output["output_type"] == "stream":
            found.setdefault(output["name"], []).append(output["text"])
        for kind, content in output.get("data", {}).items():
            found.setdefault(kind, []).append(_pixels(content) if kind in PICTURES else str(content))
    return found


def _pixels(content):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))


def differences(expected, found, measure=STRICT):
    """What differs between the outputs of a cell and those that are expected: a list of `Difference`."""
    expected, found = contents(expected), contents(found)
    problems = []
    for kind in sorted(expected.keys() | found.keys()):
        ours, theirs = expected.get(kind, []), found.get(kind, [])
        if len(ours) != len(theirs):
            problems.append(Difference(f"{kind}: {len(ours)} outputs expected, {len(theirs)} found"))
            continue
        for one, other in zip(ours, theirs, strict=True):
            if kind not in PICTURES:
                if one != other:
                    problems.append(Difference(f"{kind}: {_first_other_line(one, other)}"))
            elif words := figure_difference(one, other, measure):
                problems.append(Difference(f"{kind}: {words}", one, other))
    return problems


def measure_of(cell):
    """How the figures of a cell are compared; None if its outputs are not compared."""
    tags = cell.metadata.get("tags", [])
    if "nbval-ignore-output" in tags:
        return None
    return LOOSE if "compare-loosely" in tags else STRICT


def _first_other_line(one, other):
    lines, others = [*one.splitlines(), "(end)"], [*other.splitlines(), "(end)"]
    pairs = zip(lines, others, strict=False)
    line, other_line = next((pair for pair in pairs if pair[0] != pair[1]), ("line ends", "others"))
    return f"{line.strip()!r} expected, {other_line.strip()!r} found"


def figure_difference(expected, found, measure=STRICT):
    """Say in words how two figures, (H, W, 3) uint8, differ, or None if they are alike enough."""
    if expected.shape != found.shape:
        return "{1} x {0} pixels expected, {3} x {2} found".format(*expected.shape[:2], *found.shape[:2])
    if measure is EXACT:
        apart = np.abs(expected.astype(int) - found).max(axis=-1)  # (H, W)
        count = np.count_nonzero(apart)
        return f"{count:,} pixels differ, by up to {apart.max()} of 255" if count else None
    whole, parts = similarity(expected, found, measure.blur)
    if whole < measure.whole:
        return f"similarity {whole:.3f}, at least {measure.whole} is needed"
    row, column = np.unravel_index(parts.argmin(), parts.shape)
    if parts.min() < measure.part:
        place = f"around row {row * SQUARE}, column {column * SQUARE}"
        return f"similarity {parts.min():.3f} {place}, at least {measure.part} is needed"
    return None


def similarity(expected, found, blur=0):
    """Structural similarity of two figures: of the whole, and the mean over each square of 64 x 64 pixels."""
    if blur:
        expected, found = (gaussian_filter(x.astype(float), (blur, blur, 0)) for x in (expected, found))
    whole, alike = structural_similarity(expected, found, channel_axis=-1, data_range=255, full=True)
    alike = alike.mean(axis=-1)  # (H, W)
    tops, lefts = (np.arange(0, length, SQUARE) for length in alike.shape)
    sums = np.add.reduceat(np.add.reduceat(alike, tops, axis=0), lefts, axis=1)
    heights, widths = (np.diff([*edges, n]) for edges, n in zip((tops, lefts), alike.shape, strict=True))
    return whole, sums / np.outer(heights, widths)


def side_by_side(expected, found):
    """Two figures in one picture, and where they have one size a third that is dark where they differ."""
    pictures = [expected, found]
    if expected.shape == found.shape:
        pictures.append(255 - np.abs(expected.astype(int) - found).astype(np.uint8))
    height = max(len(picture) for picture in pictures)
    framed = [
        np.pad(picture, ((0, height - len(picture)), (0, 10), (0, 0)), constant_values=255)
        for picture in pictures
    ]
    return Image.fromarray(np.concatenate(framed, axis=1))
