"""Mark what was handed in, each submission alone and in a room of its own. For `make grade`.

nbgrader does the bookkeeping: what is marked goes into its gradebook, and to feedback. One process marks one
submission, so that none can harm another; whatever it does, it has a time to end by.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tqdm import tqdm

from tools.teach.assignments import FOLDER, nbgrader

LARGEST, FILES = 20, 20  # MB, and how many files a submission may have
MARKER_MEMORY = 6 << 30  # bytes that the process which marks a submission may take
SECONDS = 1200
JUDGE = [
    "tools.teach.judge.Judge",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
MISSING = """Submissions cannot be kept apart here: bubblewrap is missing, or may not be used.
On Debian and Ubuntu: sudo apt install bubblewrap. On macOS, mark within a Linux machine or container.
Without it: make grade ISOLATION=none. Submitted code then runs as you, with your files and your network."""


def submissions(folder, assignment="*", student="*"):
    """What was handed in, as (student, assignment), in order."""
    paths = sorted(folder.glob(f"submitted/{student}/{assignment}"))
    return [(path.parent.name, path.name) for path in paths if path.is_dir()]


def refused(path):
    """Why a submission is not marked, in a few words; empty if it is."""
    if not re.fullmatch(r"\w[\w.@-]*", path.parent.name):
        return "a name may have letters, digits, and . _ @ - in it"
    if path.is_symlink() or any(part.is_symlink() for part in path.rglob("*")):
        return "a link is among the files"
    files = [part for part in path.rglob("*") if part.is_file()]
    if len(files) > FILES:
        return f"{len(files)} files, and {FILES} are allowed"
    size = sum(part.stat().st_size for part in files) / 1e6
    if size > LARGEST:
        return f"{size:.0f} MB, and {LARGEST} are allowed"
    return "" if (path / f"{path.name}.ipynb").is_file() else f"{path.name}.ipynb is missing"


def newer(folder, student, assignment):
    """Whether something was handed in since it was marked, or it was never marked."""
    name = f"{assignment}.ipynb"
    marked = folder / "autograded" / student / assignment / name
    handed_in = folder / "submitted" / student / assignment / name
    return not marked.is_file() or marked.stat().st_mtime < handed_in.stat().st_mtime


def mark(folder, student, assignment, isolated=True):
    """Mark one submission and write its feedback; give a remark, empty if all went well."""
    if why := refused(folder / "submitted" / student / assignment):
        return f"not marked: {why}"
    os.environ["COURSE_ISOLATION"] = "bubblewrap" if isolated else "none"
    names = [f"--student={student}", "--force"]
    judge = f"--Autograde.autograde_preprocessors={JUDGE!r}"
    try:
        status, said = nbgrader(folder, "autograde", assignment, *names, judge, seconds=SECONDS)
        if status:
            return f"not marked: {(said.splitlines() or ['nbgrader says nothing'])[-1][:200]}"
        status, said = nbgrader(folder, "generate_feedback", assignment, *names, seconds=SECONDS)
    except subprocess.TimeoutExpired:
        return f"not marked: it took longer than {SECONDS} s"
    return "" if not status else "marked, but there is no feedback"


def grades(folder):
    """All that is in the gradebook: (student, assignment) -> (score, most)."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder}/gradebook.db", "seeing-through-cnns") as book:
        return {
            (s["student"], a.name): (s["score"], s["max_score"])
            for a in book.assignments
            for s in book.submission_dicts(a.name)
        }


def table(folder, remarks):
    """The marks as a Markdown table, with a remark where there is one."""
    found, lines = (
        grades(folder),
        ["| who | assignment | points | of | remark |", "| --- | --- | --: | --: | --- |"],
    )
    for student, assignment in submissions(folder):
        score, most = found.get((student, assignment), (None, None))
        numbers = ["", ""] if score is None else [f"{score:g}", f"{most:g}"]
        words = [student, assignment, *numbers, remarks.get((student, assignment), "")]
        lines.append(f"| {' | '.join(words)} |")
    return "\n".join(lines) + "\n"


def main():
    """Mark what is new; show all marks."""
    parser = argparse.ArgumentParser(description="Mark what was handed in.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="where the nbgrader course is")
    parser.add_argument("--assignment", default="*", help="only this one, such as chapter_02")
    parser.add_argument("--student", default="*", help="only this one")
    parser.add_argument("--seconds", type=int, default=60, help="that a cell, and a test, may take")
    parser.add_argument("--again", action="store_true", help="also what is marked already")
    parser.add_argument("--isolation", choices=("bubblewrap", "none"), default="bubblewrap")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    if not find_spec("nbgrader"):
        sys.exit("nbgrader is not installed: make setup TEACH=1")
    from tools.teach.room import isolation

    if asked.isolation != "none" and isolation() is None:
        sys.exit(MISSING)
    if not (found := submissions(folder, asked.assignment, asked.student)):
        sys.exit(f"Nothing was handed in: there is nothing in {folder}/submitted/NAME/chapter_NN")
    os.environ["COURSE_MARKING_SECONDS"] = str(asked.seconds)
    resource.setrlimit(resource.RLIMIT_DATA, (MARKER_MEMORY, MARKER_MEMORY))
    remarks = {}
    for student, assignment in tqdm(found, "Marking", unit="submission", leave=False):
        path = folder / "submitted" / student / assignment
        if asked.again or refused(path) or newer(folder, student, assignment):
            remarks[student, assignment] = mark(folder, student, assignment, asked.isolation != "none")
    text = table(folder, remarks)
    (folder / "marks.md").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
