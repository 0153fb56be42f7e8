"""Write the lock files from pyproject.toml: every package, every platform, with hashes. For `make lock`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {"requirements.lock": ["dev"], "requirements-gpu.lock": ["dev", "gpu"]}
HEADER = "# Every package of the course, pinned with its hashes. Made from pyproject.toml by `make lock`.\n"


def main():
    """Resolve anew, so that the two files agree on every package that they share."""
    for name, extras in LOCKS.items():
        command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet"]
        command += [f"--extra={extra}" for extra in extras]
        command += ["--universal", "--fork-strategy=fewest", "--generate-hashes", "--upgrade"]
        command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
        if name != "requirements.lock":
            command += ["--constraint=requirements.lock"]
        result = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
        if result.returncode:
            sys.exit(f"{name} was left as it is: {result.stderr.strip()}")
        (ROOT / name).write_text(HEADER + result.stdout, encoding="utf-8")
        print(f"{name}: {result.stdout.count('==')} packages")


if __name__ == "__main__":
    main()
