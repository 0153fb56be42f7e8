"""The folder of wheels: what is fetched, what is built, what is refused.

pip runs for real, on a folder of two small packages in place of an index.
"""

import io
import json
import os
import re
import tarfile
import zipfile

import pytest

from tools.install.setup import Failed, here
from tools.room import wheels

PROJECT = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
PROJECT += '[project]\nname = "sourced"\nversion = "2.0"\n'


def make_wheel(folder, name="wheeled", version="1.0"):
    """Write a wheel with one module; give its path."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "x = 1\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "".join(f"{file},,\n" for file in wheel.namelist()))
    return path


def make_source(folder):
    """Write a source archive of a package that has no wheel; give its path."""
    path = folder / "sourced-2.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (
            ("pyproject.toml", PROJECT),
            ("sourced.py", "x = 2\n"),
            ("PKG-INFO", "Metadata-Version: 2.1\nName: sourced\nVersion: 2.0\n"),
        ):
            entry = tarfile.TarInfo(f"sourced-2.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for its index, and a lock file for what is in it."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    wheel, source = make_wheel(folder), make_source(folder)
    lock = f"wheeled==1.0 \\\n    --hash=sha256:{wheels.sha256(wheel)} \\\n    --hash=sha256:{64 * '0'}\n"
    lock += "other-system==3.0 ; sys_platform == 'nowhere' \\\n    --hash=sha256:" + 64 * "1" + "\n"
    lock += f"sourced==2.0 ; python_version > '3' \\\n    --hash=sha256:{wheels.sha256(source)}\n"
    return folder, lock


@pytest.fixture
def lock(index, tmp_path, monkeypatch):
    """The lock file, for the index; what pip says goes to a log of this test's own."""
    monkeypatch.setattr(wheels, "LOG", tmp_path / "build" / "classroom.log")
    (tmp_path / "lock").write_text(index[1], encoding="utf-8")
    return tmp_path / "lock"


@pytest.mark.slow
def test_every_package_for_this_machine_becomes_a_wheel_and_is_listed(lock, tmp_path):
    folder = tmp_path / "wheels"
    wheels.make_wheels(lock, folder)
    made = sorted(folder.glob("*.whl"))
    assert [path.name for path in made] == ["sourced-2.0-py3-none-any.whl", "wheeled-1.0-py3-none-any.whl"]
    listed = (folder / "requirements.lock").read_text(encoding="utf-8")
    assert re.findall(r"^(\w+)==", listed, re.MULTILINE) == ["sourced", "wheeled"]
    assert re.findall(r"sha256:(\w+)", listed) == [wheels.sha256(path) for path in made]
    assert json.loads((folder / "made-for.json").read_text(encoding="utf-8")) == here()


def test_a_package_with_another_hash_is_refused(index, lock, tmp_path):
    make_wheel(index[0]).write_bytes(b"something else")
    with pytest.raises(Failed, match="not the one that the lock file names"):
        wheels.make_wheels(lock, tmp_path / "wheels")
    assert list(tmp_path.glob("wheels/*.whl")) == []


def test_an_index_that_cannot_be_reached_is_told(lock, tmp_path, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/nobody")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(Failed, match=r"(?s)no package index can be reached.*classroom\.log.*run it again"):
        wheels.make_wheels(lock, tmp_path / "wheels")
