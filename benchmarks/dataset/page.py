"""Turns measured seconds into the two tables of ``book/scale.md``, each between its own two comments."""

import re
from statistics import median

from benchmarks.dataset.ways import CASES, LABELS, WAYS
from benchmarks.table import factor, markdown, spread
from helpers.settings import ROOT

PAGE = ROOT / "book" / "scale.md"
MILLION = 1_000_000
BLOCK = "% {name}, written by python -m benchmarks.dataset\n\n{text}\n\n% end of {name}"


def overhead(measured, way):
    """How many times as long as one process a way takes: the median of the ratios within the rounds."""
    pairs = zip(measured["seconds"][way], measured["seconds"]["here"], strict=True)
    return median(a / b for a, b in pairs)


def times(results):
    """What was measured, as a table, and on what."""
    rows = [["work", "way", "time", "pictures a second", "against one process", "memory"]]
    for name, measured in results["cases"].items():
        case, count = CASES[name], measured["pictures"]
        for way in WAYS:
            seconds = measured["seconds"][way]
            own, worker = measured["memory"][way]
            rows.append(
                [
                    f"{count:,} x {case.work}" if way == "here" else "",
                    LABELS[way],
                    spread(seconds),
                    f"{count / median(seconds):,.0f}",
                    "" if way == "here" else factor(overhead(measured, way)),
                    f"{own:,.0f} MiB" + (f", {worker:,.0f} MiB a worker" if worker else ""),
                ]
            )
    packages = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    cores = results["cores"]
    said = f"Measured on {cores} processor cores, no GPU, one thread a process, with {packages}."
    return f"{markdown(rows)}\n\n{said}"


def chunk_seconds(measured):
    """How long a chunk takes one of two workers that share a machine, once they are at work."""
    return 2 * median(measured["steady"])


def machines(results):
    """What was simulated, as a table, and where more machines stop helping."""
    rows = [["work", "machines", "pictures a second", "of what they could do", "a million pictures"]]
    said = []
    for name, simulated in results["simulation"].items():
        case, measured = CASES[name], results["cases"][name]
        for row in simulated["runs"]:
            rate = row["rate"] * measured["chunk"]
            rows.append(
                [
                    case.work if row is simulated["runs"][0] else "",
                    f"{row['machines']}",
                    f"{rate:,.0f}",
                    f"{min(1, row['rate'] / row['ideal']):.0%}",
                    duration(MILLION / rate),
                ]
            )
        seconds = chunk_seconds(measured)
        most = max([simulated["ceiling"]["rate"], *(row["rate"] for row in simulated["runs"])])
        said.append(
            f"For {case.work}, a chunk of {measured['chunk']:,} takes a worker {seconds:.2f} s, and "
            f"{most:,.0f} chunks a second are the most that came back, however many workers there were: "
            f"beyond about {most * seconds / 2:,.0f} machines, more of them do not help."
        )
    return f"{markdown(rows)}\n\n{' '.join(said)}"


def duration(seconds):
    """A time for reading, such as ``"41 s"``, ``"12 min"`` or ``"3.4 h"``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def written(text, results):
    """A page with its tables as the results have them."""
    for name, make in (("times", times), ("machines", machines)):
        pattern = re.compile(BLOCK.format(name=name, text=".*?"), re.DOTALL)
        block = BLOCK.format(name=name, text=make(results))
        text, found = pattern.subn(lambda _, block=block: block, text)
        if found != 1:
            raise ValueError(f"the page has {found} places for {name}: 1 is needed")
    return text
