"""The files around the course: licence, citation, change log, hooks, templates, workflows."""

import re
import shlex
import tomllib

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_notebook, new_output
from packaging.specifiers import SpecifierSet

from helpers.settings import ROOT
from tools.chapters import tidy
from tools.notebook import chapters
from tools.site import launch_buttons

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

workflows = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def steps(path):
    """Every step of a workflow."""
    jobs = yaml.safe_load(path.read_text())["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def make_calls(text):
    """The targets that some shell lines make."""
    lines = [shlex.split(line) for line in text.splitlines() if line.strip().startswith("make ")]
    return [word for words in lines for word in words[1:] if "=" not in word]


# Workflows


def test_there_is_one_for_pull_requests_one_for_a_gpu_and_one_for_everything():
    assert {path.stem for path in WORKFLOWS} == {"tests", "gpu", "weekly"}


@workflows
def test_what_runs_the_code_of_the_course_may_only_read(path):
    text = yaml.safe_load(path.read_text())
    assert text["permissions"] == {"contents": "read"}
    for job in text["jobs"].values():
        checkouts = [step for step in job["steps"] if "checkout" in step.get("uses", "")]
        assert not (checkouts and "permissions" in job)
        assert all(step["with"] == {"persist-credentials": False} for step in checkouts)


@workflows
def test_actions_are_pinned_to_a_commit_with_its_version(path):
    for line in path.read_text().splitlines():
        if "uses:" in line:
            assert re.search(r"uses: actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@workflows
def test_a_workflow_makes_only_what_the_makefile_has_and_sets_up_first(path):
    for job in yaml.safe_load(path.read_text())["jobs"].values():
        made = [target for step in job["steps"] for target in make_calls(step.get("run", ""))]
        assert set(made) <= TARGETS
        assert made[:1] in ([], ["setup"])


def test_every_python_of_the_course_is_tested():
    job = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text())["jobs"]["linux"]
    pythons = [
        f"3.{minor}" for minor in range(30) if f"3.{minor}" in SpecifierSet(PROJECT["requires-python"])
    ]
    assert job["strategy"]["matrix"]["python"] == pythons


def test_the_gpu_runs_what_a_maintainer_has_just_labelled():
    path = ROOT / ".github" / "workflows" / "gpu.yml"
    text = yaml.safe_load(path.read_text())
    assert text[True]["pull_request"] == {"types": ["labeled"]}
    assert "github.event.label.name == 'gpu'" in text["jobs"]["test"]["if"]


def test_processor_and_gpu_run_the_same_tests():
    for name, command in (("tests", "make test"), ("gpu", "make test GPU=1")):
        path = ROOT / ".github" / "workflows" / f"{name}.yml"
        assert command in [step.get("run") for step in steps(path)]


def test_the_gpu_runner_is_named_in_one_variable_and_its_absence_is_told():
    path = ROOT / ".github" / "workflows" / "gpu.yml"
    jobs = yaml.safe_load(path.read_text())["jobs"]
    assert jobs["test"]["runs-on"] == "${{ vars.GPU_RUNNER }}"
    assert "vars.GPU_RUNNER != ''" in jobs["test"]["if"]
    assert jobs["no-runner"]["if"] == "vars.GPU_RUNNER == ''"
    assert "GPU_RUNNER" in jobs["no-runner"]["steps"][0]["run"]


def test_the_weekly_run_takes_the_real_things_and_publishes():
    ran = steps(ROOT / ".github" / "workflows" / "weekly.yml")
    commands = [step.get("run", "") for step in ran]
    order = ["make weights", "make course PROFILE=full", "make reproduce", "make book", "make slides"]
    places = [commands.index(command) for command in order]
    assert places == sorted(places)
    assert "REPO_URL" in ran[commands.index("make book")]["env"]
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "weekly.yml").read_text())["jobs"]
    assert jobs["publish"]["needs"] == "everything"
    assert launch_buttons.PUBLISHED_BRANCH in commands[-1]


# Templates


def test_reports_and_requests_say_profile_and_device():
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "something-is-wrong.yml").read_text())
    assert {"profile", "device", "settings"} <= {field["id"] for field in form["body"]}
    request = (ROOT / ".github" / "pull_request_template.md").read_text()
    assert "Profile:" in request
    assert "Device:" in request


# Licence, citation, change log


def test_licences_are_there_and_agree():
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    assert "CC BY 4.0" in (ROOT / "LICENSE-CONTENT").read_text()
    assert PROJECT["license"] == "MIT"
    holder = yaml.safe_load((ROOT / "book" / "_config.yml").read_text())["author"]
    for name in PROJECT["license-files"]:
        assert f"Copyright (c) 2026 {holder}" in (ROOT / name).read_text()


def test_the_citation_is_valid_and_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] in ("software", "dataset")
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert citation["authors"] == [{"name": "The authors of Seeing Through CNNs"}]


def test_the_change_log_has_this_version():
    assert f"\n## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text()


# Hooks


def test_hooks_download_nothing_and_call_what_is_there():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    for hook in config["repos"][0]["hooks"]:
        assert {"id", "name", "entry", "language"} <= set(hook)
        assert hook["language"] == "system"
        words = hook["entry"].split()
        if words[0] == "make":
            assert words[1] in TARGETS
        elif "-m" in words:
            assert (ROOT / (words[words.index("-m") + 1].replace(".", "/") + ".py")).is_file()
        else:
            assert words[0] == ".venv/bin/ruff"


@pytest.fixture
def notebook(tmp_path):
    """A notebook as an editor leaves it."""
    outputs = [new_output("stream", name=name, text=name) for name in ("stdout", "stderr")]
    cell = new_code_cell("print(1)", outputs=outputs, execution_count=7)
    cell.metadata.update({"execution": {"iopub.execute_input": "now"}, "scrolled": True, "tags": ["kept"]})
    path = tmp_path / "01_x.ipynb"
    nbformat.write(new_notebook(cells=[cell], metadata={"vscode": {"interpreter": "mine"}}), path)
    return path


def test_a_notebook_is_tidied_once_and_keeps_its_results(notebook, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["tidy", str(notebook)])
    with pytest.raises(SystemExit) as stop:
        tidy.main()
    assert stop.value.code == 1
    assert "tidied" in capsys.readouterr().out
    tidied = nbformat.read(notebook, 4)
    assert set(tidied.metadata) == {"kernelspec", "language_info"}
    assert tidied.cells[0].metadata == {"tags": ["kept"]}
    assert tidied.cells[0].execution_count == 1
    assert [output.text for output in tidied.cells[0].outputs] == ["stdout"]
    with pytest.raises(SystemExit) as stop:
        tidy.main()
    assert stop.value.code == 0


@pytest.mark.parametrize("path", chapters(), ids=lambda path: path.stem)
def test_the_hook_leaves_committed_notebooks_alone(path, tmp_path):
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    assert tidy.tidy(copy) is False
    assert copy.read_bytes() == path.read_bytes()
