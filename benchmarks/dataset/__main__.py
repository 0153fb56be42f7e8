"""Measures whole data sets, simulates many machines, and writes the tables of book/scale.md."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.dataset import page, simulation
from benchmarks.dataset.ways import CASES, WAYS, write_pictures
from helpers.settings import ROOT

RESULTS = ROOT / "benchmarks" / "dataset" / "results.json"
PACKAGES = ("tensorflow", "keras", "numpy", "distributed")
ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
THREADS = 2  # of a machine: as many workers as were measured on one


def main(arguments=None):
    options = _options(arguments)
    os.environ["COURSE_MNIST"] = "5k"  # the same digits everywhere
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    if not options.draw:
        if not options.simulate:
            cases = results.get("cases", {}) if options.case else {}
            results = measure_all(options.part, options.rounds, options.case)
            results["cases"] = cases | results["cases"]
        results["simulation"] = simulate_all(results, options.lasting)
        if options.part == 1 or options.write:
            RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if options.part < 1 and not options.write:
        print(f"\n{page.times(results)}\n\n{page.machines(results)}\n\nNothing written: only whole work is.")
        return
    page.PAGE.write_text(page.written(page.PAGE.read_text(encoding="utf-8"), results), encoding="utf-8")
    print(f"\nWrote {RESULTS.relative_to(ROOT)}, {page.PAGE.relative_to(ROOT)}")


def _options(arguments):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dataset", description=__doc__)
    parser.add_argument("--part", type=float, default=1, help="this part of the pictures, such as 0.01")
    parser.add_argument("--case", choices=CASES, help="this alone; the times of the others are kept")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lasting", type=float, default=simulation.LASTING, help="seconds of a simulation")
    parser.add_argument("--simulate", action="store_true", help="keep the times, simulate anew")
    parser.add_argument("--draw", action="store_true", help="measure nothing, only write the page")
    parser.add_argument("--write", action="store_true", help="keep what was measured on a part, too")
    return parser.parse_args(arguments)


def measure_all(part, rounds, only=None):
    """Every case in every way, each in a process of its own, several rounds in turn."""
    cases = {}
    for name, case in CASES.items():
        if only not in (None, name):
            continue
        count = max(1, int(part * case.pictures))
        found = {way: [] for way in WAYS}
        with tempfile.TemporaryDirectory() as folder:
            pictures = Path(folder) / "pictures.npy"
            write_pictures(case, count, pictures)
            for turn in range(rounds):
                for way in WAYS:
                    print(f"{count:,} x {case.work}, {way}, round {turn + 1}", flush=True)
                    found[way].append(_measure(name, way, pictures, Path(folder) / "out.json"))
        cases[name] = {
            "pictures": count,
            "chunk": found["here"][0]["chunk"],
            "seconds": {way: [one["seconds"] for one in found[way]] for way in WAYS},
            "steady": [one["steady"] for one in found["two"]],
            "memory": {way: np.max([one["memory"] for one in found[way]], axis=0).tolist() for way in WAYS},
        }
    return {
        "versions": {name: version(name) for name in PACKAGES},
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cases": cases,
    }


def _measure(case, way, pictures, out):
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.dataset.ways", case, way]
    subprocess.run([*command, str(pictures), str(out)], cwd=ROOT, env=os.environ | ENVIRONMENT, check=True)
    return json.loads(out.read_text(encoding="utf-8"))


def simulate_all(results, lasting):
    """For every case 1, 10 and 100 machines whose chunks take as long as was measured, and no time at all."""
    simulated = {}
    for name, case in CASES.items():
        measured = results["cases"][name]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pictures.npy"
            write_pictures(case, 2 * measured["chunk"], path)
            pictures = np.load(path)
        options = {"chunk": measured["chunk"], "side": case.side, "threads": THREADS, "lasting": lasting}
        runs = []
        for machines in simulation.MACHINES:
            print(f"{case.work}, {machines} machines, simulated", flush=True)
            seconds = page.chunk_seconds(measured)
            runs.append(simulation.simulate(pictures, seconds=seconds, machines=machines, **options))
        simulated[name] = {
            "runs": runs,
            "ceiling": simulation.simulate(pictures, seconds=0, machines=4, **options),
        }
    return simulated


if __name__ == "__main__":
    main()
