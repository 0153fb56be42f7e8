"""Files that are too large to come with the course: fetched once, verified, and kept.

A download grows under a temporary name in ``data/downloads/`` and gets its own name only once its
hash is right, so a file that is there is a file that is whole. What a cut connection leaves behind
is taken up again by the next attempt.
"""

import contextlib
import errno
import json
import queue
import shutil
import threading
from pathlib import Path

import pooch
import requests
from filelock import FileLock

from helpers.progress import progress_bar
from helpers.settings import ROOT, settings

DOWNLOADS = ROOT / "data" / "downloads"
REGISTRY = json.loads((ROOT / "data" / "registry.json").read_text())
PATIENCE = 5  # seconds without a sign of life after which the network counts as dead
CHUNK = 1 << 16

pooch.get_logger().setLevel("WARNING")  # else it announces every file on stderr


class Unavailable(RuntimeError):
    """A file is not on the disk and cannot be fetched. The message is one line that says why."""


def megabytes(name):
    """Say how large a file of the registry is.

    Parameters
    ----------
    name : str
        A name in ``data/registry.json``.

    Returns
    -------
    str
        Such as ``"11 MB"``.
    """
    return f"{REGISTRY[name]['bytes'] / 1e6:.0f} MB"


def fetch(name, verify=None):
    """Find a file in ``COURSE_DATA`` or among the downloads; else download it.

    Two processes may ask for the same file: one downloads, the other waits.

    Parameters
    ----------
    name : str
        A name in ``data/registry.json``.
    verify : callable, optional
        Called with the path of a file from ``COURSE_DATA``; raises ``ValueError`` if it is not the
        right one. Left out, the file must have the hash of the registry, as a download must.

    Returns
    -------
    pathlib.Path
        A file that has been verified.

    Raises
    ------
    Unavailable
        If the file is nowhere, and ``COURSE_OFFLINE=1``, or the network, the server, its answer,
        or the folder does not do what it should. Nothing that is broken is kept.
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
    if not _has_right_hash(path):
        raise Unavailable(f"COURSE_OFFLINE=1, and {name} on this disk is damaged")
    return path


def _has_right_hash(path):
    kind, _, expected = REGISTRY[path.name]["hash"].partition(":")
    return pooch.file_hash(path, alg=kind) == expected


def _verified(path, verify):
    try:
        if verify:
            verify(path)
        elif not _has_right_hash(path):
            raise ValueError("its hash is not the one in data/registry.json")
    except (OSError, ValueError) as problem:
        reason = str(problem).splitlines()[0]
        raise Unavailable(f"{path.name} in COURSE_DATA is not the expected file: {reason}") from problem
    return path


def _fetch_to_downloads(name):
    entry = REGISTRY[name]
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    files = pooch.create(DOWNLOADS, base_url="", registry={name: entry["hash"]}, urls={name: entry["url"]})
    with FileLock(DOWNLOADS / f"{name}.lock"):
        for stray in DOWNLOADS.glob("tmp*"):  # pooch's empty placeholder, if it was killed
            stray.unlink(missing_ok=True)
        if _part(name).exists():  # left by an attempt that was cut off: go on from there
            with contextlib.suppress(ValueError):  # but if the sum is wrong, begin again
                return Path(files.fetch(name, downloader=_download))
        try:
            return Path(files.fetch(name, downloader=_download))
        except ValueError as problem:  # pooch's word for a wrong hash; it has removed its copy
            reason = "the server sent something else: its hash is wrong"
            raise Unavailable(f"{name} could not be downloaded ({reason})") from problem


def _part(name):
    return DOWNLOADS / f"{name}.part"


def _download(url, output_file, files):
    """Fetch ``url``, going on where an earlier attempt stopped. Called by pooch."""
    name = next(iter(files.registry))
    part = _part(name)
    done = part.stat().st_size if part.exists() else 0
    if done >= REGISTRY[name]["bytes"]:  # complete or longer, and yet never moved: begin again
        done = 0
    free = shutil.disk_usage(DOWNLOADS).free
    if free < REGISTRY[name]["bytes"] - done:
        raise OSError(errno.ENOSPC, f"{megabytes(name)} are needed, {free / 1e6:.0f} MB are free")
    with _open(url, {"Range": f"bytes={done}-"} if done else {}) as answer:
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            done = 0
        _save(answer, part, done, name)
    shutil.move(part, output_file)


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
