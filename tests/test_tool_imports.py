"""No tool starts TensorFlow only because it is imported: hooks, site and set-up must be quick."""

import subprocess
import sys

import pytest

from helpers.settings import ROOT

NEED_TENSORFLOW = {
    "playground.export": "reads the trained network",
    "photo.export": "reads the network for photographs",
    "photo.rounding": "compares networks",
    "install.fetch_weights": "asks the network for photographs where its weights are",
    "chapters.gallery": "draws with the methods",
    "chapters.class_images": "climbs with the network for photographs",
    "chapters.reproduce": "says on what device the chapters run",
}
NOT_IMPORTED = {
    "teach.judge": "needs nbgrader",
    "teach.nbgrader_config": "is read by nbgrader",
    "hub.authenticator": "needs JupyterHub",
    "hub.spawner": "needs JupyterHub",
    "hub.jupyterhub_config": "is read by JupyterHub",
    "hub.kubernetes.authenticator": "needs JupyterHub",
}
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
    modules, left_out = set(tool_modules()), {f"tools.{name}" for name in NEED_TENSORFLOW | NOT_IMPORTED}
    assert left_out <= modules
    assert import_all(*sorted(modules - left_out)) == ""


@pytest.mark.slow
def test_a_module_that_starts_tensorflow_is_seen():
    assert import_all("tools.notebook", "helpers.backend") == "helpers.backend starts TensorFlow"
