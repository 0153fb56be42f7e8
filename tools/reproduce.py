"""Run every chapter twice, each time in a fresh kernel, and report any text or pixel that differs.

For `make reproduce`. Two runs on one machine must give the same outputs to the last digit and pixel.
Progress bars are left out. Figures that differ are saved side by side in build/reproduce/. Ends with
exit status 1 if anything differs.
"""

import argparse
import base64
import io
import sys

import numpy as np
from nbval.plugin import coalesce_streams
from PIL import Image

from helpers.backend import about
from helpers.settings import ROOT
from tools.notebook import NOTEBOOKS, ChapterStopped, run
from tools.pictures import side_by_side

SAVED = ROOT / "build" / "reproduce"
PICTURES = ("image/png", "image/jpeg")


def outputs(cell):
    """What a cell gave, as (kind, content) pairs; the content is a str, or an array for a picture."""
    found = []
    for output in coalesce_streams(cell.get("outputs", [])):
        if output.get("metadata", {}).get("progress"):
            continue
        if output.output_type == "stream":
            found.append((output.name, output.text))
        for kind, content in sorted(output.get("data", {}).items()):
            found.append((kind, pixels(content) if kind in PICTURES else str(content)))
    return found


def pixels(content):
    """A picture of a notebook as an (H, W, 3) array of uint8."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))


def difference(first, second):
    """Say in words how two outputs of a cell differ, or None if they do not.

    Parameters
    ----------
    first, second : (kind, content) pairs, as `outputs` gives them

    Returns
    -------
    str or None
    """
    (kind, one), (other_kind, other) = first, second
    if kind != other_kind:
        return f"{kind} the first time, {other_kind} the second"
    if kind not in PICTURES:
        return None if one == other else f"{kind}: {_first_other_line(one, other)}"
    if one.shape != other.shape:
        return f"{kind}: {one.shape[1]} x {one.shape[0]} pixels, then {other.shape[1]} x {other.shape[0]}"
    apart = np.abs(one.astype(int) - other).max(axis=-1)  # (H, W)
    if not apart.any():
        return None
    return f"{kind}: {np.count_nonzero(apart):,} pixels differ, by up to {apart.max()} of 255"


def _first_other_line(one, other):
    lines, others = [*one.splitlines(), "(end)"], [*other.splitlines(), "(end)"]
    pairs = zip(lines, others, strict=False)
    line, other_line = next((pair for pair in pairs if pair[0] != pair[1]), ("line ends", "others"))
    return f"{line.strip()!r}, then {other_line.strip()!r}"


def compare(first, second, name):
    """Compare two runs of a notebook; save the figures that differ.

    Returns
    -------
    compared : (int, int)
        How many texts and how many figures.
    found : list of str
        One line for each difference.
    """
    if [cell.source for cell in first.cells] != [cell.source for cell in second.cells]:
        return (0, 0), ["the notebook was edited between the two runs"]
    texts = figures = 0
    found = []
    for number, (cell, again) in enumerate(zip(first.cells, second.cells, strict=True), start=1):
        one, other = outputs(cell), outputs(again)
        if len(one) != len(other):
            found.append(f"cell {number}: {len(one)} outputs, then {len(other)}")
        for place, pair in enumerate(zip(one, other, strict=False)):
            figures += pair[0][0] in PICTURES
            texts += pair[0][0] not in PICTURES
            if problem := difference(*pair):
                found.append(f"cell {number}, {problem}")
                if all(kind in PICTURES for kind, _ in pair):
                    save(*(content for _, content in pair), f"{name}-cell-{number}-{place}.png")
    return (texts, figures), found


def save(one, other, name):
    """Write two pictures side by side, and a third that is dark where they differ."""
    SAVED.mkdir(parents=True, exist_ok=True)
    side_by_side(one, other).save(SAVED / name)


def run_twice(path):
    """Run one notebook two times.

    Returns
    -------
    row : str
        The chapter's line of the table.
    found : list of str
        What differs.
    """
    runs = []
    for which in ("first", "second"):
        print(f"{path.stem}: {which} run ...", end="" if sys.stdout.isatty() else "\n", flush=True)
        runs.append(run(path))
        print(f"\r{path.stem}: {which} run, {runs[-1][1]:.0f} s   ")
    (first, one_time, _), (second, other_time, _) = runs
    (texts, figures), found = compare(first, second, path.stem)
    verdict = f"{len(found)} differ" if found else "all the same"
    return f"{path.stem:26} {texts:6} {figures:8} {one_time + other_time:8.0f}  {verdict}", found


def main():
    """Run all that were asked for; print the table; end with 1 if something differs or failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", help="how their names begin, such as 01; all if left out")
    chapters = tuple(parser.parse_args().chapters) or ("",)
    print(about())
    rows, everything = [], []
    for path in sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb")):
        if not path.name.startswith(chapters):
            continue
        try:
            row, found = run_twice(path)
        except ChapterStopped as problem:
            sys.exit(f"\n{problem}")
        rows.append(row)
        everything += [f"{path.stem}, {line}" for line in found]
    if not rows:
        sys.exit(f"No chapter begins with {' or '.join(chapters)}.")
    print(f"\n{'chapter':26} {'texts':>6} {'figures':>8} {'seconds':>8}", *rows, sep="\n")
    if everything:
        print(*everything, sep="\n")
        sys.exit(f"{len(everything)} outputs differ. Figures that do are in {SAVED.relative_to(ROOT)}.")
    print("Both runs gave the same text and the same pixels.")


if __name__ == "__main__":
    main()
