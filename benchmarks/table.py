"""Turns measured seconds into ratios, and those into the page of the site."""

from statistics import median

from benchmarks.cases import CASES

PAGE = """\
# How fast the methods are

Every method of the course against what one would use instead. A factor says how many times longer
the other way takes than the course's. *Bare passes* are the network's own compiled passes on the
same images: no method that sends those images through the network can take less, and there the
factor says how many times longer the course's takes.

{conditions}

## Times

{times}

A loop that would take minutes was timed on a part of its work and scaled up: {parts}.

## Peak memory

{memory}

*Network alone* is a process that has built the network and sent one image through it; the last
column is what the course's method adds to that at its peak.

## What was aimed at

{targets}

{reasons}## How it was measured

Each row is a process of its own. The course runs first in it, so that its peak memory can be read
before anyone else has run. Then everybody does the same work in turn, several rounds of it, so that
whatever else the machine does meets all alike: a factor is the median over the rounds of the ratio
within the round, a time the median with the smallest and the largest.

Each runs once before its clock starts. A method of the course is compiled once for a network, which
takes up to a few seconds, and the libraries cut their networks once. There are two exceptions: in
the loop with one graph per filter, compiling is part of the work on each filter; and VGG16 on a
whole picture runs once, and is timed as it comes.

```
make bench                                  # everything: writes this page
python -m benchmarks --quick                # fewer rounds, without the slow row
python -m benchmarks --only saliency        # one row
python -m benchmarks --full                 # nothing scaled up: the loops run to their end
```
"""


def ratio(longer, shorter):
    """How many times longer one contender takes than another.

    Parameters
    ----------
    longer, shorter : list of float
        Seconds, round by round.

    Returns
    -------
    float
        The median over the rounds that both took part in.
    """
    return median(a / b for a, b in zip(longer, shorter, strict=False))


def ratios(case, seconds):
    """Every contender's ratio to the course.

    Parameters
    ----------
    case : benchmarks.cases.Case
    seconds : dict
        Function name -> seconds of each round.

    Returns
    -------
    dict
        Function name -> its time over the course's; the course's over its own for a floor.
    """
    course, *others = case.contenders
    own = seconds[course.function]
    return {
        other.function: ratio(own, seconds[other.function])
        if other.role == "floor"
        else ratio(seconds[other.function], own)
        for other in others
    }


def reached(contender, value):
    """Whether a ratio meets its target: at most the target for a floor, else at least.

    Parameters
    ----------
    contender : benchmarks.cases.Contender
    value : float

    Returns
    -------
    bool
    """
    return value <= contender.target if contender.role == "floor" else value >= contender.target


def time_rows(results):
    """The table of times.

    Parameters
    ----------
    results : dict
        As ``benchmarks/results.json`` holds it.

    Returns
    -------
    list of list of str
        The heading and a row for each case.
    """
    rows = [["Work", "The course", "The obvious loop", "Library", "Bare passes"]]
    for case, seconds in _measured(results):
        factors = ratios(case, seconds)
        cells = [
            "<br>".join(
                f"{factor(factors[c.function])} ({c.label})" for c in case.contenders if c.role == role
            )
            for role in ("loop", "library", "floor")
        ]
        rows.append([case.work, spread(seconds[case.contenders[0].function]), *cells])
    return rows


def memory_rows(results):
    """The table of peak memory: the network's own, and what the course adds to it.

    Parameters
    ----------
    results : dict

    Returns
    -------
    list of list of str
    """
    rows = [["Work", "Network alone", "Added by the course"]]
    for case, _ in _measured(results):
        memory = results["cases"][case.name]["memory"]
        rows.append(
            [case.work, f"{memory['model']:,.0f} MiB", f"{memory['peak'] - memory['model']:,.0f} MiB"]
        )
    return rows


def target_rows(results):
    """The table of targets and whether each was reached.

    Parameters
    ----------
    results : dict

    Returns
    -------
    list of list of str
    """
    rows = [["Work", "Against", "Aimed at", "Measured", "Reached"]]
    for case, seconds in _measured(results):
        factors = ratios(case, seconds)
        for contender in case.contenders:
            if contender.target is not None:
                bound = "at most" if contender.role == "floor" else "at least"
                value = factors[contender.function]
                told = [f"{bound} {factor(contender.target)}", factor(value)]
                rows.append([case.work, contender.label, *told, _yes(reached(contender, value))])
        if case.memory_target is not None:
            _, added = _memory(results, case)
            told = [f"at most {case.memory_target:,.0f} MiB", f"{added:,.0f} MiB"]
            rows.append([case.work, "the network's own memory", *told, _yes(added <= case.memory_target)])
    return rows


def page(results):
    """The whole page of the site.

    Parameters
    ----------
    results : dict

    Returns
    -------
    str
        MyST markdown.
    """
    parts = [
        f"{contender.label}, {contender.part:,} of {contender.whole:,} ({case.work.split(':')[0]})"
        for case, _ in _measured(results)
        for contender in case.contenders
        if contender.part and results["scaled"]
    ]
    return PAGE.format(
        conditions=conditions(results),
        times=markdown(time_rows(results)),
        parts="; ".join(parts) or "none in this run",
        memory=markdown(memory_rows(results)),
        targets=markdown(target_rows(results)),
        reasons="".join(f"{reason}\n\n" for reason in missed(results)),
    )


def missed(results):
    """Why targets were missed, as far as it is known.

    Parameters
    ----------
    results : dict

    Returns
    -------
    list of str
        What the contenders say whose target was not reached.
    """
    return [
        contender.why
        for case, seconds in _measured(results)
        for contender in case.contenders
        if contender.why and not reached(contender, ratios(case, seconds)[contender.function])
    ]


def conditions(results):
    """What was measured on what, in one sentence.

    Parameters
    ----------
    results : dict

    Returns
    -------
    str
    """
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    return f"Measured on {results['cores']} processor cores, {results['device']}, with {versions}."


def markdown(rows):
    """A table in Markdown.

    Parameters
    ----------
    rows : list of list of str
        The heading first.

    Returns
    -------
    str
    """
    heading, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([heading, "|" + " --- |" * len(rows[0]), *body])


def factor(value):
    """A ratio for reading.

    Parameters
    ----------
    value : float

    Returns
    -------
    str
        Such as ``"1.04 ×"``, ``"52 ×"`` or ``"2,140 ×"``.
    """
    return f"{_figures(value)} ×"


def spread(seconds):
    """The median of some times with the smallest and the largest.

    Parameters
    ----------
    seconds : list of float

    Returns
    -------
    str
        Such as ``"41.2 ms (40.8 to 43)"``.
    """
    unit, scale = ("s", 1) if median(seconds) >= 1 else ("ms", 1000)
    low, middle, high = (_figures(scale * time) for time in (min(seconds), median(seconds), max(seconds)))
    return f"{middle} {unit}" + (f" ({low} to {high})" if len(seconds) > 1 else "")


def _figures(value):
    """A number with three figures, without the zeros at the end of a fraction."""
    digits = 2 if value < 10 else 1 if value < 100 else 0
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def _measured(results):
    """The cases that were measured, each with its seconds."""
    return [(case, results["cases"][case.name]["seconds"]) for case in CASES if case.name in results["cases"]]


def _memory(results, case):
    """The peak of the network alone and what the course adds to it, in MiB."""
    memory = results["cases"][case.name]["memory"]
    return memory["model"], memory["peak"] - memory["model"]


def _yes(met):
    return "yes" if met else "**no**"
