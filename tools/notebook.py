"""What several tools share about the chapters' notebooks: to list, read, run, clean and number them.

A solution of an exercise is a cell with the tag ``hide-cell`` and all that follows it up to the next heading:
what is computed with the solution, and what is said about that. A tag on every cell would say the same, but
in some cells the words about one solution and the heading of the next exercise stand together.
"""

import copy
import os
import re
import threading
import time

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat.v4 import new_markdown_cell
from nbval.plugin import coalesce_streams

from helpers.settings import ROOT

NOTEBOOKS = ROOT / "notebooks"
EXERCISE = re.compile(r"^### (Exercise \d+: .*)$", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
HINT = re.compile(r"\n*<details>.*?</details>", re.DOTALL)
CORE = re.compile(r"^\*\*Core path\*\*[^:]*: (.+?)\.?$", re.MULTILINE)
ANSI = re.compile(r"\x1b\[[0-9;]*m")


# What there is


def chapters(folder=NOTEBOOKS, beginnings=()):
    """The chapters' notebooks in order; with `beginnings`, such as "01", only those whose names begin so."""
    paths = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    return [path for path in paths if path.name.startswith(tuple(beginnings) or "")]


def title(notebook):
    """The title of a chapter: its first heading."""
    return re.search(r"^# (.+)$", notebook.cells[0].source, re.MULTILINE)[1]


def core_sections(notebook):
    """The titles of the sections that a class needs, in the line of a chapter's beginning that names them.

    ``**Core path** (25 minutes): The question · By hand · Strengths and limits``. Empty if there is none.
    """
    found = CORE.search("\n".join(cell.source for cell in notebook.cells[:2] if cell.cell_type == "markdown"))
    return found[1].split(" · ") if found else []


def printed(cell):
    """What a cell printed, as one text."""
    return "".join(output.text for output in cell.get("outputs", []) if output.output_type == "stream")


# Run


class ChapterStopped(Exception):
    """A chapter did not come to its end. Says in one line in which cell, and why.

    `traceback` has the rest if the cell's own code failed, and is empty otherwise.
    """

    def __init__(self, path, cell, reason, traceback=""):
        super().__init__(f"{path.stem} stopped {cell}: {reason}")
        self.traceback = traceback


class _MemoryWatch(threading.Thread):
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


def run(path, environment=None, show_progress=None, seconds_per_cell=1800):
    """Run one notebook in a fresh kernel, from its own folder; the file is not changed.

    Returns the notebook with its outputs, the seconds, and the most bytes of memory that its kernel took.
    ChapterStopped if a cell fails or takes too long, or the kernel dies. `show_progress` is called with the
    number of a cell and of all cells before each; `environment` has variables for the kernel alone.
    """
    notebook = nbformat.read(path, as_version=4)
    where = "before its first cell"

    def on_cell_execute(cell, cell_index):
        nonlocal where
        where = f"in cell {cell_index + 1} ({cell.source.strip().splitlines()[0]})"
        if show_progress:
            show_progress(cell_index + 1, len(notebook.cells))

    client = NotebookClient(
        notebook,
        timeout=seconds_per_cell,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=on_cell_execute,
    )
    watch, began = _MemoryWatch(), time.perf_counter()
    watch.start()
    try:
        client.execute(env=os.environ | (environment or {}))
    except CellExecutionError as problem:
        reason = f"{problem.ename}: {problem.evalue}".splitlines()[0]
        raise ChapterStopped(path, where, reason, ANSI.sub("", problem.traceback)) from problem
    except CellTimeoutError as problem:
        raise ChapterStopped(path, where, f"it took longer than {seconds_per_cell} s") from problem
    except RuntimeError as problem:  # DeadKernelError, and what a kernel that never came up gives
        raise ChapterStopped(path, where, "its kernel died; often the memory was full") from problem
    finally:
        watch.done.set()
    return notebook, time.perf_counter() - began, watch.peak


# Change


def renumber(notebook):
    """Number the code cells from 1 without gaps. Changes the notebook."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count


def clean(notebook):
    """Remove what another run would change or nobody needs. Changes the notebook."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = coalesce_streams(cell.outputs)  # where a print was split is chance
            for output in cell.outputs:
                output.get("metadata", {}).pop("image/png", None)
    renumber(notebook)


# Solutions


def split_at_solutions(notebook):
    """Yield copies of the cells in order, each with whether it belongs to a solution.

    A cell of Markdown that ends a solution and begins something else is cut in two.
    """
    inside = False
    for cell in copy.deepcopy(notebook.cells):
        if inside and cell.cell_type == "markdown" and (heading := HEADING.search(cell.source)):
            if before := cell.source[: heading.start()].strip():
                yield new_markdown_cell(before), True
            cell.source, inside = cell.source[heading.start() :], False
        inside = inside or "hide-cell" in cell.metadata.get("tags", [])
        yield cell, inside


def without_solutions(notebook):
    """A copy of a notebook that has everything but the solutions; its code cells are numbered anew."""
    shorter = copy.deepcopy(notebook)
    shorter.cells = [cell for cell, inside in split_at_solutions(notebook) if not inside]
    renumber(shorter)
    return shorter


def exercises(notebook):
    """The exercises of a chapter, as a list of (name, task, cells of the solution).

    The name is such as "Exercise 1: another network"; the task is Markdown without heading and hint; there
    are no cells where the solutions have been taken out.
    """
    found = []
    for cell, inside in split_at_solutions(notebook):
        heading = EXERCISE.search(cell.source) if cell.cell_type == "markdown" and not inside else None
        if heading:
            found.append((heading[1], HINT.sub("", cell.source[heading.end() :]).strip(), []))
        elif inside and found:
            found[-1][2].append(cell)
    return found
