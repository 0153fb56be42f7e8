"""From what was seen of the students to a few numbers, and to a table."""

import math
from collections import Counter

from tools.hub.load.student import EVERY

STAGES = ("sign in", "server", "kernel", "return")
LIMIT = 5.0  # seconds: longer than that, the slowest tenth must not wait for a trivial cell
HEADING = ["students", "median wait", "slowest tenth", "longest", "memory of each", "left", "failures"]


def quantile(values, part):
    """The smallest value that at least this part of all do not exceed; None of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else None


def spread(values):
    """How many, and three of them in seconds: "tenth" is what the slowest tenth take at least."""
    values = list(values)
    parts = {"median": 0.5, "tenth": 0.9, "longest": 1}
    rounded = {name: round(quantile(values, part), 3) for name, part in parts.items() if values}
    return {"count": len(values)} | rounded


def at_every_moment(waits, every=EVERY):
    """Waits as somebody would have had them who sends a cell in every interval, whatever the last one does.

    A student who waits sends nothing, so a long wait would count once and many short ones often. Each wait
    counts again for the cells that would have been sent while it lasted.
    """
    found = []
    for wait in waits:
        while wait > 0:
            found.append(wait)
            wait -= every
    return found


def waits(students, since=0.0, until=math.inf):
    """All waits of trivial cells that were sent between two moments, those that last still among them.

    Of these only such as are too long already: the others are not known.
    """
    found = []
    for student in students:
        found += [wait for sent, wait in student.record.waits if since <= sent <= until]
        if student.probe_sent is not None and student.now() - student.probe_sent > LIMIT:
            found.append(student.now() - student.probe_sent)
    return at_every_moment(found)


def causes(students, since=0.0):
    """What failed, how often, and what one page said: cause -> (count, words)."""
    found = [one for student in students for one in student.record.failures if one[0] >= since]
    said = {cause: words for _, cause, words in reversed(found)}
    return {cause: [count, said[cause]] for cause, count in Counter(one[1] for one in found).most_common()}


def slower(students, alone, since=0.0):
    """How many times as long as alone the chapter's cells took, all together; None if not known."""
    found = [cell for student in students for cell in student.record.cells if cell[0] >= since]
    if not alone or not (usual := sum(alone[place] for _, place, _ in found)):
        return None
    return round(sum(seconds for *_, seconds in found) / usual, 2)


def stages(students):
    """What each stage took, of those that came through it."""
    found = {}
    for student in students:
        for name, seconds in student.record.stages.items():
            found.setdefault(name, []).append(seconds)
    return {name: spread(found[name]) for name in STAGES if name in found}


def row(result):
    """One line of the table, from one result of `crowd`."""
    times = [duration(result["waits"].get(name)) for name in ("median", "tenth", "longest")]
    memory = [gigabytes(result["memory"].get(name)) for name in ("each", "free")]
    failed = sum(count for count, _ in result["failures"].values())
    return [f"{result['students']}", *times, *memory, f"{failed}"]


def duration(seconds):
    """A time for reading, such as "0.02 s", "3.4 s" or "71 s"."""
    if seconds is None:
        return "-"
    return f"{seconds:.{2 if seconds < 1 else 1 if seconds < 10 else 0}f} s"


def gigabytes(value):
    """Memory for reading, such as "1.2 GB"."""
    return "-" if value is None else f"{value:.1f} GB"


def markdown(rows):
    """A table in Markdown, its heading first."""
    heading, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([heading, "|" + " --- |" * len(rows[0]), *body])


def table(results):
    """All results as a table, and below it the failures with their causes."""
    lines = [markdown([HEADING, *map(row, results)])]
    for result in results:
        for cause, (count, words) in result["failures"].items():
            said = f' ("{words}")' if words else ""
            lines.append(f"{result['students']} students: {count} x {cause}{said}")
    return "\n".join(lines)
