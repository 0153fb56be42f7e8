"""Build the site from the notebooks as they are, with warnings as errors. For `make book`."""

import shutil
import subprocess
import sys
import time

from helpers.runtime import ROOT

SOURCE = ROOT / "build" / "book-source"
SITE = ROOT / "book" / "_build" / "html"


def gather():
    """Copy what the site is made of to one place, so that Sphinx looks at nothing else."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.copytree(ROOT / "book", SOURCE / "book", ignore=shutil.ignore_patterns("_build"))
    shutil.move(SOURCE / "book" / "_static", SOURCE / "_static")  # where Jupyter Book looks for it
    (SOURCE / "book" / "cards").mkdir()
    for path in (ROOT / "data" / "weights").glob("*.md"):
        shutil.copy(path, SOURCE / "book" / "cards")
    (SOURCE / "notebooks").mkdir()
    for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"):
        shutil.copy(path, SOURCE / "notebooks")


def main():
    """Build; show what Sphinx said only if it failed."""
    began = time.perf_counter()
    print("Building the site ...", flush=True)
    gather()
    jupyter_book = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command = [*jupyter_book, "build", str(SOURCE), "--quiet", "--all", "-W", "--keep-going"]
    command += ["--config", str(SOURCE / "book" / "_config.yml"), "--toc", str(SOURCE / "book" / "_toc.yml")]
    command += ["--path-output", str(ROOT / "book")]
    result = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    if result.returncode or not (SITE / "index.html").is_file():
        sys.exit(f"The site could not be built:\n{result.stdout[-4000:]}{result.stderr[-4000:]}")
    seconds = time.perf_counter() - began
    print(f"The site is ready ({seconds:.0f} s): open {SITE.relative_to(ROOT) / 'index.html'} in a browser")


if __name__ == "__main__":
    main()
