"""Files that are too large to come with the course: fetched once, verified, and kept.

A download grows in ``data/downloads/`` as ``NAME.part`` and gets its own name only once its hash is
right, so a file that is there is a file that is whole. What a cut connection leaves behind is taken up
again by the next attempt. All names begin with that of the file: two downloads share nothing.
"""

import errno
import hashlib
import json
import queue
import shutil
import threading

import requests
from filelock import FileLock

from helpers.progress import progress_bar
from helpers.settings import ROOT, settings

DOWNLOADS = ROOT / "data" / "downloads"
REGISTRY = json.loads((ROOT / "data" / "registry.json").read_text(encoding="utf-8"))
PATIENCE = 5  # seconds without a sign of life after which the network counts as dead
CHUNK = 1 << 16


class Unavailable(RuntimeError):
    """A file is not on the disk and cannot be fetched. The message is one line that says why."""


def megabytes(name):
    """How large a file of the registry is, such as ``"11 MB"``."""
    return f"{REGISTRY[name]['bytes'] / 1e6:.0f} MB"


def fetch(name, verify=None):
    """The path of a whole file, from ``COURSE_DATA`` or downloaded, now if need be; or `Unavailable`.

    Two processes may ask for the same file: one downloads, the other waits. ``verify`` is called with the
    path of a file from ``COURSE_DATA`` and raises ``ValueError`` if it is not the right one; left out, the
    file must have the hash of the registry, as a download must.
    """
    own = settings().data and settings().data / name
    if own and own.is_file():
        return _verified(own, verify)
    if settings().offline:
        return _downloaded_before(name)
    try:
        return _fetch_to_downloads(name)
    except requests.RequestException as problem:
        raise Unavailable(f"{name} could not be downloaded ({_in_short(problem)})") from problem
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise Unavailable(f"{name} could not be written to data/downloads ({reason})") from problem


def _downloaded_before(name):
    path = DOWNLOADS / name
    if not path.is_file():
        raise Unavailable(f"COURSE_OFFLINE=1, and {name} is not on this disk")
    if not _has_right_hash(path, name):
        raise Unavailable(f"COURSE_OFFLINE=1, and {name} on this disk is damaged")
    return path


def _has_right_hash(path, name):
    kind, _, expected = REGISTRY[name]["hash"].partition(":")
    with open(path, "rb") as file:
        return hashlib.file_digest(file, kind).hexdigest() == expected


def _verified(path, verify):
    try:
        if verify:
            verify(path)
        elif not _has_right_hash(path, path.name):
            raise ValueError("its hash is not the one in data/registry.json")
    except (OSError, ValueError) as problem:
        reason = " ".join(str(problem).split()) or type(problem).__name__
        raise Unavailable(f"{path.name} in COURSE_DATA is not the expected file: {reason}") from problem
    return path


def _fetch_to_downloads(name):
    path, part = DOWNLOADS / name, _part(name)
    if path.is_file() and _has_right_hash(path, name):  # without a lock: the folder may be read-only
        return path
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    with FileLock(DOWNLOADS / f"{name}.lock"):
        if path.is_file() and _has_right_hash(path, name):  # another process was faster
            return path
        for _ in range(2 if part.exists() else 1):  # if the end does not fit a beginning, begin again
            _download(name)
            if _has_right_hash(part, name):
                return part.replace(path)
            part.unlink()
    raise Unavailable(f"{name} could not be downloaded (the server sent something else: its hash is wrong)")


def _part(name):
    return DOWNLOADS / f"{name}.part"


def _download(name):
    """Fetch all of a file into its part, going on where an earlier attempt stopped."""
    part = _part(name)
    done = part.stat().st_size if part.exists() else 0
    if done >= REGISTRY[name]["bytes"]:  # complete or longer, and yet without its name: begin again
        done = 0
    free = shutil.disk_usage(DOWNLOADS).free
    if free < REGISTRY[name]["bytes"] - done:
        raise OSError(errno.ENOSPC, f"{megabytes(name)} are needed, {free / 1e6:.0f} MB are free")
    with _open(REGISTRY[name]["url"], {"Range": f"bytes={done}-"} if done else {}) as answer:
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            done = 0
        _save(answer, part, done, name)


def _open(url, headers):
    """Send the request, and wait for the first line of the answer for `PATIENCE` seconds at most.

    The time limit of requests does not cover looking up the server's name, hence the thread.
    """
    answers = queue.Queue()

    def ask():
        try:
            answers.put(requests.get(url, headers=headers, stream=True, timeout=PATIENCE))
        except requests.RequestException as problem:
            answers.put(problem)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=PATIENCE)
    except queue.Empty:
        raise requests.Timeout(f"no answer within {PATIENCE} seconds") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _save(answer, part, done, name):
    total = done + int(answer.headers.get("Content-Length", REGISTRY[name]["bytes"] - done))
    try:
        with (
            open(part, "ab" if done else "wb") as file,
            progress_bar(total, f"Downloading {name}, {megabytes(name)}", unit="bytes") as step,
        ):
            step(done)
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                step(len(chunk))
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            part.unlink(missing_ok=True)  # give the room back
        raise


def _in_short(problem):
    """What went wrong, in the words of a person in front of a screen."""
    if isinstance(problem, requests.HTTPError):
        return f"the server answered {problem.response.status_code} {problem.response.reason}"
    if isinstance(problem, requests.Timeout) or "timed out" in str(problem):
        return f"no answer within {PATIENCE} seconds"
    if isinstance(problem, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off; the next attempt goes on from there"
    return "the server cannot be reached"
