"""Run the chapters one after the other, each in a fresh kernel. For `make course` and `make outputs`.

The notebooks in notebooks/ stay as they are: what ran is written to build/chapters/. With ``--keep``
it becomes the new reference instead, cleaned of all that differs from run to run.
"""

import argparse
import os
import re
import sys
import threading
import time

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbval.plugin import coalesce_streams

from helpers.backend import about
from helpers.settings import ROOT

NOTEBOOKS = ROOT / "notebooks"
BUILT = ROOT / "build" / "chapters"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Watch(threading.Thread):
    """Follows the memory of a kernel, in bytes, until told to stop."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peak, self.process, self.done = 0, None, threading.Event()

    def run(self):
        while not self.done.wait(0.1):
            try:
                if self.process is None:
                    own = psutil.Process().children()
                    self.process = next((p for p in own if "ipykernel" in " ".join(p.cmdline())), None)
                else:
                    self.peak = max(self.peak, self.process.memory_info().rss)
            except psutil.Error:
                continue


def show_progress(path, cells):
    """Make the callback that names the cell which is running, on one line that is written over."""

    def on_cell_execute(cell, cell_index):
        if sys.stdout.isatty():
            print(f"\r{path.stem}: cell {cell_index + 1} of {cells} ", end="", flush=True)

    return on_cell_execute


def run(path, environment=None):
    """Run one notebook, with what `environment` adds to the environment of its kernel.

    Returns
    -------
    notebook : nbformat.NotebookNode
        With its outputs.
    seconds : float
    peak : int
        The most memory that its kernel took, in bytes.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=1800,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(NOTEBOOKS)}},
        on_cell_execute=show_progress(path, len(notebook.cells)),
    )
    watch, began = Watch(), time.perf_counter()
    watch.start()
    try:
        client.execute(env={**os.environ, **(environment or {})})
    finally:
        watch.done.set()
    return notebook, time.perf_counter() - began, watch.peak


def clean(notebook):
    """Remove what another run would change or nobody needs. Changes the notebook."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.strip():
            count += 1
            cell.execution_count = count
            cell.outputs = coalesce_streams(cell.outputs)  # where a print was split is chance
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count
                output.get("metadata", {}).pop("image/png", None)


def main():
    """Run them; stop at the first that fails, with the cell and its traceback."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="write the outputs into notebooks/")
    parser.add_argument("chapters", nargs="*", help="how their names begin, such as 01; all if left out")
    given = parser.parse_args()
    paths = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    if given.chapters:
        paths = [path for path in paths if path.name.startswith(tuple(given.chapters))]
    BUILT.mkdir(parents=True, exist_ok=True)
    print(about())
    for path in paths:
        print(f"{path.stem}: running ...", end="" if sys.stdout.isatty() else "\n", flush=True)
        try:
            notebook, seconds, peak = run(path)
        except CellExecutionError as problem:
            sys.exit(f"\n{path.stem} stopped in this cell:\n{ANSI.sub('', str(problem))}")
        clean(notebook)
        nbformat.write(notebook, (NOTEBOOKS if given.keep else BUILT) / path.name)
        print(f"\r{path.stem}: {seconds:.0f} s, at most {peak / 1e9:.1f} GB of memory")


if __name__ == "__main__":
    main()
