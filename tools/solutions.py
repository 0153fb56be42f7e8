"""Where the solutions of the exercises are in the notebooks: to leave them out, or to list them all.

A solution is a cell with the tag ``hide-cell``, and the code cells directly below it, which use it.
"""

import copy
import re

import nbformat

from helpers.runtime import ROOT

NOTEBOOKS = ROOT / "notebooks"
EXERCISE = re.compile(r"^### (Exercise \d+: .*)$", re.MULTILINE)
HINT = re.compile(r"\n*<details>.*?</details>", re.DOTALL)


def chapters(folder=NOTEBOOKS):
    """The notebooks of the chapters, in order.

    Returns
    -------
    list of pathlib.Path
    """
    return sorted(folder.glob("[0-9][0-9]_*.ipynb"))


def title(notebook):
    """The title of a chapter: its first heading."""
    return re.search(r"^# (.+)$", notebook.cells[0].source, re.MULTILINE)[1]


def solution_cells(notebook):
    """The places of all cells that belong to a solution.

    Parameters
    ----------
    notebook : nbformat.NotebookNode

    Returns
    -------
    list of int
    """
    places, inside = [], False
    for place, cell in enumerate(notebook.cells):
        hidden = "hide-cell" in cell.metadata.get("tags", [])
        inside = cell.cell_type == "code" and (hidden or inside)
        if inside:
            places.append(place)
    return places


def without_solutions(notebook):
    """A copy of a notebook that has everything but the solutions.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        It is not changed.

    Returns
    -------
    nbformat.NotebookNode
        The numbers of its code cells begin with 1 and have no gaps.
    """
    shorter = copy.deepcopy(notebook)
    left_out = set(solution_cells(notebook))
    shorter.cells = [cell for place, cell in enumerate(shorter.cells) if place not in left_out]
    count = 0
    for cell in shorter.cells:
        if cell.cell_type == "code" and cell.source.strip():
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count
    return shorter


def exercises(notebook):
    """The exercises of a chapter.

    Yields
    ------
    name : str
        Such as "Exercise 1: another network".
    task : str
        Markdown, without heading and hint.
    solution : list of cells
        Empty where the solutions have been taken out.
    """
    places = set(solution_cells(notebook))
    for start, cell in enumerate(notebook.cells):
        heading = EXERCISE.search(cell.source) if cell.cell_type == "markdown" else None
        if heading:
            task = HINT.sub("", cell.source[heading.end() :]).strip()
            end = start + 1
            while end < len(notebook.cells) and notebook.cells[end].cell_type == "code":
                end += 1
            yield heading[1], task, [notebook.cells[k] for k in range(start, end) if k in places]


def printed(cell):
    """What a cell printed, as one text."""
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


INTRODUCTION = """# Answers to the exercises

For teachers, and for learners who have tried. Every answer is folded: choose *Show the answer* to open one.
They are taken from the notebooks whenever this page is made, with what they print. In most exercises other
answers are right too: the check below an exercise accepts all that do what was asked for.
"""
APART = "\nThis edition was made for a class: the answers are kept apart, and the teacher has them.\n"
ANSWER = """
<details><summary>Show the answer</summary>

{blocks}

</details>
"""


def block(cell):
    """A cell's code and what it prints, as Markdown."""
    text = f"```python\n{cell.source.strip()}\n```"
    if said := printed(cell).strip():
        text += f"\n\nIt prints:\n\n```text\n{said}\n```"
    return text


def page(folder=NOTEBOOKS):
    """The page of all answers, made from the notebooks.

    Parameters
    ----------
    folder : pathlib.Path
        Where the notebooks are.

    Returns
    -------
    str
        Markdown.
    """
    text, missing = INTRODUCTION, False
    for path in chapters(folder):
        notebook = nbformat.read(path, 4)
        text += f"\n## Chapter {int(path.name[:2])}: {title(notebook)}\n"
        for name, task, solution in exercises(notebook):
            text += f"\n### Chapter {int(path.name[:2])}, e{name[1:]}\n\n{task}\n"
            missing = missing or not solution
            if solution:
                text += ANSWER.format(blocks="\n\n".join(block(cell) for cell in solution))
    return text if not missing else text.replace(INTRODUCTION, INTRODUCTION + APART)
