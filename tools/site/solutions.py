"""The site's page of all answers, made from the notebooks."""

import nbformat

from tools.notebook import NOTEBOOKS, chapters, exercises, printed, title

INTRODUCTION = """# Answers to the exercises

For teachers, and for learners who have tried. Every answer is folded: choose *Show the answer* to open one.
They are taken from the notebooks whenever this page is made, with what they print. In most exercises other
answers are right too: the check below an exercise accepts all that do what was asked for.
"""
KEPT_APART = "\nThis edition was made for a class: the answers are kept apart, and the teacher has them.\n"
ANSWER = """
<details><summary>Show the answer</summary>

{blocks}

</details>
"""


def to_markdown(cell):
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
    """The page of all answers to the exercises of the notebooks in a folder, as Markdown."""
    text, missing = "", False
    for path in chapters(folder):
        notebook, number = nbformat.read(path, 4), int(path.name[:2])
        text += f"\n## Chapter {number}: {title(notebook)}\n"
        for name, task, solution in exercises(notebook):
            text += f"\n### {name} (chapter {number})\n\n{task}\n"
            missing = missing or not solution
            if solution:
                text += ANSWER.format(blocks="\n\n".join(to_markdown(cell) for cell in solution))
    return INTRODUCTION + KEPT_APART * missing + text
