"""Build the site from the notebooks as they are, with warnings as errors. For `make book`.

With ``REPO_URL`` in the environment, the address of the repository, the chapters get launch buttons.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml

from tools import launch, pages, solutions

ROOT = Path(__file__).resolve().parent.parent  # helpers.backend knows it too, but would start TensorFlow
SOURCE = ROOT / "build" / "book-source"


def gather(source, repository=""):
    """Copy what the site is made of to one place, so that Sphinx looks at nothing else.

    Parameters
    ----------
    source : pathlib.Path
        A folder that is made anew.
    repository : str
        The repository's address, or nothing.
    """
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "book", source / "book", ignore=shutil.ignore_patterns("_build"))
    shutil.move(source / "book" / "_static", source / "_static")  # where Jupyter Book looks for it
    (source / "data" / "weights").mkdir(parents=True)
    for path in (ROOT / "data" / "weights").glob("*.md"):
        shutil.copy(path, source / "data" / "weights")
    (source / "notebooks").mkdir()
    for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"):
        shutil.copy(path, source / "notebooks")
    (source / "book" / "solutions.md").write_text(solutions.page())
    if repository:
        configure(source, repository)


def configure(source, repository):
    """Tell Sphinx the repository's address, and prepare the notebooks for Colab."""
    commit = launch.version()
    path = source / "book" / "_config.yml"
    config = yaml.safe_load(path.read_text())
    config["sphinx"]["config"] |= {"course_repository": repository, "course_commit": commit}
    path.write_text(yaml.safe_dump(config))
    for notebook in (source / "notebooks").glob("*.ipynb"):
        launch.prepare(notebook, repository, commit)


def build(source, output):
    """Build the site from what was gathered.

    Parameters
    ----------
    source, output : pathlib.Path

    Returns
    -------
    pathlib.Path
        The folder of the site, in `output`.

    Raises
    ------
    RuntimeError
        If Sphinx has found anything to complain about; with what it said.
    """
    site = run_sphinx(source, output, "html")
    pages.mend(site)
    (site / ".nojekyll").touch()  # GitHub would leave out folders that begin with an underscore
    return site


def run_sphinx(source, output, builder):
    """Run Jupyter Book on what was gathered.

    Parameters
    ----------
    source, output : pathlib.Path
    builder : str
        One of Jupyter Book's, such as ``singlehtml``.

    Returns
    -------
    pathlib.Path
        The folder of what was built, in `output`.

    Raises
    ------
    RuntimeError
        If Sphinx has found anything to complain about; with what it said.
    """
    jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command = [*jupyter_book, "build", str(source), "--quiet", "--all", "-W", "--keep-going"]
    command += ["--config", str(source / "book" / "_config.yml"), "--toc", str(source / "book" / "_toc.yml")]
    command += ["--path-output", str(output), "--builder", builder]
    result = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    site = output / "_build" / builder
    if result.returncode or not (site / "index.html").is_file():
        raise RuntimeError(f"{result.stdout[-4000:]}{result.stderr[-4000:]}")
    return site


def main():
    """Build; show what Sphinx said only if it failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "book", help="the site will be in its _build")
    parser.add_argument("--source", type=Path, default=SOURCE, help="where to gather what it is made of")
    given = parser.parse_args()
    began = time.perf_counter()
    print("Building the site ...", flush=True)
    try:
        repository = os.environ.get("REPO_URL", "")
        gather(given.source, launch.check_address(repository) if repository else "")
        site = build(given.source, given.output.resolve())
    except (RuntimeError, ValueError) as problem:
        sys.exit(f"The site could not be built:\n{problem}")
    seconds = time.perf_counter() - began
    place = os.path.relpath(site / "index.html")
    print(f"The site is ready ({seconds:.0f} s): open {place} in a browser")


if __name__ == "__main__":
    main()
