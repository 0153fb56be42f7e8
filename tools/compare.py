"""What a chapter gave, compared with what is committed: the texts and figures of its cells.

The tests (conftest.py) and `make reproduce` (tools/chapters/reproduce.py) both compare with this.
Progress bars are left out. Cells with the tag `nbval-ignore-output` are not compared, those with the tag
`compare-loosely` with more room for rounding: book/reproducibility.md says why and how.
"""

import base64
import copy
import io
import re
from typing import NamedTuple

import numpy as np
from nbval.plugin import coalesce_streams
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

PICTURES = ("image/png", "image/jpeg")
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


class Measure(NamedTuple):
    """How much alike two figures must be, in pixels of the page."""

    blur: float
    """Standard deviation in pixels, 0 to compare them as they are."""
    whole: float
    """Structural similarity of the whole figure, 1 if identical."""
    part: float
    """That of its least similar square: a small panel may not hide in a large figure."""
    square: int
    """The square's side, in pixels."""


EXACT = Measure(blur=0, whole=1, part=1, square=1)  # to the pixel
STRICT = Measure(blur=0, whole=0.98, part=0.80, square=64)
LOOSE = Measure(blur=1, whole=0.85, part=0.65, square=48)
PAGE = 760  # pixels: figures that are finer than the page shows them are compared at about this width


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
                if one != other and not (measure is LOOSE and _nearly(one, other)):
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


def _nearly(one, other):
    """Whether two texts have the same words, and numbers that differ by less than a tenth."""
    if NUMBER.sub("#", one).split() != NUMBER.sub("#", other).split():
        return False
    pairs = ([float(n.replace(",", "")) for n in NUMBER.findall(text)] for text in (one, other))
    return all(a == b or abs(a - b) < 0.1 * max(abs(a), abs(b)) for a, b in zip(*pairs, strict=True))


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
    whole, parts = similarity(expected, found, measure)
    if whole < measure.whole:
        return f"similarity {whole:.3f}, at least {measure.whole} is needed"
    row, column = np.unravel_index(parts.argmin(), parts.shape)
    if parts.min() < measure.part:
        side = measure.square * _finer(expected)
        place = f"around row {row * side}, column {column * side}"
        return f"similarity {parts.min():.3f} {place}, at least {measure.part} is needed"
    return None


def similarity(expected, found, measure):
    """Structural similarity of two figures: of the whole, and the mean over each square."""
    shown = [_shrink(picture, _finer(expected)) for picture in (expected, found)]
    blurred = [gaussian_filter(picture, (measure.blur, measure.blur, 0)) for picture in shown]
    whole, alike = structural_similarity(*blurred, channel_axis=-1, data_range=255, full=True)
    alike = alike.mean(axis=-1)  # (H, W)
    tops, lefts = (np.arange(0, length, measure.square) for length in alike.shape)
    sums = np.add.reduceat(np.add.reduceat(alike, tops, axis=0), lefts, axis=1)
    heights, widths = (np.diff([*edges, n]) for edges, n in zip((tops, lefts), alike.shape, strict=True))
    return whole, sums / np.outer(heights, widths)


def _finer(picture):
    """How many of a figure's pixels go into one of the page."""
    return max(1, round(picture.shape[1] / PAGE))


def _shrink(picture, times):
    """A picture so many times smaller, each pixel the mean of a square, what is over left off."""
    height, width = (length // times for length in picture.shape[:2])
    squares = picture[: height * times, : width * times].reshape(height, times, width, times, -1)
    return squares.mean(axis=(1, 3))


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
