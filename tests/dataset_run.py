"""The program of `dataset_program` while it runs, and schedulers for it."""

import collections
import json
import os
import re
import subprocess
import sys
import time

import numpy as np
import psutil
from dataset_program import CHUNKS
from numpy.testing import assert_array_equal

from helpers import load_maps
from helpers.settings import ROOT

PROGRAM = ROOT / "tests" / "dataset_program.py"
# One thread wherever a chunk is explained, so that sums are added up in one order.
ENVIRONMENT = {**os.environ, "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
ENVIRONMENT |= {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests"))), "DASK_SCHEDULER_ADDRESS": ""}
KEPT = re.compile(r"kept (\d+)")


class Run:
    """The program in a process of its own, with a process group of its own."""

    def __init__(self, folder, network="none", environment=(), **options):
        command = [sys.executable, str(PROGRAM), str(folder), str(network), json.dumps(options)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**ENVIRONMENT, **dict(environment)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.folder, self.kept, self.complaint = folder, [], ""

    def until_kept(self, count):
        """Wait until the program has kept so many chunks."""
        while len(self.kept) < count:
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read()
            self.kept += map(int, KEPT.findall(line))

    def workers(self):
        """The processes that explain chunks."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in found if "spawn_main" in str(one.cmdline())]

    def end(self):
        """Wait for the end; give the last line that was said, or the complaint."""
        said, self.complaint = self.process.communicate(timeout=240)
        self.kept += map(int, KEPT.findall(said))
        lines = (said if self.process.returncode == 0 else self.complaint).strip().splitlines()
        return lines[-1] if lines else ""

    def kill(self):
        """End what is left of it."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, 9)
        self.process.communicate()


def assert_whole(run, expected, *earlier):
    """The run ended well; with those before it, each chunk was kept once; the maps are the expected ones."""
    assert run.end() == f"{4 * CHUNKS} maps", run.complaint
    kept = collections.Counter(number for one in (*earlier, run) for number in one.kept)
    assert kept == dict.fromkeys(range(CHUNKS), 1)
    assert_array_equal(np.asarray(load_maps(run.folder)), expected)
    assert not list(run.folder.glob("*.part"))


class Scheduler:
    """A scheduler of one's own in a process, and workers in others."""

    def __init__(self, folder):
        self.processes, file = [], folder / "scheduler.json"
        self.process = self._start("scheduler", "--port", "0", "--scheduler-file", str(file))
        deadline = time.monotonic() + 60
        while not (file.exists() and file.read_text().endswith("}")) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.address = json.loads(file.read_text())["address"]

    def _start(self, kind, *arguments):
        command = [sys.executable, "-m", "dask", kind, "--no-dashboard", *arguments]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.processes.append(subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, **quiet))
        return self.processes[-1]

    def worker(self):
        """Start a worker, which ends soon after its scheduler."""
        return self._start("worker", self.address, "--nthreads", "1", "--no-nanny", "--death-timeout", "5")

    def close(self):
        """End all of it."""
        for process in self.processes:
            process.kill()
            process.wait()
