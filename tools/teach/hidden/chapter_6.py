"""The hidden tests of chapter 6's assignment."""

import numpy as np

from helpers.checks.shared import require, same, told


def check_passes(answer):
    """Other images, counted one by one."""
    random = np.random.default_rng(60)
    for _ in range(30):
        side, stride = int(random.integers(1, 9)), int(random.integers(1, 12))
        height, width = (int(side + more) for more in random.integers(0, 40, 2))
        count = 1
        for length in (height, width):
            places = list(range(0, length - side + 1, stride))
            count *= len(places) + (places[-1] != length - side)
        given = answer(height, width, side, stride)
        what = f"{height} x {width} pixels, side {side}, stride {stride}"
        require(same(given, count), f"for {what} it gives {told(given)}, not {count}")


def check_interaction(answer):
    """Products of two patches; exchanged places give the same, and a constant changes nothing."""
    random = np.random.default_rng(61)
    for channels, grey in ((1, 0.0), (3, 0.5)):
        image = random.random((7, 8, channels))
        weights = random.normal(size=image.shape)

        def score(x, weights=weights):
            return float((weights * x).sum() + x[:3, :3].mean() * x[4:7, 5:8].mean())

        one, other = image[:3, :3].mean(), image[4:7, 5:8].mean()
        both = -(one - grey) * (other - grey)
        for places in (((0, 0), (4, 5)), ((4, 5), (0, 0))):
            given = answer(score, image, *places, 3, grey)
            require(same(given, both), f"with patches of {grey} it gives {told(given)}, not {both:.4f}")
        given = answer(lambda x: 100 + score(x), image, (0, 0), (4, 5), 3, grey)
        require(same(given, both), "a constant added to the score changes the answer")


def check_always_changed(answer):
    """Other tables: one shade, many shades, class 0, and classes of which one is seldom."""
    random = np.random.default_rng(62)
    for shades, rows, columns in ((1, 3, 3), (2, 1, 9), (7, 5, 4)):
        predicted = random.integers(0, 3, (shades, rows, columns))
        for own in range(4):
            expected = ~(predicted == own).any(axis=0)
            given = answer(predicted, own)
            require(same(given, expected), f"with {shades} shades and own class {own}: {told(given)}")
