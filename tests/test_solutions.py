"""Taking the solutions out of a notebook, and listing them all."""

import ast
import copy
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from outputs import printed

from tools.notebook import chapters, exercises, split_at_solutions, without_solutions
from tools.site.solutions import page as solutions_page

CHAPTERS = pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
HIDDEN = {"tags": ["hide-cell"], "jupyter": {"source_hidden": True, "outputs_hidden": True}}


def small():
    """A notebook with two exercises; what follows the first solution uses it."""
    hint = "<details><summary>Hint</summary>\n\nThink.\n\n</details>"
    return new_notebook(
        cells=[
            new_markdown_cell("# Count\n\nWords."),
            new_code_cell("a = 1", execution_count=1),
            new_markdown_cell(f"## Exercises\n\n### Exercise 1: one\n\nDo it.\n\n{hint}"),
            new_code_cell("mine = ...\nchecks.check_one(mine)", execution_count=2),
            new_code_cell("one = 41", execution_count=3, outputs=[printed("Right.")], metadata=HIDDEN),
            new_markdown_cell("With it:"),
            new_code_cell("print(one)", execution_count=4, outputs=[printed("41\n")]),
            new_markdown_cell(f"So it is 41.\n\n### Exercise 2: two\n\nAgain.\n\n{hint}"),
            new_code_cell("mine = ...\nchecks.check_two(mine)", execution_count=5),
            new_code_cell("two = 42", execution_count=6, outputs=[printed("Right.")], metadata=HIDDEN),
            new_markdown_cell("## In this chapter you have\n\n- counted."),
        ]
    )


def test_a_solution_goes_with_all_that_follows_it_up_to_the_next_heading():
    shorter = without_solutions(small())
    text = "\n".join(cell.source for cell in shorter.cells)
    assert not re.search(r"41|42|With it", text)
    assert [cell.source.splitlines()[0] for cell in shorter.cells] == [
        "# Count",
        "a = 1",
        "## Exercises",
        "mine = ...",
        "### Exercise 2: two",
        "mine = ...",
        "## In this chapter you have",
    ]


def test_code_cells_are_numbered_without_gaps():
    shorter = without_solutions(small())
    assert [cell.execution_count for cell in shorter.cells if cell.cell_type == "code"] == [1, 2, 3]


def test_the_notebook_itself_is_not_changed():
    notebook = small()
    before = copy.deepcopy(notebook)
    without_solutions(notebook)
    exercises(notebook)
    assert notebook == before


def test_exercises_have_name_task_and_solution():
    (name, task, solution), second = exercises(small())
    assert (name, task) == ("Exercise 1: one", "Do it.")
    assert [cell.source for cell in solution] == ["one = 41", "With it:", "print(one)", "So it is 41."]
    assert [cell.source for cell in second[2]] == ["two = 42"]


def unnumbered(outputs):
    """Outputs without the number of their cell, which changes where cells before it are left out."""
    return [{key: value for key, value in output.items() if key != "execution_count"} for output in outputs]


@CHAPTERS
def test_every_chapter_keeps_all_but_its_solutions(path):
    notebook = nbformat.read(path, 4)
    shorter = without_solutions(notebook)
    nbformat.validate(shorter)
    assert shorter.metadata == notebook.metadata
    assert not any("hide-cell" in cell.metadata.get("tags", []) for cell in shorter.cells)
    kept = {cell.id: cell for cell in shorter.cells}
    found = exercises(notebook)
    assert 2 <= len(found) <= 4
    assert all(solution for _, _, solution in found)
    answers = [cell for cell in shorter.cells if "checks.check_" in cell.source]
    assert len(answers) == len(found)
    assert all("= ..." in answer.source for answer in answers)
    for cell in notebook.cells:
        if cell.id in kept and cell.cell_type == "code":
            assert kept[cell.id].source == cell.source
            assert unnumbered(kept[cell.id].outputs) == unnumbered(cell.outputs)
    first = next(k for k, cell in enumerate(notebook.cells) if "## Exercises" in cell.source)
    assert [cell.source for cell in shorter.cells[:first]] == [cell.source for cell in notebook.cells[:first]]
    assert notebook.cells[-1].source.endswith(shorter.cells[-1].source)


def names(cells, context):
    """The names that some code cells bind (ast.Store) or use (ast.Load)."""
    found = set()
    for node in ast.walk(ast.parse("\n".join(cell.source for cell in cells if cell.cell_type == "code"))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, context):
            found.add(node.id)
        elif context is ast.Store and isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif context is ast.Store and isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
        elif context is ast.Store and isinstance(node, ast.arg):
            found.add(node.arg)
    return found


@pytest.mark.slow
@CHAPTERS
def test_what_is_left_needs_nothing_that_was_taken_out(path):
    cells = list(split_at_solutions(nbformat.read(path, 4)))
    left = [cell for cell, inside in cells if not inside]
    taken = [cell for cell, inside in cells if inside]
    only_there = names(taken, ast.Store) - names(left, ast.Store)
    assert names(left, ast.Load) & only_there == set()


def test_the_page_has_every_exercise_with_a_folded_answer():
    page = solutions_page()
    count = sum(len(exercises(nbformat.read(path, 4))) for path in chapters())
    assert len(re.findall(r"^### Exercise", page, re.MULTILINE)) == count
    assert page.count("<details><summary>Show the answer</summary>") == page.count("</details>") == count
    for section in page.split("\n### ")[1:]:
        assert "checks.check_" not in section.split("<details>")[0]
        assert "checks.check_" in section.split("<details>")[1]


def test_a_page_for_learners_says_that_the_answers_are_kept_apart(tmp_path):
    nbformat.write(without_solutions(small()), tmp_path / "01_count.ipynb")
    page = solutions_page(tmp_path)
    assert "the answers are kept apart" in page
    assert "details" not in page
    assert "kept apart" not in solutions_page()
