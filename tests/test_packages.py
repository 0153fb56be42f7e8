"""pyproject.toml, the lock files and environment.yml name the same packages."""

import re
import tomllib
from importlib.metadata import distributions
from itertools import pairwise

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from helpers.settings import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = {
    "requirements.lock": ["dev"],
    "requirements-gpu.lock": ["dev", "gpu"],
    "requirements-teach.lock": ["dev", "teach"],
}
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())


def locked(name):
    """The pins of a lock file: name -> version."""
    found = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), flags=re.MULTILINE)
    assert len(found) == len({package for package, _ in found}), "a package is pinned twice"
    return {canonicalize_name(package): version for package, version in found}


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_is_locked_at_a_version_that_it_allows(name):
    pins = locked(name)
    wanted = list(PROJECT["dependencies"])
    for extra in LOCKS[name]:
        wanted += PROJECT["optional-dependencies"][extra]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes_and_no_address(name):
    text = (ROOT / name).read_text()
    packages = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", package) for package in packages)
    assert "://" not in text
    assert "index" not in text.replace("lazy-importer", "")


def test_the_locks_agree_on_what_they_share():
    plain, gpu, teach = map(locked, LOCKS)
    assert {name: gpu[name] for name in plain} == {name: teach[name] for name in plain} == plain
    assert any(name.startswith("nvidia-") for name in gpu)


def test_a_learner_gets_nothing_of_what_a_class_needs():
    for name in ("requirements.lock", "requirements-gpu.lock"):
        assert {"nbgrader", "jupyterhub"} & set(locked(name)) == set()


def test_conda_installs_the_same_pins():
    *conda, pip = ENVIRONMENT["dependencies"]
    assert pip == {"pip": ["--require-hashes", "-r requirements.lock"]}
    python = next(entry for entry in conda if entry.startswith("python="))
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))
    assert ENVIRONMENT["name"] == PROJECT["name"]


def without_reason(text):
    """The packages of a list, as pyproject.toml has it, without a comment of their own."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [line for before, line in pairwise(["", *lines]) if line[0] == '"' and not before.startswith("# ")]


def test_every_dependency_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pattern = r"^(?:dependencies|gpu|teach|dev) = \[\n(.*?)^\]"
    lists = re.findall(pattern, text, flags=re.MULTILINE | re.DOTALL)
    assert len(lists) == 4
    assert [entry for entries in lists for entry in without_reason(entries)] == []


def test_a_dependency_without_a_reason_is_found():
    text = '    # A reason.\n    "one>=1",\n    "two>=2",\n    # Another.\n    "three",\n'
    assert without_reason(text) == ['"two>=2",']


def test_what_is_installed_is_what_is_locked():
    installed = {package.name: package.version for package in distributions()}
    pins = locked("requirements.lock")
    different = {
        name: (version, pins[canonicalize_name(name)])
        for name, version in installed.items()
        if canonicalize_name(name) in pins and pins[canonicalize_name(name)] != version
    }
    assert different == {}
