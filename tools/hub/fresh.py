"""Copy the chapters that a student does not have. Runs as the student, at each start of their server.

What is there stays as it is. To get a chapter fresh, rename yours and run `!python /course/fresh.py`.
Stands alone.
"""

import contextlib
import os
import tempfile
from pathlib import Path


def add_missing(source, target):
    """Copy files that are not in the target, each whole or not at all; give their names."""
    added = []
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.ipynb")):
        if os.path.lexists(target / path.name):
            continue
        with tempfile.NamedTemporaryFile(dir=target, prefix=".fresh-") as file:
            file.write(path.read_bytes())
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            with contextlib.suppress(FileExistsError):  # a link never replaces anything
                os.link(file.name, target / path.name)
                added.append(path.name)
    return added


def bring(chapters, data, home):
    """Put the chapters that are missing into a home, and a way to their data; give the new names."""
    if not os.path.lexists(home / "data"):
        (home / "data").symlink_to(data)
    return add_missing(chapters, home / "notebooks")


if __name__ == "__main__":
    new = add_missing(Path(__file__).with_name("notebooks"), Path.home() / "notebooks")
    print("\n".join(f"Added {name}" for name in new) or "Nothing is missing.")
