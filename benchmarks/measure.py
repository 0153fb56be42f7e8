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

from benchmarks import contenders
from benchmarks.cases import CASES

AT_LEAST = 0.2  # seconds that one timing should last; quick work is repeated until it does


def measure(case, rounds=None, full=False):
    """Time all contenders of a case in turn, several rounds of it, so that noise meets all alike.

    Parameters
    ----------
    case : benchmarks.cases.Case
    rounds : int or None
        At most this many rounds; None for as many as each contender asks for.
    full : bool
        True makes slow contenders do their whole work, False a part that is scaled up.

    Returns
    -------
    dict
        ``seconds``: function name -> seconds of each round, for the whole work. ``memory``: peak
        MiB, ``model`` of building the network and one forward pass, ``peak`` of the course's method
        after that, before anyone else has run.
    """
    model, image = getattr(contenders, case.subject)()
    model(image[None]).numpy()
    memory = {"model": _peak()}
    calls, seconds = {}, {}
    for contender in case.contenders:
        print(f"    first call: {contender.function}", flush=True)
        call, factor = _call(contender, full)
        first = _seconds(call, 1)
        memory.setdefault("peak", _peak())  # the course is the first of the contenders
        repeats = 1 if first > 10 * AT_LEAST else math.ceil(AT_LEAST / _seconds(call, 1))
        calls[contender.function] = call, repeats, factor
        seconds[contender.function] = [] if contender.warm else [first * factor]
    for turn in range(max(contender.rounds for contender in case.contenders)):
        for contender in case.contenders:
            call, repeats, factor = calls[contender.function]
            if len(seconds[contender.function]) <= turn < min(contender.rounds, rounds or contender.rounds):
                print(f"    round {turn + 1}: {contender.function}", flush=True)
                seconds[contender.function].append(_seconds(call, repeats) / repeats * factor)
    return {"seconds": seconds, "memory": memory}


def _call(contender, full):
    """The call to time, and what to scale its time with to get that of the whole work."""
    function = getattr(contenders, contender.function)
    if contender.part is None:
        return function, 1
    part = contender.whole if full else contender.part
    return functools.partial(function, part), contender.whole / part


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
    options.out.write_text(json.dumps(measure(case, options.rounds, options.full)))


if __name__ == "__main__":
    main()
