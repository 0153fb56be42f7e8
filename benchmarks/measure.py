"""Measures one case in this process: `python -m benchmarks.measure CASE OUT`.

`benchmarks.__main__` starts a fresh process for each case, so that its peak memory is its own.
"""

import argparse
import functools
import json
import math
import resource
import sys
import time
from pathlib import Path

from benchmarks.cases import CASES

AT_LEAST = 0.2  # seconds that one timing should last; quick work is repeated until it does


def measure(case, rounds=None, full=False):
    """Time all contenders of a case in turn, several rounds of it, so that noise meets all alike.

    Gives ``seconds``: the contender's key -> seconds of each round, at most ``rounds`` of them, for the whole
    work; and ``memory``: peak MiB, ``model`` of building the network and one forward pass, ``peak`` of the
    course's method after that, before anyone else has run. ``full`` makes slow contenders do their whole
    work, not a part that is scaled up.
    """
    subject = case.load_subject()
    subject.model(subject.images[:1]).numpy()
    memory = {"model": _peak()}
    calls, seconds = {}, {}
    for contender in case.contenders:
        key = case.key(contender)
        print(f"    first call: {key}", flush=True)
        count = case.pieces if full else contender.part or case.pieces
        call = functools.partial(contender.load(), subject, count, **case.options)
        scale = case.pieces / count
        first = _seconds(call, 1)
        memory.setdefault("peak", _peak())  # the course is the first of the contenders
        repeats = 1 if first > 10 * AT_LEAST else math.ceil(AT_LEAST / _seconds(call, 1))
        calls[key] = call, repeats, scale
        seconds[key] = [] if contender.warm else [first * scale]
    for turn in range(max(contender.rounds for contender in case.contenders)):
        for contender in case.contenders:
            key = case.key(contender)
            call, repeats, scale = calls[key]
            if len(seconds[key]) <= turn < min(contender.rounds, rounds or contender.rounds):
                print(f"    round {turn + 1}: {key}", flush=True)
                seconds[key].append(_seconds(call, repeats) / repeats * scale)
    return {"seconds": seconds, "memory": memory}


def _seconds(call, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return time.perf_counter() - start


def _peak():
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kibibytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case")
    parser.add_argument("out", type=Path)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    case = next(case for case in CASES if case.name == options.case)
    options.out.write_text(json.dumps(measure(case, options.rounds, options.full)), encoding="utf-8")


if __name__ == "__main__":
    main()
