"""Who explains the chunks: this process, or the workers of a Dask scheduler. Imports Dask only on use.

Both are called with tasks, an iterator of ``(number, *arguments)`` that reads the pictures as it goes, and
with ``keep(number, what came of it)``, which is called in this process.
"""

import asyncio
import atexit
import contextlib
import importlib.util
import itertools
import logging
import multiprocessing
import os
import queue
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from helpers.bulk.store import Unfinished
from helpers.validate import shown

AHEAD = 2  # chunks that are read, or wait to be kept, for each thread of a worker
ADDRESS = re.compile(r"((tcp|tls)://)?[^/]+:\d+")
GUARD = 'a script calls explain_dataset under `if __name__ == "__main__":`, because workers import it'
PATIENCE = 30  # seconds without a scheduler, or without a worker
NEEDED = 2 * 2**30  # bytes of memory that a worker of one's own should have


def work_here(work, tasks, keep):
    """One chunk after the other in this process."""
    for number, *arguments in tasks:
        keep(number, work(*arguments))


def work_on_dask(work, tasks, keep, address=None, workers=None, show=True):
    """On the workers of the scheduler at `address`, or of a cluster that lasts as long as the work.

    A bounded number of chunks is under way, whatever the number of tasks.
    """
    from distributed import CancelledError, KilledWorker
    from distributed.comm import CommClosedError
    from distributed.utils import silence_logging_cmgr

    # What Dask would log comes as the one line of an exception.
    with silence_logging_cmgr(logging.CRITICAL + 1), _client(address, workers, show) as client:
        try:
            _feed(client, work, iter(tasks), keep)
        except KilledWorker as problem:
            raise Unfinished(
                f"a chunk has ended {problem.allowed_failures + 1} workers, one after the other: most likely "
                "there is too little memory for it"
            ) from None
        except (CancelledError, CommClosedError, TimeoutError):
            raise Unfinished(f"the scheduler at {client.scheduler.address} has gone") from None
        except RuntimeError as problem:
            if "deserialization of the task graph" not in str(problem):
                raise
            raise Unfinished(
                f"the scheduler at {client.scheduler.address} does not find the course: start it, and the "
                "workers, in an environment with the course"
            ) from None


def _feed(client, work, tasks, keep):
    done, under_way, run = queue.SimpleQueue(), {}, uuid.uuid4().hex[:8]
    asked = float("-inf")
    while True:
        if time.monotonic() - asked > 1:  # workers may come and go
            threads, asked = sum(client.nthreads().values()), time.monotonic()
        room = AHEAD * max(1, threads) - len(under_way)
        for number, *arguments in itertools.islice(tasks, max(0, room)):
            key = f"explain-{run}-{number}"
            future = client.submit(work, *arguments, key=key, pure=False)
            under_way[key] = number, future
            future.add_done_callback(done.put)
        if not under_way:
            return
        key = _next(done, client).key
        number, future = under_way.pop(key)
        keep(number, future.result())


def _next(done, client):
    """The next chunk that is ready; `Unfinished` if for long there has been nobody who works."""
    alone = None
    while True:
        with contextlib.suppress(queue.Empty):
            return done.get(timeout=1)
        alone = None if client.nthreads() else alone or time.monotonic()
        if alone and time.monotonic() - alone > PATIENCE:
            raise Unfinished(
                f"the scheduler at {client.scheduler.address} has had no worker for {PATIENCE} s"
            )


@contextlib.contextmanager
def _client(address, workers, show):
    """A client of a scheduler with at least one worker."""
    import dask
    from distributed import Client

    # A chunk goes with its task and not ahead of it: if a worker dies, nothing has to be found again.
    # A worker that gives memory back at once, as Dask's do by default, takes a quarter longer.
    changed = {
        "distributed.admin.large-graph-warning-threshold": "1GB",
        "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
        "distributed.worker.profile.enabled": False,
    }
    with contextlib.ExitStack() as open_, dask.config.set(changed):
        if address and not (isinstance(address, str) and ADDRESS.fullmatch(address)):
            raise ValueError(
                f"scheduler={shown(address)} is not allowed: give 'here', or the address of a Dask "
                "scheduler, such as 'tcp://192.0.2.1:8786'"
            )
        own = not address
        if own:
            address = open_.enter_context(_cluster(workers))
        else:
            _look(address)
        client = open_.enter_context(Client(address, timeout=PATIENCE, set_as_default=False))
        if show:
            print(_dashboard(client))
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise Unfinished(
                f"the scheduler at {address} has no worker: start one with `dask worker {address} "
                "--nthreads 1`"
            ) from None
        yield client
        if own:  # nothing is left to be tidied up there, and TensorFlow takes a second and a half over it
            client.run(atexit.register, os._exit, 0, on_error="ignore")


def _look(address):
    """`Unfinished` if there is no scheduler: a client would wait for ever for what does not answer."""
    from distributed import rpc
    from distributed.security import Security

    async def ask():
        known = Security().get_connection_args("client")
        async with rpc(address, timeout=PATIENCE, connection_args=known) as there:
            return (await there.identity())["type"]

    async def ask_in_time():
        return await asyncio.wait_for(ask(), PATIENCE)

    try:
        with ThreadPoolExecutor(1) as thread:  # a notebook's own thread has a loop that runs
            found = thread.submit(asyncio.run, ask_in_time()).result()
    except OSError:
        found = None
    if found != "Scheduler":
        raise Unfinished(f"no scheduler answers at {address}")


@contextlib.contextmanager
def _cluster(workers):
    """A cluster of processes on this machine, one thread each; gives it."""
    from distributed import LocalCluster

    try:
        cluster = LocalCluster(
            n_workers=workers or _workers(),
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",  # any port that is free
            silence_logs=logging.CRITICAL,
        )
    except RuntimeError:
        raise Unfinished(f"the workers did not start: {GUARD}") from None
    with cluster:
        yield cluster


def check_guard():
    """Raise RuntimeError in a worker that runs the script which starts it all over again."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise RuntimeError(GUARD)


def _workers():
    """A worker for each core, if there is memory for them all."""
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores, psutil.virtual_memory().total // NEEDED))


def _dashboard(client):
    """Where the scheduler can be watched, in one line."""
    link = client.dashboard_link
    if importlib.util.find_spec("bokeh") is None:
        return f"Dashboard: {link} (shows nothing before the package bokeh is installed)"
    return f"Dashboard: {link}"
