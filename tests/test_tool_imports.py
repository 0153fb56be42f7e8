"""No tool starts TensorFlow only because it is imported: hooks, site and set-up must be quick."""

import subprocess
import sys

import pytest

from helpers.settings import ROOT

NEED_TENSORFLOW = {
    "export": "reads the trained network",
    "fetch_weights": "asks the network for photographs where its weights are",
    "gallery": "draws with the methods",
    "class_images": "climbs with the network for photographs",
    "reproduce": "says on what device the chapters run",
}
NOT_IMPORTED = {"judge": "needs nbgrader", "nbgrader_config": "is read by nbgrader"}
IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    if "tensorflow" in sys.modules:
        sys.exit(f"{name} starts TensorFlow")
"""


def tool_modules():
    """The names of all modules of tools/."""
    paths = sorted((ROOT / "tools").rglob("*.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]


def import_all(*names):
    """What a fresh Python says of the first of some modules that starts TensorFlow; else nothing."""
    command = [sys.executable, "-c", IMPORT_ALL, *names]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return result.stderr.strip()


@pytest.mark.slow
def test_no_tool_starts_tensorflow_without_need():
    modules = {name.split(".")[-1]: name for name in tool_modules()}
    assert set(NEED_TENSORFLOW) <= set(modules)
    assert set(NOT_IMPORTED) <= set(modules)
    names = sorted(set(modules) - set(NEED_TENSORFLOW) - set(NOT_IMPORTED))
    assert import_all(*(modules[name] for name in names)) == ""


@pytest.mark.slow
def test_a_module_that_starts_tensorflow_is_seen():
    assert import_all("tools.notebook", "helpers.backend") == "helpers.backend starts TensorFlow"
