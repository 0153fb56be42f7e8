"""Start a student's server in the image: first the chapters that are missing, then JupyterHub's own server.

`make hub` uses the same notebooks and the same rule: what is there is never touched. Whoever wants a
chapter fresh renames theirs, and starts the server again. ``--prepare`` writes the notebooks into the image.
"""

import os
import sys
from pathlib import Path

from helpers.settings import ROOT
from tools.hub import fresh

FOLDER = ROOT / "build"  # write_course puts its folder, `course`, there


def bring(home, course=FOLDER / "course"):
    """Put the chapters that are missing into ``home``, and a way to their data; give the new names."""
    return fresh.bring(course / "notebooks", ROOT / "data", home)


def main():
    """Bring them, then become the server, even if the volume is full: what is there can be read."""
    if sys.argv[1:] == ["--prepare"]:
        from tools.hub.start import write_course

        FOLDER.mkdir(exist_ok=True)
        write_course(FOLDER)
        return
    home = Path.home()
    try:
        print(f"{len(bring(home))} chapters are new", flush=True)
    except OSError as problem:
        print(f"The chapters could not be brought: {problem}", flush=True)
    os.chdir(home)
    server = str(Path(sys.executable).with_name("jupyterhub-singleuser"))
    settings = str(FOLDER / "course" / "settings")
    os.environ["JUPYTER_CONFIG_PATH"] = settings
    os.execv(server, [server, f"--LabApp.app_settings_dir={settings}", *sys.argv[1:]])


if __name__ == "__main__":
    main()
