"""Runs the measurements, each in a process of its own, and writes the page with its table and its picture."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks import table
from benchmarks.cases import CASES
from helpers.settings import ROOT

RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "book" / "bench.md"
PICTURE = ROOT / "book" / "images" / "bench.png"
PACKAGES = ("tensorflow", "keras", "numpy", "tf-keras-vis", "lime")


def main():
    options = _options()
    if not options.draw:
        results = _measure_all(options)
        print(f"\n{table.markdown(table.rows(results))}")
        if options.quick or options.only:
            print("\nNothing written: only a whole run is kept.")
            return
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    PAGE.write_text(table.page(results), encoding="utf-8")
    from benchmarks import picture  # not before all is measured: this process stays small

    picture.save(results, PICTURE)
    print("\nWrote " + ", ".join(str(path.relative_to(ROOT)) for path in (RESULTS, PAGE, PICTURE)))


def _options():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [case.name for case in CASES]
    parser.add_argument("--only", metavar="NAME", action="append", choices=names, help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="two rounds, and not the slow cases")
    parser.add_argument("--full", action="store_true", help="run slow loops to their end instead of scaling")
    parser.add_argument(
        "--draw", action="store_true", help="write page and picture from results.json, measure nothing"
    )
    return parser.parse_args()


def _measure_all(options):
    names = options.only or [case.name for case in CASES if not (options.quick and case.slow)]
    chosen = [case for case in CASES if case.name in names]
    started, cases = time.monotonic(), {}
    for number, case in enumerate(chosen, start=1):
        print(f"{number} of {len(chosen)}: {case.work}", flush=True)
        flags = ["--rounds", "2"] if options.quick else []
        flags += ["--full"] if options.full else []
        cases[case.name] = _measure(case.name, *flags)
        print(f"    {time.monotonic() - started:.0f} s so far", flush=True)
    return {
        "versions": {name: version(name) for name in PACKAGES},
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "device": "no GPU",
        "scaled": not options.full,
        "cases": cases,
    }


def _measure(name, *flags):
    """Run `benchmarks.measure` in a fresh process and read what it found.

    This process stays small on purpose: on Linux a child's peak memory begins at its parent's.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TQDM_DISABLE": "1"}
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.measure", name, str(out), *flags]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        return json.loads(out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
