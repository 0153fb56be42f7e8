"""What all drawings share: the width of the page, colours, letters."""

import matplotlib

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
