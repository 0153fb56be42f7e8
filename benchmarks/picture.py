"""The table as a picture: factors on a logarithmic axis, one row a method."""

import hashlib
import itertools
import json

import matplotlib.pyplot as plt
from matplotlib.ticker import NullLocator

from benchmarks.table import factor, measured, times_as_long
from helpers.plots.style import FIRST, INK, MUTED, PAGE_WIDTH, SECOND, THIRD

PIXELS = 1520  # twice the width of the site's text column
ROW, HEADING, SIZE = 0.36, 0.42, 13  # inches of a row and of a heading, points: legible on a phone too
KINDS = {  # role -> name, and how it is drawn
    "floor": ("bare passes", {"marker": "d", "color": MUTED}),
    "library": ("a library", {"marker": "s", "color": THIRD}),
    "loop": ("the obvious loop", {"marker": "o", "color": SECOND}),
}
for _, style in KINDS.values():
    style.update(linestyle="", markersize=9, markeredgecolor="white")


def draw(results):
    """A figure with a row for each case that was measured, under the name of its network."""
    rows = []  # place, label, and for a case its factors
    place = 0.0
    for network, cases in itertools.groupby(measured(results), key=lambda pair: pair[0].network):
        place += HEADING
        rows.append((place, network, None))
        for case, seconds in cases:
            place += ROW
            rows.append((place, case.title, times_as_long(case, seconds)))
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, place + 1.6))
    ax.axvline(1, color=FIRST, linewidth=3, zorder=1.5)
    for height, _, factors in rows:
        if factors:
            _draw_row(ax, height, factors)
    _label_axes(ax, rows)
    ax.set_ylim(place + ROW, HEADING / 2)
    figure.legend(handles=_legend(), ncols=2, loc="outside upper center", fontsize=SIZE)
    return figure


def _draw_row(ax, height, factors):
    ax.axhline(height, color="#e4e4e4", linewidth=1, zorder=0)
    for contender, value in factors.items():
        _, style = KINDS[contender.role]
        ax.plot(value, height, **style)
    slowest = max(factors.values())
    ax.annotate(
        factor(slowest),
        (slowest, height),
        (10, 0),
        textcoords="offset points",
        va="center_baseline",
        fontsize=SIZE,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )


def _label_axes(ax, rows):
    values = [value for _, _, factors in rows if factors for value in factors.values()]
    ax.set_xscale("log")
    ax.set_xlim(min(0.4, min(values) / 1.5), max(values) * 4)  # room for the slowest one's number
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("times as long as the course", fontsize=SIZE)
    ax.grid(axis="x", color="#e4e4e4", zorder=0)
    ax.set_axisbelow(True)
    ax.set_yticks([height for height, _, _ in rows], labels=[label for _, label, _ in rows])
    ax.tick_params(labelsize=SIZE, left=False)
    for label, (_, _, factors) in zip(ax.get_yticklabels(), rows, strict=True):
        label.set(weight="normal" if factors else "bold", color=INK)
    ax.spines["left"].set_visible(False)


def _legend():
    line = plt.Line2D([], [], color=FIRST, linewidth=3, label="the course")
    return [line, *(plt.Line2D([], [], label=name, **style) for name, style in KINDS.values())]


def digest(results):
    """What the committed picture says that it was made from."""
    return hashlib.sha256(json.dumps(results, sort_keys=True).encode()).hexdigest()


def save(results, path):
    """Draw the picture into a PNG file, which remembers the results it was made from."""
    figure = draw(results)
    metadata = {"Software": None, "Source": digest(results)}
    figure.savefig(path, dpi=PIXELS / PAGE_WIDTH, metadata=metadata, pil_kwargs={"optimize": True})
    plt.close(figure)
