"""Build the site from the notebooks as they are, with warnings as errors. For `make book`."""

import os
import subprocess
import sys
import time

from helpers.runtime import ROOT

SITE = ROOT / "book" / "_build" / "html"


def main():
    """Build; show what Sphinx said only if it failed."""
    began = time.perf_counter()
    print("Building the site ...", flush=True)
    command = [sys.executable, "-m", "jupyter_book.cli.main", "build", ".", "--quiet", "-W", "--keep-going"]
    command += ["--config", "book/_config.yml", "--toc", "book/_toc.yml", "--path-output", "book"]
    environment = os.environ | {"PYTHONWARNINGS": "ignore::DeprecationWarning"}
    result = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True)
    if result.returncode or not (SITE / "index.html").is_file():
        sys.exit(f"The site could not be built:\n{result.stdout[-4000:]}{result.stderr[-4000:]}")
    seconds = time.perf_counter() - began
    print(f"The site is ready ({seconds:.0f} s): open {SITE.relative_to(ROOT) / 'index.html'} in a browser")


if __name__ == "__main__":
    main()
