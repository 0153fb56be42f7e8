"""Many machines, simulated: workers that sleep for as long as a chunk would take them.

All else is what a real run does: pictures are read and sent, maps come back and are kept on the disk, by the
same code. The workers of all machines live in one process beside the scheduler's and this one.
"""

import asyncio
import itertools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from helpers.bulk import crew, store, work
from helpers.settings import ROOT

MACHINES = (1, 10, 100)
LASTING = 15  # seconds of work that are looked at
FEWEST = 20  # chunks of a simulation


def sleep(seconds, shape, pictures):
    """What a worker does instead of explaining: nothing, for some seconds; maps of zeros come back."""
    time.sleep(seconds)
    return work.Explained(np.zeros(shape, np.float32), np.zeros(len(pictures), np.int32), {})


def simulate(pictures, chunk, side, seconds, machines, threads, lasting=LASTING):
    """Give chunks of an array of pictures to so many machines; each chunk takes a thread of theirs `seconds`.

    Gives how many ``chunks`` a second came back, ``rate``, beside the ``ideal`` of workers that never wait,
    which is None for chunks that take no time at all.
    """
    kept = []

    def tasks():
        for number in itertools.count():
            if number >= FEWEST and kept and time.perf_counter() - kept[0] > lasting:
                return
            start = number * chunk % max(1, len(pictures) - chunk + 1)
            some = np.ascontiguousarray(pictures[start : start + chunk])
            yield number, seconds, (len(some), side, side), some

    def keep(number, explained):
        folder.keep(number, explained, None)
        (folder.folder / f"{number:05d}.npy").unlink()  # the disk need not hold them all
        kept.append(time.perf_counter())

    with (
        _cluster(machines, threads) as address,
        tempfile.TemporaryDirectory() as name,
        store.Store(name) as folder,
    ):
        crew.work_on_dask(sleep, tasks(), keep, address, show=False)
    # When the first come back, and the last, not all are at work: the middle half counts.
    first, last = len(kept) // 4, 3 * len(kept) // 4
    rate = (last - first) / (kept[last] - kept[first])
    ideal = machines * threads / seconds if seconds else None
    return {"machines": machines, "chunks": len(kept), "rate": rate, "ideal": ideal}


class _cluster:
    """A scheduler in one process, and in another one a Dask worker for each machine."""

    def __init__(self, machines, threads):
        self.size, self.processes = (machines, threads), []

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "scheduler.json"
        self._start("dask", "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        while not (file.exists() and file.read_text(encoding="utf-8").endswith("}")):
            time.sleep(0.05)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        self._start("benchmarks.dataset.simulation", address, *map(str, self.size))
        from distributed import Client

        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(self.size[0], timeout=120)
        return address

    def _start(self, module, *arguments):
        command = [sys.executable, "-m", module, *arguments]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.processes.append(subprocess.Popen(command, cwd=ROOT, **quiet))

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        self.folder.cleanup()


async def _machines(address, machines, threads):
    """Workers that sleep, one for each machine, until they are ended."""
    from distributed import Worker

    options = {"nthreads": threads, "dashboard": False, "memory_limit": 0}
    workers = [Worker(address, name=f"machine-{number}", **options) for number in range(machines)]
    await asyncio.gather(*workers)
    await asyncio.gather(*(worker.finished() for worker in workers))


if __name__ == "__main__":
    address, machines, threads = sys.argv[1:]
    asyncio.run(_machines(address, int(machines), int(threads)))
