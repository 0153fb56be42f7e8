"""Build the site from the notebooks as they are, with warnings as errors. For `make book`.

With ``REPO_URL`` in the environment, the address of the repository, the chapters get launch buttons.
"""

import os
import shutil
import subprocess
import sys
import time

import yaml

from helpers.settings import ROOT
from tools.notebook import NOTEBOOKS, chapters
from tools.site import launch_buttons, moving, pages, solutions

SITE = ROOT / "book" / "_build" / "html"
WORK = ROOT / "build" / "site"  # what the pages are made of, and what Sphinx has read of it

# Jupyter Book's command cannot be told where to keep what Sphinx has read; its function can.
SPHINX = """
import sys
from pathlib import Path
from jupyter_book.sphinx import build_sphinx
source, output, doctrees, builder = sys.argv[1:]
toc = {"external_toc_path": f"{source}/book/_toc.yml", "latex_individualpages": False}
sys.exit(bool(build_sphinx(
    Path(source), Path(output), path_config=Path(source, "book/_config.yml"), noconfig=True,
    confoverrides=toc, doctreedir=doctrees, builder=builder, force_all=True,
    quiet=True, warningiserror=True, keep_going=True,
)))
"""


def build(site=SITE, work=WORK, notebooks=NOTEBOOKS, repository=""):
    """Build the site into a folder, which is made anew; what is made on the way goes to `work`.

    `notebooks` is the folder of the chapters, `repository` the address for the launch buttons, or nothing.
    ValueError if that is none, RuntimeError with what Sphinx said if it has anything to complain about.
    """
    repository = launch_buttons.check_address(repository) if repository else ""
    shutil.rmtree(work, ignore_errors=True)
    gather(work / "source", notebooks, repository)
    run_sphinx(work, site, "html")
    pages.postprocess_html(site)
    moving.add_players(site, notebooks)
    write_photo_page(site / "_static" / "photo")
    (site / ".nojekyll").touch()  # GitHub would leave out folders that begin with an underscore


def gather(source, notebooks=NOTEBOOKS, repository=""):
    """Copy what the site is made of to one place, so that Sphinx looks at nothing else.

    Files keep their dates: what Sphinx has read already it does not read again.
    """
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "book", source / "book", ignore=shutil.ignore_patterns("_build"))
    shutil.move(source / "book" / "_static", source / "_static")  # where Jupyter Book looks for it
    (source / "data" / "weights").mkdir(parents=True)
    for path in (ROOT / "data" / "weights").glob("*.md"):
        shutil.copy2(path, source / "data" / "weights")
    (source / "notebooks").mkdir()
    for path in chapters(notebooks):
        shutil.copy2(path, source / "notebooks")
    (source / "book" / "solutions.md").write_text(solutions.page(notebooks), encoding="utf-8")
    pages.write_card_pictures(notebooks, source / "book" / "cards")
    if repository:
        add_launch_buttons(source, repository)


def write_photo_page(folder):
    """Add what the photograph's page is served with and nobody commits: the network, and photographs."""
    from tools.photo import export, pictures  # starts TensorFlow

    export.write(folder)
    pictures.write(folder / "pictures")


def add_launch_buttons(source, repository):
    """Tell Sphinx the repository's address, and prepare the notebooks for Colab."""
    commit = launch_buttons.checked_out_commit()
    path = source / "book" / "_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["sphinx"]["config"] |= {"course_repository": repository, "course_commit": commit}
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    for notebook in chapters(source / "notebooks"):
        launch_buttons.prepare_for_colab(notebook, repository, commit)


def run_sphinx(work, output, builder):
    """Run Jupyter Book on what was gathered in ``work/source``; RuntimeError if it complains about anything.

    What was read is kept in ``work/doctrees``, but only if there was nothing to complain about: Sphinx would
    not say it a second time.
    """
    shutil.rmtree(output, ignore_errors=True)
    command = [sys.executable, "-c", SPHINX, work / "source", output, work / "doctrees", builder]
    result = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    if result.returncode:
        shutil.rmtree(work / "doctrees", ignore_errors=True)
        raise RuntimeError(f"{result.stdout[-4000:]}{result.stderr[-4000:]}")


def main():
    """Build; show what Sphinx said only if it failed."""
    began = time.perf_counter()
    print("Building the site ...", flush=True)
    try:
        build(repository=os.environ.get("REPO_URL", ""))
    except (RuntimeError, ValueError) as problem:
        sys.exit(f"The site could not be built:\n{problem}")
    seconds = time.perf_counter() - began
    place = os.path.relpath(SITE / "index.html")
    print(f"The site is ready ({seconds:.0f} s): open {place} in a browser")


if __name__ == "__main__":
    main()
