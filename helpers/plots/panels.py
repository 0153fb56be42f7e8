"""Pictures and maps, alone, side by side and in sheets."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from helpers.image import normalize_map, overlay, tile
from helpers.plots.style import FIRST, INK, PAGE_WIDTH


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


def show_numbers(values, ax, title=None, signed=True, limit=None, decimals=2):
    """Draw a small table (h, w) as `show_map`, or in grey from 0 to 1 if unsigned, with its numbers in it."""
    if signed:
        show_map(values, ax, title, True, limit)
    else:
        show_image(values, ax, title)
    limit = limit or np.abs(values).max() or 1
    for (row, column), value in np.ndenumerate(values):
        dark = abs(value) > 0.6 * limit if signed else value < 0.5
        text = f"{round(float(value), decimals) + 0.0:.{decimals}f}".replace("-", "\N{MINUS SIGN}")
        colour = "white" if dark else INK
        ax.text(column, row, text, ha="center", va="center", color=colour, fontsize=11)
    return ax


def sheet_of_maps(maps, columns=8, width=1560, margin=8, colours=32):
    """Put the maps (h, w, channels) of one layer side by side as one PIL image, in few colours.

    Each map has a scale of its own, from 0 (dark) to its largest value (yellow); one that is zero everywhere
    is dark. Few colours make small files.
    """
    from PIL import Image

    side = (width - (columns - 1) * margin) // columns
    size = (side, round(side * maps.shape[0] / maps.shape[1]))
    scaled = np.rint(255 * normalize_map(np.moveaxis(maps, -1, 0))).astype(np.uint8)  # (channels, h, w)
    resized = [np.asarray(Image.fromarray(one).resize(size, Image.Resampling.BOX)) for one in scaled]
    levels = np.array(resized, dtype=int) * colours // 256
    sheet = Image.fromarray(tile(levels, columns, margin, fill=colours).astype(np.uint8))
    viridis = matplotlib.colormaps["viridis"](np.linspace(0, 1, colours), bytes=True)[:, :3]
    sheet.putpalette([*viridis.ravel().tolist(), 255, 255, 255])
    return sheet


def in_few_colours(figure, colours=256):
    """Turn a figure into a PIL image of at most so many colours, and close it: a third of the size."""
    from PIL import Image

    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].copy()
    plt.close(figure)
    return Image.fromarray(pixels).quantize(
        colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )


def show_heat(picture, values, ax, title=None, signed=False, limit=None):
    """Lay a map over a picture, as much of it as there is, and give what a colour bar can be made from.

    Unsigned: inferno from 0 to ``limit``, as `overlay`; what is below zero is left out. Signed: blue to red
    over the picture in grey, from minus to plus ``limit``, where nothing lies over zero. ``limit`` is the
    map's largest value if left out, of a signed map the largest absolute value.
    """
    limit = limit or np.max(np.abs(values) if signed else values)
    heat = np.clip(np.asarray(values) / (limit or 1), -1, 1)
    if not signed:
        show_image(overlay(picture, np.maximum(heat, 0)), ax, title)
        return ScalarMappable(Normalize(0, limit), "inferno")
    show_image(np.asarray(picture).mean(axis=-1).astype(np.asarray(picture).dtype), ax, title)
    return ax.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit, alpha=0.85 * np.abs(heat))


def show_outline(digit, ax, colour="black", width=1.0):
    """Draw the outline of a digit (H, W, 1) over a map of it, and show all of its pixels."""
    height, across = digit.shape[:2]
    ax.contour(digit[..., 0], levels=[0.5], colors=colour, linewidths=width)
    ax.set(xlim=(-0.5, across - 0.5), ylim=(height - 0.5, -0.5), xticks=[], yticks=[])
    ax.spines[:].set(visible=True, color="#c8c8c8", linewidth=0.5)


def place_extent(positions, side):
    """Left, right, bottom, top of a map of patch positions (R, Q, 2): each lies at its patch's centre."""
    centres = positions + (side - 1) / 2
    half = (positions[1, 0, 0] - positions[0, 0, 0]) / 2
    (top, left), (bottom, right) = centres[0, 0], centres[-1, -1]
    return left - half, right + half, bottom + half, top - half


def heat_grid(pictures, maps, titles, columns=3, signed=False, limit=None, label="drop"):
    """Draw pictures side by side, each with its map as `show_heat` lays it over, or without if that is None.

    All maps have one scale with its bar and its label. With ``limit="own"`` each has its own, and no bar.
    """
    own = limit == "own"
    there = [values for values in maps if values is not None]
    limit = None if own else limit or max(np.max(np.abs(m) if signed else m) for m in there)
    lines = max(title.count("\n") + 1 for title in titles)
    rows, panel = -(-len(maps) // columns), (1 if own else 0.95) * PAGE_WIDTH / columns
    figure, axes = plt.subplots(rows, columns, figsize=(PAGE_WIDTH, rows * (panel + 0.17 * lines)))
    for ax, picture, values, title in zip(axes.flat, pictures, maps, titles, strict=True):
        if values is None:
            show_image(picture, ax, title)
        else:
            drawn = show_heat(picture, values, ax, title, signed, limit)
    if not own:
        figure.colorbar(drawn, ax=axes, label=label, fraction=0.02, pad=0.01)
    return figure


def speckled_maps(maps, photograph=None, answers=None, columns=3):
    """Draw maps, {title: (H, W)} and not signed, as `show_speckled`; give the figure.

    Above them a photograph, if one is given, and the network's answers, {name: probability}, as bars.
    """
    rows, panel = -(-len(maps) // columns), PAGE_WIDTH / columns
    top, below = (0 if photograph is None else 0.75 * panel), rows * (panel + 0.17)
    figure = plt.figure(figsize=(PAGE_WIDTH, top + below))
    head, body = (None, figure) if not top else figure.subfigures(2, 1, height_ratios=(top, below))
    if head:
        left, right = head.subplots(1, 2, width_ratios=(1, 1.5))
        show_image(photograph, left)
        bars = right.barh(list(answers), list(answers.values()), color=FIRST)
        right.bar_label(bars, fmt="%.2f", padding=4)
        right.set(ylim=(len(answers) - 0.4, -0.6), xticks=[])
        right.spines[:].set_visible(False)
        right.tick_params(left=False)
    axes = body.subplots(rows, columns, squeeze=False)
    for ax in axes.flat[len(maps) :]:
        ax.set_axis_off()
    for ax, (title, values) in zip(axes.flat, maps.items(), strict=False):
        show_speckled(values, ax, title)
    return figure


def show_speckled(values, ax, title=None, quantile=0.99, shades=12):
    """Draw a map as `show_map`, from 0 to that quantile of its own.

    Speckle in many shades makes large files: a dozen of viridis are enough for the eye.
    """
    share = np.clip(np.asarray(values) / (np.quantile(values, quantile) or 1), 0, 1)
    return show_map(np.rint(share * (shades - 1)) / (shades - 1), ax, title, limit=1)


def map_rows(rows, titles, image=None, signed=False, speckled=False):
    """Draw rows of maps, {label: (N, H, W)}, each map scaled to its own largest value; give the figure.

    ``image`` stands before the first row. ``speckled`` draws as `show_speckled`.
    """
    first = 0 if image is None else 1
    across = len(titles) + first
    figure, axes = plt.subplots(
        len(rows), across, figsize=(PAGE_WIDTH, len(rows) * (PAGE_WIDTH / across + 0.1) + 0.2), squeeze=False
    )
    if first:
        show_image(image, axes[0, 0])
    for row, (label, maps) in zip(axes[:, first:], rows.items(), strict=True):
        for ax, values in zip(row, maps, strict=True):
            show_speckled(values, ax) if speckled else show_map(values, ax, signed=signed)
        row[0].set_ylabel(label)
    for ax, title in zip(axes[0, first:], titles, strict=True):
        ax.set_title(title)
    return figure


def numbers_on_cells(maps, titles):
    """Draw signed maps (N, h, w) side by side on one scale, each value as a number in its cell.

    The title of each ends with its sum.
    """
    figure, axes = plt.subplots(1, len(maps), figsize=(PAGE_WIDTH, PAGE_WIDTH / len(maps) + 0.25))
    limit = np.abs(maps).max()
    for ax, values, title in zip(axes, maps, titles, strict=True):
        show_numbers(values, ax, f"{title}: the cells sum to {values.sum():.2f}", limit=limit)
    return figure


def map_table(columns, rows, titles=None, images=None, quantile=1.0):
    """Draw unsigned maps (columns, rows, h, w) as a table, each column on its own scale from zero.

    A scale ends where that share of the column's values lies below. Without titles its end stands above.
    Images (columns, H, W, C), if there are any, are the first row.
    """
    first = 0 if images is None else 1
    shape = len(rows) + first, len(columns)
    figure, axes = plt.subplots(
        *shape, figsize=(PAGE_WIDTH, PAGE_WIDTH / shape[1] * shape[0] + 0.4), squeeze=False
    )
    for place, (column, maps) in enumerate(zip(axes.T, columns, strict=True)):
        limit = np.quantile(maps, quantile)
        if first:
            show_image(images[place], column[0])
        for ax, values in zip(column[first:], maps, strict=True):
            show_map(values, ax, limit=limit)
        column[0].set_title(f"{limit:.2f}" if titles is None else titles[place])
    for ax, name in zip(axes[first:, 0], rows, strict=True):
        ax.set_ylabel(name)
    return figure


def show_segments(picture, signs, ax, title=None):
    """Draw a picture with the segments that `top_mask` marks as they are, and all else grey and dim.

    ``picture``, (H, W, 3) in 0 to 1 or uint8, may be a whole number of times as large as ``signs``, (h, w).
    Yellow lines run round the segments for a class (1), blue ones round those against it (-1).
    """
    picture = np.asarray(picture)
    picture = picture / 255 if picture.dtype == np.uint8 else picture
    times = len(picture) // len(signs)
    signs = np.kron(signs, np.ones((times, times), int))
    dim = 0.15 + 0.4 * picture.mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    show_image(np.where(signs[..., np.newaxis] == 0, dim, picture), ax, title)
    for sign, colour in ((1, "#ffee00"), (-1, "#39c0ff")):
        if (signs == sign).any():
            ax.contour(signs == sign, [0.5], colors=colour, linewidths=1.8)
    return ax


def segment_panels(picture, panels, width=PAGE_WIDTH):
    """Draw a picture several times side by side: ``panels`` gives titles and signs, for `show_segments`.

    Signs of None leave the picture as it is.
    """
    height = width / len(panels) * np.shape(picture)[0] / np.shape(picture)[1] + 0.25
    figure, axes = plt.subplots(1, len(panels), figsize=(width, height), squeeze=False)
    for ax, (title, signs) in zip(axes[0], panels.items(), strict=True):
        if signs is None:
            show_image(picture, ax, title)
        else:
            show_segments(picture, signs, ax, title)
    return figure
