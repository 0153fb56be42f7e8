"""The tests as a picture: one panel each, one row a method, to the right is better."""

import hashlib
import json

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator

from evaluations.plan import CONTROLS
from evaluations.read import PANELS, ROWS, to_the_right
from helpers.plots.style import FIRST, INK, MUTED, PAGE_WIDTH, SECOND

SIZE = 10  # points
ACROSS = 4  # panels in a row


def draw(results):
    """A figure with a panel for each test, with standard errors, and a line where chance is."""
    down = -(-len(PANELS) // ACROSS)
    figure, axes = plt.subplots(
        down, ACROSS, figsize=(PAGE_WIDTH, down * (0.27 * len(ROWS) + 1)), sharey=True
    )
    for ax, test in zip(axes.flat, PANELS, strict=True):
        for place, method in enumerate(ROWS):
            if found := to_the_right(results, test, method):
                colour, marker = (SECOND, "s") if method in CONTROLS else (FIRST, "o")
                ax.errorbar(found[0], place, xerr=found[1], fmt=marker, color=colour, ms=5)
        if test.chance is not None:
            ax.axvline(test.chance, color=MUTED, linestyle="--", linewidth=1, zorder=0)
        ax.axhspan(len(ROWS) - len(CONTROLS) - 0.5, len(ROWS) - 0.5, color="#f6e9e2", zorder=-1)
        ax.set_title(test.title if test.where == "digits" else f"{test.title}\n(photographs)", fontsize=SIZE)
        ax.xaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
        ax.tick_params(labelsize=SIZE, left=False)
        ax.set_yticks(range(len(ROWS)), ROWS, color=INK)
        ax.set_ylim(len(ROWS) - 0.5, -0.5)
        ax.grid(alpha=0.3)
    figure.supxlabel("to the right: better", fontsize=SIZE)
    return figure


def digest(results):
    """What the committed picture says that it was made from."""
    return hashlib.sha256(json.dumps(results, sort_keys=True).encode()).hexdigest()


def save(results, path):
    """Draw the picture into a PNG file, which remembers the results it was made from."""
    figure = draw(results)
    metadata = {"Software": None, "Source": digest(results)}
    figure.savefig(path, metadata=metadata, pil_kwargs={"optimize": True})
    plt.close(figure)
