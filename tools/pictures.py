"""Two pictures side by side, for whoever wants to see what has changed."""

import numpy as np
from PIL import Image


def side_by_side(expected, drawn):
    """Put two pictures and, where they have one size, a third that is dark where they differ into one.

    Parameters
    ----------
    expected, drawn : (H, W, 3) ndarray of uint8
        Their sizes may differ.

    Returns
    -------
    PIL.Image.Image
    """
    pictures = [expected, drawn]
    if expected.shape == drawn.shape:
        pictures.append(255 - np.abs(expected.astype(int) - drawn).astype(np.uint8))
    height = max(len(picture) for picture in pictures)
    framed = [
        np.pad(picture, ((0, height - len(picture)), (0, 10), (0, 0)), constant_values=255)
        for picture in pictures
    ]
    return Image.fromarray(np.concatenate(framed, axis=1))
