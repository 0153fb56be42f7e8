"""Where the solutions of the exercises are in the notebooks: to leave them out, or to list them all.

A solution is a cell with the tag ``hide-cell`` and all that follows it up to the next heading: what is
computed with the solution, and what is said about that.
"""

import copy
import re

import nbformat
from nbformat.v4 import new_markdown_cell

from helpers.settings import ROOT

NOTEBOOKS = ROOT / "notebooks"
EXERCISE = re.compile(r"^### (Exercise \d+: .*)$", re.MULTILINE)
HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
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


def split(notebook):
    """The cells in order, each with whether it belongs to a solution.

    A cell of Markdown that ends a solution and begins something else is cut in two.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        It is not changed.

    Yields
    ------
    cell : nbformat.NotebookNode
        A copy.
    inside : bool
    """
    inside = False
    for cell in copy.deepcopy(notebook.cells):
        if cell.cell_type == "markdown" and inside:
            heading = HEADING.search(cell.source)
            start = heading.start() if heading else len(cell.source)
            if before := cell.source[:start].strip():
                yield new_markdown_cell(before), True
            if heading is None:
                continue
            cell.source, inside = cell.source[start:], False
        inside = inside or "hide-cell" in cell.metadata.get("tags", [])
        yield cell, inside


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
    shorter.cells = [cell for cell, inside in split(notebook) if not inside]
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

    Returns
    -------
    list of (str, str, list of cells)
        Name, such as "Exercise 1: another network"; task, as Markdown without heading and hint; and the
        solution, empty where the solutions have been taken out.
    """
    found = []
    for cell, inside in split(notebook):
        heading = EXERCISE.search(cell.source) if cell.cell_type == "markdown" and not inside else None
        if heading:
            found.append((heading[1], HINT.sub("", cell.source[heading.end() :]).strip(), []))
        elif inside and found:
            found[-1][2].append(cell)
    return found


def printed(cell):
    """What a cell printed, as one text."""
    return "".join(output.text for output in cell.get("outputs", []) if output.output_type == "stream")


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
    """A cell as Markdown: its words, or its code and what it prints."""
    if cell.cell_type == "markdown":
        return cell.source
    text = f"```python\n{cell.source.strip()}\n```"
    if said := printed(cell).strip():
        text += f"\n\nIt prints:\n\n```text\n{said}\n```"
    if any("image/png" in output.get("data", {}) for output in cell.outputs):
        text += "\n\nIt draws a figure, which the notebook has."
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
            text += f"\n### {name} (chapter {int(path.name[:2])})\n\n{task}\n"
            missing = missing or not solution
            if solution:
                text += ANSWER.format(blocks="\n\n".join(block(cell) for cell in solution))
    return text if not missing else text.replace(INTRODUCTION, INTRODUCTION + APART)
