"""Run every chapter in several arithmetics, and report what differs from the committed outputs.

For `make reproduce`. Processors add numbers in different orders, so the last digits of a sum differ. The
settings below make one machine do what others do. In each of them, texts and figures must be the committed
ones, compared as the tests compare them. The default runs twice, and these two runs must agree to the last
digit and the last pixel. Figures that differ are saved side by side in build/reproduce/. Ends with exit
status 1 if anything differs.
"""

import argparse
import sys

import nbformat

from helpers.backend import about
from helpers.settings import ROOT
from tools.compare import EXACT, differences, measure_of, side_by_side
from tools.notebook import NOTEBOOKS, ChapterStopped, chapters, run

SAVED = ROOT / "build" / "reproduce"
# Without being told, TensorFlow takes oneDNN on some processors and its own kernels on others.
ARITHMETIC = {
    "default": {},
    "twice": {},
    "no_onednn": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "sse41": {"TF_ENABLE_ONEDNN_OPTS": "1", "ONEDNN_MAX_CPU_ISA": "SSE41"},
    "avx2": {"TF_ENABLE_ONEDNN_OPTS": "1", "ONEDNN_MAX_CPU_ISA": "AVX2"},
    "one_thread": {
        f"{name}_THREADS": "1" for name in ("TF_NUM_INTRAOP", "TF_NUM_INTEROP", "OMP_NUM", "OPENBLAS_NUM")
    },
    "old_numpy": {
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Nehalem",
    },
}


def compare(expected, found, name, measure=None):
    """Compare two runs of a notebook, as the tests do or by one measure: a line for each difference.

    Figures that differ are saved.
    """
    pairs = [[cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (expected, found)]
    if len({tuple(cell.source for cell in cells) for cells in pairs}) > 1:
        return ["the notebook was edited while it ran"]
    lines = []
    for number, (one, other) in enumerate(zip(*pairs, strict=True), start=1):
        by = measure or measure_of(one)
        problems = differences(one.outputs, other.outputs, by) if by else []
        for place, problem in enumerate(problems):
            line = f"cell {number}, {problem.words}"
            if problem.found is not None:
                SAVED.mkdir(parents=True, exist_ok=True)
                saved = SAVED / f"{name}-cell-{number}-{place}.png"
                side_by_side(problem.expected, problem.found).save(saved)
                line += f"; see {saved.relative_to(ROOT)}"
            lines.append(line)
    return lines


def run_in(arithmetic, path):
    """Run a notebook in one arithmetic. Gives it with its outputs, or in words why it stopped."""
    print(f"{path.stem}, {arithmetic}: running ...", end="" if sys.stdout.isatty() else "\n", flush=True)
    try:
        notebook, seconds, _ = run(path, ARITHMETIC[arithmetic])
    except ChapterStopped as problem:
        print()
        return str(problem)
    print(f"\r{path.stem}, {arithmetic}: {seconds:.0f} s          ")
    return notebook


def check(path, names):
    """Run one chapter in some arithmetics. Gives what differs, a list of lines for each of them."""
    committed, first, found = nbformat.read(path, as_version=4), None, {}
    for name in names:
        ran = run_in(name, path)
        if isinstance(ran, str):
            found[name] = [ran]
        elif name == "twice" and first is not None:
            found[name] = compare(first, ran, f"{path.stem}-{name}", EXACT)
        else:
            found[name] = compare(committed, ran, f"{path.stem}-{name}")
            first = ran if name == "default" else first
        for line in found[name]:
            print(f"{path.stem}, {name}: {line}")
    return found


def main():
    """Run all that were asked for; print the table; end with 1 if something differs or stopped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", help="how their names begin, such as 01; all if left out")
    parser.add_argument("--arithmetic", nargs="+", choices=ARITHMETIC, default=list(ARITHMETIC))
    given = parser.parse_args()
    paths = chapters(NOTEBOOKS, given.chapters)
    if not paths:
        sys.exit(f"No chapter begins with {' or '.join(given.chapters)}.")
    print(about())
    found = {path.stem: check(path, given.arithmetic) for path in paths}
    print("\n" + " ".join([f"{'chapter':26}", *(f"{name:>10}" for name in given.arithmetic)]))
    for stem, row in found.items():
        verdicts = [f"{len(lines)} differ" if lines else "same" for lines in row.values()]
        print(" ".join([f"{stem:26}", *(f"{verdict:>10}" for verdict in verdicts)]))
    count = sum(len(lines) for row in found.values() for lines in row.values())
    if count:
        sys.exit(f"{count} outputs differ: they are listed above.")
    print("The same everywhere.")


if __name__ == "__main__":
    main()
