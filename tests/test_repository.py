"""The rules of the house: layers, notebooks, texts, files."""

import ast
import re
import subprocess
import sys

import nbformat
import pytest
import yaml
from test_packages import PROJECT

from helpers.settings import ROOT

HELPERS = sorted((ROOT / "helpers").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
METHODS = {"activations", "ascent", "filters", "grad_cam", "lime_image", "occlusion", "saliency"}
TENSORFLOW = {"backend", "models", "backbones", "efficientnet", "mini_vgg", "vgg16", "engine", "lime_image"}
FOUNDATION = {"validate", "engine", "image", "backend", "progress"}

notebooks = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
modules = pytest.mark.parametrize("path", HELPERS, ids=lambda path: path.stem)


def imports(source):
    """The modules that a piece of Python imports, and from ``helpers`` the names as well."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def tops(source):
    """The packages that a piece of Python imports."""
    return {name.split(".")[0] for name in imports(source)}


def cells(path, kind="code"):
    """The cells of one kind that are not empty."""
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == kind and cell.source.strip()]


def tracked(*patterns):
    """The files of the repository, as paths."""
    listed = subprocess.run(
        ["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def figures(path):
    """The code cells that have a figure among their outputs."""
    return [
        cell for cell in cells(path) if any("image/png" in output.get("data", {}) for output in cell.outputs)
    ]


# Layers


@modules
def test_only_some_modules_touch_tensorflow(path):
    source = path.read_text()
    touched = {name for name in imports(source) if name.split(".")[0] in ("tensorflow", "keras")}
    touched |= imports(source) & {"helpers.backend.tf", "helpers.backend.keras"}
    assert path.stem in TENSORFLOW or not touched


@modules
def test_only_plots_draws(path):
    assert path.stem == "plots" or "matplotlib" not in tops(path.read_text())


@modules
def test_methods_know_only_engine_and_image(path):
    known = {name.split(".")[1] for name in imports(path.read_text()) if name.startswith("helpers.")}
    assert path.stem not in METHODS or known <= FOUNDATION


@pytest.mark.parametrize("path", tracked("*.py"), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_imports_a_notebook(path):
    assert "notebooks" not in tops(path.read_text())


@notebooks
def test_notebooks_import_only_helpers_and_public_packages(path):
    public = {re.split(r"[^\w.-]", requirement)[0] for requirement in PROJECT["dependencies"]}
    modules = {"scikit-learn": "sklearn", "scikit-image": "skimage", "tf-keras-vis": "tf_keras_vis"}
    allowed = {modules.get(name, name) for name in public} | {"helpers", "scipy", *sys.stdlib_module_names}
    assert {top for cell in cells(path) for top in tops(cell.source)} <= allowed


# Code


def public_functions(path):
    """Functions and classes that other modules may use."""
    tree = ast.parse(path.read_text())
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]


@modules
def test_public_functions_say_what_they_take_and_give(path):
    for node in public_functions(path):
        text = ast.get_docstring(node) or ""
        assert text, f"{node.name} has no docstring"
        if isinstance(node, ast.FunctionDef):
            if node.args.args:
                assert "Parameters\n---" in text, f"{node.name} does not say what it takes"
            returns = any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(node))
            assert not returns or re.search(r"(Returns|Yields)\n---", text), f"{node.name}: Returns?"
            raises = any(isinstance(n, ast.Raise) for n in ast.walk(node))
            assert not raises or "Raises\n---" in text, f"{node.name} does not say what it raises"


# Notebooks


@notebooks
def test_cells_are_short(path):
    lengths = sorted(len(cell.source.strip().splitlines()) for cell in cells(path))
    assert lengths[-1] <= 20
    assert lengths[len(lengths) // 2] <= 6


@notebooks
def test_outputs_are_clean(path):
    assert [cell.execution_count for cell in cells(path)] == list(range(1, len(cells(path)) + 1))
    for cell in cells(path):
        assert "execution" not in cell.metadata, "execution times"
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text
            data = output.get("data", {})
            text = output.get("text", "") + (data.get("text/plain", "") if "image/png" not in data else "")
            assert not re.search(r"(^|[\s'\"(])/(root|home|tmp|usr|work|Users)/|[A-Z]:\\", text), text
            assert not re.search(r"<[\w.]+ (object )?at 0x|<[\w.]+object|<matplotlib", text), text
            assert "Warning" not in text


@notebooks
def test_nothing_is_kept_but_what_is_needed(path):
    notebook = nbformat.read(path, 4)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert path.stat().st_size < 2_000_000


@notebooks
def test_every_figure_has_alt_text_a_caption_and_prose_after_it(path):
    notebook = nbformat.read(path, 4).cells
    for cell in figures(path):
        mystnb = cell.metadata["mystnb"]
        assert len(mystnb["image"]["alt"]) > 40
        assert len(mystnb["figure"]["caption"]) > 20
        assert mystnb["figure"]["name"].startswith("fig-")
        place = next(k for k, other in enumerate(notebook) if other.id == cell.id)
        assert notebook[place + 1].cell_type == "markdown"


def test_figure_names_are_unique():
    names = [cell.metadata["mystnb"]["figure"]["name"] for path in NOTEBOOKS for cell in figures(path)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", [*NOTEBOOKS, *HELPERS], ids=lambda path: path.stem)
def test_no_rainbow_colours(path):
    source = path.read_text() if path.suffix == ".py" else "\n".join(cell.source for cell in cells(path))
    assert not re.search(r"[\"'.](jet|hsv|rainbow|gist_rainbow|nipy_spectral)\b", source)


@notebooks
def test_a_chapter_has_its_parts_in_order(path):
    text = "\n".join(cell.source for cell in cells(path, "markdown"))
    parts = ["# ", "In this chapter you will", "## The question", "## Strengths and limits", "## Exercises"]
    parts += ["## In this chapter you have", "## References"]
    places = [text.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


@notebooks
def test_every_exercise_has_a_hint_a_hidden_solution_and_a_check(path):
    notebook = nbformat.read(path, 4).cells
    starts = [
        k for k, cell in enumerate(notebook) if re.search(r"^### Exercise \d", cell.source, re.MULTILINE)
    ]
    assert 2 <= len(starts) <= 4
    for start in starts:
        task, answer, solution = notebook[start : start + 3]
        assert "<details><summary>Hint</summary>" in task.source
        assert "..." in answer.source
        assert "checks.check_" in answer.source
        assert "hide-cell" in solution.metadata.tags
        assert solution.metadata.jupyter == {"source_hidden": True, "outputs_hidden": True}
        assert "Right" in "".join(output.get("text", "") for output in solution.outputs)


# Files


def test_the_site_and_the_readme_have_every_chapter():
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())
    listed = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    names = [f"notebooks/{path.stem}" for path in NOTEBOOKS]
    assert [name for name in listed if name.startswith("notebooks/")] == names
    for text in (ROOT / "README.md").read_text(), (ROOT / "book" / "index.md").read_text():
        assert all(name in text for name in names)


def test_shipped_weights_have_a_card_and_numbers():
    for path in (ROOT / "data" / "weights").glob("*"):
        if path.suffix not in (".md", ".json"):
            assert path.with_suffix(".md").is_file()
            assert path.with_suffix(".json").is_file()


def test_no_file_names_a_machine_or_an_index():
    pattern = re.compile(r"/(root|home/\w+|work|Users/\w+)/|pypi\.org|/simple/")
    for path in tracked():
        if path.suffix in (
            ".py",
            ".md",
            ".yml",
            ".toml",
            ".ipynb",
            ".lock",
            ".json",
            ".txt",
            "",
        ) and path.name not in ("test_repository.py",):
            found = pattern.search(path.read_text(errors="ignore"))
            assert not found, f"{path.name}: {found[0]}"


def test_the_shared_folder_is_not_needed():
    for path in tracked("helpers", "notebooks", "tools", "training", "Makefile"):
        assert "../shared" not in path.read_text(errors="ignore"), path.name


def test_no_large_file_is_tracked():
    sizes = {path.name: path.stat().st_size for path in tracked()}
    assert {name: size for name, size in sizes.items() if size > 6_000_000} == {}
