"""Measures one case in this process: `python -m benchmarks.measure CASE time|memory OUT`.

`benchmarks.__main__` starts it, a fresh process for each case and each kind of measurement.
"""

import argparse
import json
import math
import resource
import sys
import time
from pathlib import Path

from benchmarks import contenders
from benchmarks.cases import CASES

AT_LEAST = 0.2  # seconds that one timing should last; quick work is repeated until it does


def time_case(case, rounds, scale_all):
    """Time all contenders of a case in turn, several rounds of it, so that noise meets all alike.

    Parameters
    ----------
    case : benchmarks.cases.Case
    rounds : int or None
        At most this many rounds; None for as many as each contender asks for.
    scale_all : bool
        False does the whole work of slow contenders too, where True does a part and scales it up.

    Returns
    -------
    dict
        Function name -> seconds of each round, scaled up to the whole work.
    """
    calls = {c.function: _prepared(c, scale_all) for c in case.contenders}
    limits = {c.function: min(c.rounds, rounds or c.rounds) for c in case.contenders}
    seconds = {name: [] for name in calls}
    for turn in range(max(limits.values())):
        for name, (call, repeats, factor) in calls.items():
            if turn < limits[name]:
                print(f"    round {turn + 1} of {limits[name]}: {name}", flush=True)
                seconds[name].append(_seconds(call, repeats) / repeats * factor)
    return seconds


def _prepared(contender, scale_all):
    """The call to time, how often to repeat it, and what to scale its time with; compiled and warm."""
    function = getattr(contenders, contender.function)
    part = contender.part if scale_all else contender.whole
    arguments = () if part is None else (part,)
    factor = 1 if part is None else contender.whole / part

    def call():
        return function(*arguments)

    print(f"    warming up: {contender.function}", flush=True)
    if not contender.warm:
        return call, 1, factor
    if _seconds(call, 1) > 10 * AT_LEAST:
        return call, 1, factor
    return call, math.ceil(AT_LEAST / _seconds(call, 1)), factor


def _seconds(call, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return time.perf_counter() - start


def memory_of(case):
    """Peak memory of building the model and one forward pass, and of the course's method after it.

    Parameters
    ----------
    case : benchmarks.cases.Case

    Returns
    -------
    dict
        ``model`` and ``peak``, in MiB.
    """
    model, image = getattr(contenders, case.subject)()
    model(image[None]).numpy()
    own = _peak()
    getattr(contenders, case.contenders[0].function)()
    return {"model": own, "peak": _peak()}


def _peak():
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kibibytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case")
    parser.add_argument("kind", choices=["time", "memory"])
    parser.add_argument("out", type=Path)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    case = next(case for case in CASES if case.name == options.case)
    if options.kind == "memory":
        result = memory_of(case)
    else:
        result = time_case(case, options.rounds, not options.full)
    options.out.write_text(json.dumps(result))


if __name__ == "__main__":
    main()
