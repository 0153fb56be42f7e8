"""The rules of the house: layers, code, notebooks, texts, sizes."""

import ast
import re
import subprocess
import sys

import nbformat
import pytest
import yaml
from test_packages import PROJECT

import helpers
from helpers.settings import ROOT

HELPERS = sorted((ROOT / "helpers").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# Each knows only those before it, and none of the rest; all others may know them.
FOUNDATION = ("settings", "validate", "progress", "backend", "graph", "engine", "image", "segments")
METHODS = {
    "activations", "agreement", "ascent", "evaluation", "filters", "grad_cam", "lime_image", "occlusion",
    "randomization", "saliency", "shapley",
}  # fmt: skip
PARTS = {
    "incremental_occlusion": "occlusion",
    "parametrisation": "ascent",
}  # of a method, in a file of its own
KERAS_INTERNALS = {
    "_run_through_graph", "_keras_history", "_inbound_nodes", "_outbound_nodes", "_functional", "keras.src"
}  # fmt: skip
LONGEST, LONGEST_OF_ENGINE = 400, 250  # lines
WRITTEN_BY_HAND = {".py", ".mjs", ".ts", ".css", ".html", ".md", ".yml", ".toml", ".bib", ""}

notebooks = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
modules = pytest.mark.parametrize(
    "path", HELPERS, ids=lambda path: ".".join(path.relative_to(ROOT).with_suffix("").parts)
)


def imports(source):
    """The modules that a piece of Python imports, and from ``helpers`` the names as well."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def known(path):
    """The modules of ``helpers`` that one of them imports."""
    return {name.split(".")[1] for name in imports(path.read_text()) if name.startswith("helpers.")}


def layer(path):
    """The module of ``helpers`` that a file is, or is part of."""
    return path.relative_to(ROOT / "helpers").with_suffix("").parts[0]


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
def test_tensorflow_is_started_by_backend_alone(path):
    allowed = {"backend": {"tensorflow", "keras"}, "graph": {"keras"}}.get(layer(path), set())
    assert tops(path.read_text()) & {"tensorflow", "keras"} <= allowed


@modules
def test_only_graph_touches_the_internals_of_keras(path):
    assert layer(path) == "graph" or touched(path.read_text()) == set()


def touched(source):
    """The internals of Keras that a piece of Python names, as attribute, string or import."""
    named = {name[: len("keras.src")] for name in imports(source)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            named.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named.add(node.value)
    return named & KERAS_INTERNALS


def test_internals_are_seen_however_they_are_named():
    assert touched("layer._inbound_nodes[0]") == {"_inbound_nodes"}
    assert touched("getattr(model, '_functional', None)") == {"_functional"}
    assert touched("from keras.src.models import functional") == {"keras.src"}
    assert touched("is_functional = model.functional") == set()


@modules
def test_only_plots_draws(path):
    assert layer(path) == "plots" or "matplotlib" not in tops(path.read_text())


@modules
def test_the_foundation_knows_only_what_lies_below_it(path):
    if layer(path) in FOUNDATION:
        assert known(path) <= {*FOUNDATION[: FOUNDATION.index(layer(path))], layer(path)}


@modules
def test_a_method_knows_the_foundation_and_no_other_method(path):
    if layer(path) in METHODS | set(PARTS):
        own = {part for part, method in PARTS.items() if method == layer(path)}
        assert known(path) <= {*FOUNDATION, *own}


def test_the_course_is_imported_without_what_takes_long():
    slow = ("tensorflow", "keras", "matplotlib", "skimage", "sklearn", "scipy", "numpy", "dask")
    code = f"import sys, helpers, helpers.settings; print([name for name in {slow} if name in sys.modules])"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout == "[]\n"


OF_TESTS = {"tests", "conftest", *(path.stem for path in (ROOT / "tests").rglob("*.py"))}


@pytest.mark.parametrize("path", tracked("*.py"), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_tests_are_imported_by_tests_alone(path):
    inside = path.is_relative_to(ROOT / "tests")
    assert tops(path.read_text()) & ({"conftest"} if inside else OF_TESTS) == set()


@pytest.mark.parametrize("path", tracked("*.py"), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_nothing_imports_a_notebook(path):
    assert "notebooks" not in tops(path.read_text())


@notebooks
def test_notebooks_import_only_helpers_and_public_packages(path):
    public = {re.split(r"[^\w.-]", requirement)[0] for requirement in PROJECT["dependencies"]}
    modules = {"scikit-learn": "sklearn", "scikit-image": "skimage", "tf-keras-vis": "tf_keras_vis"}
    allowed = {modules.get(name, name) for name in public} | {"helpers", "scipy", *sys.stdlib_module_names}
    assert {top for cell in cells(path) for top in tops(cell.source)} <= allowed


def names(module):
    """What can be imported from a module of ``helpers``, or from ``helpers`` itself."""
    path = ROOT.joinpath(*module.split("."))
    found = set(helpers.__all__) if module == "helpers" else set()
    found |= {part.stem for part in path.glob("*")}
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            found |= {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
        found.add(getattr(node, "name", None))
    return found


@notebooks
def test_what_a_notebook_takes_from_helpers_is_there(path):
    nodes = [node for cell in cells(path) for node in ast.walk(ast.parse(cell.source))]
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "helpers":
            assert {alias.name for alias in node.names} <= names(node.module), node.module


# Code


def public(tree):
    """Functions and classes that other modules may use."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]


@modules
def test_what_others_may_use_says_what_it_is(path):
    tree = ast.parse(path.read_text())
    assert [node.name for node in public(tree) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("name", helpers.__all__)
def test_what_the_chapters_use_says_what_it_takes_gives_and_raises(name):
    tree = ast.parse((ROOT / "helpers" / f"{helpers._HOME[name]}.py").read_text())
    node = next(node for node in public(tree) if node.name == name)
    text = ast.get_docstring(node)
    if isinstance(node, ast.ClassDef):
        return
    assert not node.args.args or "Parameters\n---" in text
    returns = any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(node))
    assert not returns or re.search(r"(Returns|Yields)\n---", text)
    raises = any(isinstance(n, ast.Raise) for n in ast.walk(node))
    assert not raises or "Raises\n---" in text


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
    parts += ["## Further", "## In this chapter you have", "## References"]
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
        if (
            path.suffix in WRITTEN_BY_HAND | {".ipynb", ".json", ".lock", ".txt"}
            and path.name != "test_house.py"
        ):
            found = pattern.search(path.read_text(errors="ignore"))
            assert not found, f"{path.name}: {found[0]}"


def test_the_shared_folder_is_not_needed():
    for path in tracked("helpers", "notebooks", "tools", "training", "Makefile"):
        assert "../shared" not in path.read_text(errors="ignore"), path.name


@pytest.mark.parametrize(
    "path",
    tracked("helpers/*.py", "tools/*.py", "training/*.py", "benchmarks/*.py", "evaluations/*.py"),
    ids=lambda path: path.name,
)
def test_text_is_read_and_written_in_utf_8_whatever_the_system_prefers(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("read_text", "write_text"):
            assert "encoding" in {keyword.arg for keyword in node.keywords}, ast.unparse(node)


@pytest.mark.parametrize("path", tracked("*.md", "*.mjs", "notebooks/*.ipynb"), ids=lambda path: path.name)
def test_per_cent_stands_right_behind_its_number(path):
    text = path.read_text(encoding="utf-8")
    apart = [text[m.start() - 40 : m.end()] for m in re.finditer(r"[\d}](?: |\xa0|&nbsp;)%(?!\w)", text)]
    assert apart == []


@pytest.mark.parametrize("page", ["photo", "playground"])
def test_a_picture_of_a_live_page_has_a_name_before_it_is_painted(page):
    text = (ROOT / "book" / "_static" / page / "markup.mjs").read_text(encoding="utf-8")
    pictures = re.findall(r'<canvas[^>]*role="img"[^>]*>', text)
    assert pictures
    assert [tag for tag in pictures if "aria-label=" not in tag] == []


def test_no_large_file_is_tracked():
    sizes = {path.name: path.stat().st_size for path in tracked()}
    assert {name: size for name, size in sizes.items() if size > 6_000_000} == {}


def test_no_file_is_too_long_to_be_read():
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_bytes().splitlines())
        for path in tracked()
        if path.suffix in WRITTEN_BY_HAND
    }
    assert lengths["tests/test_house.py"] > 100
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}
    of_engine = {name: lines for name, lines in lengths.items() if name.startswith("helpers/engine/")}
    assert {name: lines for name, lines in of_engine.items() if lines > LONGEST_OF_ENGINE} == {}
