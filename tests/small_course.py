"""A very small course, set up for real: with uv, and a folder of empty packages as its index."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from test_wheels import make_wheel

from helpers.settings import ROOT
from tools.room.wheels import sha256

UV = Path(sys.executable).parent / "uv"
BACKEND = """
import zipfile
def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "tiny-1.0-py3-none-any.whl"
    info = "tiny-1.0.dist-info"
    with zipfile.ZipFile(f"{wheel_directory}/{name}", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""
COURSE = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    '[project]\nname = "tiny"\nversion = "1.0"\n',
    "backend.py": BACKEND,
    "helpers/backend.py": "def about():\n    return 'all is well'\n",
}


class Course:
    """A small course in a folder of its own."""

    def __init__(self, folder):
        self.folder, self.index = folder / "course", folder / "index"
        self.index.mkdir()
        for name, text in COURSE.items():
            self.write(name, text)
        script = self.folder / "tools" / "install" / "setup.py"
        script.parent.mkdir(parents=True)
        shutil.copy(ROOT / "tools" / "install" / "setup.py", script)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
        self.environment = kept | {
            "PATH": f"{UV.parent}{os.pathsep}{os.environ['PATH']}",
            "UV_CACHE_DIR": str(folder / "cache"),
            "PIP_CONFIG_FILE": os.devnull,
        }
        self.lock("requirements.lock", "one")
        self.lock("requirements-gpu.lock", "one", "cuda")
        self.lock("requirements-teach.lock", "one", "marking")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def lock(self, name, *packages, index="--no-index\n--find-links {}\n"):
        """Write a lock file of packages as they stand in the index."""
        text = index.format(self.index)
        for package in packages:
            text += f"{package}==1.0 --hash=sha256:{sha256(make_wheel(self.index, package))}\n"
        self.write(name, f"{text}uv==0.1 ; python_version < '3' \\\n    --hash=sha256:{64 * '0'}\n")

    def start(self, *arguments, **environment):
        command = [sys.executable, "tools/install/setup.py", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment | environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def setup(self, *arguments, **environment):
        """Run the set-up; give its exit status and what it said."""
        process = self.start(*arguments, **environment)
        said, _ = process.communicate()
        return process.returncode, said

    def installed(self):
        return {path.name for path in self.folder.glob(".venv/lib/*/site-packages/*.py")} - {"_virtualenv.py"}
