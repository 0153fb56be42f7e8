"""Filmstrips: the frames of a figure that moves, side by side on a grid of whole pixels.

The site cuts them out again and puts a slider below (book/_static/frames.mjs); everywhere else the strip is
an ordinary picture. CONTRIBUTING.md says how a cell asks for that.
"""

import matplotlib.pyplot as plt
import numpy as np

WIDE = 1560  # pixels of a strip
DPI = 208  # pixels to the inch, as all figures
MARGIN, GAP, LINE = 20, 10, 40  # pixels round a frame, between its panels, and of a line of text


def filmstrip(labels, columns=3, panels=1, titles=None):
    """Make room for frames side by side, row by row, each with its label below.

    Every frame is a cell of the same whole number of pixels, and nothing is drawn across its border. Draw on
    the axes, then give the figure to `in_few_colours`, which keeps its size to the pixel: a notebook alone
    would crop it.

    Parameters
    ----------
    labels : sequence of str
        One for each frame, of one line.
    columns : int
        How many frames stand side by side; 1,560 pixels must divide by it.
    panels : int
        How many square panels each frame has, side by side.
    titles : sequence of str, optional
        One above each panel of every frame.

    Returns
    -------
    matplotlib.figure.Figure, ndarray of Axes
        The figure, and the axes (frames, panels).

    Raises
    ------
    ValueError
        If the width does not divide by `columns`, or there is not one title for each panel.
    """
    if columns < 1 or WIDE % columns:
        raise ValueError(f"columns={columns} is not allowed: {WIDE:,} pixels must divide by it")
    if titles is not None and len(titles) != panels:
        raise ValueError(f"{len(titles)} titles for {panels} panels: give one for each")
    across = WIDE // columns  # of a cell, in pixels
    side = (across - 2 * MARGIN - (panels - 1) * GAP) // panels  # of a panel
    head = MARGIN + LINE * max((title.count("\n") + 1 for title in titles or ()), default=0)
    down = head + side + LINE + MARGIN
    high = -(-len(labels) // columns) * down
    # A millionth of a pixel more, because the canvas cuts off what is after the point.
    figure = plt.figure(figsize=(WIDE / DPI, (high + 1e-6) / DPI), dpi=DPI, layout="none")
    frames = np.empty((len(labels), panels), object)
    for frame, label in enumerate(labels):
        row, column = divmod(frame, columns)
        top, left = row * down, column * across
        for panel in range(panels):
            x, y = left + MARGIN + panel * (side + GAP), top + head
            ax = figure.add_axes((x / WIDE, 1 - (y + side) / high, side / WIDE, side / high))
            ax.set(xticks=[], yticks=[])
            if titles is not None:
                ax.set_title(titles[panel], pad=3)
            frames[frame, panel] = ax
        place = (left + across / 2) / WIDE, 1 - (top + head + side + LINE / 2 + 2) / high
        figure.text(*place, label, ha="center", va="center")
    return figure, frames
