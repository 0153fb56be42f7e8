"""Outputs of cells, as a notebook has them."""

import base64
import io

from nbformat.v4 import new_output
from PIL import Image


def printed(text, name="stdout"):
    """What a cell printed."""
    return new_output("stream", name=name, text=text)


def picture(pixels):
    """A picture, (H, W, 3) uint8."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return new_output("display_data", {"image/png": base64.b64encode(file.getvalue()).decode()})
