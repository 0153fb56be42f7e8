"""Take out of notebooks what must not be committed. For the hook of .pre-commit-config.yaml.

Execution times, error output, gaps in the numbers of cells, and what an editor leaves go; results stay. Ends
with exit status 1 if something had to be changed, so that the commit stops and one can look.
"""

import sys
from pathlib import Path

import nbformat

from tools.notebook import clean

LEFT_BY_EDITORS = ("execution", "collapsed", "scrolled", "ExecuteTime")


def tidy(path):
    """Tidy one notebook; returns whether it had to be changed."""
    notebook = nbformat.read(path, as_version=4)
    before = nbformat.writes(notebook)
    clean(notebook)
    for cell in notebook.cells:
        for name in LEFT_BY_EDITORS:
            cell.metadata.pop(name, None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    if nbformat.writes(notebook) == before:
        return False
    nbformat.write(notebook, path)
    return True


def main():
    """Tidy the notebooks that are named, and say which were changed."""
    changed = [name for name in sys.argv[1:] if tidy(Path(name))]
    for name in changed:
        print(f"{name}: tidied; look at it and add it again")
    sys.exit(bool(changed))


if __name__ == "__main__":
    main()
