"""A folder of maps: a manifest that says what they are, and for each chunk its maps and its record.

``manifest.json`` is written once. A chunk is two files, ``00012.npy`` and ``00012.json``, each written under
another name, read back and moved; the record comes last, so a chunk that has one is whole.
"""

import hashlib
import io
import json
import os
import re
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from helpers.progress import progress_bar

MANIFEST, PART, FORMAT = "manifest.json", ".part", 1
OWN_PART = re.compile(rf"(\d{{5,}}\.(npy|json)|{re.escape(MANIFEST)}){re.escape(PART)}")
RECORD = {"sha256", "classes", "skipped", "names"}  # what is noted of a chunk


class Unfinished(RuntimeError):
    """Not all maps are there. What is there is whole, and the same call goes on. The message says why."""


def as_path(folder):
    """A folder's name as a path."""
    try:
        return Path(folder)
    except TypeError:
        raise ValueError(f"folder={folder!r} is not allowed: give the name of a folder") from None


def size(manifest, number):
    """How many pictures a chunk has."""
    start = number * manifest["chunk"]
    return max(0, min(manifest["chunk"], manifest["count"] - start))


def chunks(manifest):
    """How many chunks there are to be."""
    return -(-manifest["count"] // manifest["chunk"])


def plain(value):
    """An argument as JSON has it; of an array of many numbers, shape and hash."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple) and len(value) <= 16:
        return [plain(one) for one in value]
    if isinstance(value, str | int | float | None):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise ValueError(
            f"{value!r} is not allowed: give numbers, words, arrays of numbers, or lists of them"
        )
    if array.size <= 16:
        return array.tolist()
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "sha256": hashlib.sha256(np.ascontiguousarray(array)).hexdigest(),
    }


class Store:
    """The folder while it is written to, by one at a time: use it in a ``with``."""

    def __init__(self, folder):
        self.folder = as_path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise ValueError(f"folder={str(folder)!r} cannot be made ({problem.strerror})") from None
        self._lock = FileLock(self.folder / ".lock", timeout=0)

    def __enter__(self):
        try:
            self._lock.acquire()
        except Timeout:
            raise Unfinished(
                f"another run is writing into {self.folder}: wait for it, or name another folder"
            ) from None
        except OSError as problem:
            raise ValueError(
                f"folder={str(self.folder)!r} cannot be written to ({problem.strerror})"
            ) from None
        return self

    def __exit__(self, *_):
        self._lock.release()

    def check(self, manifest):
        """Raise ValueError if the folder holds maps of something else, or files of somebody else."""
        names = {path.name for path in self.folder.iterdir()}
        parts = {name for name in names if OWN_PART.fullmatch(name)}  # of a run that was cut off
        others = sorted(name for name in names - parts if not name.startswith("."))
        if MANIFEST in names:
            self._compare(manifest)
        elif others:
            raise ValueError(
                f"{self.folder} holds {others[0]!r} and no maps ({len(others)} files in all): name a folder "
                "that is empty, or not there yet"
            )
        for name in parts:
            (self.folder / name).unlink()

    def _compare(self, manifest):
        there = read_manifest(self.folder)
        for name in sorted({*manifest, *there}):
            if there.get(name) != manifest.get(name):
                raise ValueError(
                    f"{self.folder} holds maps of another {name}: {_short(there.get(name))}, and now it is "
                    f"{_short(manifest.get(name))}; name another folder, or delete this one"
                )

    def done(self, manifest, progress=False):
        """The numbers of the chunks that are there and whole: their hashes are looked at."""
        numbers = range(chunks(manifest))
        there = [number for number in numbers if (self.folder / f"{number:05d}.json").is_file()]
        whole = set()
        with progress_bar(len(there), "Verifying what is there", "chunks", progress and there) as advance:
            for number in there:
                if _is_whole(self.folder, number, size(manifest, number)):
                    whole.add(number)
                advance()
        return whole

    def count(self, manifest):
        """How many chunks have been kept."""
        return sum((self.folder / f"{number:05d}.json").is_file() for number in range(chunks(manifest)))

    def begin(self, manifest):
        """Say what the folder is to hold, before its first chunk."""
        if not (self.folder / MANIFEST).is_file():
            self._write(MANIFEST, _json(manifest))

    def keep(self, number, explained, names):
        """Keep a chunk."""
        content = io.BytesIO()
        np.save(content, explained.maps, allow_pickle=False)
        content = content.getvalue()
        record = {
            "sha256": hashlib.sha256(content).hexdigest(),
            "classes": explained.classes.tolist(),
            "skipped": {str(place): why for place, why in explained.skipped.items()},
            "names": names,
        }
        self._write(f"{number:05d}.npy", content)
        self._write(f"{number:05d}.json", _json(record))

    def _write(self, name, content):
        """Write a file under another name, read it back, and move it; on any failure, nothing is left."""
        part = self.folder / f"{name}{PART}"
        try:
            with open(part, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if part.read_bytes() != content:
                raise OSError(f"{name} is not on the disk as it was written")
            part.replace(self.folder / name)
        except BaseException:
            part.unlink(missing_ok=True)  # gives its room back
            raise


def read_manifest(folder):
    """The manifest of a folder of maps."""
    path = as_path(folder) / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"{path.parent} holds no maps: `explain_dataset` makes such folders") from None
    except ValueError:
        raise ValueError(f"{path} is damaged: delete the folder and begin again") from None
    if not isinstance(manifest, dict) or "format" not in manifest:
        raise ValueError(f"{path} is not one of maps: name another folder")
    if manifest["format"] != FORMAT:
        raise ValueError(f"{folder} has format {manifest.get('format')!r}: {FORMAT} is needed")
    return manifest


def read_record(folder, number):
    """What was noted of a chunk; None if it is not there, or something else."""
    try:
        record = json.loads((Path(folder) / f"{number:05d}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return record if isinstance(record, dict) and record.keys() >= RECORD else None


def _is_whole(folder, number, count):
    record = read_record(folder, number)
    if record is None or len(record["classes"]) != count:
        return False
    try:
        with open(folder / f"{number:05d}.npy", "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == record["sha256"]
    except FileNotFoundError:
        return False


def _json(content):
    return (json.dumps(content, indent=1 if "format" in content else None) + "\n").encode()


def _short(value):
    text = json.dumps(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
