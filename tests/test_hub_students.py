"""A class on Kubernetes: its files, who gets in, and that no notebook is overwritten."""

import asyncio
import csv
import hashlib
import os
import re
import stat
import sys
import types

import nbformat
import pytest
import yaml
from traitlets import Set
from traitlets.config import Config, Configurable

from helpers.settings import ROOT
from tools.hub.kubernetes import start, students
from tools.hub.start import write_course
from tools.notebook import chapters, without_solutions

IMAGE, HOST, EMAIL = "registry.example.org/cnns:1", "hub.example.org", "teacher@example.org"


@pytest.fixture
def listed(tmp_path):
    """A list of three names."""
    path = tmp_path / "students.txt"
    path.write_text("ada\ngrace\n\nteacher\n", encoding="utf-8")
    return path


def written(path, **changed):
    """Write a class's files; give its values, and the password of each name."""
    given = {"image": IMAGE, "host": HOST, "email": EMAIL, "teachers": ["teacher"]} | changed
    target, slips = students.write(path, **given)
    with open(slips, encoding="utf-8", newline="") as file:
        return yaml.safe_load(target.read_text()), {
            row["name"]: row["password"] for row in csv.DictReader(file)
        }


# A class


def test_a_class_names_who_gets_in_where_and_with_which_image(listed):
    values, words = written(listed)
    assert list(words) == ["ada", "grace", "teacher"]
    assert values["hub"]["config"]["Authenticator"] == {
        "allowed_users": ["ada", "grace", "teacher"],
        "admin_users": ["teacher"],
    }
    assert values["hub"]["activeServerLimit"] == 3
    assert values["singleuser"]["image"] == {"name": "registry.example.org/cnns", "tag": "1"}
    assert values["proxy"]["https"] == {"hosts": [HOST], "letsencrypt": {"contactEmail": EMAIL}}


def test_passwords_are_hashed_with_a_salt_and_differ(listed):
    values, words = written(listed)
    assert len(set(words.values())) == 3
    assert all(
        re.fullmatch(r"([a-hj-km-np-z2-9]{4}-){2}[a-hj-km-np-z2-9]{4}", word) for word in words.values()
    )
    text = yaml.safe_dump(values)
    assert not any(word in text for word in words.values())
    hashes = values["hub"]["config"]["PersonalPasswords"]["hashes"]
    assert len({entry.split(":")[0] for entry in hashes.values()}) == 3
    salt, found = hashes["ada"].split(":")
    again = hashlib.scrypt(words["ada"].encode(), salt=bytes.fromhex(salt), n=16384, r=8, p=1)
    assert again.hex() == found


def test_both_files_are_for_their_owner_alone(listed):
    written(listed)
    for name in ("class.yaml", "passwords.csv"):
        assert stat.S_IMODE((listed.parent / name).stat().st_mode) == 0o600
    assert {path.name for path in listed.parent.iterdir()} == {"class.yaml", "passwords.csv", "students.txt"}


def test_whoever_has_a_password_keeps_it_when_others_come(listed):
    before = written(listed)[1]
    listed.write_text("ada\ngrace\nteacher\nnewcomer\n", encoding="utf-8")
    after = written(listed)[1]
    assert {name: after[name] for name in before} == before
    assert after["newcomer"] not in before.values()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ada\nAda Lovelace\n", "line 2: 'Ada Lovelace' is not allowed: lower-case letters"),
        ("ada\nada\n", "line 2: 'ada' is there already"),
        ("../ada\n", "line 1: '../ada' is not allowed"),
        ("\n\n", "has no names"),
    ],
)
def test_a_list_with_something_else_is_told(listed, text, said):
    listed.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(said)):
        written(listed)
    assert not (listed.parent / "class.yaml").exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"image": "cnns"}, "the image 'cnns' is not allowed: give registry/name:tag"),
        ({"host": "http://hub.example.org"}, "the host 'http://hub.example.org' is not allowed"),
        ({"email": "teacher"}, "the e-mail address 'teacher' is not allowed"),
        ({"teachers": ["eve"]}, "the teacher 'eve' is not among the names"),
    ],
)
def test_what_is_no_image_host_address_or_teacher_is_told(listed, changed, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        written(listed, **changed)
    assert not (listed.parent / "passwords.csv").exists()


# Who gets in


@pytest.fixture
def enter(listed, monkeypatch):
    """``enter(name, password)``: the name, or None, as the hub's pod decides with the values of a class."""
    values, words = written(listed)
    file = values["hub"]["extraFiles"]["authenticator"]
    assert file["mountPath"].startswith("/usr/local/etc/jupyterhub/jupyterhub_config.d/")

    class Authenticator(Configurable):
        allowed_users, admin_users = Set(config=True), Set(config=True)

        def normalize_username(self, name):
            return name.lower()

    stand_in = types.ModuleType("jupyterhub.auth")
    stand_in.Authenticator = Authenticator
    monkeypatch.setitem(sys.modules, "jupyterhub", types.ModuleType("jupyterhub"))
    monkeypatch.setitem(sys.modules, "jupyterhub.auth", stand_in)
    scope = {"c": Config(values["hub"]["config"])}
    exec(file["stringData"], scope)
    authenticator = scope["c"].JupyterHub.authenticator_class(config=scope["c"])

    def enter(name, password):
        return asyncio.run(authenticator.authenticate(None, {"username": name, "password": password}))

    enter.words = words
    return enter


def test_each_gets_in_with_their_own_password(enter):
    assert enter("ada", enter.words["ada"]) == "ada"
    assert enter("Grace", f" {enter.words['grace']}\n") == "grace"


def test_nobody_gets_in_with_anything_else(enter):
    for name, password in (
        ("ada", enter.words["grace"]),
        ("ada", ""),
        ("ada", enter.words["ada"].replace("-", "")),
        ("eve", enter.words["ada"]),
        ("eve", ""),
    ):
        assert enter(name, password) is None


# The start in the image


@pytest.fixture
def course(tmp_path):
    """What the image has prepared: two chapters."""
    folder = tmp_path / "course"
    (folder / "notebooks").mkdir(parents=True)
    for name in ("01_one.ipynb", "02_two.ipynb"):
        (folder / "notebooks" / name).write_text(name, encoding="utf-8")
    return folder


@pytest.fixture
def home(tmp_path):
    """The empty volume of a student."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_the_first_start_brings_every_chapter_and_a_way_to_their_data(course, home):
    assert start.bring(home, course) == ["01_one.ipynb", "02_two.ipynb"]
    assert (home / "notebooks" / "01_one.ipynb").read_text() == "01_one.ipynb"
    assert sorted(os.listdir(home / "notebooks")) == ["01_one.ipynb", "02_two.ipynb"]
    assert (home / "notebooks" / ".." / "data" / "class_images.npz").is_file()


def test_no_notebook_is_ever_overwritten_and_a_missing_one_comes_fresh(course, home):
    start.bring(home, course)
    (home / "notebooks" / "01_one.ipynb").write_text("mine", encoding="utf-8")
    (home / "notebooks" / "02_two.ipynb").unlink()
    assert start.bring(home, course) == ["02_two.ipynb"]
    assert (home / "notebooks" / "01_one.ipynb").read_text() == "mine"


def test_data_of_the_students_own_is_left_alone(course, home):
    (home / "data").mkdir()
    start.bring(home, course)
    assert not (home / "data").is_symlink()


@pytest.mark.slow
def test_the_image_prepares_the_chapters_without_solutions(tmp_path, monkeypatch):
    monkeypatch.setattr(start, "FOLDER", tmp_path)
    monkeypatch.setattr(start.sys, "argv", ["start", "--prepare"])
    start.main()
    for path in chapters():
        made = nbformat.read(tmp_path / "course" / "notebooks" / path.name, 4)
        assert made == without_solutions(nbformat.read(path, 4))
    assert (tmp_path / "course" / "settings" / "overrides.json").is_file()


@pytest.mark.parametrize("fails", [False, True])
def test_the_server_starts_in_the_students_home_whatever_happens(fails, home, monkeypatch, capsys):
    def bring(folder):
        if fails:
            raise OSError("No space left on device")
        return ["01_one.ipynb"]

    became = []
    monkeypatch.setattr(start, "bring", bring)
    monkeypatch.setattr(start.os, "execv", lambda *words: became.append(words))
    monkeypatch.setattr(start.sys, "argv", ["start", "--port=8888"])
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    monkeypatch.chdir(ROOT)
    start.main()
    ((server, words),) = became
    assert server.endswith("/jupyterhub-singleuser")
    assert words[1:] == [f"--LabApp.app_settings_dir={start.FOLDER}/course/settings", "--port=8888"]
    assert os.getcwd() == str(home)
    assert os.environ["JUPYTER_CONFIG_PATH"] == f"{start.FOLDER}/course/settings"
    said = capsys.readouterr().out
    assert ("No space left on device" in said) == fails


@pytest.mark.slow
def test_released_assignments_are_given_out_beside_the_chapters(tmp_path):
    for name in ("chapter_02", "chapter_03"):
        (tmp_path / "autumn" / "release" / name).mkdir(parents=True)
        (tmp_path / "autumn" / "release" / name / f"{name}.ipynb").write_text(name)
    (tmp_path / "autumn" / "source" / "chapter_02").mkdir(parents=True)
    (tmp_path / "autumn" / "source" / "chapter_02" / "secret.ipynb").write_text("solutions")
    write_course(tmp_path / "hub", assignments=tmp_path / "autumn")
    there = {path.name for path in (tmp_path / "hub" / "course" / "notebooks").iterdir()}
    assert there == {path.name for path in chapters()} | {"chapter_02.ipynb", "chapter_03.ipynb"}
