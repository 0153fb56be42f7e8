"""Launch buttons, the notebooks for Colab, Binder's files and the container's."""

import json
import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from html_page import read_pages
from test_packages import ENVIRONMENT, PROJECT, locked

from helpers.settings import ROOT
from tools.site import build, launch_buttons

REPOSITORY = "https://github.com/example/course"  # a form, not an address: nothing here asks for it
ELSEWHERE = "https://example.org/group/owner/name"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PAGE = "notebooks/04_feature_maps"
CELL = nbformat.v4.new_code_cell("the_code_of_the_chapter = 1", execution_count=1)


def head():
    """The commit of the clone that the tests run in."""
    try:
        return launch_buttons.checked_out_commit()
    except ValueError as problem:
        pytest.skip(str(problem))


# Addresses


def test_binder_is_sent_to_the_commit_of_the_page():
    assert launch_buttons.binder_address(REPOSITORY, COMMIT, PAGE) == (
        f"https://mybinder.org/v2/gh/example/course/{COMMIT}"
        "?urlpath=lab%2Ftree%2Fnotebooks%2F04_feature_maps.ipynb"
    )


def test_binder_takes_repositories_of_other_hosts():
    for repository, place in (
        ("https://gitlab.com/group/owner/name", "gl/group%2Fowner%2Fname/"),
        (ELSEWHERE, "git/https%3A%2F%2Fexample.org%2Fgroup%2Fowner%2Fname/"),
    ):
        address = launch_buttons.binder_address(repository, COMMIT, PAGE)
        assert address.startswith(f"https://mybinder.org/v2/{place}{COMMIT}?")


def test_colab_is_sent_to_the_prepared_notebook_of_the_published_branch():
    assert launch_buttons.colab_address(REPOSITORY, PAGE) == (
        "https://colab.research.google.com/github/example/course/blob/gh-pages/_sources/"
        "notebooks/04_feature_maps.ipynb"
    )
    assert launch_buttons.colab_address(ELSEWHERE, PAGE) is None


@pytest.mark.parametrize("end", ["", "/", ".git", ".git/"])
def test_what_may_follow_the_name_of_a_repository_is_left_out(end):
    assert launch_buttons.check_address(REPOSITORY + end) == REPOSITORY


@pytest.mark.parametrize("wrong", ["course", "git@github.com:a/b", "https://github.com/a", "https://a/b c/d"])
def test_a_wrong_address_is_told_with_what_is_allowed(wrong):
    with pytest.raises(ValueError, match=rf"^REPO_URL={re.escape(repr(wrong))} is not allowed: give it as "):
        launch_buttons.check_address(wrong)


def test_a_wrong_address_is_told_before_anything_is_built(tmp_path):
    with pytest.raises(ValueError, match="REPO_URL='course' is not allowed"):
        build.build(tmp_path / "site", tmp_path / "work", repository="course")
    assert list(tmp_path.iterdir()) == []


# The site


def test_without_an_address_nothing_is_offered(pages):
    for name, page in pages.items():
        for word in ("mybinder.org", "colab.research", "launch-buttons", "_sources/"):
            assert word not in page.text, name


@pytest.fixture(scope="module")
def launch_site(tmp_path_factory):
    """A site of two pages and one chapter, with the course's settings, that knows its repository."""
    head()
    folder = tmp_path_factory.mktemp("launch-site")
    source = folder / "source"
    for place in ("book/images", "notebooks"):
        (source / place).mkdir(parents=True)
    for name in ("_config.yml", "references.bib", "images/favicon.svg"):
        shutil.copy(ROOT / "book" / name, source / "book" / name)
    (source / "book" / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nchapters: [file: notebooks/04_feature_maps, file: book/use]\n"
    )
    for name in ("index", "use"):
        (source / "book" / f"{name}.md").write_text(f"# The {name}\n")
    cells = [nbformat.v4.new_markdown_cell("# Maps"), CELL]
    chapter = nbformat.v4.new_notebook(cells=cells, metadata={"language_info": {"name": "python"}})
    nbformat.write(chapter, source / "notebooks" / "04_feature_maps.ipynb")
    build.add_launch_buttons(source, REPOSITORY)
    build.run_sphinx(folder, folder / "site", "html")
    return folder / "site"


def test_with_an_address_chapters_can_be_launched_and_other_pages_cannot(launch_site):
    found = {
        name: [link for link in page.links if "_sources" in link or "mybinder" in link]
        for name, page in read_pages(launch_site).items()
    }
    assert found.pop(f"{PAGE}.html") == [
        launch_buttons.binder_address(REPOSITORY, head(), PAGE),
        launch_buttons.colab_address(REPOSITORY, PAGE),
        f"../_sources/{PAGE}.ipynb",
    ]
    assert len(found) > 2
    assert not any(found.values())


def test_a_published_notebook_begins_with_the_cell_for_colab_and_its_page_does_not_show_it(launch_site):
    first, *others = nbformat.read(launch_site / "_sources" / f"{PAGE}.ipynb", 4).cells
    assert first.source == launch_buttons.install_cell(REPOSITORY, head())
    assert [cell.source for cell in others] == ["# Maps", CELL.source]
    page = (launch_site / f"{PAGE}.html").read_text()
    assert "google.colab" not in page
    assert "the_code_of_the_chapter" in page


# The cell


def run_cell(home, before, path=os.environ["PATH"]):
    """Run the cell in a fresh Python whose home is a folder of ours."""
    after = "import json; from importlib.util import find_spec as find\n"
    after += "print(json.dumps([find('helpers').origin, os.getcwd()]))"
    code = f"{before}\n{launch_buttons.install_cell(str(ROOT), head())}\n{after}"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=home,
        env=os.environ
        | {"HOME": str(home), "PATH": path, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
    )


def said_by_cell(home, before):
    """The lines that the cell says, and then: where ``helpers`` is imported from, and where one is."""
    result = run_cell(home, before)
    assert result.returncode == 0, result.stderr
    *said, state = result.stdout.splitlines()
    return said, json.loads(state)


ON_COLAB = "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')"


@pytest.mark.slow
def test_the_cell_gets_the_course_at_the_version_of_the_page_and_a_second_time_too(tmp_path):
    course = tmp_path / "seeing-through-cnns"
    for _ in range(2):
        said, state = said_by_cell(tmp_path, ON_COLAB)
        assert said == []
        assert state == [str(course / "helpers" / "__init__.py"), str(course / "notebooks")]
    at = subprocess.run(["git", "-C", course, "rev-parse", "HEAD"], capture_output=True, text=True)
    assert at.stdout.strip() == head()


@pytest.mark.slow
def test_a_clone_that_was_interrupted_does_not_stand_in_the_way(tmp_path):
    git = tmp_path / "bin" / "git"
    git.parent.mkdir()
    git.write_text('#!/bin/sh\nfor target; do :; done\nmkdir -p "$target/.git"\nkill -9 $$\n')
    git.chmod(0o755)
    broken = run_cell(tmp_path, ON_COLAB, f"{git.parent}{os.pathsep}{os.environ['PATH']}")
    assert "SIGKILL" in broken.stderr
    assert said_by_cell(tmp_path, ON_COLAB)[0] == []
    names = sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("."))
    assert names == ["bin", "seeing-through-cnns"]


@pytest.mark.slow
def test_the_cell_asks_for_a_restart_where_another_numpy_is_loaded(tmp_path):
    loaded = f"{ON_COLAB}\nimport numpy; numpy.__version__, kept = '1.0', numpy.__version__"
    said, _ = said_by_cell(tmp_path, loaded)
    assert said == ["Choose Runtime > Restart session, then run this cell again."]


def test_the_cell_does_nothing_elsewhere(tmp_path):
    _, state = said_by_cell(tmp_path, "")
    assert state == [str(ROOT / "helpers" / "__init__.py"), str(tmp_path)]
    assert list(tmp_path.iterdir()) == []


def test_colab_gets_the_versions_of_the_lock_and_keeps_its_own_jupyter():
    pins = dict(package.split("==") for package in launch_buttons.locked_packages())
    assert pins.items() <= locked("requirements.lock").items()
    assert len(pins) == len(PROJECT["dependencies"]) - 3
    assert not {"jupyterlab", "ipykernel", "ipywidgets"} & set(pins)


# Binder and the container


def test_binder_and_the_container_take_the_same_python_and_the_same_lock():
    python = next(entry for entry in ENVIRONMENT["dependencies"] if str(entry).startswith("python="))
    version = python.removeprefix("python=")
    assert (ROOT / "binder" / "runtime.txt").read_text().strip() == f"python-{version}"
    assert re.search(rf"^FROM python:{re.escape(version)}-", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    lines = (ROOT / "binder" / "requirements.txt").read_text().splitlines()
    assert lines[1:] == ["--require-hashes", "-r ../requirements.lock"]
    assert "RUN make setup TEACH=$TEACH\n" in (ROOT / "Dockerfile").read_text()


@pytest.mark.slow
def test_pip_finds_the_lock_from_binders_file():
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index"]
    command += ["--disable-pip-version-check", "-r", "binder/requirements.txt"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "Would install" not in result.stdout
    assert result.stdout.count("already satisfied") > 100


def test_binders_last_step_can_be_run():
    script = ROOT / "binder" / "postBuild"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script]).returncode == 0


def test_the_container_leaves_out_what_git_does():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name in (".git", ".venv", "build", "book/_build", "data/downloads", "training/runs"):
        assert name in ignored
