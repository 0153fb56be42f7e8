"""Write the lock files from pyproject.toml: every package, every platform, with hashes. For `make lock`.

With names, as in ``python -m tools.install.lock requirements-teach.lock``, only these are written; the others
stay, and what a file shares with ``requirements.lock`` is the same in both.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {
    "requirements.lock": ["dev"],
    "requirements-gpu.lock": ["dev", "gpu"],
    "requirements-teach.lock": ["dev", "teach"],
}
HEADER = "# Every package of the course, pinned with its hashes. Made from pyproject.toml by `make lock`.\n"


def main(names=()):
    """Resolve anew, so that the files agree on every package that they share."""
    names = names or list(LOCKS)
    if unknown := [name for name in names if name not in LOCKS]:
        sys.exit(f"{unknown[0]} is no lock file: choose among {', '.join(LOCKS)}")
    for name in names:
        extras = LOCKS[name]
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
    main(sys.argv[1:])
