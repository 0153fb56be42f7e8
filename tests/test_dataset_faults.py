"""Whatever happens to a run over a data set: nothing is lost, nothing doubled, and one line says why."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys

import psutil
import pytest
from dataset_program import CHUNKS, IMAGES, brighter, die
from dataset_run import ENVIRONMENT, PROGRAM, Run, Scheduler, assert_whole

from helpers.bulk import crew, store
from helpers.dataset import Unfinished
from helpers.settings import ROOT

pytestmark = pytest.mark.slow
LOCAL = {"workers": 2}


@pytest.fixture(scope="module")
def expected():
    """The maps as one process gives them, all at once."""
    return brighter(None, IMAGES, None).maps


@pytest.fixture
def run(tmp_path):
    """``run(folder, ...)``: start the program; what is left of it in the end is ended."""
    started = []

    def start(folder="maps", environment=(), **options):
        started.append(Run(tmp_path / folder, "none", environment, **options))
        return started[-1]

    yield start
    for one in started:
        one.kill()


@pytest.fixture
def scheduler(tmp_path):
    scheduler = Scheduler(tmp_path)
    yield scheduler
    scheduler.close()


@pytest.mark.parametrize("workers", [1, 3])
def test_the_maps_do_not_depend_on_who_computes_them(workers, run, expected, tmp_path):
    assert_whole(run(workers=workers), expected)


def test_a_worker_that_is_killed_loses_nothing(run, expected, tmp_path):
    one = run(**LOCAL)
    one.until_kept(2)
    before = one.workers()
    assert len(before) == 2
    before[0].kill()
    assert_whole(one, expected)


def test_a_chunk_that_ends_every_worker_is_given_up():
    with pytest.raises(Unfinished, match="a chunk has ended 4 workers, one after the other"):
        crew.work_on_dask(die, iter([(0,)]), None, workers=1, show=False)


def test_a_scheduler_that_runs_already_is_used(run, scheduler, expected, tmp_path):
    scheduler.worker()
    assert_whole(run(scheduler=scheduler.address), expected)
    other = run("other", {"DASK_SCHEDULER_ADDRESS": scheduler.address})
    other.until_kept(1)
    assert other.workers() == []  # none of its own
    assert_whole(other, expected)


def test_a_scheduler_that_goes_is_told_and_the_run_goes_on_later(run, scheduler, expected, tmp_path):
    scheduler.worker()
    one = run(scheduler=scheduler.address)
    one.until_kept(2)
    scheduler.process.kill()
    said = one.end()
    assert f"Unfinished: the scheduler at {scheduler.address} has gone; " in said
    assert f"{len(one.kept)} of 6 chunks are in {tmp_path / 'maps'}, and the same call goes on" in said
    assert "Traceback" not in one.complaint
    assert_whole(run(scheduler="here"), expected, one)


def test_a_worker_that_goes_from_a_running_scheduler_is_replaced_by_the_next(
    run, scheduler, expected, tmp_path
):
    worker = scheduler.worker()
    one = run(scheduler=scheduler.address)
    one.until_kept(2)
    worker.kill()
    scheduler.worker()
    assert_whole(one, expected)


def test_no_scheduler_and_no_worker_are_told(scheduler, monkeypatch):
    monkeypatch.setattr(crew, "PATIENCE", 1)
    with pytest.raises(
        Unfinished, match=r"has no worker: start one with `dask worker tcp://.* --nthreads 1`"
    ):
        crew.work_on_dask(die, iter([(0,)]), None, scheduler.address, show=False)
    scheduler.close()
    with pytest.raises(Unfinished, match=f"no scheduler answers at {scheduler.address}$"):
        crew.work_on_dask(die, iter([(0,)]), None, scheduler.address, show=False)


def test_what_takes_calls_and_does_not_answer_is_no_scheduler(monkeypatch):
    monkeypatch.setattr(crew, "PATIENCE", 1)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(Unfinished, match=f"no scheduler answers at {address}$"):
            crew.work_on_dask(die, iter([(0,)]), None, address, show=False)


@pytest.mark.parametrize("options", [LOCAL, {"scheduler": "here"}], ids=["cluster", "here"])
def test_control_c_and_again(options, run, expected, tmp_path):
    one = run(**options)
    one.until_kept(2)
    workers = one.workers()
    os.killpg(one.process.pid, signal.SIGINT)  # as a terminal does: to the workers as well
    assert one.end().startswith("KeyboardInterrupt: ")
    assert f"{len(one.kept)} of 6 chunks are in" in one.complaint
    assert len(one.kept) < CHUNKS
    psutil.wait_procs(workers, timeout=10)
    assert [worker for worker in workers if worker.is_running()] == []
    assert_whole(run(**options), expected, one)


def test_a_run_that_is_killed_is_taken_up_again(run, expected, tmp_path):
    one = run(**LOCAL)
    one.until_kept(2)
    (tmp_path / "maps" / "00005.npy.part").write_bytes(b"half of a chunk")
    os.killpg(one.process.pid, signal.SIGKILL)
    one.end()
    assert_whole(run(scheduler="here"), expected, one)


def test_of_two_runs_into_one_folder_one_does_it_and_one_is_told(run, expected, tmp_path):
    one = run(**LOCAL)
    one.until_kept(1)
    other = run(**LOCAL)
    assert other.end() == (
        f"Unfinished: another run is writing into {tmp_path / 'maps'}: wait for it, or name another folder"
    )
    assert other.kept == []
    assert_whole(one, expected)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 16 kB; call it to give it more room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(disk)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root on Linux may mount a small file system")
    yield disk, lambda: subprocess.run(["mount", "-o", "remount,size=1m", str(disk)], check=True)
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_is_told_and_the_run_goes_on_once_there_is_room(run, expected, small_disk):
    disk, more_room = small_disk
    one = run("disk/maps", **LOCAL)
    said = one.end()
    assert said.startswith("Unfinished: No space left on device")
    assert 0 < len(one.kept) < CHUNKS
    assert f"{len(one.kept)} of 6 chunks are in" in said
    assert not list(disk.rglob("*.part"))
    more_room()
    assert_whole(run("disk/maps", **LOCAL), expected, one)


def test_a_disk_that_fills_up_leaves_no_half_file(monkeypatch, tmp_path):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    with store.Store(tmp_path) as kept, pytest.raises(OSError, match="No space"):
        kept.begin({"format": 1})
    assert [path.name for path in tmp_path.iterdir() if path.name != ".lock"] == []


def test_a_file_that_comes_back_otherwise_than_it_was_written_is_not_kept(monkeypatch, tmp_path):
    monkeypatch.setattr(store.os, "fsync", lambda number: os.truncate(number, 3))
    with store.Store(tmp_path) as kept, pytest.raises(OSError, match="not on the disk as it was written"):
        kept.begin({"format": 1})
    assert [path.name for path in tmp_path.iterdir() if path.name != ".lock"] == []


def test_a_script_without_its_guard_is_told(tmp_path):
    program = PROGRAM.read_text(encoding="utf-8").replace('if __name__ == "__main__":', "if True:")
    script = tmp_path / "unguarded.py"
    script.write_text(program, encoding="utf-8")
    command = [sys.executable, str(script), str(tmp_path / "maps"), "none", json.dumps({"workers": 1})]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "Unfinished: the workers did not start: a script calls explain_dataset under "
        '`if __name__ == "__main__":`'
    )


def test_few_chunks_are_under_way_whatever_their_number(scheduler):
    scheduler.worker()
    read, kept, most = [], [], []

    def tasks():
        for number in range(40):
            read.append(number)
            most.append(len(read) - len(kept))
            yield number, [number]

    crew.work_on_dask(sum, tasks(), lambda number, _: kept.append(number), scheduler.address, show=False)
    assert sorted(kept) == list(range(40))
    assert max(most) == crew.AHEAD


def test_the_dashboard_is_there_only_with_bokeh(scheduler, monkeypatch):
    class Client:
        dashboard_link = "http://127.0.0.1:8787/status"

    monkeypatch.setattr(crew.importlib.util, "find_spec", lambda _: None)
    assert crew._dashboard(Client) == (
        "Dashboard: http://127.0.0.1:8787/status (shows nothing before the package bokeh is installed)"
    )
    monkeypatch.setattr(crew.importlib.util, "find_spec", lambda _: "there")
    assert crew._dashboard(Client) == "Dashboard: http://127.0.0.1:8787/status"
