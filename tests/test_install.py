"""`make lock` and `make weights`."""

import hashlib
import re

import pytest
from fault_server import FaultServer
from test_wheels import make_wheel

from helpers import downloads, settings, vgg16
from tools.install import fetch_weights, lock
from tools.room.wheels import sha256

PROJECT = """[project]
name = "tiny"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["one"]
optional-dependencies = {{ dev = ["two{two}"], gpu = ["cuda; sys_platform == 'linux'"], teach = ["grader"] }}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small project whose packages lie in a folder; it is asked for a version of ``two``."""
    index = tmp_path / "index"
    index.mkdir()
    for name, version in (("one", "1.0"), ("two", "1.0"), ("two", "2.0"), ("cuda", "1.0"), ("grader", "1.0")):
        make_wheel(index, name, version)
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(index))

    def ask(two="", names=()):
        (tmp_path / "pyproject.toml").write_text(PROJECT.format(two=two), encoding="utf-8")
        lock.main(names)
        return [(tmp_path / name).read_text(encoding="utf-8") for name in lock.LOCKS]

    return ask


def test_locks_name_what_they_need_with_hashes_and_no_address(project, tmp_path):
    plain, gpu, teach = project()
    assert re.findall(r"^\S+==\S+", plain, re.MULTILINE) == ["one==1.0", "two==2.0"]
    assert re.findall(r"^\S+==\S+", gpu, re.MULTILINE) == ["cuda==1.0", "one==1.0", "two==2.0"]
    assert re.findall(r"^\S+==\S+", teach, re.MULTILINE) == ["grader==1.0", "one==1.0", "two==2.0"]
    assert f"--hash=sha256:{sha256(tmp_path / 'index' / 'two-2.0-py3-none-any.whl')}" in plain
    assert str(tmp_path) not in plain + gpu + teach
    assert "two==1.0" in project("<2")[0]


def test_one_lock_is_written_alone_and_another_name_is_refused(project, tmp_path):
    plain, _, teach = project()
    for name in ("requirements-gpu.lock", "requirements-teach.lock"):
        (tmp_path / name).write_text("old", encoding="utf-8")
    assert project(names=["requirements-teach.lock"]) == [plain, "old", teach]
    with pytest.raises(SystemExit, match=r"^other\.lock is no lock file: choose among requirements\.lock, "):
        project(names=["other.lock"])


def test_locks_stay_as_they_are_if_there_is_no_solution(project, tmp_path):
    before = project()
    with pytest.raises(SystemExit, match=r"(?s)^requirements\.lock was left as it is: .*two"):
        project("==3")
    assert [(tmp_path / name).read_text(encoding="utf-8") for name in lock.LOCKS] == before


@pytest.fixture
def registry(monkeypatch, tmp_path):
    """An empty folder for downloads, and a server for all that the registry has. Gives both."""
    for name in ("COURSE_OFFLINE", "COURSE_DATA"):
        monkeypatch.delenv(name, raising=False)
    settings.settings.cache_clear()
    content = b"some weights"
    with FaultServer(content) as server:
        entry = {"url": server.url, "hash": f"sha256:{hashlib.sha256(content).hexdigest()}", "bytes": 12}
        monkeypatch.setattr(downloads, "REGISTRY", dict.fromkeys(downloads.REGISTRY, entry))
        monkeypatch.setattr(downloads, "DOWNLOADS", tmp_path / "downloads")
        monkeypatch.setattr(fetch_weights, "DOWNLOADS", tmp_path / "downloads")
        monkeypatch.setattr(fetch_weights, "ROOT", tmp_path)
        monkeypatch.setattr(fetch_weights, "mnist", lambda profile: downloads.fetch("mnist.npz"))
        yield server, tmp_path / "downloads"
    settings.settings.cache_clear()


def test_all_but_the_largest_is_fetched_once(registry, capsys):
    server, folder = registry
    fetch_weights.main()
    there = {path.name for path in folder.iterdir()}
    assert there & set(downloads.REGISTRY) == set(downloads.REGISTRY) - {vgg16.FILE}  # nobody asked for it
    asked = len(server.ranges)
    fetch_weights.main()
    assert len(server.ranges) == asked
    assert "All there, in downloads" in capsys.readouterr().out


def test_what_cannot_be_had_is_told_with_what_to_do(registry, monkeypatch):
    registry[0].fault = "not found"
    with pytest.raises(SystemExit, match="To go on, run it again: what is complete is kept"):
        fetch_weights.main()
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    settings.settings.cache_clear()
    with pytest.raises(SystemExit, match="To go on, unset COURSE_OFFLINE and run it again"):
        fetch_weights.main()
