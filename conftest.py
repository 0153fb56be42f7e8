"""Compare the figures of the notebooks, not only their text.

nbval runs every cell and compares its text with the committed one. Here its comparison is replaced by that
of tools/compare.py, which knows figures and leaves progress bars out, so that nothing runs twice.
"""

from pathlib import Path

from nbval.plugin import IPyNbCell

from tools.compare import differences, measure_of, side_by_side

CHANGED = Path(__file__).parent / "build" / "changed-figures"


def compare_outputs(self, test, ref, skip_compare=None):
    """Say whether a cell gave what is committed; nbval shows what is noted in `comparison_traceback`."""
    self.comparison_traceback = []
    for number, problem in enumerate(differences(ref, test, measure_of(self.cell))):
        self.comparison_traceback.append(problem.words)
        if problem.found is not None:
            CHANGED.mkdir(parents=True, exist_ok=True)
            saved = CHANGED / f"{Path(self.parent.path).stem}-cell-{self.cell_num}-{number}.png"
            side_by_side(problem.expected, problem.found).save(saved)
            self.comparison_traceback.append(f"See {saved}")
    return not self.comparison_traceback


IPyNbCell.compare_outputs = compare_outputs
