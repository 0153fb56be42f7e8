"""What the tests of drawings share."""

import numpy as np


def shown(ax):
    """The numbers that an image on some axes was drawn from."""
    return np.ma.filled(ax.images[0].get_array(), np.nan)


class Run:
    """As `occlusion` gives it for one digit of 11 x 11 pixels and a patch of 3 x 3."""

    positions = np.stack(np.meshgrid(np.arange(9), np.arange(9), indexing="ij"), axis=-1)
    predicted = np.full((1, 9, 9), 7)
    heatmap = np.linspace(0, 1, 81).reshape(1, 9, 9)
    score = np.array([0.75])
