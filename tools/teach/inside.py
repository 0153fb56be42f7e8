"""The side of the learner's code: a kernel with limits, and how an answer is asked for from outside.

It stands alone, so that the room in which a submission runs needs nothing else of tools/. What it sends is
data, and never code: numbers, words, arrays, and lists of them.
"""

import base64
import json
import os
import resource
import socket
import sys

import numpy as np

MB = 1 << 20
NUMBERS = "biuf"  # kinds of arrays that are sent
LONGEST = 100_000  # characters of a text
LINE = None  # to the marker, while an answer is asked for


def encode(value, functions=()):
    """A value as what JSON can hold. ``functions`` collects the functions in it, if it is a list."""
    if value is None or (isinstance(value, bool | float) and not isinstance(value, np.generic)):
        return value
    if type(value) is int and abs(value) < 1 << 1000:
        return value
    if type(value) is str:
        return value[:LONGEST]
    if value is ...:
        return {"dots": None}
    if isinstance(value, list | tuple | set | frozenset | range):
        kind = next(kind for kind in (list, tuple, set, frozenset, range) if isinstance(value, kind))
        return {"list" if kind is range else kind.__name__: [encode(part, functions) for part in value]}
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(part, functions)] for key, part in value.items()]}
    if hasattr(value, "to_json") and hasattr(value, "layers"):
        return {"model": value.to_json()}
    if callable(value):
        if isinstance(functions, list):
            functions.append(value)
        return {"function": len(functions) - 1}
    if hasattr(value, "__array__"):
        array = np.asarray(value)
        if array.dtype.kind in NUMBERS:
            data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
            return {"array": [array.dtype.str, list(array.shape), data]}
    return {"other": type(value).__name__[:80]}


def decode(value, function, other):
    """What was encoded; ``function(k)`` gives function k, ``other(kind, content)`` what is no plain data."""
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind in ("list", "tuple", "set", "frozenset"):
        whole = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[kind]
        return whole(decode(part, function, other) for part in content)
    if kind == "dict":
        return {decode(key, function, other): decode(part, function, other) for key, part in content}
    if kind == "array":
        dtype, shape, data = content
        if np.dtype(dtype).kind not in NUMBERS:
            raise ValueError("an array of another kind than numbers")
        return np.frombuffer(base64.b64decode(data), np.dtype(dtype)).reshape(shape).copy()
    if kind == "dots":
        return ...
    return function(content) if kind == "function" else other(kind, content)


def talk(message):
    """Say something to the marker, and wait for what it says."""
    LINE.write(json.dumps(message) + "\n")
    LINE.flush()
    return json.loads(LINE.readline())


def from_outside(number):
    """A function of the marker: its calls go there and back."""

    def function(*given):
        reply = talk({"call": number, "given": [encode(value) for value in given]})
        if "problem" in reply:
            raise RuntimeError(reply["problem"])
        return decode(reply["value"], None, None)

    return function


def answer(name):
    """Tell the marker what an answer is, and call it, if it is a function, as often as is asked."""
    global LINE
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.environ["COURSE_LINE"])
        with connection.makefile("rw", encoding="utf-8") as LINE:
            talk_about(name)


def talk_about(name):
    """All that is said about an answer."""
    space = sys.modules["__main__"].__dict__
    if name not in space:
        talk({"missing": name})
        return
    reply = talk({"is": attempt(lambda: encode(space[name]))})
    while "given" in reply:
        given = [decode(value, from_outside, None) for value in reply["given"]]
        before = [value.copy() if isinstance(value, np.ndarray) else None for value in given]
        try:
            said = {"value": attempt(lambda given=given: encode(space[name](*given)))}
        except (Exception, SystemExit) as problem:
            said = {"problem": [type(problem).__name__, attempt(lambda p=problem: str(p)[:500]) or ""]}
        said["after"] = [
            encode(now)
            if old is not None and not np.array_equal(now, old, equal_nan=old.dtype.kind == "f")
            else None
            for old, now in zip(before, given, strict=True)
        ]
        reply = talk(said)


def attempt(make):
    """What a function gives; a learner's object may fail at everything, and is told as such."""
    try:
        value = make()
        json.dumps(value)
        return value
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError, OverflowError):
        return {"other": "something that cannot be shown"}


def confine(user, memory, processes, file_size):
    """Become another user, if root started this and names one; set limits that cannot be raised again."""
    if os.getuid() == 0 and user:
        for folder in ("/tmp", "/course/assignment"):
            os.chmod(folder, 0o1777)
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    for kind, most in (
        (resource.RLIMIT_DATA, memory * MB),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_FSIZE, file_size * MB),
        (resource.RLIMIT_CORE, 0),
    ):
        if most >= 0:
            resource.setrlimit(kind, (most, most))


def main():
    """Set the limits, and start a kernel: ``inside.py CONNECTION USER MEMORY PROCESSES FILE_SIZE``."""
    connection, *limits = sys.argv[1:]
    confine(*map(int, limits))
    sys.argv[1:] = []
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(["-f", connection, "--HistoryManager.enabled=False", "--log-level=ERROR"])


if __name__ == "__main__":
    main()
