"""Reads results.json: which tests are shown, which way is better, numbers as text. Imports nothing heavy."""

from typing import NamedTuple

from evaluations.plan import CONTROLS, METHODS

ROWS = METHODS + CONTROLS


class Column(NamedTuple):
    """A test as it is shown: where its numbers are, its title, whether high is better, and what chance gives.

    ``high`` is None where the best has no meaning: a test that can only fail a map.
    """

    group: str
    name: str
    title: str
    high: bool | None = True
    chance: float | None = None
    where: str = "digits"


PANELS = (  # of the picture
    Column("digits", "rank, 5 layers", "all is forgotten:\nthe map changes", high=False),
    Column("digits", "insertion, black", "insertion,\nfrom black"),
    Column("digits", "deletion, white", "deletion,\nto white", high=False),
    Column("mosaics", "right place", "right one of\nfour digits", chance=0.25),
    Column("digits", "fidelity", "fidelity"),
    Column("digits", "sensitivity", "holds still", high=False),
    Column("photographs", "insertion, blur", "insertion,\nfrom blur", where="photographs"),
    Column("composed", "right place", "right half", chance=0.5, where="photographs"),
)
TABLES = {  # heading -> its columns
    "When layers forget": (
        Column("digits", "rank, 1 layer", "the last layer", high=None),
        Column("digits", "rank, 5 layers", "all five layers", high=None),
        Column("digits", "absolute rank, 1 layer", "the last layer, without signs", high=None),
        Column("digits", "absolute rank, 5 layers", "all five layers, without signs", high=None),
    ),
    "Pixels put in and taken out": (
        Column("digits", "insertion, black", "insertion, black"),
        Column("digits", "insertion, white", "insertion, white"),
        Column("digits", "deletion, black", "deletion, black", high=False),
        Column("digits", "deletion, white", "deletion, white", high=False),
    ),
    "Right place, prediction, stability": (
        Column("mosaics", "right place", "right one of four digits", chance=0.25),
        Column("digits", "fidelity", "fidelity"),
        Column("digits", "infidelity", "infidelity", high=False),
        Column("digits", "sensitivity", "sensitivity", high=False),
    ),
    "Photographs": (
        Column("photographs", "insertion, grey", "insertion, grey"),
        Column("photographs", "insertion, blur", "insertion, blur"),
        Column("photographs", "deletion, grey", "deletion, grey", high=False),
        Column("photographs", "deletion, blur", "deletion, blur", high=False),
        Column("composed", "right place", "right half", chance=0.5),
    ),
}


def score(results, test, method):
    """The numbers of one method in one test; without a ``"mean"`` if there was no answer."""
    return results["scores"][test.group][test.name][method]


def ranking(results, group, name, high=True):
    """The rows that have an answer in a test, the best first."""
    known = {row: one["mean"] for row, one in results["scores"][group][name].items() if "mean" in one}
    return sorted(known, key=known.get, reverse=high)


def to_the_right(results, test, method):
    """Mean and error, turned so that larger is better; None without an answer."""
    found = score(results, test, method)
    if "mean" not in found:
        return None
    return (found["mean"] if test.high else 1 - found["mean"]), found["error"]


def number(found):
    """Such as ``"0.62 ± 0.03"``, or a dash for no answer."""
    return f"{found['mean']:z.2f} ± {found['error']:.2f}" if "mean" in found else "–"


def price(results, group, method):
    """What one map costs, in passes, such as ``"65 forward and back"``."""
    forward, back = results["passes"][group][method]
    return f"{forward:,} forward" + (" and back" if back else "")
