"""Turns measured seconds into ratios, and those into the page of the site."""

from statistics import median

from benchmarks.cases import CASES

PAGE = """\
# How fast the methods are

Every method of the course against its alternatives, on the same work.

![{alt}](images/bench.png)

*The obvious loop* is the method as tutorials write it. *Bare passes* are the network's own compiled
passes on the same images: a method that sends all of those images through the whole network can take
no less. Occlusion by VGG16 takes less: it computes only what a patch changes.

{conditions}

{times}

A factor says how many times longer the other way takes than the course's; for the bare passes, how
many times longer the course's takes than they do. A factor with ≈ was timed on a part of the work, and
scaled up. The last column is what the course's method adds, at its peak, to the memory of a process
that has built the network and sent one image through it.

## How it was measured

Each row is a process of its own. The course runs first in it, so that its peak memory can be read
before anything else has run. Then all do the same work in turn, for several rounds, so that
whatever else the machine does affects all alike: a factor is the median over the rounds of the ratio
within the round, a time the median with the smallest and the largest.

Each runs once before its clock starts. A method of the course is compiled once for a network, which
takes up to a few seconds, and the libraries cut their networks once. There are exceptions: in the loop
with one graph per filter, compiling is part of the work on each filter; and the slow ones, VGG16 and
the libraries' Score-CAM and LIME on a whole picture, run once only, without a warm-up.

```
make bench                                  # everything: writes this page
python -m benchmarks --quick                # fewer rounds, without the slow row
python -m benchmarks --only saliency        # one row
python -m benchmarks --full                 # nothing scaled up: the loops run to their end
python -m benchmarks --draw                 # page and picture from benchmarks/results.json
```
"""
ALT = (
    "One row for each method: how many times as long as the course each alternative takes, "
    "on a logarithmic axis. "
    "{kinds}."
)
KINDS = {"floor": "Bare passes", "library": "Libraries", "loop": "The obvious loops"}


def measured(results):
    """The cases that were measured, in their order, each with its seconds."""
    return [(case, results["cases"][case.name]["seconds"]) for case in CASES if case.name in results["cases"]]


def times_as_long(case, seconds):
    """Every contender but the course, with how many times as long as the course it takes.

    The median over the rounds that both took part in.
    """
    course, *others = case.contenders
    own = seconds[case.key(course)]
    return {
        other: median(a / b for a, b in zip(seconds[case.key(other)], own, strict=False)) for other in others
    }


def rows(results):
    """The table, its heading first, as lists of text."""
    table = [["Work", "The course", "The obvious loop", "Library", "Bare passes", "Memory"]]
    for case, seconds in measured(results):
        factors = times_as_long(case, seconds)
        cells = [
            "<br>".join(
                _cell(contender, value, results["scaled"])
                for contender, value in factors.items()
                if contender.role == role
            )
            for role in ("loop", "library", "floor")
        ]
        memory = results["cases"][case.name]["memory"]
        added = f"{memory['peak'] - memory['model']:,.0f} MiB"
        table.append([case.work, spread(seconds[case.key(case.contenders[0])]), *cells, added])
    return table


def _cell(contender, value, scaled):
    value = 1 / value if contender.role == "floor" else value
    about = "≈ " if contender.part and scaled else ""
    return f"{about}{factor(value)} ({contender.label})"


def page(results):
    """The whole page of the site, in Markdown."""
    return PAGE.format(alt=alt(results), conditions=conditions(results), times=markdown(rows(results)))


def alt(results):
    """What the picture shows, in words."""
    factors = [
        (contender.role, value)
        for case, seconds in measured(results)
        for contender, value in times_as_long(case, seconds).items()
    ]
    ranges = []
    for role, kind in KINDS.items():
        values = [value for other, value in factors if other == role]
        if values:
            ranges.append(f"{kind}: {_figures(min(values))} to {_figures(max(values))} times")
    return ALT.format(kinds=". ".join(ranges))


def conditions(results):
    """What was measured on what, in one sentence."""
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return f"Measured on {results['cores']} processor cores, {results['device']}, with {versions}."


def markdown(table):
    """A table in Markdown."""
    heading, *body = [f"| {' | '.join(row)} |" for row in table]
    return "\n".join([heading, "|" + " --- |" * len(table[0]), *body])


def factor(value):
    """A ratio for reading, such as ``"1.04 ×"``, ``"52 ×"`` or ``"2,140 ×"``."""
    return f"{_figures(value)} ×"


def spread(seconds):
    """The median of some times with the smallest and the largest, such as ``"41.2 ms (40.8 to 43)"``."""
    unit, scale = ("s", 1) if median(seconds) >= 1 else ("ms", 1000)
    low, middle, high = (_figures(scale * time) for time in (min(seconds), median(seconds), max(seconds)))
    return f"{middle} {unit}" + (f" ({low} to {high})" if len(seconds) > 1 else "")


def _figures(value):
    """A number with three figures, without the zeros at the end of a fraction."""
    digits = 2 if value < 10 else 1 if value < 100 else 0
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text
