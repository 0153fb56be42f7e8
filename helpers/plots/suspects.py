"""What chapter 11 draws: maps of whole data sets."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from helpers.plots.panels import show_image, show_map, show_outline
from helpers.plots.style import FIRST, INK, MUTED, PAGE_WIDTH, SECOND, THIRD


def outlined_rows(rows, images, titles=None, quantile=0.995):
    """Draw rows of unsigned maps, {label: (N, H, W)}, with the outlines of each row's images over them.

    ``images`` has for each label (N, H, W, 1); outlines are drawn at half of an image's own brightness. A
    scale ends where that share of the map's own values lies below.
    """
    across = len(next(iter(rows.values())))
    size = PAGE_WIDTH, len(rows) * (PAGE_WIDTH - 0.3) / across + 0.25
    figure, axes = plt.subplots(len(rows), across, figsize=size, squeeze=False)
    for line, (label, maps) in zip(axes, rows.items(), strict=True):
        for ax, values, image in zip(line, maps, images[label], strict=True):
            show_map(values, ax, limit=np.quantile(values, quantile) or None)
            show_outline(image / (image.max() or 1), ax, "white", 0.6)
        line[0].set_ylabel(label, rotation=0, ha="right", va="center", labelpad=8)
    for ax, title in zip(axes[0], titles if titles is not None else [], strict=False):
        ax.set_title(title)
    return figure


def embedding_of_maps(places, maps, kinds, names=None, across=17, ax=None):
    """Draw pictures as points of a plane, (N, 2), each point its map (N, H, W), framed by its kind.

    Of maps that would cover each other only the first is drawn; ``across`` of them fill the width.
    """
    ax = ax or plt.subplots(figsize=(PAGE_WIDTH, 4.4))[1]
    low, high = places.min(axis=0), places.max(axis=0)
    spread = (places - low) / np.where(high > low, high - low, 1)
    taken, colours = set(), (FIRST, SECOND, THIRD, "#8a6bb8", "#b8a12a", MUTED)
    for at, values, kind in zip(spread, maps, kinds, strict=True):
        cell = tuple(np.rint(at * (across, 0.55 * across)).astype(int).tolist())
        if cell in taken:
            continue
        taken.add(cell)
        values = np.maximum(values, 0)
        shown = plt.get_cmap("viridis")(np.clip(values / (np.quantile(values, 0.995) or 1), 0, 1))
        colour = colours[kind % len(colours)]
        box = AnnotationBbox(OffsetImage(shown, zoom=0.85), at, pad=0.1, bboxprops={"ec": colour, "lw": 1.4})
        ax.add_artist(box)
    for kind in np.unique(kinds):
        name = f"kind {kind}" if names is None else names[kind]
        ax.plot([], [], "s", color=colours[kind % len(colours)], label=f"{name}: {np.sum(kinds == kind)}")
    ax.set(xlim=(-0.04, 1.04), ylim=(-0.08, 1.08), xticks=[], yticks=[])
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=4)
    return ax


def eigenvalue_steps(values, count, ax=None):
    """Draw the smallest eigenvalues as dots, and mark the gap after the first ``count``."""
    ax = ax or plt.subplots(figsize=(PAGE_WIDTH, 2.4))[1]
    numbers = np.arange(1, len(values) + 1)
    ax.plot(numbers, values, "o", color=FIRST)
    ax.axvline(count + 0.5, color=SECOND, lw=1, ls="--")
    ax.text(count + 0.4, values[-1], f"the largest gap: {count} kinds", color=SECOND, va="top", ha="right")
    ax.set(xlabel="number", ylabel="eigenvalue", xticks=numbers, ylim=(-0.02 * values[-1], None))
    return ax


def kinds_of_pictures(images, maps, kinds, each=10):
    """Draw for every kind its mean map, and the first of its pictures: (N, H, W, 1), (N, H, W), (N,)."""
    names = np.unique(kinds)
    size = PAGE_WIDTH, len(names) * (PAGE_WIDTH - 0.9) / (each + 1) + 0.3
    figure, axes = plt.subplots(len(names), each + 1, figsize=size, squeeze=False)
    for line, kind in zip(axes, names, strict=True):
        inside = np.flatnonzero(kinds == kind)
        mean = np.maximum(maps[inside].mean(axis=0), 0)
        show_map(mean, line[0], "mean map" if kind == names[0] else None)
        line[0].set_ylabel(
            f"kind {kind}\n{len(inside)} pictures", rotation=0, ha="right", va="center", labelpad=6
        )
        for ax in line[1:]:
            ax.set_axis_off()
        for ax, number in zip(line[1:], inside, strict=False):
            ax.set_axis_on()
            show_image(images[number], ax)
    return figure


def verdict_table(alarms, right, rows, columns, honest=()):
    """Draw which tests (rows) raised an alarm at what (columns), and which were right, bools (R, C) both.

    In the columns ``honest`` there is nothing to find.
    """
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 0.5 * len(rows) + 0.6))
    for (row, column), yes in np.ndenumerate(alarms):
        false = yes and not right[row, column]
        colour = SECOND if false else THIRD if yes else "#ececec"
        ax.add_patch(plt.Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, color=colour, lw=0))
        word = "false alarm" if false else "found" if yes else "quiet" if column in honest else "missed"
        ax.text(column, row, word, ha="center", va="center", color="white" if yes else INK)
    ax.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return figure
