"""The folder of wheels: what is fetched, what is refused, and that a second run fetches nothing twice.

pip runs for real, on a folder of two small packages in place of an index.
"""

import io
import json
import os
import tarfile
import zipfile

import pytest

from tools import wheelhouse
from tools.wheelhouse import Failed

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
        wheel.writestr(f"{info}/RECORD", "")
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
    lock = f"wheeled==1.0 \\\n    --hash=sha256:{wheelhouse.sha256(wheel)} \\\n    --hash=sha256:{64 * '0'}\n"
    lock += "other-system==3.0 ; sys_platform == 'nowhere' \\\n    --hash=sha256:" + 64 * "1" + "\n"
    lock += f"sourced==2.0 ; python_version > '3' \\\n    --hash=sha256:{wheelhouse.sha256(source)}\n"
    return folder, lock


def test_a_lock_is_read_for_this_machine(index):
    pins = wheelhouse.read_lock("# a header\n" + index[1])
    assert [(pin.name, pin.version, len(pin.hashes)) for pin in pins] == [
        ("wheeled", "1.0", 2),
        ("sourced", "2.0", 1),
    ]


def test_the_courses_own_lock_is_read_whole():
    pins = wheelhouse.read_lock((wheelhouse.Path("requirements.lock")).read_text())
    assert len(pins) > 150
    assert all(pin.hashes for pin in pins)
    assert "tensorflow" in {pin.name for pin in pins}


def test_every_package_becomes_a_wheel_and_a_second_run_fetches_nothing(index, tmp_path, monkeypatch, capsys):
    (tmp_path / "lock").write_text(index[1])
    paths = wheelhouse.wheelhouse(tmp_path / "lock", tmp_path / "house")
    assert [path.name for path in paths] == ["wheeled-1.0-py3-none-any.whl", "sourced-2.0-py3-none-any.whl"]
    assert "Building a wheel of sourced 2.0" in capsys.readouterr().out
    assert not (tmp_path / "house" / "fetched" / "incoming").exists()

    def no_pip(*arguments):
        raise AssertionError("pip was asked again")

    monkeypatch.setattr(wheelhouse, "run_pip", no_pip)
    assert wheelhouse.wheelhouse(tmp_path / "lock", tmp_path / "house") == paths
    assert "2 of 2 are there" in capsys.readouterr().out


def test_only_what_is_missing_or_damaged_is_fetched(index, tmp_path):
    pins, house = wheelhouse.read_lock(index[1]), tmp_path / "house"
    wheelhouse.fetch(pins, house)
    source = house / "sourced-2.0.tar.gz"
    before = source.stat().st_mtime_ns
    wheel = house / "wheeled-1.0-py3-none-any.whl"
    wheel.write_bytes(wheel.read_bytes()[:50])
    assert [pin.name for pin in wheelhouse.missing(pins, house)] == ["wheeled"]
    assert not wheel.exists()
    wheelhouse.fetch(pins, house)
    assert wheelhouse.missing(pins, house) == []
    assert source.stat().st_mtime_ns == before


def test_what_a_broken_run_left_behind_is_not_taken(index, tmp_path):
    incoming = tmp_path / "house" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "wheeled-1.0-py3-none-any.whl").write_bytes(b"half")
    (incoming / "stray-1.0-py3-none-any.whl").write_bytes(b"half")
    pins = wheelhouse.read_lock(index[1])
    wheelhouse.fetch(pins, tmp_path / "house")
    assert sorted(wheelhouse.inventory(tmp_path / "house")) == [("sourced", "2.0"), ("wheeled", "1.0")]
    assert wheelhouse.missing(pins, tmp_path / "house") == []


def test_a_package_with_another_hash_is_refused(index, tmp_path):
    folder, lock = index
    make_wheel(folder).write_bytes(b"something else")
    with pytest.raises(Failed, match="not the one that the lock file names"):
        wheelhouse.fetch(wheelhouse.read_lock(lock), tmp_path / "house")
    assert wheelhouse.inventory(tmp_path / "house") == {}


def test_an_index_that_cannot_be_reached_is_told(index, tmp_path, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/nobody")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(Failed, match=r"no package index can be reached.*run make classroom again"):
        wheelhouse.fetch(wheelhouse.read_lock(index[1]), tmp_path / "house")


def test_the_list_of_the_wheels_names_their_own_hashes(index, tmp_path):
    path = make_wheel(tmp_path)
    assert wheelhouse.lock([path]).splitlines()[1:] == [
        f"wheeled==1.0 --hash=sha256:{wheelhouse.sha256(path)}"
    ]


def test_the_machine_is_named_as_the_set_up_reads_it():
    assert set(json.loads(wheelhouse.made_for())) == {"python", "platform"}
