"""The parts of the hub that need no JupyterHub: accounts, what is copied, walls, limits, the proxy's lock."""

import json
import os
import socket
import stat
import subprocess
import sys
from types import SimpleNamespace

import pytest

from helpers.settings import ROOT
from tools.hub import accounts, fresh, limits, proxy, start, walls
from tools.hub.accounts import Accounts, Attempts, Refused, TooOften
from tools.hub.settings import Settings
from tools.install.setup import Failed

GOOD = "correct horse"


@pytest.fixture
def quick(monkeypatch):
    """scrypt without its price."""
    monkeypatch.setattr(accounts, "SCRYPT", {"n": 2, "r": 1, "p": 1})


@pytest.fixture
def some(quick, tmp_path):
    """Accounts with one student."""
    made = Accounts(tmp_path)
    made.enter("ada", GOOD, made.code, "10.0.0.1")
    return made


# Accounts


def test_the_code_makes_an_account_and_the_password_opens_it(some):
    some.enter("ada", GOOD, "", "10.0.0.1")


def test_a_code_is_read_as_people_type_it(some):
    some.enter("bob", GOOD, some.code.upper().replace("-", " "), "10.0.0.1")
    assert "bob" in some.read()


@pytest.mark.parametrize("code", ["", "aaaa-aaaa", "x"])
def test_without_the_code_there_is_no_account(some, code):
    with pytest.raises(Refused, match="class code"):
        some.enter("mallory", GOOD, code, "10.0.0.1")
    assert "mallory" not in some.read()


@pytest.mark.parametrize("password", ["", "wrong", "correct hors", "the code itself"])
def test_another_password_opens_nothing_with_the_code_or_without(some, password):
    password = some.code if password == "the code itself" else password
    for code in ("", some.code):
        with pytest.raises(Refused, match="not the password"):
            some.enter("ada", password, code, "10.0.0.1")


@pytest.mark.parametrize("name", ["", "a", "Ada", "../ada", "ada/eve", "-ada", "ada-", "a" * 21, "ada\n"])
def test_a_name_that_could_lead_elsewhere_is_refused(some, name):
    with pytest.raises(Refused, match="A name has"):
        some.enter(name, GOOD, some.code, "10.0.0.1")


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_password_has_a_length(some, password):
    with pytest.raises(Refused, match="8 to 200"):
        some.enter("bob", password, some.code, "10.0.0.1")


def test_the_code_is_no_password(some):
    with pytest.raises(Refused, match="of your own"):
        some.enter("bob", some.code, some.code, "10.0.0.1")


def test_the_teacher_has_a_long_password_of_their_own(some, tmp_path):
    password = (tmp_path / "teacher.txt").read_text().strip()
    assert len(password) >= 24
    some.enter("teacher", password, "", "10.0.0.1")
    with pytest.raises(Refused):
        some.enter("teacher", GOOD, some.code, "10.0.0.1")


def test_a_restart_changes_nothing(some, tmp_path):
    again = Accounts(tmp_path)
    assert again.code == some.code
    again.enter("ada", GOOD, "", "10.0.0.1")


def test_secrets_are_their_owners_alone_and_passwords_are_not_kept(some, tmp_path):
    for name in ("accounts.json", "class-code.txt", "teacher.txt"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert GOOD not in (tmp_path / "accounts.json").read_text()


def test_each_student_is_another_user(some):
    some.enter("bob", GOOD, some.code, "10.0.0.1")
    users = [entry["user"] for entry in some.read().values()]
    assert len(set(users)) == len(users) == 3
    assert min(users) >= accounts.FIRST_USER


def test_a_new_password_leaves_the_user_as_it_is(some):
    before = some.read()["ada"]["user"]
    assert some.write("ada", "another one", new=False)
    some.enter("ada", "another one", "", "10.0.0.1")
    assert some.read()["ada"]["user"] == before
    assert not some.write("nobody", "another one", new=False)


def test_who_guesses_must_wait(some):
    now = [0.0]
    some.wrong = Attempts(clock=lambda: now[0])
    for _ in range(accounts.MOST_WRONG["name and address"]):
        with pytest.raises(Refused, match="not the password"):
            some.enter("ada", "wrong one", "", "10.0.0.1")
    with pytest.raises(TooOften):  # the right password does not help any more
        some.enter("ada", GOOD, "", "10.0.0.1")
    some.enter("ada", GOOD, "", "10.0.0.2")  # but who is ada, elsewhere, is not shut out
    now[0] = accounts.WINDOW + 1.0
    some.enter("ada", GOOD, "", "10.0.0.1")


@pytest.mark.parametrize(("key", "other"), [("address", "name"), ("name", "address")])
def test_who_guesses_in_many_places_or_names_must_wait_too(key, other):
    attempts = Attempts(clock=lambda: 0.0)
    for number in range(accounts.MOST_WRONG[key]):
        attempts.check({key: "one", other: f"n{number}"})
        attempts.add({key: "one", other: f"n{number}"})
    with pytest.raises(TooOften):
        attempts.check({key: "one", other: "another"})
    attempts.check({key: "two", other: "another"})


def test_a_replaced_password_asks_for_closed_sessions_once(some):
    assert some.replaced() == {}
    some.write("ada", "another one", new=False)
    (name, salt), *rest = some.replaced().items()
    assert (name, rest) == ("ada", [])
    some.write("ada", "a third one", new=False)
    some.closed(name, salt)  # of the password before: those of this one are still to be closed
    assert list(some.replaced()) == ["ada"]
    some.closed(name, some.replaced()["ada"])
    assert some.replaced() == {}
    assert some.opens("ada", "a third one")


def test_the_teachers_sessions_stay_while_the_password_does(some):
    Accounts(some.path.parent)
    assert some.replaced() == {}
    (some.path.parent / "teacher.txt").write_text("chosen by the teacher")
    Accounts(some.path.parent)
    assert list(some.replaced()) == ["teacher"]


@pytest.mark.parametrize(("release", "limited"), [("6.18.44-x", True), ("5.14.0", True), ("5.10.0-8", False)])
def test_processes_are_limited_only_where_each_room_counts_its_own(monkeypatch, release, limited):
    monkeypatch.setattr(limits.os, "getuid", lambda: 1000)
    assert (limits.processes(release) > 0) == limited


@pytest.mark.parametrize(("processes", "limit"), [(50, "(50, 50)"), (0, None)])
def test_a_room_limits_processes_itself_too(processes, limit):
    # where root runs the hub, control groups stop them as well, and hide it if this is missing
    told = "from resource import *; from tools.hub.inside import confine; before = getrlimit(RLIMIT_NPROC);"
    told += f"confine(0, 4000, {processes}); after = getrlimit(RLIMIT_NPROC);"
    told += "print(after if after != before else None)"
    said = subprocess.run([sys.executable, "-c", told], cwd=ROOT, text=True, capture_output=True, check=True)
    assert said.stdout.strip() == str(limit)


# What a student gets


@pytest.fixture
def chapters(tmp_path):
    """A folder of the course with two chapters, and a home that has none."""
    (tmp_path / "course").mkdir()
    for name in ("01_one.ipynb", "02_two.ipynb"):
        (tmp_path / "course" / name).write_text("fresh")
    return tmp_path / "course", tmp_path / "home"


def test_chapters_are_copied_once(chapters):
    assert fresh.add_missing(*chapters) == ["01_one.ipynb", "02_two.ipynb"]
    assert fresh.add_missing(*chapters) == []
    assert sorted(path.name for path in chapters[1].iterdir()) == ["01_one.ipynb", "02_two.ipynb"]


def test_what_a_student_has_stays(chapters):
    fresh.add_missing(*chapters)
    (chapters[1] / "01_one.ipynb").write_text("mine")
    (chapters[1] / "02_two.ipynb").rename(chapters[1] / "mine.ipynb")
    assert fresh.add_missing(*chapters) == ["02_two.ipynb"]
    assert (chapters[1] / "01_one.ipynb").read_text() == "mine"


def test_a_link_is_not_followed(chapters, tmp_path):
    chapters[1].mkdir()
    (chapters[1] / "01_one.ipynb").symlink_to(tmp_path / "elsewhere")
    fresh.add_missing(*chapters)
    assert not (tmp_path / "elsewhere").exists()


# Walls and limits


def bound(words):
    """What bubblewrap is told to show: (source, place, whether it can be written)."""
    return [(words[k + 1], words[k + 2], words[k] == "--bind") for k, w in enumerate(words) if w in BINDS]


BINDS = ("--bind", "--ro-bind", "--ro-bind-try")


def test_a_room_shows_one_home_and_no_secret(tmp_path):
    shown = bound(walls.walls(tmp_path, "ada", tmp_path / "homes" / "ada", 9))
    own = [source for source, _, _ in shown if source.startswith(str(tmp_path))]
    allowed = {"homes/ada", "run/hub", "course/notebooks", "course/settings"}
    assert set(own) == {str(tmp_path / name) for name in allowed}
    assert [place for _, place, written in shown if written] == ["/home/ada"]


def test_a_room_has_no_network_and_no_processes_of_others(tmp_path):
    words = walls.walls(tmp_path, "ada", tmp_path / "homes" / "ada", 9)
    assert {"--unshare-net", "--unshare-pid", "--unshare-ipc", "--new-session"} <= set(words)


def fake_system(folder, controllers):
    """A tree as the system shows it, for control groups of version 1."""
    (folder / "proc/self").mkdir(parents=True)
    lines = [f"{k}:{name}:/own" for k, name in enumerate(controllers, start=1)]
    (folder / "proc/self/cgroup").write_text("\n".join(lines) + "\n")
    for name in controllers:
        (folder / "sys/fs/cgroup" / name / "own").mkdir(parents=True)
    return folder


def test_memory_is_limited_where_the_system_can(tmp_path):
    system = fake_system(tmp_path, ["memory", "pids"])
    assert len(limits.groups("ada", 3000, system)) == 2
    assert not limits.groups("ada", 3000, fake_system(tmp_path / "other", ["pids"]))


def test_a_system_without_groups_limits_each_process(tmp_path):
    assert limits.kind(fake_system(tmp_path, [])) is None
    assert limits.prefix("ada", 3000, None) == []


def test_with_systemd_a_server_gets_a_scope():
    words = limits.prefix("ada", 3000, "systemd")
    assert words[:2] == ["systemd-run", "--scope"]
    assert "--property=MemoryMax=3000M" in words
    assert words[-1] == "--"


# The start


def test_the_proxy_is_pinned_by_hashes_and_names_no_registry():
    lock = json.loads((proxy.HERE / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in json.dumps(lock)
    assert packages["node_modules/configurable-http-proxy"]["version"].startswith("5.")


def test_a_missing_node_is_said_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(proxy.shutil, "which", lambda name: None)
    with pytest.raises(Failed, match=r"Node\.js is not installed"):
        proxy.install(tmp_path / "proxy")


def test_an_old_node_is_said_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(proxy, "OLDEST", 1000)
    monkeypatch.setattr(proxy.shutil, "which", lambda name: name)
    monkeypatch.setattr(proxy.subprocess, "run", lambda *_, **__: SimpleNamespace(stdout="v20.1.0"))
    with pytest.raises(Failed, match=r"this is Node\.js v20\.1\.0"):
        proxy.install(tmp_path / "proxy")


def test_a_missing_npm_is_said_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(proxy, "OLDEST", 0)
    monkeypatch.setattr(proxy.shutil, "which", lambda name: name if name == "node" else None)
    monkeypatch.setattr(proxy.subprocess, "run", lambda *_, **__: SimpleNamespace(stdout="v20.1.0"))
    with pytest.raises(Failed, match="npm is not installed"):
        proxy.install(tmp_path / "proxy")


def test_an_npm_that_fails_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(proxy.shutil, "which", lambda name: name)
    answer = SimpleNamespace(stdout="v20.1.0", stderr="npm error code ENOTFOUND", returncode=1)
    monkeypatch.setattr(proxy.subprocess, "run", lambda *_, **__: answer)
    with pytest.raises(Failed, match=r"could not fetch the proxy \(npm error code ENOTFOUND\)"):
        proxy.install(tmp_path / "proxy")
    assert not (tmp_path / "proxy").exists()


@pytest.mark.parametrize("address", ["0.0.0.0", "here", "300.1.1.1", "203.0.113.7"])
def test_an_address_that_is_not_this_machines_is_refused(address):
    with pytest.raises(Failed):
        start.check_address(address, 0)


def test_a_taken_port_is_said():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Failed, match="nothing can listen"):
            start.check_address("127.0.0.1", other.getsockname()[1])


def test_a_folder_too_deep_for_sockets_is_refused(tmp_path):
    with pytest.raises(Failed, match="too long"):
        start.make_folder(tmp_path / ("x" * 100))


def test_two_hubs_do_not_share_a_folder(tmp_path):
    with start.lock(tmp_path), pytest.raises(Failed, match="already"):
        start.lock(tmp_path)


def test_the_folder_is_its_owners_alone(tmp_path):
    start.make_folder(tmp_path / "hub")
    assert stat.S_IMODE((tmp_path / "hub").stat().st_mode) == 0o700


def test_the_board_has_the_address_and_the_code(tmp_path):
    said = start.board(Settings(tmp_path, "192.0.2.7", 8000), "abcd-efgh", "systemd")
    assert "http://192.0.2.7:8000" in said
    assert "abcd-efgh" in said
    assert "0.0.0.0" not in said


def test_unsaved_work_is_two_minutes_at_most():
    assert start.LAB["overrides.json"]["@jupyterlab/docmanager-extension:plugin"]["autosaveInterval"] <= 120


def test_another_process_with_the_old_proxys_number_stays(tmp_path):
    file = tmp_path / "proxy.pid"
    file.write_text(str(os.getpid()))
    start.end_old_proxy(file)
    assert not file.exists()
