"""Make an nbgrader course from the exercises of the chapters. For `make assignments`.

Each chapter gives one notebook: what its exercises need of the chapter's code, and for each exercise the
task, a cell for the answer, the course's check, and hidden tests. All of it comes from the chapter itself,
from hidden/ and from points.toml. nbgrader takes solutions and hidden tests out for the learners.
"""

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from tqdm import tqdm

from helpers.settings import ROOT
from tools.notebook import EXERCISE, NOTEBOOKS, chapters, exercises, split_at_solutions, title
from tools.teach.marking import hidden_tests, points_of
from tools.teach.slices import bound, needed, used

FOLDER = ROOT / "build" / "assignments"
CONFIG = Path(__file__).with_name("nbgrader_config.py")
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?://)[^)]*\)")
INTRODUCTION = """# Assignment: {title}

The exercises of chapter {number}, to be handed in. Read the chapter first, and try things out there: here is
only what the answers need.

Put each answer in place of the three dots. *Kernel: Restart Kernel and Run All Cells* shows whether it passes
the check. Other tests, with other data, are run when it is marked. Leave the cells with checks as they are:
for marking they are exchanged for the teacher's.
"""
NEEDED = "## What the answers need of the chapter"
POINTS = "\n\n*{points} points{parts}.*"
PARTS = ": {visible} for the check below, {hidden} for the tests when it is marked"
ANSWERED = 'assert {name} is not ..., "Not answered yet."'
HIDDEN = """# More tests are run here when it is marked.
### BEGIN HIDDEN TESTS
{tests}


{answered}
checks.{check}({name})
{check}({name})
### END HIDDEN TESTS"""


class Exercise:
    """An exercise of a chapter: its task, the name of the answer, its check, and the solution up to there."""

    def __init__(self, heading, task, answer, solution):
        self.heading, self.task = heading, LINK.sub(r"\1", task)
        tree = ast.parse(answer)
        self.name = next(s.targets[0].id for s in tree.body if isinstance(s, ast.Assign))
        self.check = call(tree).func.attr
        self.source = solution
        self.given = ast.unparse(call(ast.parse(solution)).args[0])


def call(tree):
    """The call of a check, ``checks.check_...(...)``, in the tree of a cell."""
    return next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("checks.check_")
    )


def exercises_of(notebook):
    """The exercises of a chapter."""
    cells = [cell for cell, inside in split_at_solutions(notebook) if not inside]
    places = [
        k for k, cell in enumerate(cells) if cell.cell_type == "markdown" and EXERCISE.search(cell.source)
    ]
    found = []
    for k, (heading, _, solution) in zip(places, exercises(notebook), strict=True):
        task = cells[k].source[EXERCISE.search(cells[k].source).end() :].strip()
        code = next(cell.source for cell in solution if cell.cell_type == "code")
        found.append(Exercise(heading, task, cells[k + 1].source, code))
    return found


def story_of(notebook):
    """The code of a chapter before its exercises, a text for each cell."""
    code = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.search(r"^## Exercises$", cell.source, re.MULTILINE):
            break
        if cell.cell_type == "code":
            code.append(cell.source)
    return code


# The source notebook


def marked(cell, name, **marks):
    """Give a cell what nbgrader reads."""
    kind = {"grade": False, "solution": False, "locked": True, "task": False, "schema_version": 3}
    cell.id = name
    cell.metadata["nbgrader"] = kind | {"grade_id": name} | marks
    return cell


def cells_of(exercise, story, hidden):
    """The cells of an exercise; and what its solution needs of the chapter, one text for each piece of it."""
    visible, more = points_of(exercise.check)
    parts = PARTS.format(visible=visible, hidden=more) if more else ""
    task = f"### {exercise.heading}\n\n{exercise.task}" + POINTS.format(points=visible + more, parts=parts)
    *before, solution = needed([*story, exercise.source], used(exercise.given) | {exercise.check})
    solution += f"\n\n{exercise.name} = {exercise.given}"
    answer = f"{exercise.name} = ...\n\n### BEGIN SOLUTION\n{solution.strip()}\n### END SOLUTION"
    check, answered = exercise.check, ANSWERED.format(name=exercise.name)
    test = f"{answered}\nchecks.{check}({exercise.name})"
    cells = [
        marked(new_markdown_cell(task), f"task-{check}"),
        marked(new_code_cell(answer), f"answer-{check}", solution=True, locked=False),
        marked(new_code_cell(test), f"visible-{check}", grade=True, points=visible),
    ]
    if more:
        tests = HIDDEN.format(tests=hidden[check], answered=answered, check=check, name=exercise.name)
        cells.append(marked(new_code_cell(tests), f"hidden-{check}", grade=True, points=more))
    return cells, before


def assignment(notebook, number):
    """The source notebook of a chapter's assignment."""
    story, hidden = story_of(notebook), hidden_tests()
    made = [cells_of(exercise, story, hidden) for exercise in exercises_of(notebook)]
    words = INTRODUCTION.format(title=title(notebook), number=number)
    wanted = {name for _, before in made for text in before for name in bound(text)}
    code = [text for text in needed(story, wanted) if text not in ("", "import numpy as np")]
    first = "import numpy as np\n\nfrom helpers import checks"
    cells = [
        new_markdown_cell(words),
        new_markdown_cell(NEEDED),
        new_code_cell(first),
        *map(new_code_cell, code),
    ]
    cells = [marked(cell, f"chapter-{k}") for k, cell in enumerate(cells)]
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return new_notebook(cells=cells + [cell for some, _ in made for cell in some], metadata=metadata)


def write_sources(folder, notebooks=NOTEBOOKS):
    """Write the source notebook of every chapter, and nbgrader's settings; give the assignments' names."""
    names = []
    for path in chapters(notebooks):
        name = f"chapter_{path.name[:2]}"
        target = folder / "source" / name / f"{name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        made = assignment(nbformat.read(path, 4), int(path.name[:2]))
        nbformat.validate(made)
        nbformat.write(made, target)
        names.append(name)
    shutil.copyfile(CONFIG, folder / CONFIG.name)
    return names


def nbgrader(folder, *words, seconds=None):
    """Run a command of nbgrader in a course's folder; give its exit status and what it said."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it looks for alembic there
    paths = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    command = [sys.executable, "-m", "nbgrader", *words, "--log-level=ERROR"]
    result = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": path, "PYTHONPATH": paths},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
    )
    return result.returncode, result.stdout.strip()


def release(folder, names):
    """Let nbgrader make what learners get. What was submitted and marked stays."""
    for name in tqdm(names, "Releasing", unit="assignment", leave=False):
        status, said = nbgrader(folder, "generate_assignment", name, "--force")
        if status:
            sys.exit(f"{name} could not be released:\n{said[-2000:]}")


def main():
    """Make source and release of every chapter; say where they are."""
    parser = argparse.ArgumentParser(description="Make assignments from the chapters' exercises.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where the nbgrader course is")
    folder = parser.parse_args().folder.resolve()
    if not find_spec("nbgrader"):
        sys.exit("nbgrader is not installed: make setup TEACH=1")
    names = write_sources(folder)
    release(folder, names)
    print(f"{len(names)} assignments in {folder}: give learners what is in release, and keep source.")


if __name__ == "__main__":
    main()
