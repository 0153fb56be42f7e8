"""Runs every unit that is not done yet, and writes the page with its tables and its picture."""

import argparse
import json
import re
from pathlib import Path

from evaluations.plan import FULL, NEEDS_MAPS, QUICK, TESTS, Unit, units, work
from helpers.progress import progress_bar
from helpers.settings import ROOT

RESULTS = ROOT / "evaluations" / "results.json"
PAGE = ROOT / "book" / "choose.md"
PICTURE = ROOT / "book" / "images" / "choose.png"


def main(arguments=None):
    """What `make evaluate` does."""
    options = _options(arguments)
    if not options.draw:
        settings = QUICK if options.quick else FULL
        folder = options.folder / ("quick" if options.quick else "full")
        results = evaluate(settings, folder, options.only or tuple(TESTS))
        if options.quick or results is None:
            print("Nothing written: only a whole run is kept.")
            return
        RESULTS.write_text(dumps(results), encoding="utf-8")
    draw(json.loads(RESULTS.read_text(encoding="utf-8")), PAGE, PICTURE)
    print(
        "Wrote "
        + " and ".join(str(path.relative_to(ROOT)) for path in (PAGE, PICTURE))
        + f" from {RESULTS.name}"
    )


def _options(arguments):
    parser = argparse.ArgumentParser(prog="python -m evaluations", description=__doc__)
    parser.add_argument("--only", metavar="GROUP", action="append", choices=TESTS, help=", ".join(TESTS))
    parser.add_argument("--quick", action="store_true", help="a few pictures and samples; nothing is kept")
    parser.add_argument(
        "--draw", action="store_true", help="write page and picture from results.json, evaluate nothing"
    )
    folder = ROOT / "build" / "evaluate"
    parser.add_argument("--folder", type=Path, default=folder, help="where units are kept: build/evaluate")
    return parser.parse_args(arguments)


def evaluate(settings, folder, groups=tuple(TESTS)):
    """Do what is not done yet of some groups; give the results, or None while other groups are missing."""
    from evaluations import scores, subjects
    from evaluations.store import Store
    from evaluations.summary import summarise

    store = Store(folder, settings, {group: subjects.weights_hash(group) for group in TESTS})
    made = {group: subjects.subject(group, settings[group]["count"]) for group in groups}
    left = {
        unit: work(unit, settings, made[unit.group].side, made[unit.group].channels)
        for unit in units(groups)
        if store.get(unit) is None
    }
    print(f"{len(units(groups)) - len(left)} of {len(units(groups))} units are there.", flush=True)
    with progress_bar(sum(left.values()), "Evaluation", "passes") as advance:
        for unit, cost in left.items():
            maps = None
            if unit.test in NEEDS_MAPS:
                maps = store.get(Unit(unit.group, "maps", unit.method))["maps"]
            store.put(unit, scores.run(unit, settings, maps))
            advance(cost)
    if any(store.get(unit) is None for unit in units()):
        return None
    made = {group: subjects.subject(group, settings[group]["count"]) for group in TESTS}
    return summarise(store, settings, made)


def dumps(results):
    """JSON with one line for each method in each test, so that its changes can be read."""
    innermost = r"\{(?:[^{}\[\]]|\[[^{}\[\]]*\])*\}|\[[^{}\[\]]*\]"
    text = json.dumps(results, indent=1)
    return re.sub(innermost, lambda found: " ".join(found[0].split()), text) + "\n"


def draw(results, page_path, picture_path):
    """Write page and picture."""
    from evaluations import page, picture

    page_path.write_text(page.page(results), encoding="utf-8")
    picture.save(results, picture_path)


if __name__ == "__main__":
    main()
