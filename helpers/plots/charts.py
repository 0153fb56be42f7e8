"""Curves, tables and numbers."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from scipy.ndimage import distance_transform_edt

from helpers.plots.panels import place_extent, show_outline
from helpers.plots.style import FIRST, INK, MUTED, PAGE_WIDTH, SECOND


def learning_curves(history):
    """Draw loss and accuracy against epochs from what ``keras.Model.fit`` returns as ``.history``."""
    figure, axes = plt.subplots(1, 2, figsize=(PAGE_WIDTH, 2.9))
    epochs = np.arange(1, len(history["loss"]) + 1)
    for ax, name, scale, unit in zip(axes, ("loss", "accuracy"), (1, 100), ("", " (%)"), strict=True):
        ax.plot(epochs, np.multiply(history[name], scale), "o-", color=FIRST, ms=4, label="training")
        ax.plot(
            epochs, np.multiply(history["val_" + name], scale), "s--", color=SECOND, ms=4, label="validation"
        )
        ax.set(xlabel="epoch", ylabel=name + unit)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(alpha=0.3)
    axes[0].set_ylim(bottom=0)
    axes[0].legend()
    return figure


def confusion_matrix(percent, ax=None):
    """Draw a confusion matrix (K, K) in percent, each true class a row that sums to 100, with its numbers.

    The colours follow the square root of the percentage, so that 1% can be seen beside 99%. Cells of
    exactly 0 hold no number.
    """
    ax = ax or plt.subplots(figsize=(PAGE_WIDTH, 6))[1]
    drawn = ax.imshow(np.sqrt(percent), cmap="Blues", vmin=0, vmax=10)
    for (row, column), value in np.ndenumerate(percent):
        if value > 0:
            colour = "white" if value > 40 else INK
            ax.text(column, row, f"{value:.1f}", ha="center", va="center", color=colour, fontsize=9)
    classes = np.arange(len(percent))
    ax.set(xticks=classes, yticks=classes, xlabel="predicted digit", ylabel="true digit")
    ax.spines[:].set_visible(False)
    bar = ax.figure.colorbar(
        drawn, ax=ax, shrink=0.85, label="share of the true digit (%), square-root scale"
    )
    bar.set_ticks(np.sqrt([0, 1, 5, 20, 50, 100]), labels=["0", "1", "5", "20", "50", "100"])
    return ax


def curve_panels(panels, xlabel, ylabel, dashed=(), width=PAGE_WIDTH):
    """Draw panels of curves, two beside each other: title -> name -> values at equal steps from 0 to 100%.

    The names in ``dashed`` are drawn in black, without marks.
    """
    styles = [f"{mark}-" for mark in "os^Dv"]
    size = width, 2.7 * (len(panels) // 2) + 0.3
    figure, axes = plt.subplots(len(panels) // 2, 2, figsize=size, sharex=True, sharey=True, squeeze=False)
    for ax, (title, curves) in zip(axes.flat, panels.items(), strict=True):
        plain = [name for name in curves if name not in dashed]
        for name, values in curves.items():
            style = styles[plain.index(name)] if name in plain else ("k--", "k:")[dashed.index(name) % 2]
            ax.plot(np.linspace(0, 100, len(values)), values, style, ms=3.5, label=name)
        ax.set_title(title)
        ax.grid(alpha=0.3)
    figure.supxlabel(xlabel, fontsize=10)
    figure.supylabel(ylabel, fontsize=10)
    handles = axes.flat[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=len(handles[1]))
    return figure


def number_table(table, rows, columns, label, low=0.0, high=1.0, decimals=1, width=PAGE_WIDTH):
    """Draw a table of numbers (R, C), ``low`` to ``high``, as colours with their values; NaN stays empty."""
    figure, ax = plt.subplots(figsize=(width, 0.34 * len(rows) + 0.6))
    drawn = ax.imshow(table, cmap="viridis", vmin=low, vmax=high, aspect="auto")
    for (row, column), value in np.ndenumerate(table):
        if np.isfinite(value):
            dark = (value - low) / (high - low) < 0.6
            text = f"{value:z.{decimals}f}"
            ax.text(column, row, text, ha="center", va="center", color="white" if dark else INK)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    figure.colorbar(drawn, label=label)
    return figure


def score_panels(scores, rows, controls=0, label="", width=PAGE_WIDTH):
    """Draw scores beside each other, one panel each, over shared rows, with their standard errors.

    ``scores`` has for each title an array (rows, ...); NaN are left out. The last rows, as many as there
    are ``controls``, have a colour of their own.
    """
    size = width, 0.3 * len(rows) + 1.2
    figure, axes = plt.subplots(1, len(scores), figsize=size, sharey=True, squeeze=False)
    places = np.arange(len(rows))[::-1]
    for ax, (title, values) in zip(axes[0], scores.items(), strict=True):
        for place, row in zip(places, np.asarray(values), strict=True):
            if (known := row[np.isfinite(row)]).size:
                error, colour = known.std() / np.sqrt(known.size), SECOND if place < controls else FIRST
                ax.errorbar(known.mean(), place, xerr=error, fmt="o", color=colour, ms=5)
        ax.xaxis.set_major_locator(MaxNLocator(2))
        ax.set_title(title, fontsize=9)
        ax.set_yticks(places, rows)
        ax.grid(alpha=0.3)
    figure.supxlabel(label, fontsize=10)
    return figure


def mistakes_matrix(images, labels, probabilities):
    """Draw a confusion matrix of pictures: each cell has the mistake of the highest confidence.

    Rows are labels, columns answers. A badge says how many mistakes a cell has, if more than one; the
    diagonal shows the mean of what was recognised, and how many that are.
    """
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    count = probabilities.shape[1]
    ax = plt.subplots(figsize=(PAGE_WIDTH, 7.6))[1]
    ax.vlines(np.arange(count + 1) - 0.5, -0.5, count - 0.5, color="#dddddd", lw=0.6)
    ax.hlines(np.arange(count + 1) - 0.5, -0.5, count - 0.5, color="#dddddd", lw=0.6)
    for row, column in np.ndindex(count, count):
        inside = np.flatnonzero((labels == row) & (predicted == column))
        if row == column and len(inside):
            mean, spot = (
                images[inside].mean(axis=0)[..., 0],
                (column - 0.36, column + 0.36, row + 0.25, row - 0.47),
            )
            ax.imshow(mean, cmap="Blues", vmin=0, vmax=1.5, extent=spot)
            ax.text(column, row + 0.36, f"{len(inside):,}", ha="center", va="center", fontsize=9, color=FIRST)
        elif len(inside):
            worst, spot = (
                inside[confidence[inside].argmax()],
                (column - 0.46, column + 0.46, row + 0.46, row - 0.46),
            )
            ax.imshow(images[worst, ..., 0], cmap="gray", vmin=0, vmax=1, extent=spot)
        if row != column and len(inside) > 1:
            badge = {"boxstyle": "circle,pad=0.25", "fc": SECOND, "ec": "none"}
            where = {"ha": "center", "va": "center", "fontsize": 9, "weight": "bold"}
            ax.text(column + 0.3, row - 0.3, f"{len(inside)}", color="white", bbox=badge, **where)
    ax.set(xlim=(-0.5, count - 0.5), ylim=(count - 0.5, -0.5), xlabel="read as", ylabel="label")
    ax.set(xticks=np.arange(count), yticks=np.arange(count))
    ax.xaxis.set(ticks_position="top", label_position="top")
    ax.tick_params(length=0, labelsize=13)
    ax.spines[:].set_visible(False)
    return ax


def _chips(kernels):
    """Filters (h, w, 3, filters) as pictures (filters, h, w, 3): mid-grey is zero, each has its own scale."""
    filters = np.moveaxis(np.asarray(kernels, float), -1, 0)
    largest = np.abs(filters).max(axis=(1, 2, 3), keepdims=True)
    return 0.5 + filters / (2 * np.where(largest > 0, largest, 1))


def filter_piles(groups, across=3):
    """Pile filters on tenths of an axis from 0 to 1: histograms made of the chips of `colour_filters`.

    ``groups``: title -> (kernels (h, w, 3, filters), the number from 0 to 1 by which each is sorted).
    """
    side, drawn = 0.092 / across, []
    for kernels, numbers in groups.values():
        tenths = np.minimum(np.floor(10 * np.asarray(numbers)).astype(int), 9)
        drawn.append((_chips(kernels), tenths, np.argsort(numbers, kind="stable")))
    tops = [side * -(-np.bincount(tenths).max() // across) + 0.03 for _, tenths, _ in drawn]
    size = (PAGE_WIDTH, PAGE_WIDTH * 0.95 * sum(tops) + 0.3 * len(tops) + 0.5)
    figure, axes = plt.subplots(len(tops), 1, figsize=size, height_ratios=tops, sharex=True, squeeze=False)
    for ax, title, top, (chips, tenths, order) in zip(axes[:, 0], groups, tops, drawn, strict=True):
        for tenth in range(10):
            pile = order[tenths[order] == tenth]
            for place, chip in enumerate(chips[pile]):
                wide = side * min(across, len(pile) - place // across * across)
                left = tenth / 10 + 0.05 - wide / 2 + side * (place % across)
                base = side * (place // across) + 0.004
                ax.imshow(chip, extent=(left, left + 0.94 * side, base, base + 0.94 * side))
            level = side * -(-len(pile) // across) + 0.017
            ax.text(tenth / 10 + 0.05, level, len(pile) or "", ha="center", va="center", fontsize=10)
        ax.set(xlim=(0, 1), ylim=(0, top), yticks=[], xticks=np.arange(11) / 10)
        ax.spines["left"].set_visible(False)
        ax.set_title(title, x=0.3, y=0.7, fontsize=12)
    return figure


ANSWERS = ["#332288", "#cc6677", "#117733", "#aa4499", "#ddaa33"]  # of the digits, 0 to 4


ANSWERS += ["#882255", "#44aa99", "#5599dd", "#999933", "#dd7733"]  # 5 to 9


def show_digit_answers(digit, run, ax, own, title=None):
    """Colour each place of a patch by the digit that is read there, light grey where it is ``own``.

    ``run`` is what `occlusion` gives for that digit. Each other answer is written where its area is widest,
    and counted in a legend below.
    """
    predicted, positions, side = run.predicted[0], run.positions, _patch_side(digit, run)
    colours = {c: "#e4e4e4" if c == own else ANSWERS[c] for c in np.unique(predicted).tolist()}
    painted = [[to_rgba(colours[c]) for c in row] for row in predicted.tolist()]
    ax.imshow(painted, extent=place_extent(positions, side))
    show_outline(digit, ax)
    for answer in set(colours) - {own}:
        depth = distance_transform_edt(np.pad(predicted == answer, 1))
        row, column = np.unravel_index(depth.argmax(), depth.shape)
        middle = positions[row - 1, column - 1] + (side - 1) / 2
        if depth.max() > 1.5:
            ax.text(*middle[::-1], answer, color="white", size=12, weight="bold", ha="center", va="center")
    patches = [Patch(color=colour, label=f"{c}: {(predicted == c).sum()}") for c, colour in colours.items()]
    close = {"handlelength": 1, "handletextpad": 0.3, "columnspacing": 0.7, "fontsize": 9}
    ax.legend(handles=patches, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 0), **close)
    ax.set_anchor("N")
    ax.set_title(title or "")
    return ax


def _patch_side(digit, run):
    """The side of the patch: the last one ends at the border."""
    return len(digit) - int(run.positions[-1, -1, 0])


def dot_rows(rows, label, line=None):
    """Draw a row of dots for each name in a dict of values, with a bar at their mean; NaN is left out."""
    _, ax = plt.subplots(figsize=(PAGE_WIDTH, 0.45 * len(rows) + 0.8))
    random = np.random.default_rng(0)
    for row, values in enumerate(rows.values()):
        ax.plot(
            values, row + random.uniform(-0.2, 0.2, len(values)), "o", ms=5, alpha=0.55, mew=0, color=FIRST
        )
        ax.plot(np.nanmean(values), row, "|", ms=20, mew=3, color=SECOND)
    if line is not None:
        ax.axvline(line, color=MUTED, lw=1, ls="--", zorder=0)
    ax.set_yticks(range(len(rows)), rows)
    ax.set(xlabel=label, xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5))
    return ax


def bars_with_dots(series, labels, ylabel):
    """Draw a bar at the mean, and dots, for each series (groups, values) of a dict, in groups side by side.

    The colours go down viridis from the first series to the last but one; the last is grey.
    """
    _, ax = plt.subplots(figsize=(PAGE_WIDTH, 3.5))
    width = 0.8 / len(series)
    colours = [*plt.get_cmap("viridis_r")(np.linspace(0, 1, len(series) - 1)), "#b4b4b4"]
    for number, (name, values) in enumerate(series.items()):
        at = np.arange(len(labels)) + (number - (len(series) - 1) / 2) * width
        ax.bar(at, np.mean(values, axis=1), 0.9 * width, color=colours[number], label=name)
        ax.plot(at, values, "o", ms=2.5, color=INK)
    ax.axhline(0, color=MUTED, lw=0.8)
    ax.set_xticks(range(len(labels)), [name.replace("_", "\n") for name in labels])
    ax.set_ylabel(ylabel)
    ax.figure.legend(ncols=len(series), loc="outside upper center", fontsize=9, columnspacing=1.2)
    return ax


def rank_lines(runs, leaders, ax, deepest=10):
    """Draw the ranks of some coefficients in several runs, (runs, coefficients): one line for each leader."""
    ranks = 1 + np.argsort(np.argsort(-np.asarray(runs), axis=1), axis=1)
    for k, marker in zip(leaders, "osD^vP*X", strict=False):
        ax.plot(ranks[:, k], marker + "-", ms=4)
    ax.set(xlabel="seed", ylabel="rank", ylim=(deepest + 0.5, 0.5))
    ax.set(xticks=range(len(ranks)), yticks=range(1, deepest + 1))
    return ax


def draw_distances(distance, weights):
    """Draw how many samples of LIME lie at each distance, (n,), as bars, and their weights, (n,), as dots."""
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 2.8))
    places, count = np.unique(distance, return_counts=True)
    ax.bar(places, count, width=0.008, color=FIRST)
    ax.set(xlabel="distance to the whole image", ylabel="samples", xlim=(-0.02, 1))
    right = ax.twinx()
    right.plot(distance, weights, ".", color=SECOND)
    right.plot(0, 1, "o", color=SECOND, clip_on=False)
    right.annotate("the whole image", (0, 1), (0.02, 0.97), color=SECOND)
    right.set(ylim=(0, 1.08))
    right.set_ylabel("weight (dots)", color=SECOND)
    right.spines.right.set_visible(True)
    return figure
