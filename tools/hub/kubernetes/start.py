"""Start a student's server in the image: first the notebooks that are missing, then JupyterHub's own server.

The notebooks come without their solutions, into the folder that the student keeps. What is there is never
touched; who wants a chapter fresh deletes it, and starts the server again.
"""

import os
import sys
from pathlib import Path

import nbformat

from helpers.settings import ROOT
from tools.notebook import chapters, without_solutions

DATA = "data"  # the chapters read it beside their own folder


def bring(home, course=ROOT):
    """Put the chapters that are missing into ``home``, and a way to their data; give the new names."""
    folder, new = home / "notebooks", []
    folder.mkdir(exist_ok=True)
    if not os.path.lexists(home / DATA):
        (home / DATA).symlink_to(course / DATA)
    for path in chapters(course / "notebooks"):
        target = folder / path.name
        if os.path.lexists(target):
            continue
        partial = folder / f".{path.name}.partial"
        nbformat.write(without_solutions(nbformat.read(path, 4)), partial)
        partial.replace(target)
        new.append(path.name)
    return new


def main():
    """Bring them, then become the server, even if the volume is full: what is there can be read."""
    home = Path.home()
    try:
        new = bring(home)
        print(f"{len(new)} notebooks are new in {home / 'notebooks'}", flush=True)
    except OSError as problem:
        print(f"The notebooks could not be brought: {problem}", flush=True)
    os.chdir(home)
    server = Path(sys.executable).with_name("jupyterhub-singleuser")
    os.execv(server, [str(server), *sys.argv[1:]])


if __name__ == "__main__":
    main()
