"""Images made of waves in decorrelated colours, and moved at random before a network sees them."""

import numpy as np

from helpers.backend import tf

# How the colours of photographs vary together: columns are brightness, warm against cold, green against
# magenta. Divided by its largest column norm, as in Feature Visualization (2017).
COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
COLOURS /= np.linalg.norm(COLOURS, axis=0).max()
NOISE = 0.01  # standard deviation of the coefficients to begin with
# Coefficients are scaled by frequency to the power of minus this. Waves in photographs fall off with 1, as in
# Feature Visualization; what many steps add by chance to the finest waves is less grain with more.
FALL = 1.3


def spectrum_noise(shape, count, seed):
    """Coefficients to begin with, the same for each image (H, W, C): (count, C, H, W // 2 + 1, 2) float32."""
    height, width, channels = shape
    draw = np.random.default_rng(seed).normal(0, NOISE, (channels, height, width // 2 + 1, 2))
    return np.broadcast_to(draw, (count, *draw.shape)).astype(np.float32)


def spectrum_scale(height, width):
    """What each coefficient is multiplied with, (H, W // 2 + 1): coarse waves more, as in photographs."""
    frequency = np.hypot(np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width))
    scale = np.sqrt(height * width) / np.maximum(frequency, 1 / max(height, width)) ** FALL
    return scale.astype(np.float32)


def to_pixels(spectrum, shape):
    """Coefficients (n, C, H, W // 2 + 1, 2) to values (n, H, W, C) about 0, without bounds."""
    height, width, _ = shape
    scaled = tf.complex(spectrum[..., 0], spectrum[..., 1]) * spectrum_scale(height, width)
    waves = tf.signal.irfft2d(scaled, [height, width])  # (n, C, H, W)
    return tf.transpose(waves, (0, 2, 3, 1)) / 8


def mix_colours(values):
    """Colours (n, H, W, 3) that vary independently to red, green and blue as in photographs."""
    return tf.einsum("nhwc,dc->nhwd", values, COLOURS)


def moved(images, seeds, jitter, rotate, zoom, fill):
    """Images (n, H, W, C) moved, turned and scaled at random, all alike; `fill` comes in from outside.

    By up to `jitter` pixels along each axis, up to `rotate` degrees, and a factor of up to 1 + `zoom`
    either way.
    """
    down, across, turn, scale = tf.unstack(tf.random.stateless_uniform((4,), seeds, -1, 1))
    angle, factor = turn * rotate * (np.pi / 180), (1 + zoom) ** scale
    cosine, sine = tf.cos(angle) / factor, tf.sin(angle) / factor
    height, width = tf.unstack(tf.cast(tf.shape(images)[1:3], tf.float32))
    x, y = (width - 1) / 2, (height - 1) / 2  # the centre, which stays where it is but for the jitter
    left, top = x + jitter * across, y + jitter * down
    first = [cosine, -sine, x - cosine * left + sine * top]
    second = [sine, cosine, y - sine * left - cosine * top]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([*first, *second, 0.0, 0.0])[tf.newaxis],
        output_shape=tf.shape(images)[1:3],
        fill_value=fill,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
