"""Fetch what students of a hub hand in, from their homes to where it is marked. For `make collect`.

A student hands in ``chapter_02.ipynb`` by leaving it in their folder ``notebooks``. What lies there is theirs
to choose: a link, to somebody else's file for example, is not followed, wherever it stands in the path.
"""

import argparse
import contextlib
import os
import stat
import sys
from pathlib import Path

from tools.teach.assignments import FOLDER
from tools.teach.grade import LARGEST

PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


@contextlib.contextmanager
def folder_within(parent, name):
    """A folder within an open folder, open; OSError if it is anything else, such as a link."""
    number = os.open(name, PLAIN | os.O_DIRECTORY, dir_fd=parent)
    try:
        yield number
    finally:
        os.close(number)


def read_within(parent, name):
    """The bytes of a plain file within an open folder; OSError for what is none, or too large."""
    number = os.open(name, PLAIN, dir_fd=parent)
    with open(number, "rb") as file:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            raise OSError("it is no plain file")
        content = file.read(LARGEST * 10**6 + 1)
        if len(content) > LARGEST * 10**6:
            raise OSError(f"it has more than {LARGEST} MB")
        return content


def collect_home(homes, name, assignments, folder):
    """Copy what one student has changed; give the assignments that are new, and what was not taken."""
    new, remarks = [], []
    with folder_within(homes, name) as home, folder_within(home, "notebooks") as notebooks:
        for assignment in sorted(assignments):
            entry = f"{assignment}.ipynb"
            try:
                content = read_within(notebooks, entry)
            except FileNotFoundError:
                continue
            except OSError as problem:
                remarks.append(f"{name}, {entry}: {problem.strerror or problem}")
                continue
            target = folder / "submitted" / name / assignment / entry
            known = (folder / "release" / assignment / entry, target)
            if not any(path.is_file() and path.read_bytes() == content for path in known):
                target.parent.mkdir(parents=True, exist_ok=True)
                partial = target.with_name(f".{entry}.partial")
                partial.write_bytes(content)
                partial.replace(target)
                new.append(assignment)
    return new, remarks


def collect(hub, folder):
    """Copy from all homes; give what is new as (student, assignment), and remarks."""
    assignments = [path.name for path in folder.glob("release/*") if path.is_dir()]
    new, remarks = [], []
    with folder_within(None, hub / "homes") as homes:
        for name in sorted(os.listdir(homes)):
            try:
                found, said = collect_home(homes, name, assignments, folder)
            except OSError as problem:
                found, said = [], [f"{name}: {problem.strerror}"]
            new += [(name, assignment) for assignment in found]
            remarks += said
    return new, remarks


def main():
    """Fetch it; say what is new and what was not taken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hub", type=Path, help="the hub's folder")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where the nbgrader course is")
    asked = parser.parse_args()
    if not (asked.hub / "homes").is_dir():
        sys.exit(f"There is no hub in {asked.hub}: give its folder, HUB=../class")
    if not (asked.folder / "release").is_dir():
        sys.exit(f"There are no assignments in {asked.folder}: make assignments FOLDER={asked.folder}")
    new, remarks = collect(asked.hub, asked.folder)
    print("".join(f"{student}: {assignment}\n" for student, assignment in new), end="")
    print("".join(f"Not taken: {remark}\n" for remark in remarks), end="")
    print(f"{len(new)} handed in since the last time.")


if __name__ == "__main__":
    main()
