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


def in_few_colours(figure, colours=128):
    """Draw a figure, close it, and give it as a PIL image of so many colours.

    Figures full of busy patterns make large files; with a palette they take a third of the space, and the
    eye sees no difference.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    plt.close(figure)
    return picture.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
