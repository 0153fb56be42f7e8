"""The one entry point: what it says when something is missing, and that it does nothing twice."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys

import pytest

from helpers.settings import ROOT


@pytest.fixture
def setup(monkeypatch, tmp_path):
    """The set-up script as a module, working in an empty folder."""
    spec = importlib.util.spec_from_file_location("course_setup", ROOT / "tools" / "setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "LOG", tmp_path / "setup.log")
    monkeypatch.setattr(module, "WHEELS", tmp_path / "wheels")
    module.LOG.touch()
    return module


def make(*arguments, **environment):
    """Run make at the course's folder; give its exit status and what it said."""
    result = subprocess.run(
        ["make", *arguments], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )
    return result.returncode, result.stdout + result.stderr


def test_make_alone_lists_the_targets():
    status, said = make()
    assert status == 0
    for target in ["setup", "lab", "course", "book", "test", "format", "check", "lock", "bench", "clean"]:
        assert f"make {target} " in said


def test_an_unknown_profile_is_told():
    status, said = make("course", "PROFILE=fast")
    assert status != 0
    assert "PROFILE=fast is not allowed: choose canonical or full" in said


@pytest.mark.skipif(not (ROOT / ".venv" / "ready").exists(), reason="the course is not set up with make")
def test_a_second_setup_does_nothing():
    assert make("setup") == (0, "")


def test_no_fitting_python_is_told_with_the_one_there_is(tmp_path):
    for tool in ("make", "sh"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$1" in --version) echo "Python 3.8.18";; *) exit 1;; esac\n')
    old.chmod(0o755)
    status, said = make(
        "setup", "LOCK=missing.lock", "-o", "missing.lock", "-W", "missing.lock", PATH=str(tmp_path)
    )
    assert status != 0
    assert "needs Python 3.11, 3.12 or 3.13, and none was found (python3 is: Python 3.8.18)" in said
    assert "make setup PYTHON=" in said


def test_a_full_disk_is_told(setup, monkeypatch):
    usage = shutil.disk_usage(ROOT)._replace(free=10**9)
    monkeypatch.setattr(setup.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(SystemExit, match=r"4 GB are needed and 1\.0 GB are free"):
        setup.make_environment()


def test_an_index_that_cannot_be_reached_is_told(setup, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/nobody")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setattr(setup, "python", lambda: sys.executable)
    lock = setup.ROOT / "requirements.lock"
    lock.write_text("no-such-package==1.0 --hash=sha256:" + 64 * "0" + "\n")
    with pytest.raises(SystemExit, match="no package index can be reached"):
        setup.install(lock)


def test_a_package_with_another_hash_is_told(setup, monkeypatch, tmp_path):
    (tmp_path / "something-1.0.tar.gz").write_bytes(b"not what the lock file names")
    monkeypatch.setattr(setup, "python", lambda: sys.executable)
    lock = tmp_path / "requirements.lock"
    lock.write_text("--no-index\n--find-links .\nsomething==1.0 --hash=sha256:" + 64 * "0" + "\n")
    with pytest.raises(SystemExit, match="a package is not the one that the lock file names"):
        setup.install(lock)


@pytest.fixture
def wheels(setup):
    """A folder of wheels beside the course; the function changes what machine it is made for."""

    def made_for(**changed):
        setup.WHEELS.mkdir()
        (setup.WHEELS / "made-for.json").write_text(json.dumps(setup.here() | changed))

    return made_for


def test_wheels_beside_the_course_are_used_and_nothing_else(setup, wheels, monkeypatch):
    wheels()
    ran = []
    monkeypatch.setattr(setup, "run", lambda command, on_line=None: ran.append(command))
    lock = setup.use_wheels()
    assert lock == setup.WHEELS / "requirements.lock"
    lock.write_text("")
    setup.install(lock)
    assert len(ran) == 2
    for command in ran:
        assert command[command.index("--find-links") + 1] == str(setup.WHEELS)
        assert "--no-index" in command
    assert "--require-hashes" in ran[0]


def test_without_wheels_the_index_is_used(setup, monkeypatch, tmp_path):
    ran = []
    monkeypatch.setattr(setup, "run", lambda command, on_line=None: ran.append(command))
    (tmp_path / "requirements.lock").touch()
    setup.install(tmp_path / "requirements.lock")
    assert len(ran) == 2
    assert not any("--no-index" in command for command in ran)


def test_wheels_for_another_platform_are_told(setup, wheels):
    wheels(platform="Windows AMD64")
    with pytest.raises(SystemExit, match="the wheels are for Windows AMD64 and this is "):
        setup.use_wheels()


def test_wheels_for_another_python_are_told(setup, wheels):
    wheels(python="3.99")
    with pytest.raises(
        SystemExit, match=r"(?s)the wheels are for Python 3\.99 and this is .*Install Python 3\.99"
    ):
        setup.use_wheels()


def test_the_python_that_the_wheels_are_for_takes_over(setup, wheels, monkeypatch, tmp_path):
    wheels(python="3.99")
    other = tmp_path / "python3.99"
    other.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nexit 7\n')
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(sys, "argv", ["tools/setup.py", "requirements.lock"])
    with pytest.raises(SystemExit) as stop:
        setup.use_wheels()
    assert stop.value.code == 7
    assert (tmp_path / "asked").read_text() == "tools/setup.py requirements.lock\n"


def test_any_other_failure_shows_the_end_of_the_log(setup):
    with pytest.raises(SystemExit, match=r"(?s)a step failed.*the reason"):
        setup.run([sys.executable, "-c", "import sys; sys.exit('the reason')"])
