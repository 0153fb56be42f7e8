"""The hub, for real: two students sign in, run code, and one attacks; servers and the hub are killed.

The rooms are those of `make hub`. The same attacks run once without rooms, and there they must succeed.
"""

import contextlib
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import psutil
import pytest
import requests

from helpers.settings import ROOT

if missing := [name for name in ("jupyterhub", "jupyterhub_idle_culler") if not find_spec(name)]:
    pytest.skip(f"{missing[0]} is not installed: make setup TEACH=1", allow_module_level=True)
if missing := [name for name in ("node", "bwrap") if not shutil.which(name)]:
    pytest.skip(f"{missing[0]} is not installed", allow_module_level=True)

from hub_attacks import HELP, ROOM, TOKENS, WALLS
from hub_client import Room, Student, free_port

from tools.hub import limits, proxy, walls

if not walls.works():
    pytest.skip("bubblewrap may not be used here", allow_module_level=True)
if not proxy.is_ready() and not shutil.which("npm"):
    pytest.skip("npm is not installed, and the proxy is not there", allow_module_level=True)

pytestmark = pytest.mark.slow
SECRET = "ada's own words"
BOMB = """
import os, signal, time
children = []
try:
    while len(children) < 3000:  # of a real one, only that it never stops by itself is left out
        if not (child := os.fork()):
            time.sleep(60)
            os._exit(0)
        children.append(child)
except OSError as problem:
    print("stopped after", len(children), problem.strerror)
else:
    print("GOT", len(children))
for child in children:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def opened(folder, *options):
    """A hub with two students and a kernel for each; ada has a secret."""
    room = Room(folder / "hub", free_port(), "--limit", "2", "--memory", "2000", *options).open()
    try:
        room.ada, room.eve = room.student("ada"), room.student("eve", "battery staple")
        room.kernels = {student.name: student.kernel() for student in (room.ada, room.eve)}
        code = "import os; print(os.environ['JUPYTERHUB_API_TOKEN'])"
        room.tokens = [kernel.run(code) for kernel in room.kernels.values()]
        room.kernels["ada"].run(f"open('secret.txt', 'w').write({SECRET!r})")
    except BaseException:
        room.close()
        raise
    return room


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """The hub with its rooms."""
    room = opened(tmp_path_factory.mktemp("r"))
    yield room
    room.close()


@pytest.fixture(scope="module")
def open_hub(tmp_path_factory):
    """The same hub without rooms."""
    room = opened(tmp_path_factory.mktemp("n"), "--isolation", "none")
    yield room
    room.close()


def children(room):
    """JupyterHub, its proxy, the rooms, and all in them."""
    found = psutil.Process(room.process.pid).children(recursive=True)
    return [process for process in found if process.status() != "zombie"]


def server_of(room, name):
    """The process of a student's server, which is within its room and not the room itself."""
    return next(
        process
        for process in children(room)
        if process.name() != "bwrap"
        and "inside.py" in " ".join(process.cmdline())
        and process.environ().get("JUPYTERHUB_USER") == name
    )


def wait_for(true, seconds=90):
    """Wait until something is so; what cannot be reached meanwhile is not yet so."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        with contextlib.suppress(requests.RequestException, psutil.NoSuchProcess):
            if true():
                return
        time.sleep(0.5)
    raise AssertionError(f"not so within {seconds} s")


def attack(room, code):
    """What eve's kernel got."""
    told = HELP.format(folder=str(room.folder), url=room.url, victim="ada", secret=SECRET)
    return room.kernels["eve"].run(told + code)


# What works


def test_a_student_has_the_chapters_and_the_helpers(hub):
    said = hub.kernels["eve"].run("import helpers, os; print(len(os.listdir('.')), helpers.__file__)")
    assert said == "11 /course/helpers/__init__.py"


def test_a_chapter_finds_the_data_beside_it(hub):
    assert hub.kernels["eve"].run("import os; print('registry.json' in os.listdir('../data'))") == "True"


def test_notebooks_come_without_solutions(hub):
    code = "import glob; print(sum('hide-cell' in open(name).read() for name in glob.glob('*')))"
    said = hub.kernels["eve"].run(code)
    assert said == "0"


def test_jupyterlab_saves_every_minute(hub):
    # a server killed in mid-lesson loses what was not saved: two minutes at most
    path = "@jupyterlab/docmanager-extension:plugin"
    answer = hub.ada.http.get(f"{hub.ada.home}/lab/api/settings/{path}").json()
    assert answer["schema"]["properties"]["autosaveInterval"]["default"] <= 120


def test_processes_of_a_kernel_share_locks_without_a_warning(hub):
    # what they need lies in /dev/shm; without it, joblib warns below the first cell of every chapter
    said = hub.kernels["eve"].run("import joblib, multiprocessing; multiprocessing.Lock(); print('quiet')")
    assert said == "quiet"


def test_kernels_talk_by_files_in_their_own_room(hub):
    code = "import os; print(os.listdir(os.environ['JUPYTER_RUNTIME_DIR']))"
    assert "-ipc-" in hub.kernels["ada"].run(code)


# Signing in


def test_a_wrong_code_makes_no_account(hub):
    answer = Student(hub.url, "mallory", "long enough").sign_in("aaaa-aaaa")
    assert answer.status_code == 403
    assert "not the class code" in answer.text
    assert "mallory" not in (hub.folder / "accounts.json").read_text()


def test_no_code_makes_no_account(hub):
    answer = Student(hub.url, "mallory", "long enough").sign_in()
    assert answer.status_code == 403
    assert "enter the class code too" in answer.text


def test_a_wrong_password_opens_nothing(hub):
    assert Student(hub.url, "ada", "not hers at all").sign_in().status_code == 403


def test_the_class_code_does_not_open_anothers_account(hub):
    for password in (hub.code, "chosen by eve"):
        assert Student(hub.url, "ada", password).sign_in(hub.code).status_code == 403


@pytest.mark.parametrize(("name", "password"), [("teacher", "teacher"), ("admin", "admin"), ("teacher", "")])
def test_there_is_no_default_password(hub, name, password):
    assert Student(hub.url, name, password).sign_in().status_code == 403


def test_the_form_must_come_from_the_hub(hub):
    assert Student(hub.url, "ada", "correct horse").sign_in(_xsrf="made-up").status_code == 403


def test_only_the_teacher_is_admin(hub):
    assert hub.eve.http.get(f"{hub.url}/hub/admin").status_code == 403
    teacher = Student(hub.url, "teacher", (hub.folder / "teacher.txt").read_text().strip())
    assert teacher.sign_in().status_code == 302
    assert teacher.http.get(f"{hub.url}/hub/admin").status_code == 200


def test_a_forgotten_password_is_replaced_with_one_command(hub):
    student = Student(hub.url, "bob", "forgotten soon")
    assert student.sign_in(hub.code).status_code == 302
    command = [sys.executable, "-m", "tools.hub.password", str(hub.folder), "--name", "bob"]
    said = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True).stdout
    assert Student(hub.url, "bob", "forgotten soon").sign_in(hub.code).status_code == 403
    assert Student(hub.url, "bob", said.split()[-1]).sign_in().status_code == 302


def test_a_replaced_password_closes_what_was_open(hub):
    hub.ada.stop()
    wait_for(lambda: hub.ada.http.get(f"{hub.ada.home}/api/status").status_code != 200)
    try:
        student = hub.student("dan", "overheard by eve")
        assert student.api("GET", "status").status_code == 200
        command = [sys.executable, "-m", "tools.hub.password", str(hub.folder), "--name", "dan"]
        said = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True).stdout
        wait_for(lambda: "Class code" in student.http.get(f"{hub.url}/hub/home").text, 30)
        again = Student(hub.url, "dan", said.split()[-1])
        assert again.sign_in().status_code == 302
        assert again.start().status_code == 200
        assert student.api("GET", "contents").status_code == 403
        again.stop()
    finally:
        wait_for(lambda: hub.ada.start().status_code == 200)
        hub.kernels["ada"] = hub.ada.kernel()


def test_an_address_that_a_browser_makes_up_does_not_count(hub):
    for number in range(15):
        guess = Student(hub.url, "frank", "a wrong one")
        guess.http.headers["X-Real-Ip"] = f"10.0.0.{number}"
        assert guess.sign_in().status_code == 403
    guess.http.headers["X-Real-Ip"] = "10.0.1.1"
    assert guess.sign_in().status_code == 429


def test_no_answer_gets_lost_between_the_proxy_and_the_hub(hub):
    def post(_):
        return requests.post(f"{hub.url}/hub/login", data={"username": "x" * 50}).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(post, range(400))) == {403}


# Attacks


@pytest.mark.parametrize("name", [*WALLS, *TOKENS, *ROOM])
def test_an_attack_gets_nothing(hub, name):
    assert attack(hub, (WALLS | TOKENS | ROOM)[name]) == ""


@pytest.mark.parametrize("name", WALLS)
def test_without_a_room_the_attack_succeeds(open_hub, name):
    assert attack(open_hub, WALLS[name]).startswith("GOT")


@pytest.mark.parametrize("name", TOKENS)
def test_what_tokens_guard_needs_no_room(open_hub, name):
    assert attack(open_hub, TOKENS[name]) == ""


def test_another_students_server_is_closed_to_a_browser(hub):
    for path in ("lab", "api/contents", "api/kernels", "files/notebooks/secret.txt", "api/terminals"):
        answer = hub.eve.http.get(f"{hub.ada.home}/{path}")
        assert answer.status_code in (403, 404), path
        assert SECRET not in answer.text


def test_a_visitor_without_an_account_sees_the_form_only(hub):
    visitor = requests.Session()
    visitor.trust_env = False
    for path in ("/", "/hub/home", "/user/ada/lab", "/hub/admin", "/hub/token"):
        assert "Class code" in visitor.get(hub.url + path).text
    for path in ("/user/ada/api/contents", "/hub/api/users", "/hub/api/proxy"):
        assert visitor.get(hub.url + path).status_code == 403


def test_files_of_the_hub_are_its_owners_alone(hub):
    assert hub.folder.stat().st_mode & 0o077 == 0
    for name in ("class-code.txt", "teacher.txt", "accounts.json", "cookie-secret", "hub.log"):
        assert (hub.folder / name).stat().st_mode & 0o077 == 0, name


def test_the_hub_listens_where_it_says_and_nowhere_else(hub):
    listening = {
        (end.laddr.ip, end.laddr.port)
        for process in [psutil.Process(hub.process.pid), *children(hub)]
        for end in process.net_connections(kind="inet")
        if end.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", int(hub.url.rsplit(":", 1)[1]))}


def test_memory_is_limited_and_the_neighbour_lives(hub):
    kernel = hub.kernels["ada"]
    assert kernel.run("x = 5; print(x)") == "5"
    code = "import numpy as np; a = [np.ones(1 << 26) for _ in range(10)]; print('GOT it')"
    said = hub.eve.kernel().run(code)
    assert "GOT" not in said
    assert "MemoryError" in said or "died" in said
    assert kernel.run("print(x)") == "5"


def test_a_fork_bomb_stops_at_the_limit_and_the_neighbour_lives(hub):
    kernel = hub.kernels["ada"]
    kernel.run("x = 8")
    said = hub.eve.kernel().run(BOMB)
    count = int(re.search(r"stopped after (\d+)", said)[1])
    assert 10 < count <= limits.PROCESSES
    assert kernel.run("print(x)") == "8"
    assert hub.kernels["eve"].run("print(9)") == "9"


# What happens


def test_a_full_hub_says_so(hub):
    third = Student(hub.url, "carol", "a third one")
    assert third.sign_in(hub.code).status_code == 302
    page = third.start()
    assert page.status_code == 429
    assert "The hub is full" in page.text
    assert "2 servers are running" in page.text


def test_a_server_that_is_killed_loses_no_file_and_harms_no_other(hub):
    ada = hub.kernels["ada"]
    ada.run("y = 6")
    path = hub.folder / "homes" / "eve" / "notebooks"
    hub.kernels["eve"].run("open('01_mnist_cnn.ipynb', 'w').write('mine'); open('saved.txt', 'w').write('s')")
    server_of(hub, "eve").kill()
    wait_for(lambda: hub.eve.http.get(f"{hub.eve.home}/api/status").status_code != 200)
    assert ada.run("print(y)") == "6"
    wait_for(lambda: hub.eve.start().status_code == 200)  # the hub notices within ten seconds
    hub.kernels["eve"] = hub.eve.kernel()
    assert (path / "01_mnist_cnn.ipynb").read_text() == "mine"
    assert hub.kernels["eve"].run("print(open('saved.txt').read())") == "s"


def test_a_renamed_chapter_comes_fresh(hub):
    hub.kernels["eve"].run("import os; os.rename('02_confusion_matrix.ipynb', 'mine.ipynb')")
    hub.kernels["eve"].run("open('mine.ipynb', 'w').write('m')")
    said = hub.kernels["eve"].run("!python /course/fresh.py")
    assert said == "Added 02_confusion_matrix.ipynb"
    assert hub.kernels["eve"].run("print(open('mine.ipynb').read())") == "m"


def test_a_second_hub_on_the_same_folder_says_so(hub):
    said = subprocess.run(hub.command(), cwd=ROOT, text=True, capture_output=True)
    assert said.returncode == 1
    assert "already" in said.stderr
    assert len(said.stderr.strip().splitlines()) <= 2


def test_a_hub_that_dies_comes_back_and_kernels_live_on(hub):
    hub.kernels["ada"].run("z = 7")
    hub.survivors = [process for process in children(hub) if "inside.py" in " ".join(process.cmdline())]
    hub.helpers = [p for p in children(hub) if "jupyterhub_idle_culler" in p.cmdline()]
    first = next(process for process in children(hub) if "--config" in process.cmdline())
    first.kill()
    wait_for(
        lambda: any("jupyterhub_idle_culler" in p.cmdline() and p not in hub.helpers for p in children(hub))
    )
    wait_for(lambda: hub.ada.api("GET", "status").status_code == 200)
    hub.kernels["ada"] = type(hub.kernels["ada"])(hub.ada, hub.kernels["ada"].id)
    assert hub.kernels["ada"].run("print(z)") == "7"
    assert (hub.folder / "class-code.txt").read_text().strip() == hub.code
    assert Student(hub.url, "ada", "correct horse").sign_in().status_code == 302


def test_neither_tokens_nor_codes_nor_passwords_are_logged(hub):
    log = hub.log() + hub.said.replace(hub.code, "", 1)
    log += "".join(path.read_text() for path in hub.folder.glob("homes/*/.server.log"))
    assert [len(token) for token in hub.tokens] == [32, 32]
    secrets = [*hub.tokens, hub.code, hub.ada.password, hub.eve.password]
    secrets += [(hub.folder / name).read_text().strip() for name in ("teacher.txt", "cookie-secret")]
    secrets += [cookie.value for student in (hub.ada, hub.eve) for cookie in student.http.cookies]
    for process in children(hub):
        secrets += [v for k, v in process.environ().items() if re.search("TOKEN|SECRET", k) and v]
    assert len(log) > 1000
    assert [secret for secret in secrets if len(secret) > 5 and secret.strip('"') in log] == []


def test_ctrl_c_ends_all_that_was_started(hub):
    started = [*children(hub), *hub.survivors, *hub.helpers]
    assert len(started) > 6
    assert any(process.is_running() for process in hub.survivors)
    assert hub.helpers
    assert hub.close() == 0
    assert [process for process in started if process.is_running() and process.status() != "zombie"] == []
    assert "The hub is closed" in hub.said
    assert (hub.folder / "homes" / "ada" / "notebooks" / "secret.txt").read_text() == SECRET
