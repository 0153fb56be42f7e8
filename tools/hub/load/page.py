"""Writes what was measured into the teacher's page: three blocks, each between its own two comments."""

import re

from helpers.settings import ROOT
from tools.hub.load import capacity, report

PAGE = ROOT / "book" / "hub.md"
RESULTS = ROOT / "tools" / "hub" / "load" / "results.json"
BLOCK = "% {name}, written by python -m tools.hub.load\n\n{text}\n\n% end of {name}"


def machine(results):
    """What was measured on what, in one sentence."""
    found = results["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    where = f"{found['cores']} processor cores and {found['memory']:.0f} GB of memory"
    return f"Measured on {where}, with {packages}."


def students(results):
    """How long a trivial cell takes, for more and more students, and what gave way first."""
    steps = results["steps"]
    table = report.markdown([report.HEADING, *map(report.row, steps)])
    gave = results["gave way"]
    said = f"First to give way: {gave['what']}. With {steps[-1]['students']} students, {gave['how']}."
    pace = f"The simulated students pause for {results['pace']:.0%} of the time that reading takes."
    came = f"When they come one after the other: {arrival(steps[-1])}."
    if "room" in results:
        room = results["room"]
        came += f" When {room['students']} come within a minute: {arrival(room)}. {slower(room)}."
    return f"{table}\n\n{said} {pace} {machine(results)}\n\n{came}"


def arrival(result):
    """What students see who come."""
    times = [
        f"{what} {report.duration(result['stages'][name]['median'])} "
        f"(the slowest tenth {report.duration(result['stages'][name]['tenth'])})"
        for name, what in (("sign in", "signing in takes"), ("server", "a server is ready after"))
    ]
    return ", and ".join(times)


def slower(result):
    """What a crowd does to the cells that are not trivial."""
    times = f"{result['slower']:.1f} times as long as for one student alone"
    return f"In that crowd, a chapter's own cells take {times}"


def needed(results):
    """Memory and cores for a class, chapter by chapter."""
    foretold, measured = capacity.foretold(results)
    last, cores = results["steps"][-1], results["machine"]["cores"]
    chapter = f"chapter {int(last['chapter'])}"
    memory = (
        f"Memory: what the machine takes without students, the files that all share, and a server and a "
        f"kernel for each student, at their peak. Then {capacity.SPARE:.0f} GB to spare are added. For "
        f"{last['students']} students in {chapter} this says {foretold:.0f} GB without the spare ones, and "
        f"{measured:.0f} GB were taken in the test, where not all were at their peak at once."
    )
    work = (
        f"Cores: {cores} served {capacity.held(results)} students in {chapter}. The other rows are scaled by "
        "the processor time of each chapter."
    )
    if results["gave way"]["what"] != "processors":
        work += " The processors did not give way, so this is on the safe side."
    return f"{report.markdown(capacity.rows(results))}\n\n{memory}\n\n{work}"


def killed(results):
    """What a student loses whose server is killed."""
    found = results["killed"]
    rows = [
        ["a server is killed just before a save", "measured"],
        ["JupyterLab saves every", report.duration(found["autosave"])],
        ["work that is lost", report.duration(found["lost"])],
        ["the server is back after", report.duration(found["server again after"])],
        ["a page that stayed open can then save its work", _yes(found["an open page afterwards"])],
        ["variables of the kernel", found["variables"]],
    ]
    return report.markdown(rows)


def _yes(seen):
    return "yes: nothing is lost" if seen == "saved" else f"no ({seen})"


def written(text, results):
    """A page with its blocks as the results have them."""
    for name, make in (("students", students), ("capacity", needed), ("killed", killed)):
        pattern = re.compile(BLOCK.format(name=name, text=".*?"), re.DOTALL)
        block = BLOCK.format(name=name, text=make(results))
        text, found = pattern.subn(lambda _, block=block: block, text)
        if found != 1:
            raise ValueError(f"the page has {found} places for {name}: 1 is needed")
    return text
