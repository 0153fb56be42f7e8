"""What marks an exercise in an assignment: its points, and its hidden tests as text that stands alone."""

import ast
import functools
import tomllib
from pathlib import Path

from tools.teach.slices import needed

HERE = Path(__file__).parent


@functools.cache
def hidden_tests(folder=HERE / "hidden"):
    """The hidden tests: name of the course's check -> Python that defines a function of that name."""
    found = {}
    for path in sorted(folder.glob("chapter_*.py")):
        source = path.read_text(encoding="utf-8")
        tests = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
        found |= {name: needed([source], {name})[0] for name in tests if name.startswith("check_")}
    return found


def points_of(check, path=HERE / "points.toml"):
    """The points of an exercise, (for the course's check, for the hidden tests), by the check's name."""
    points = tomllib.loads(path.read_text(encoding="utf-8"))
    visible, hidden = points["exercises"].get(check, points["default"])
    return (visible, hidden) if check in hidden_tests() else (visible + hidden, 0)
