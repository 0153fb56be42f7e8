"""Pictures of networks, formulas and their parts."""

from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

from helpers.image import resize
from helpers.plots.charts import _chips
from helpers.plots.panels import show_image, show_map
from helpers.plots.style import FIRST, INK, MUTED, PAGE_WIDTH, SECOND

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
        font=ImageFont.truetype(str(font), 32),
        text_callable=shape_below,
        color_map={
            type(layer): {"fill": LAYER_COLOURS[type(layer).__name__]}
            for layer in model.layers
            if type(layer).__name__ in LAYER_COLOURS
        },
        scale_xy=10,
        scale_z=0.85,
        max_z=255,
        spacing=60,
    )
    return picture.convert("RGB")


def network_at_work(images, place, layers, shown=6):
    """Draw digits (N, H, W, 1) in a row, and below it what the layers of a network make of one of them.

    ``layers`` has by name, in the order of the network: values (h, w, channels) of convolutions, values
    (units,) of a dense layer, and the probabilities. Of a convolution the ``shown`` maps with the most
    contrast are drawn. Each layer has a colour scale of its own, from 0.
    """
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 5.7))
    for k, image in enumerate(images):
        _panel(ax, image[..., 0], 0.42 + 0.74 * k, 5.33, 0.68, "gray", frame=k == place)
    _panel(ax, images[place][..., 0], 0.72, 2.55, 1.3, "gray", frame=True)
    ax.text(0.72, 0.22, "one image\n{} x {}".format(*images.shape[1:3]), ha="center", va="center")
    *hidden, (_, probabilities) = layers.items()
    heights, before = np.linspace(4.35, 0.75, shown), [(1.37, 2.55)]
    for x, (name, values) in zip([*np.linspace(2.15, 4.65, len(hidden) - 1), 5.6], hidden, strict=True):
        half, size = (0.31, "{} x {}\n{} maps") if values.ndim == 3 else (0.12, "dense\n{} units")
        ax.text(x, 0.22, size.format(*values.shape), ha="center", va="center")
        if values.ndim == 3:
            best = np.sort(np.argsort(-values.std(axis=(0, 1)), kind="stable")[:shown])
            for y, k in zip(heights, best, strict=True):
                _panel(ax, values[..., k] / values[..., best].max(), x, y, 2 * half)
            ax.text(x, 4.77, name, ha="center", va="center")
        else:
            ax.imshow(values.reshape(-1, 4), extent=(x - half, x + half, 0.44, 4.66), aspect="auto", zorder=2)
        _wires(ax, before, [(x - half, y) for y in heights])
        before = [(x + half, y) for y in heights]
    rows = np.linspace(4.45, 0.65, len(probabilities))
    _wires(ax, before, [(6.25, y) for y in rows])
    for k, (y, p) in enumerate(zip(rows, probabilities, strict=True)):
        colour = SECOND if k == probabilities.argmax() else MUTED
        ax.text(6.38, y, f"{k}", ha="center", va="center", fontsize=13, color=colour)
        ax.barh(y, 0.6 * p + 0.006, height=0.2, left=6.52, color=colour)
        ax.text(6.56 + 0.6 * p, y, f"{p:.0%}" if p >= 0.005 else "", va="center", color=colour)
    ax.text(6.8, 0.22, "ten\nprobabilities", ha="center", va="center")
    ax.set(xlim=(0, 7.5), ylim=(0, 5.7), aspect="equal")
    ax.set_axis_off()
    return figure


def _panel(ax, picture, x, y, side, colours="viridis", frame=False):
    """Draw a picture with values from 0 to 1 around a place, if asked for in a frame."""
    corner = (x - side / 2, y - side / 2)
    extent = (corner[0], corner[0] + side, corner[1], corner[1] + side)
    ax.imshow(picture, cmap=colours, vmin=0, vmax=1, extent=extent, zorder=2)
    if frame:
        ax.add_patch(plt.Rectangle(corner, side, side, fill=False, ec=SECOND, lw=2.5, zorder=3))


def _wires(ax, starts, ends):
    """Draw a thin line from every start to every end."""
    for x, y in starts:
        for to_x, to_y in ends:
            ax.plot([x, to_x], [y, to_y], color="#9db4d0", lw=0.5, alpha=0.6, zorder=1)


def colour_filters(kernels, ax, columns=8, labels=None):
    """Draw filters (h, w, 3, filters), red first, as colour chips in rows, with a label below each.

    Mid-grey is a weight of zero. Every filter has its own scale: its largest weight has the full colour.
    """
    chips = _chips(kernels)
    columns = min(columns, len(chips))
    rows, across, down = -(-len(chips) // columns), 1.06, 1.06 if labels is None else 1.22
    for place, chip in enumerate(chips):
        left, top = across * (place % columns), down * (place // columns)
        ax.imshow(chip, extent=(left, left + 1, top + 1, top))
        if labels is not None:
            ax.text(left + 0.5, top + 1.11, labels[place], ha="center", va="center", fontsize=9, color=MUTED)
    ax.set(xlim=(-0.01, across * columns - 0.05), ylim=(down * rows - 0.05, -0.01), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return ax


def block_shapes(shapes, marked=()):
    """Draw kernel blocks, name -> (h, w, channels in, filters), to scale: every panel is one unit of area.

    Their names are VGG's; the first three blocks stand in one line, each further one in its own.
    """
    figure, ax = plt.subplots(figsize=(PAGE_WIDTH, 0.84 * PAGE_WIDTH))
    left, top, line, tallest = 0, 0, 3, 0
    for name, (_, _, channels, filters) in shapes.items():
        number = max(3, int(name[len("block")]))
        if number > line:
            left, top, line, tallest = 0, top + tallest + 40, number, 0
        colour = SECOND if name in marked else plt.get_cmap("Blues")(0.1 + 0.05 * int(name[len("block")]))
        ax.add_patch(plt.Rectangle((left, top), filters, channels, facecolor=colour))
        text = name.replace("_", "\n") + f"\n{channels} \N{MULTIPLICATION SIGN} {filters}"
        inside = channels >= 128 and filters >= 256
        x, y = (left + filters / 2, top + channels / 2) if inside else (left, top + channels + 10)
        align = {"ha": "center", "va": "center"} if inside else {"ha": "left", "va": "top"}
        ax.text(x, y, text, fontsize=9, **align)
        left, tallest = left + filters + (77 if line == 3 else 40), max(tallest, channels)
    ax.set(xlim=(0, 1616), ylim=(top + tallest, 0), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return figure


def convolution_parts(picture, values, kernel, maps, row, column, colours, reach=20):
    """Draw one step of a 3 x 3 convolution with colours: where, what is there, the kernel, what comes out.

    ``picture`` (H, W, 3) is shown around a pixel with the patch framed; ``values`` (H, W, C) is what the
    network takes; ``kernel`` (3, 3, C) is one filter; ``maps`` (H, W) is its map; ``colours`` names the
    C planes.
    """
    planes = [f"{what}{k}" for what in "xw" for k in range(len(colours))]
    half = len(colours)
    rows = [["picture", *planes[:half], "map"], ["picture", *planes[half:], "map"]]
    wide = (2.3, *[1] * half, 2.3)
    figure, axes = plt.subplot_mosaic(rows, figsize=(PAGE_WIDTH, 2.6), width_ratios=wide)
    near = np.s_[row - reach : row + reach + 1, column - reach : column + reach + 1]
    show_image(picture[near], axes["picture"], "the picture")
    show_map(maps[near], axes["map"], f"the map, here {maps[row, column]:.0f}")
    for name, side, colour in (("picture", 3, "white"), ("map", 1, SECOND)):
        corner = (reach - side / 2, reach - side / 2)
        axes[name].add_patch(plt.Rectangle(corner, side, side, fill=False, ec=colour, lw=1.5))
    patch = values[row - 1 : row + 2, column - 1 : column + 2]
    for sign, numbers, form in (("x", patch, "{:.0f}"), ("w", kernel, "{:.1f}")):
        for k, colour in enumerate(colours):
            ax, limit = axes[f"{sign}{k}"], np.abs(numbers).max()
            show_map(numbers[..., k], ax, f"${sign}$, {colour}", signed=True, limit=limit)
            for (i, j), value in np.ndenumerate(numbers[..., k]):
                ink = "white" if abs(value) > 0.6 * limit else INK
                ax.text(j, i, form.format(value + 0.0), ha="center", va="center", color=ink, fontsize=9)
    return figure


def first_order(image, gradient, change):
    """Draw an image, its gradient, a change of it, and the product of the two, (H, W), with their bars."""
    figure, axes = plt.subplots(1, 4, figsize=(PAGE_WIDTH, 2.5))
    show_image(image, axes[0], "the image $x$")
    for ax, values, name, unit in (
        (axes[1], gradient, "gradient $g$", "logits per unit"),
        (axes[2], change, r"change $\delta$", "units"),
        (axes[3], gradient * change, r"product $g\,\delta$", "logits"),
    ):
        figure.colorbar(show_map(values, ax, name, signed=True), ax=ax, location="bottom", label=unit)
    return figure


def way_and_curve(images, places, scores, label):
    """Draw images on a way, {place: image}, above the curve of a score along it, where they are dots."""
    figure = plt.figure(figsize=(PAGE_WIDTH, 4.6))
    above, below = figure.subfigures(2, 1, height_ratios=(1.7, 2.9))
    for ax, (place, image) in zip(above.subplots(1, len(images)), images.items(), strict=True):
        show_image(image, ax, f"$t$ = {place}")
    ax = below.subplots()
    ax.plot(places, scores, lw=2, color=FIRST)
    ax.plot(list(images), np.interp(list(images), places, scores), "o", color=SECOND)
    ax.set(xlabel="place on the way $t$", ylabel=label)
    ax.grid(alpha=0.3)
    return figure


def weighted_maps(maps, weights, chosen):
    """Draw the formula of a class activation map: chosen maps (h, w, channels), their weights, and the sums.

    Below: the weighted sum of the chosen maps, that of all, its positive part, and the same enlarged.
    """
    figure, axes = plt.subplots(2, 4, figsize=(PAGE_WIDTH, 4.5))
    for ax, channel in zip(axes[0], chosen, strict=True):
        title = f"map {channel}\ntimes {weights[channel]:+.4f}"
        above = show_map(maps[..., channel], ax, title, limit=maps[..., chosen].max())
    total = maps @ weights  # (h, w)
    limit = np.abs(total).max()
    show_map(maps[..., chosen] @ weights[chosen], axes[1, 0], "sum of these four", True, limit)
    below = show_map(total, axes[1, 1], f"sum of all {len(weights):,}", True, limit)
    show_map(np.maximum(total, 0), axes[1, 2], "maximum with 0", limit=limit)
    show_map(resize(np.maximum(total, 0), (112, 112)), axes[1, 3], "enlarged", limit=limit)
    figure.colorbar(above, ax=axes[0], label="activation", fraction=0.02)
    figure.colorbar(below, ax=axes[1], label="logits", fraction=0.02)
    return figure
