"""Run the tests of an assignment on the teacher's side, and let only the answers be computed in the room.

The tests are taken from the source notebook, never from a submission. Where a test calls an answer that is a
function, the call goes to the room and back as data: learners' code sees what it is given, and nothing of the
test. As an nbgrader preprocessor it takes the place of `Execute`.
"""

import ast
import contextlib
import io
import json
import os
import time
from pathlib import Path

import nbformat
import numpy as np
from nbgrader.preprocessors import NbGraderPreprocessor

from tools.teach.inside import decode, encode
from tools.teach.room import Ended, Room, error, stream

WHOLE = 900  # seconds for a submission
LAYERS = {
    "Sequential", "Functional", "InputLayer", "Conv2D", "MaxPooling2D", "Dropout", "Flatten", "Dense",
    "GlorotUniform", "Zeros", "DTypePolicy",
}  # fmt: skip


class NotSent(Exception):
    """An answer that is no plain data."""


class Other:
    """Something that a learner's answer is, known by its type alone."""

    def __init__(self, kind, content):
        self.what = content if kind == "other" else kind

    def __repr__(self):
        return f"something of type {self.what}"


def other(kind, content):
    """A network of the layers that the course asks for; all else stays outside."""
    if kind != "model":
        return Other(kind, content)
    if not classes(json.loads(content)) <= LAYERS:
        return Other("other", "a network with other layers")
    from helpers.backend import keras

    return keras.models.model_from_json(content)


def classes(tree):
    """All names of classes in the description of a network."""
    if isinstance(tree, list):
        return set().union(*map(classes, tree))
    if not isinstance(tree, dict):
        return set()
    own = {str(tree["class_name"])} if "class_name" in tree else set()
    outside = {"another package"} if not str(tree.get("module") or "keras").startswith("keras") else set()
    return own | outside | classes(list(tree.values()))


class Answer:
    """What a learner's name stands for, asked for in the room while a test runs."""

    def __init__(self, room, name, last):
        self.room, self.name, self.last = room, name, last

    def exchange(self, given=None):
        """Ask what the answer is, or what it gives for some values: one run of the learner's side."""
        functions, problems, state = [], [], {"given": given}

        def on_question(prompt):
            message = json.loads(prompt)
            if "call" in message:
                return json.dumps(self.callback(functions, problems, message))
            if "is" in message and state["given"] is not None:
                values = [encode(value, functions) for value in state["given"]]
                return json.dumps({"given": values})
            state["reply"] = message
            return json.dumps({})

        outputs = self.room.run(f"__import__('inside').answer({self.name!r})", self.last, on_question)
        if problems:
            raise problems[0]
        if "reply" not in state:
            said = next((o for o in outputs if o["output_type"] == "error"), None)
            raise NotSent(said["evalue"] if said else "the answer could not be asked for")
        return state["reply"]

    def callback(self, functions, problems, message):
        """Call a function of the test for the learner's side."""
        try:
            given = [decode(value, self.refuse, Other) for value in message["given"]]
            return {"value": encode(functions[int(message["call"])](*given))}
        except Exception as problem:  # the test's own, such as `NotYet`: told to the test, when all is done
            problems.append(problem)
            return {"problem": type(problem).__name__}

    @staticmethod
    def refuse(_):
        return Other("other", "function")

    def __call__(self, *given):
        reply = self.exchange(given)
        for value, after in zip(given, reply.get("after", ()), strict=False):
            if after is not None and isinstance(value, np.ndarray):
                changed = decode(after, self.refuse, Other)
                if getattr(changed, "shape", None) == value.shape:
                    value[...] = changed
        if "problem" in reply:
            name, words = (str(part) for part in reply["problem"])
            raise type(name if name.isidentifier() else "Error", (Exception,), {})(words)
        return decode(reply["value"], self.refuse, other)

    def value(self):
        """The answer itself if it is data, this if it is a function; KeyError if there is none."""
        reply = self.exchange()
        if "missing" in reply:
            raise KeyError(self.name)
        return decode(reply["is"], lambda _: self, other)


def judged(room, test, last):
    """Run a test; its outputs, with an error if it does not pass."""
    from helpers import checks

    said, space = io.StringIO(), {"checks": checks, "np": np}
    try:
        for name in sorted({node.id for node in ast.walk(ast.parse(test)) if isinstance(node, ast.Name)}):
            if name.startswith("my_"):
                with contextlib.suppress(KeyError):
                    space[name] = Answer(room, name, last).value()
        with contextlib.redirect_stdout(said):
            exec(test, space)
        problem = None
    except Ended:
        raise
    except Exception as wrong:
        shown = getattr(wrong, "_render_traceback_", list)()
        problem = error(type(wrong).__name__, str(wrong)[:2000], shown)
    outputs = [stream(said.getvalue())] if said.getvalue() else []
    return outputs + ([problem] if problem else [])


def tests_of(source):
    """The tests of a source notebook: name of the cell -> text."""
    cells = [cell for cell in nbformat.read(source, 4).cells if "nbgrader" in cell.metadata]
    return {c.metadata.nbgrader.grade_id: c.source for c in cells if c.metadata.nbgrader.grade}


class Judge(NbGraderPreprocessor):
    """Runs a submission cell by cell: tests here, all else in the room."""

    def preprocess(self, notebook, resources):
        """Run all; whatever happens, every cell gets its outputs.

        Where a cell ends the kernel, it starts anew with what was run before: only its own points are lost.
        """
        about = resources["nbgrader"]
        tests = tests_of(Path("source", about["assignment"], f"{about['notebook']}.ipynb"))
        self.whole, self.room, self.before = time.monotonic() + WHOLE, None, []
        try:
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    name = cell.metadata.get("nbgrader", {}).get("grade_id")
                    cell.outputs = [nbformat.from_dict(one) for one in self.outputs(cell, tests.get(name))]
        finally:
            self.leave()
        return notebook, resources

    def outputs(self, cell, test):
        """What a cell gives: of its own code, or of the test that belongs there."""
        try:
            if time.monotonic() > self.whole:
                raise Ended("The time for all cells together is up.")
            self.enter()
            if test:
                return judged(self.room, test, self.soon())
            found = self.room.run(cell.source, self.soon())
            self.before.append(cell.source)
        except Ended as end:
            self.leave()
            return [error("Ended", str(end))]
        return found

    def soon(self):
        """Until when a cell may run."""
        return min(time.monotonic() + int(os.environ.get("COURSE_MARKING_SECONDS", "60")), self.whole)

    def enter(self):
        """See to it that there is a room, with all that was run before."""
        if self.room and self.room.process.poll() is not None:
            self.leave()
        if self.room is None:
            self.room = Room(os.environ.get("COURSE_ISOLATION") != "none").__enter__()
            for source in self.before:
                self.room.run(source, self.soon())

    def leave(self):
        """Close the room, if there is one."""
        if self.room is not None:
            self.room.__exit__()
            self.room = None
