"""The sheet of colour patterns: every pattern at its place, in few colours that are close to its own."""

import io

import numpy as np
import pytest
from PIL import Image

from helpers.plots import pattern_sheet


@pytest.fixture
def patterns():
    """Nine smooth colour patterns of 16 pixels a side."""
    across = np.linspace(0, 1, 16)
    phases = np.arange(9)[:, np.newaxis, np.newaxis] / 9
    waves = [np.sin(np.pi * (across[:, np.newaxis] * k + across + phases)) ** 2 for k in (0, 1, 2)]
    return np.stack(waves, axis=-1)


def test_every_pattern_is_at_its_place_pixel_for_pixel(patterns):
    sheet = np.asarray(pattern_sheet(patterns, columns=4, margin=5, colours=256).convert("RGB")) / 255
    assert sheet.shape == (3 * 16 + 2 * 5, 4 * 16 + 3 * 5, 3)
    for index, pattern in enumerate(patterns):
        top, left = index // 4 * 21, index % 4 * 21
        assert np.abs(sheet[top : top + 16, left : left + 16] - pattern).mean() < 0.03
    np.testing.assert_allclose(sheet[16:21], 1, atol=0.02)
    np.testing.assert_allclose(sheet[42:, 21:], 1, atol=0.02)  # the places that are left over


def test_no_more_colours_than_asked_for_and_a_smaller_file():
    noise = np.random.default_rng(0).random((8, 32, 32, 3))
    sheet = pattern_sheet(noise, colours=64)
    assert len(np.unique(np.asarray(sheet.convert("RGB")).reshape(-1, 3), axis=0)) <= 64
    sizes = []
    for picture in (sheet, Image.fromarray(np.uint8(255 * noise.reshape(256, 32, 3)))):
        file = io.BytesIO()
        picture.save(file, "png")
        sizes.append(len(file.getvalue()))
    assert sizes[0] < sizes[1] / 3


def test_the_patterns_given_are_left_as_they_were(patterns):
    before = patterns.copy()
    pattern_sheet(patterns)
    np.testing.assert_array_equal(patterns, before)
