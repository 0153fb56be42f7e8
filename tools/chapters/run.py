"""Run the chapters one after the other, each in a fresh kernel. For `make course` and `make outputs`.

The notebooks in notebooks/ stay as they are: what ran is written to build/chapters/. With ``--keep``
it becomes the new reference instead, cleaned of all that differs from run to run.
"""

import argparse
import sys

import nbformat

from helpers.settings import ROOT
from tools.notebook import NOTEBOOKS, ChapterStopped, chapters, clean, run

BUILT = ROOT / "build" / "chapters"


def main():
    """Run them; stop at the first that fails, with the cell and the cause."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="write the outputs into notebooks/")
    parser.add_argument("chapters", nargs="*", help="how their names begin, such as 01; all if left out")
    given = parser.parse_args()
    paths = chapters(NOTEBOOKS, given.chapters)
    if not paths:
        sys.exit(f"No chapter begins with {' or '.join(given.chapters)}.")
    from helpers.backend import about  # starts TensorFlow, so not for those who only import this module

    BUILT.mkdir(parents=True, exist_ok=True)
    print(about())
    terminal = sys.stdout.isatty()
    for path in paths:
        print(f"{path.stem}: running ...", end="" if terminal else "\n", flush=True)

        def show_progress(number, cells, name=path.stem):
            if terminal:
                print(f"\r{name}: cell {number} of {cells} ", end="", flush=True)

        try:
            notebook, seconds, peak = run(path, show_progress=show_progress)
        except ChapterStopped as problem:
            print("\n" * terminal + problem.traceback, end="", file=sys.stderr)
            sys.exit(str(problem))
        clean(notebook)
        nbformat.write(notebook, (NOTEBOOKS if given.keep else BUILT) / path.name)
        print(f"\r{path.stem}: {seconds:.0f} s, at most {peak / 1e9:.1f} GB of memory")


if __name__ == "__main__":
    main()
