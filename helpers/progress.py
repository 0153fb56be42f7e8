"""Progress bars, in a notebook or a terminal."""

import contextlib
import html
import sys
import time


def in_notebook():
    """Whether the code runs in a Jupyter kernel, Colab's among them."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    return any(kind.__name__ == "ZMQInteractiveShell" for kind in type(shell).__mro__)


class _NotebookBar:
    """A bar drawn by the browser. It carries no times, so that a cell's output stays the same."""

    def __init__(self, total, label, unit):
        from IPython.display import display

        self.total, self.label, self.unit, self.done = total, label, unit, 0
        self._drawn = time.monotonic()
        self._handle = display(self, display_id=True, metadata={"progress": True})

    def _text(self):
        counted = f"{self.done}" if self.total is None else f"{self.done} of {self.total}"
        return f"{self.label}: {counted} {self.unit}"

    def __repr__(self):
        return self._text()

    def _repr_html_(self):
        text = html.escape(self._text())
        place = "" if self.total is None else f' value="{self.done}" max="{self.total}"'
        return f'<div><progress{place} aria-label="{text}"></progress> {text}</div>'

    def update(self, steps=1):
        self.done += steps
        if time.monotonic() - self._drawn > 0.1:
            self._drawn = time.monotonic()
            self._handle.update(self, metadata={"progress": True})

    def close(self):
        self._handle.update(self, metadata={"progress": True})


@contextlib.contextmanager
def progress_bar(total, label, unit="steps", show=True):
    """A progress bar, in a notebook or a terminal.

    Parameters
    ----------
    total : int or None
        The number of steps there are; None if that is not known.
    label : str
        What is being done, such as ``"Occlusion"``.
    unit : str
        What one step is called, such as ``"epochs"``.
    show : bool
        False gives a bar that draws nothing, so that callers need no ``if``.

    Yields
    ------
    callable
        Call it with the number of steps done since the last call (1 if left out).
    """
    if not show:
        yield lambda steps=1: None
        return
    if in_notebook():
        bar = _NotebookBar(total, label, unit)
    else:
        from tqdm import tqdm

        bar = tqdm(total=total, desc=label, unit=f" {unit}", leave=False)
    try:
        yield bar.update
    finally:
        bar.close()
