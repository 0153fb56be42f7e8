"""Maps beside maps, and maps beside what they should show."""

import numpy as np
from scipy.stats import rankdata
from skimage.metrics import structural_similarity

from helpers.image import divide
from helpers.validate import check_choice, check_int, check_maps

SMALL = 1e-4  # of a map's largest absolute value: what is below counts as zero


def similarity(maps, others, kind="rank"):
    """Compare maps pair by pair.

    Parameters
    ----------
    maps, others : array_like, shape (N, H, W) or (H, W)
    kind : {"rank", "absolute rank", "ssim"}
        The rank correlation of the pixels, of their absolute values, or the structural similarity
        of the maps, each divided by its largest absolute value. Values below a ten-thousandth of
        that count as zero.

    Returns
    -------
    ndarray, float64, shape (N,)
        -1 to 1; NaN where one of the two is constant: nothing can be said of it.

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim (2018). Sanity Checks for Saliency Maps.
    NeurIPS.
    """
    compare = check_choice("kind", kind, ("rank", "absolute rank", "ssim"))
    maps, others = (_scaled(check_maps(name, x)) for name, x in (("maps", maps), ("others", others)))
    if maps.shape != others.shape:
        raise ValueError(f"others have shape {others.shape}: give that of maps, {maps.shape}")
    if compare == "absolute rank":
        maps, others = np.abs(maps), np.abs(others)
    return np.array([_similarity(one, other, compare) for one, other in zip(maps, others, strict=True)])


def energy_inside(maps, masks):
    """The share of a map that lies where it should.

    Parameters
    ----------
    maps : array_like, shape (N, H, W) or (H, W)
        Only what is positive counts.
    masks : array_like of bool, the shape of `maps`
        True where the map should be. A map that is the same everywhere scores the mask's share of
        the area.

    Returns
    -------
    ndarray, float64, shape (N,)
        0 to 1; NaN where nothing is positive.

    Raises
    ------
    ValueError
        If an argument is not as described.

    References
    ----------
    Wang et al. (2020). Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural
    Networks. CVPR Workshop on Fair, Data Efficient and Trusted Computer Vision.
    """
    maps, masks = np.maximum(check_maps("maps", maps), 0), np.asarray(masks)
    masks = masks[np.newaxis] if masks.ndim == 2 else masks
    if masks.dtype != bool or masks.shape != maps.shape:
        raise ValueError(
            f"masks have shape {masks.shape}, dtype {masks.dtype}: give bools of shape {maps.shape}"
        )
    return divide(np.sum(maps * masks, axis=(1, 2)), maps.sum(axis=(1, 2)))


def mosaic(images, rows, columns):
    """Put images side by side into one, and mark where each is.

    Parameters
    ----------
    images : array_like, shape (rows * columns, H, W, C)
    rows, columns : int
        At least 1.

    Returns
    -------
    picture : ndarray, shape (rows * H, columns * W, C), the dtype of `images`
    masks : ndarray of bool, shape (rows * columns, rows * H, columns * W)

    Raises
    ------
    ValueError
        If there are not as many images as cells.

    References
    ----------
    Boehle, Fritz, Schiele (2021). Convolutional Dynamic Alignment Networks for Interpretable
    Classifications. CVPR. (the grid pointing game)
    """
    images = np.asarray(images)
    rows, columns = check_int("rows", rows, 1), check_int("columns", columns, 1)
    if images.ndim != 4 or len(images) != rows * columns:
        raise ValueError(f"images have shape {images.shape}: give {rows * columns} images (H, W, C)")
    count, height, width, channels = images.shape
    grid = images.reshape(rows, columns, height, width, channels)
    picture = grid.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)
    cells = np.arange(count).reshape(rows, columns).repeat(height, axis=0).repeat(width, axis=1)
    return picture, cells == np.arange(count)[:, np.newaxis, np.newaxis]


def _scaled(maps):
    """Each map over its largest absolute value, without what is next to nothing."""
    scaled = divide(maps, np.abs(maps).max(axis=(1, 2), keepdims=True), instead=0.0)
    return np.where(np.abs(scaled) < SMALL, 0, scaled)


def _similarity(one, other, kind):
    if not np.ptp(one) or not np.ptp(other):
        return np.nan
    if kind == "ssim":
        side = min(7, *(length - (length + 1) % 2 for length in one.shape))  # of the window, odd
        return structural_similarity(one, other, data_range=2, win_size=side)
    return np.corrcoef(rankdata(one), rankdata(other))[0, 1]
