"""The only module that draws.

Functions that draw one panel take ``ax`` and return it; functions that draw several return the
figure. None of them shows it: the notebook does.
"""

from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from helpers.image import tile

PAGE_WIDTH = 7.5  # inches: the width of the text column
INK, MUTED, FIRST, SECOND, THIRD = "#222222", "#6b6b6b", "#2a5d9f", "#c8552b", "#2f8a6b"

matplotlib.rcParams.update(
    {
        "figure.dpi": 208,  # 1,560 pixels for the width of the page
        "figure.constrained_layout.use": True,
        "font.size": 10,
        "axes.titlesize": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": MUTED,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "image.interpolation": "nearest",
        "legend.frameon": False,
    }
)


def show_image(image, ax, title=None):
    """Draw one image, (H, W[, 1]) in grey or (H, W, 3), 0 to 1 or uint8, in a thin frame without axes."""
    image = np.asarray(image)
    image = image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image
    ax.imshow(image, cmap="gray", vmin=0, vmax=255 if image.dtype == np.uint8 else 1)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(visible=True, color="#c8c8c8", linewidth=0.5)
    if title is not None:
        ax.set_title(title)
    return ax


def image_grid(images, titles=None, columns=10, width=PAGE_WIDTH):
    """Draw images, as `show_image` takes them, side by side, row by row; ``width`` is in inches."""
    rows = -(-len(images) // columns)
    lines = max((title.count("\n") + 1 for title in titles), default=0) if titles is not None else 0
    height, wide = np.shape(images[0])[:2]
    panel = width / columns
    figure, axes = plt.subplots(
        rows, columns, figsize=(width, rows * (panel * height / wide + 0.2 * lines)), squeeze=False
    )
    for ax in axes.flat[len(images) :]:
        ax.set_axis_off()
    for place, (ax, image) in enumerate(zip(axes.flat, images, strict=False)):
        show_image(image, ax, None if titles is None else titles[place])
    return figure


def show_map(values, ax, title=None, signed=False, limit=None):
    """Draw one raw map (H, W) without axes, and give the image from which a colour bar can be made.

    Unsigned: viridis from 0 to ``limit``; a map that goes below zero is refused, for it would look like zero.
    Signed: blue over white to red, from minus to plus ``limit``, white at zero. ``limit`` is the largest
    absolute value of the map if left out; give the same one to maps that are to be compared.
    """
    limit, lowest = limit or np.nanmax(np.abs(values)) or 1, np.nanmin(values)
    if not signed and lowest < -limit / 256:  # by more than one step of the colours
        raise ValueError(
            f"values go down to {lowest:.3g}, which would look like zero: give signed=True, or "
            "np.maximum(values, 0) to leave out what is negative"
        )
    colours, low = ("RdBu_r", -limit) if signed else ("viridis", 0)
    drawn = ax.imshow(values, cmap=colours, vmin=low, vmax=limit)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(visible=True, color="#c8c8c8", linewidth=0.5)
    if title is not None:
        ax.set_title(title)
    return drawn


def map_grid(maps, titles=None, columns=5, signed=False, label="", width=PAGE_WIDTH):
    """Draw maps (N, H, W) side by side on one shared scale, as `show_map`, with its bar and its label."""
    rows = -(-len(maps) // columns)
    lines = 0 if titles is None else max(title.count("\n") + 1 for title in titles)
    panel = 0.9 * width / columns
    height = panel * np.shape(maps)[1] / np.shape(maps)[2] + 0.2 * lines
    figure, axes = plt.subplots(rows, columns, figsize=(width, rows * height), squeeze=False)
    limit = np.abs(maps).max()
    for place, ax in enumerate(axes.flat):
        if place < len(maps):
            title = None if titles is None else titles[place]
            drawn = show_map(maps[place], ax, title, signed, limit)
        else:
            ax.set_axis_off()
    figure.colorbar(drawn, ax=axes, label=label, fraction=0.05, pad=0.02)
    return figure


def map_sheet(maps, ax, columns=8, signed=False, limit=None, label=""):
    """Draw the maps (h, w, channels) of one layer as one sheet on one shared scale, as `show_map`.

    The number of the first map of each row stands beside it. No colour bar without a label.
    """
    maps = np.moveaxis(np.asarray(maps, dtype=float), -1, 0)  # (channels, h, w)
    margin = max(1, maps.shape[1] // 14)
    drawn = show_map(tile(maps, columns, margin, fill=np.nan), ax, None, signed, limit or np.abs(maps).max())
    rows = np.arange(-(-len(maps) // columns))
    ax.set_yticks(rows * (maps.shape[1] + margin) + maps.shape[1] / 2 - 0.5, labels=rows * columns)
    ax.tick_params(left=False)
    ax.spines[:].set_visible(False)
    if label:
        ax.figure.colorbar(drawn, ax=ax, label=label, fraction=0.05, pad=0.02)
    return ax


def pattern_sheet(patterns, columns=8, margin=5, colours=64):
    """Put patterns (N, H, W, 3), 0 to 1, side by side as one PIL image, pixel for pixel, in few colours.

    Busy colour patterns make large files: limited to 64 colours, which the eye does not miss in them, a sheet
    takes about a quarter of the space.
    """
    from PIL import Image

    sheet = tile(np.rint(255 * np.asarray(patterns)).astype(np.uint8), columns, margin, fill=255)
    return Image.fromarray(sheet).quantize(
        colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )


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

    The colours follow the square root of the percentage, so that 1 % can be seen beside 99 %. Cells of
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


LAYER_COLOURS = {
    "InputLayer": "#ffffff",
    "Conv2D": "#7aa6d8",
    "MaxPooling2D": "#f0b05a",
    "Dropout": "#d8d8d8",
    "Flatten": "#b9a4d8",
    "Dense": "#8cc59a",
}


def architecture(model):
    """Draw a network's layers as boxes, with a legend and the shapes of the maps, as a PIL image."""
    import visualkeras
    from PIL import ImageFont

    def shape_below(_, layer):
        _, *sizes = layer.output.shape
        told = type(layer).__name__ in ("InputLayer", "Conv2D", "MaxPooling2D", "Dense")
        return ("\n".join(str(size) for size in sizes) if told else " "), False

    font = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    picture = visualkeras.layered_view(
        model,
        legend=True,
        legend_text_spacing_offset=0,
        font=ImageFont.truetype(str(font), 19),
        text_callable=shape_below,
        color_map={
            type(layer): {"fill": LAYER_COLOURS[type(layer).__name__]}
            for layer in model.layers
            if type(layer).__name__ in LAYER_COLOURS
        },
        scale_xy=6,
        scale_z=0.5,
        max_z=150,
        spacing=32,
    )
    return picture.convert("RGB")


def picture_beside_maps(figure, picture, maps, titles, columns=5):
    """Draw a picture, and maps (N, H, W) in rows to its right, what is positive, each on its own scale.

    ``figure`` is a figure or a part of one. A scale ends where all but one value in 200 lie below: a few
    bright pixels would darken all others.
    """
    rows = -(-len(maps) // columns)
    grid = figure.add_gridspec(rows, columns + rows)
    show_image(picture, figure.add_subplot(grid[:, :rows]), "the picture")
    for place, (values, title) in enumerate(zip(maps, titles, strict=True)):
        ax = figure.add_subplot(grid[place // columns, rows + place % columns])
        values = np.maximum(values, 0)
        show_map(values, ax, title, limit=np.quantile(values, 0.995))
    return figure


def rows_of_maps(rows, titles, labels, signed=False, width=PAGE_WIDTH):
    """Draw rows of maps, each map on its own scale, with a title over each column and a label by each row."""
    panel = 0.95 * width / len(titles)
    figure, axes = plt.subplots(
        len(rows), len(titles), figsize=(width, panel * len(rows) + 0.3), squeeze=False
    )
    for row, maps, label in zip(axes, rows, labels, strict=True):
        for ax, values in zip(row, maps, strict=True):
            show_map(values, ax, signed=signed)
        row[0].set_ylabel(label, fontsize=9)
    for ax, title in zip(axes[0], titles, strict=True):
        ax.set_title(title)
    return figure


def curve_panels(panels, xlabel, ylabel, dashed=(), width=PAGE_WIDTH):
    """Draw panels of curves, two beside each other: title -> name -> values at equal steps from 0 to 100 %.

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
