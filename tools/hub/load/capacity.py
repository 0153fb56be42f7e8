"""How much memory and how many cores a class needs, from what was measured."""

import math

from tools.hub.load import report

CLASSES = (10, 20, 40)
SPARE = 2.0  # GB that stay free, as in the test


def held(results):
    """The most students who were held at once, so that the slowest tenth waited no longer than allowed."""
    good = [one for one in results["steps"] if one["waits"].get("tenth", math.inf) <= report.LIMIT]
    return max((one["students"] for one in good), default=0)


def memory(results, chapter, students):
    """GB for a class in one chapter: what the machine takes without it, the files that all share, and each.

    Everything of a server and a kernel that is not a file of the shared environment counts once for each
    student, at its peak.
    """
    one = results["chapters"][chapter]
    return results["empty"] + one["files"] + students * one["own"] + SPARE


def cores(results, chapter, students):
    """Processor cores for a class: as many for each student as in the test, by the work of the chapter.

    The test held some students on some cores in one chapter. Another chapter needs as many times the cores as
    its cells take times the processor seconds.
    """
    measured, machine = results["steps"][0]["chapter"], results["machine"]
    work = results["chapters"][chapter]["processors"] / results["chapters"][measured]["processors"]
    return max(1, math.ceil(round(students * machine["cores"] / held(results) * work, 6)))


def rows(results, classes=CLASSES):
    """The table for a teacher, heading first."""
    needs = [f"{students} students" for students in classes]
    table = [["chapter", "a student", "processor time", *needs]]
    for chapter, one in sorted(results["chapters"].items()):
        needed = [
            f"{math.ceil(memory(results, chapter, count))} GB, {_cores(cores(results, chapter, count))}"
            for count in classes
        ]
        table.append([f"{int(chapter)}", f"{one['own']:.1f} GB", f"{one['processors']:.0f} s", *needed])
    return table


def _cores(count):
    return f"{count} core" + "s" * (count > 1)


def foretold(results):
    """GB for the largest class of the test: as the rule says, with nothing to spare, and as measured.

    The rule has all students at their peak at the same time.
    """
    last = results["steps"][-1]
    said = memory(results, last["chapter"], last["students"]) - SPARE
    return said, results["machine"]["memory"] - last["memory"]["free"] - results["others"]
