"""The one entry point: what it installs, that it does nothing twice, and what it says if something fails.

Most tests set up a very small course for real, with uv and a folder of three empty packages as its index.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile

import pytest
from small_course import COURSE, Course
from test_wheels import make_wheel

from helpers.settings import ROOT
from tools.install import setup as module
from tools.install.setup import Failed
from tools.room.wheels import describe

pytestmark = pytest.mark.slow

NOTHING = ""


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


def make(*arguments, **environment):
    """Run make at the course's folder; give its exit status and what it said."""
    result = subprocess.run(
        ["make", *arguments], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )
    return result.returncode, result.stdout + result.stderr


# make


def test_make_alone_lists_the_targets():
    status, said = make()
    assert status == 0
    targets = (
        "setup",
        "lab",
        "course",
        "book",
        "test",
        "format",
        "check",
        "lock",
        "bench",
        "evaluate",
        "clean",
    )
    for target in targets:
        assert f"make {target} " in said


def test_an_unknown_profile_is_told():
    status, said = make("course", "PROFILE=fast")
    assert status != 0
    assert "PROFILE=fast is not allowed: choose canonical or full" in said


def test_something_else_than_with_and_without_an_extra_is_told():
    for extra in ("GPU", "TEACH"):
        status, said = make("setup", f"{extra}=yes", f"PYTHON={sys.executable}")
        assert status != 0
        assert "invalid choice: 'yes' (choose from" in said


def test_no_fitting_python_is_told_with_the_one_there_is(tmp_path):
    for tool in ("make", "sh"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\ncase "$1" in --version) echo "Python 3.8.18";; *) exit 1;; esac\n')
    old.chmod(0o755)
    makefile = ["-f", str(ROOT / "Makefile")]
    for more, name in (([], "python3"), ([f"PYTHON={old}"], str(old))):
        command = [str(tmp_path / "make"), *makefile, "setup", *more]
        result = subprocess.run(
            command, cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True
        )
        assert result.returncode != 0
        said = result.stdout
        assert f"needs Python 3.11, 3.12 or 3.13, and none was found ({name} is: Python 3.8.18)" in said
        assert "make setup PYTHON=" in said


# What is installed


def test_a_second_set_up_does_nothing(course):
    status, said = course.setup()
    assert status == 0, said
    assert re.search(r"^Ready in \d+ s$", said, re.MULTILINE)
    assert course.installed() == {"one.py"}
    assert course.setup() == (0, NOTHING)


def test_cuda_comes_when_asked_for_stays_and_goes_when_asked_for(course):
    course.setup()
    said = course.setup("--gpu", "1")[1]
    assert "with CUDA (GPU=0: without)" in said
    assert said.endswith(": all is well\n")
    assert course.installed() == {"one.py", "cuda.py"}
    assert course.setup("--gpu", "1") == (0, NOTHING)
    assert course.setup() == (0, NOTHING)
    course.lock("requirements-gpu.lock", "one", "two", "cuda")
    course.setup()
    assert course.installed() == {"one.py", "two.py", "cuda.py"}
    course.setup("--gpu", "0")
    assert course.installed() == {"one.py"}
    assert course.setup() == (0, NOTHING)


def test_what_a_class_needs_comes_when_asked_for_and_stays_until_it_goes(course):
    course.setup()
    assert "with nbgrader and JupyterHub (TEACH=0: without)" in course.setup("--teach", "1")[1]
    assert course.installed() == {"one.py", "marking.py"}
    assert course.setup() == course.setup("--teach", "1") == course.setup("--gpu", "0") == (0, NOTHING)
    assert course.setup("--gpu", "1")[0] == 0
    assert course.installed() == {"one.py", "cuda.py"}
    assert course.setup("--teach", "0") == (0, NOTHING)
    course.setup("--teach", "1")
    course.setup("--teach", "0")
    assert course.installed() == {"one.py"}


def test_cuda_and_a_class_at_once_are_told(course):
    status, said = course.setup("--gpu", "1", "--teach", "1")
    assert status != 0
    assert "could not be set up: GPU=1 and TEACH=1 have a lock file each.\n" in said
    assert course.installed() == set()


def test_a_new_lock_changes_what_differs_and_leaves_the_rest(course):
    course.setup()
    (kept,) = course.folder.glob(".venv/lib/*/site-packages/one.py")
    own = course.folder / ".venv" / "bin" / "activate"  # the environment's
    before = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in (kept, own)]
    course.lock("requirements.lock", "one", "two")
    course.setup()
    assert course.installed() == {"one.py", "two.py"}
    assert [(path.stat().st_ino, path.stat().st_mtime_ns) for path in (kept, own)] == before


def test_the_second_of_two_waits_and_has_nothing_left_to_do(course):
    slow = "import time\ndef about():\n    time.sleep(3)\n    return 'all is well'\n"
    course.write("helpers/backend.py", slow)
    first = course.start("--gpu", "1")
    while not (course.folder / ".venv" / "bin" / "python").exists():
        time.sleep(0.02)
    status, said = course.setup()
    assert (status, first.wait()) == (0, 0)
    assert said.splitlines() == [
        "Another set-up is at work on .venv: waiting for it ...",
        "Ready: the other set-up did it.",
    ]
    assert first.stdout.read().endswith(": all is well\n")


def test_what_was_broken_off_is_taken_up_again(course):
    course.write("helpers/backend.py", "def about():\n    raise KeyboardInterrupt\n")
    status, said = course.setup("--gpu", "1")
    assert status != 0
    course.write("helpers/backend.py", COURSE["helpers/backend.py"])
    status, said = course.setup()
    assert (status, said.splitlines()[-1].endswith(": all is well")) == (0, True)
    assert course.installed() == {"one.py", "cuda.py"}


def test_a_package_of_which_half_was_there_when_it_was_broken_off_is_completed(course):
    course.setup()
    (half,) = course.folder.glob(".venv/lib/*/site-packages/one.py")
    half.unlink()
    (course.folder / ".venv" / "ready").write_text("requirements.lock unfinished\n", encoding="utf-8")
    assert course.setup()[0] == 0
    assert course.installed() == {"one.py"}


def test_bytecode_is_left_to_python_unless_python_is_told_not_to_write_it(course):
    compiled = ".venv/lib/*/site-packages/__pycache__/*.pyc"
    course.setup(PYTHONDONTWRITEBYTECODE="")
    assert list(course.folder.glob(compiled)) == []
    course.lock("requirements.lock", "one", "two")
    course.setup(PYTHONDONTWRITEBYTECODE="1")
    assert {path.name.split(".")[0] for path in course.folder.glob(compiled)} == {"one", "two"}


def test_an_environment_that_lost_its_python_is_mended(course):
    course.setup()
    python = course.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    course.lock("requirements.lock", "one", "two")
    assert course.setup()[0] == 0
    assert course.installed() == {"one.py", "two.py"}


# What is said when something is missing


def test_a_package_with_another_hash_is_told(course):
    with zipfile.ZipFile(course.index / "one-1.0-py3-none-any.whl", "a") as wheel:
        wheel.writestr("more.py", "not what the lock file names")
    status, said = course.setup()
    assert status != 0
    assert "could not be set up: a package is not the one that the lock file names.\n" in said
    assert course.setup() != (0, NOTHING)


def test_an_index_that_cannot_be_reached_is_told(course):
    course.lock("requirements.lock", "one", index="")
    status, said = course.setup(UV_DEFAULT_INDEX="http://127.0.0.1:9/nobody", UV_HTTP_RETRIES="0")
    assert status != 0
    assert "could not be set up: no package index can be reached.\n" in said
    assert "build/setup.log" in said


def test_the_index_that_pip_is_configured_for_is_used(course):
    course.lock("requirements.lock", "one", index="")
    course.setup(PIP_INDEX_URL="http://127.0.0.1:9/pips-own", UV_HTTP_RETRIES="0")
    assert "127.0.0.1:9/pips-own" in (course.folder / "build" / "setup.log").read_text(encoding="utf-8")


def test_a_package_that_is_not_there_for_this_system_is_told(course):
    (course.index / "one-1.0-py3-none-any.whl").rename(course.index / "one-1.0-py3-none-win_arm64.whl")
    status, said = course.setup()
    assert status != 0
    assert "does not have a package for this system" in said


@pytest.mark.parametrize(
    ("said_by_uv", "told"),
    [  # as uv says it
        ("cause: failed to write to file `a`: No space left on device (os error 28)", "the disk is full"),
        (
            "cause: failed to create directory `/a`: Permission denied (os error 13)",
            "a folder cannot be written",
        ),
        ("something new", "a step failed.\nThe end of build/setup.log:\nsomething new"),
    ],
)
def test_what_uv_says_is_told_in_a_line(course, tmp_path, said_by_uv, told):
    fake = tmp_path / "bin" / "uv"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "uv 99.0" && exit\necho "{said_by_uv}"; exit 2\n'
    )
    fake.chmod(0o755)
    status, said = course.setup(PATH=f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    assert status != 0
    assert f"The course could not be set up: {told}" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(course):
    course.folder.chmod(0o555)
    status, said = course.setup()
    course.folder.chmod(0o755)
    assert status != 0
    assert "could not be set up: a folder cannot be written" in said


def test_an_environment_with_another_python_is_left_alone_and_told(course):
    course.write(".venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.9.1\n")
    status, said = course.setup()
    assert status != 0
    assert "the environment in .venv has Python 3.9 and this is Python" in said
    assert "remove the folder .venv" in said


def test_a_full_disk_is_told_before_anything_is_fetched(monkeypatch, tmp_path):
    usage = shutil.disk_usage(tmp_path)._replace(free=10**9)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage)
    monkeypatch.setattr(module, "READY", tmp_path / "ready")
    with pytest.raises(Failed, match=r"4 GB are needed and 1\.0 GB are free"):
        module.check_space(ROOT / "requirements.lock")


def test_a_python_without_pip_is_told(monkeypatch):
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Failed, match=r"(?s)this Python has no pip.*python3-venv"):
        module.find_pip()


def test_a_uv_that_is_too_old_is_not_taken_and_the_one_of_the_lock_is_fetched(monkeypatch, tmp_path):
    old = tmp_path / "uv"
    old.write_text("#!/bin/sh\necho uv 0.1.2\n")
    old.chmod(0o755)
    ran = []
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "PYTHON", tmp_path / "bin" / "python")
    monkeypatch.setattr(module, "LOG", tmp_path / "setup.log")
    monkeypatch.setattr(module, "run", ran.append)
    assert module.find_uv(ROOT / "requirements.lock") is None  # nothing was really fetched
    assert "--require-hashes" in ran[0]
    asked = (tmp_path / "uv.lock").read_text(encoding="utf-8")
    assert asked.startswith("uv==")
    assert asked in (ROOT / "requirements.lock").read_text(encoding="utf-8")
    old.write_text("#!/bin/sh\necho uv 99.0 of some day\n")
    assert module.find_uv(ROOT / "requirements.lock") == str(old)


# A folder of wheels beside the course


@pytest.fixture
def wheels(course):
    """Put a folder of wheels beside the course; the function changes what machine they are for."""

    def made_for(**changed):
        folder = course.folder / "wheels"
        folder.mkdir()
        make_wheel(folder, "one")
        describe(folder)
        with open(folder / "requirements.lock", "a", encoding="utf-8") as lock:
            lock.write("uv==0.1 ; python_version < '3' \\\n    --hash=sha256:" + 64 * "0" + "\n")
        (folder / "made-for.json").write_text(json.dumps(module.here() | changed), encoding="utf-8")

    return made_for


def test_wheels_beside_the_course_are_used_and_nothing_else(course, wheels):
    wheels()
    for name in ("requirements.lock", "requirements-gpu.lock", "requirements-teach.lock"):
        course.write(name, "never read")
    status, said = course.setup(UV_DEFAULT_INDEX="http://127.0.0.1:9/nobody", UV_HTTP_RETRIES="0")
    assert status == 0, said
    assert course.installed() == {"one.py"}
    assert course.setup() == (0, NOTHING)
    assert [path.name for path in (course.folder / "build").iterdir()] == ["setup.log"]


def test_a_damaged_wheel_is_told(course, wheels):
    wheels()
    (course.folder / "wheels" / "one-1.0-py3-none-any.whl").write_bytes(b"half")
    assert "could not be set up: a package is damaged.\n" in course.setup()[1]


def test_wheels_for_another_platform_are_told(course, wheels):
    wheels(platform="Windows AMD64")
    assert "the wheels are for Windows AMD64 and this is " in course.setup()[1]


def test_wheels_for_another_python_are_told(course, wheels):
    wheels(python="3.99")
    said = course.setup()[1]
    assert "the wheels are for Python 3.99 and this is Python" in said
    assert "Install Python 3.99" in said


def test_the_python_that_the_wheels_are_for_takes_over(course, wheels, tmp_path):
    wheels(python="3.99")
    other = tmp_path / "python3.99"
    other.write_text('#!/bin/sh\necho "$@"\nexit 7\n')
    other.chmod(0o755)
    status, said = course.setup("--gpu", "0", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert (status, said) == (7, "tools/install/setup.py --gpu 0\n")
