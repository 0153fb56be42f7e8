"""Every fault ends in the right file or in one clear line, never in a bad file that is kept."""

import errno
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from fault_server import FaultServer

from helpers import downloads, settings

CONTENT = np.random.default_rng(0).bytes(1_000_000)
NAME = "file.bin"

# A program that downloads a file, for the tests in which there are two of them, or one is killed. Before the
# file gets its name, the program waits until another one is there, if it is told which.
PROGRAM = """
import json, sys, time
from pathlib import Path
from helpers import downloads

folder, registry, name, awaited = Path(sys.argv[1]), *sys.argv[2:]

def wait(event, arguments):
    if event == "os.rename" and awaited and Path(arguments[1]).name == name:
        while not (folder / awaited).exists():
            time.sleep(0.01)

sys.addaudithook(wait)
downloads.DOWNLOADS, downloads.REGISTRY = folder, json.loads(registry)
print(downloads.fetch(name).stat().st_size)
"""


def registered(server, content):
    """The entry of a file in the registry."""
    digest = hashlib.sha256(content).hexdigest()
    return {"url": server.url, "hash": f"sha256:{digest}", "bytes": len(content)}


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A server, an empty folder for downloads, and a registry that knows one file."""
    for name in ("COURSE_OFFLINE", "COURSE_DATA"):
        monkeypatch.delenv(name, raising=False)
    settings.settings.cache_clear()
    with FaultServer(CONTENT) as server:
        monkeypatch.setattr(downloads, "REGISTRY", {NAME: registered(server, CONTENT)})
        monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path / "downloads")
        monkeypatch.setattr(downloads, "PATIENCE", 0.5)
        yield server
    settings.settings.cache_clear()


def complete():
    """Whether the file is there, and right."""
    path = downloads.DOWNLOADS / NAME
    return path.is_file() and path.read_bytes() == CONTENT


def kept():
    """What the folder holds that could be taken for the file."""
    return [path.name for path in downloads.DOWNLOADS.glob("*") if not path.name.endswith((".lock", ".part"))]


def test_a_good_download_is_kept_and_not_fetched_again(server):
    assert downloads.fetch(NAME).read_bytes() == CONTENT
    assert downloads.fetch(NAME) == downloads.DOWNLOADS / NAME
    assert (len(server.ranges), kept()) == (1, [NAME])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("not found", "the server answered 404 Not Found"),
        ("silence", "no answer within 0.5 seconds"),
        ("stall", "no answer within 0.5 seconds"),
        ("cut", "the connection broke off; the next attempt goes on from there"),
        ("wrong bytes", "the server sent something else: its hash is wrong"),
        ("too short", "the server sent something else: its hash is wrong"),
    ],
)
def test_a_fault_is_told_in_one_line_and_leaves_no_file(server, fault, reason):
    server.fault = fault
    with pytest.raises(downloads.Unavailable) as problem:
        downloads.fetch(NAME)
    assert str(problem.value) == f"{NAME} could not be downloaded ({reason})"
    assert kept() == []
    server.fault = "none"
    downloads.fetch(NAME)
    assert complete()


def test_a_server_that_is_not_there_is_told(server):
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(downloads.Unavailable, match="the server cannot be reached"):
        downloads.fetch(NAME)


@pytest.mark.slow
def test_a_name_that_is_never_resolved_is_noticed_while_the_lookup_goes_on(server, monkeypatch):
    found, ended = threading.Event(), []
    monkeypatch.setattr(downloads.requests, "get", lambda *_, **__: ended.append(found.wait(60)))
    with pytest.raises(downloads.Unavailable, match=r"no answer within 0\.5 seconds"):
        downloads.fetch(NAME)
    assert ended == []
    found.set()


@pytest.mark.slow
def test_a_slow_server_is_waited_for_as_long_as_it_sends(server, monkeypatch):
    server.fault = "slow"  # 16 pieces, 0.05 seconds apart: more in all than the patience with silence
    downloads.fetch(NAME)
    assert complete()


def test_a_cut_download_goes_on_where_it_stopped(server):
    server.fault = "cut once"
    with pytest.raises(downloads.Unavailable):
        downloads.fetch(NAME)
    done = (downloads.DOWNLOADS / f"{NAME}.part").stat().st_size
    downloads.fetch(NAME)
    assert 0 < done < len(CONTENT)
    assert (complete(), server.ranges) == (True, [None, f"bytes={done}-"])


def test_a_broken_beginning_is_not_built_upon(server):
    downloads.DOWNLOADS.mkdir()
    (downloads.DOWNLOADS / f"{NAME}.part").write_bytes(b"something else")
    downloads.fetch(NAME)
    assert (complete(), server.ranges) == (True, ["bytes=14-", None])


def test_a_part_longer_than_the_file_is_begun_again(server):
    downloads.DOWNLOADS.mkdir()
    (downloads.DOWNLOADS / f"{NAME}.part").write_bytes(CONTENT + b"more")
    downloads.fetch(NAME)
    assert (complete(), server.ranges) == (True, [None])


def test_a_file_that_was_damaged_on_the_disk_is_fetched_again(server):
    downloads.fetch(NAME).write_bytes(b"damaged")
    downloads.fetch(NAME)
    assert complete()


def test_a_folder_that_cannot_be_written_is_told(server, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path / "file" / "downloads")
    with pytest.raises(downloads.Unavailable, match="could not be written to data/downloads"):
        downloads.fetch(NAME)


@pytest.fixture
def read_only(server, monkeypatch):
    """Call it to make the folder of downloads read-only until the test ends, for root as well."""
    if not hasattr(os, "seteuid"):
        pytest.skip("this system has no user ids")
    me = os.geteuid()
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders are closed to other users
        monkeypatch.setattr(downloads, "DOWNLOADS", Path(folder))

        def close():
            os.chmod(folder, 0o555)
            if me == 0:
                os.seteuid(65534)  # root may write everywhere

        yield close
        os.seteuid(me)
        os.chmod(folder, 0o755)


def test_a_read_only_folder_is_told(read_only):
    read_only()
    with pytest.raises(downloads.Unavailable, match=r"could not be written to data/downloads \(Permission"):
        downloads.fetch(NAME)


def test_a_file_in_a_read_only_folder_is_taken(server, read_only):
    (downloads.DOWNLOADS / NAME).write_bytes(CONTENT)
    read_only()
    assert downloads.fetch(NAME) == downloads.DOWNLOADS / NAME
    assert server.ranges == []


def test_too_little_room_is_told_before_anything_is_asked_for(server, monkeypatch):
    usage = downloads.shutil.disk_usage(".")._replace(free=1000)
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(downloads.Unavailable, match="1 MB are needed, 0 MB are free"):
        downloads.fetch(NAME)
    assert server.ranges == []


def test_a_disk_that_fills_up_is_told_and_gets_its_room_back(server, monkeypatch):
    class FullDisk:
        def __init__(self, path, _):
            self.file = path.open("wb")

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, chunk):
            self.file.write(chunk[:100])
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloads, "open", FullDisk, raising=False)
    with pytest.raises(downloads.Unavailable, match="No space left on device"):
        downloads.fetch(NAME)
    assert [path.name for path in downloads.DOWNLOADS.glob("*") if path.stat().st_size] == []


def test_offline_means_that_nobody_is_asked(server, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    settings.settings.cache_clear()
    with pytest.raises(downloads.Unavailable, match=f"COURSE_OFFLINE=1, and {NAME} is not on this disk"):
        downloads.fetch(NAME)
    assert server.ranges == []


def test_offline_takes_what_was_downloaded_before(server, monkeypatch):
    downloads.fetch(NAME)
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    settings.settings.cache_clear()
    assert downloads.fetch(NAME) == downloads.DOWNLOADS / NAME


def test_offline_does_not_fetch_a_damaged_file_again(server, monkeypatch):
    downloads.fetch(NAME).write_bytes(b"damaged")
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    settings.settings.cache_clear()
    with pytest.raises(
        downloads.Unavailable, match=r"COURSE_OFFLINE=1, and file\.bin on this disk is damaged"
    ):
        downloads.fetch(NAME)
    assert len(server.ranges) == 1


@pytest.fixture
def own_folder(server, monkeypatch, tmp_path):
    """A folder of one's own, named in COURSE_DATA."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("COURSE_DATA", str(folder))
    settings.settings.cache_clear()
    return folder


def test_a_file_of_ones_own_comes_before_any_download(server, own_folder):
    (own_folder / NAME).write_bytes(CONTENT)
    assert downloads.fetch(NAME) == own_folder / NAME
    assert server.ranges == []


def test_a_file_of_ones_own_is_verified_like_a_download(server, own_folder):
    (own_folder / NAME).write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(downloads.Unavailable, match=r"file\.bin in COURSE_DATA is not the expected file"):
        downloads.fetch(NAME)


def start(name=NAME, awaited=""):
    """Start a process that downloads a file, and gives it its name only once another one is there."""
    arguments = [str(downloads.DOWNLOADS), json.dumps(downloads.REGISTRY), name, awaited]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        cwd=settings.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition):
    """Wait until it holds, for a minute at most."""
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


@pytest.mark.slow
def test_two_at_once_fetch_one_file_once(server):
    server.fault = "slow"
    processes = [start() for _ in range(2)]
    said = [process.communicate()[0].strip() for process in processes]
    assert said == [str(len(CONTENT))] * 2
    assert (complete(), len(server.ranges)) == (True, 1)


@pytest.mark.slow
def test_two_at_once_leave_each_others_files_alone(server):
    other = CONTENT[::-1]
    with FaultServer(other) as second:
        downloads.REGISTRY["other.bin"] = registered(second, other)
        waiting = start(awaited="other.bin")  # has all of its file, which has no name yet,
        wait_for(lambda: any(path.stat().st_size == len(CONTENT) for path in downloads.DOWNLOADS.glob("*")))
        passing = start("other.bin")  # while this one begins and ends
        said = [process.communicate(timeout=120) for process in (waiting, passing)]
    assert [out.strip() for out, _ in said] == [str(len(CONTENT))] * 2, said
    assert complete()
    assert (downloads.DOWNLOADS / "other.bin").read_bytes() == other
    assert (len(server.ranges), len(second.ranges)) == (1, 1)


@pytest.mark.slow
def test_one_killed_in_the_middle_is_taken_up_again(server):
    server.fault = "slow"
    process = start()
    part = downloads.DOWNLOADS / f"{NAME}.part"
    wait_for(lambda: part.exists() and part.stat().st_size > 100_000)
    process.kill()
    process.communicate()
    assert not (downloads.DOWNLOADS / NAME).exists()
    server.fault = "none"
    downloads.fetch(NAME)
    assert (complete(), kept()) == (True, [NAME])
    assert server.ranges[-1] not in (None, "bytes=0-")
