"""Activation maximisation against optima that are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import affine_transform
from small_models import conv_net, fill, linear, random_images

from helpers.activations import feature_maps
from helpers.ascent import maximize_activation
from helpers.backend import keras, tf
from helpers.parametrisation import mix_colours, moved, spectrum_noise, to_pixels

WEIGHTS = np.random.default_rng(1).standard_normal((5, 4, 2, 3)).astype(np.float32)
LINEAR = linear(WEIGHTS, activation="softmax")
BY_UNIT = np.moveaxis(WEIGHTS, -1, 0)  # (3, 5, 4, 2)
FLAT = linear(np.zeros((4, 6, 1, 1), np.float32))
NET = conv_net()


def test_with_an_l2_penalty_a_linear_unit_ends_at_its_weights_over_the_penalty():
    found = maximize_activation(
        LINEAR, "out", range(3), steps=300, step_size=0.2, l2=0.5, value_range=None, normalize=False
    )
    np.testing.assert_allclose(found.images, BY_UNIT / 0.5, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.scores, (WEIGHTS**2).sum(axis=(0, 1, 2)) / 0.5, rtol=1e-4)


def test_in_a_box_a_linear_unit_ends_in_the_corner_of_its_weights_signs():
    found = maximize_activation(LINEAR, "out", [2, 0], steps=400, step_size=5.0)
    np.testing.assert_array_equal(found.images, (BY_UNIT[[2, 0]] > 0).astype(np.float32))
    np.testing.assert_allclose(found.scores, np.maximum(WEIGHTS, 0).sum(axis=(0, 1, 2))[[2, 0]], rtol=1e-5)


def test_a_final_layers_units_are_its_logits():
    """Whether the softmax is climbed or what goes into it differs: probabilities end below 1."""
    start = np.full((5, 4, 2), 0.5, np.float32)
    logit = maximize_activation(LINEAR, "out", 1, steps=1, step_size=0.0, start=start)
    np.testing.assert_allclose(logit.scores, (WEIGHTS[..., 1] * 0.5).sum(), rtol=1e-5)
    share = maximize_activation(
        LINEAR, "out", 1, steps=1, step_size=0.0, start=start, before_activation=False
    )
    np.testing.assert_allclose(share.scores, LINEAR(start[None]).numpy()[:, 1], rtol=1e-5)


def test_normalised_step_has_the_step_size_as_root_mean_square():
    start = np.zeros((5, 4, 2), np.float32)
    found = maximize_activation(LINEAR, "out", 1, steps=1, step_size=0.3, start=start, value_range=None)
    expected = 0.3 * WEIGHTS[..., 1] / np.sqrt((WEIGHTS[..., 1] ** 2).mean())
    np.testing.assert_allclose(found.images[0], expected, rtol=1e-5)


def test_total_variation_of_a_step_edge_falls_along_the_edge_and_nowhere_else():
    """Its total variation is the edge's height, 4 pixels: one step moves both sides towards each other."""
    start = np.zeros((4, 6, 1), np.float32)
    start[:, 3:] = 1
    options = {"steps": 1, "step_size": 0.1, "normalize": False, "total_variation": 2.0, "start": start}
    moved = maximize_activation(FLAT, "out", 0, **options).images[0] - start
    expected = np.zeros((4, 6, 1))
    expected[:, 2], expected[:, 3] = 0.2, -0.2
    np.testing.assert_allclose(moved, expected, atol=1e-6)


def test_total_variation_leaves_a_constant_image_alone():
    start = np.full((4, 6, 1), 0.3, np.float32)
    found = maximize_activation(FLAT, "out", 0, total_variation=2.0, start=start)
    np.testing.assert_array_equal(found.images[0], start)


def test_jitter_moves_what_the_network_sees_and_not_the_image():
    """A unit that looks at one pixel: with jitter by up to 1, its neighbours are lit up too."""
    weights = np.zeros((5, 5, 1, 1), np.float32)
    weights[2, 2] = 1
    start = np.zeros((5, 5, 1), np.float32)
    still = maximize_activation(linear(weights), "out", 0, start=start).images[0, ..., 0]
    moved = maximize_activation(linear(weights), "out", 0, start=start, jitter=1).images[0, ..., 0]
    np.testing.assert_array_equal(np.argwhere(still > 0), [[2, 2]])
    np.testing.assert_array_equal(np.argwhere(moved > 0), np.argwhere(np.pad(np.ones((3, 3)), 1)))


def test_score_is_the_units_mean_over_its_positions():
    found = maximize_activation(NET, "conv2", [0, 3], before_activation=False)
    maps = feature_maps(NET, found.images, ["conv2"])["conv2"]
    expected = maps.mean(axis=(1, 2))[[0, 1], [0, 3]]
    np.testing.assert_allclose(found.scores, expected, rtol=1e-5)


def test_climbing_raises_every_unit_of_a_convolution():
    before = maximize_activation(NET, "conv2", range(5), steps=1, step_size=0.0).scores
    assert (maximize_activation(NET, "conv2", range(5)).scores > before + 0.05).all()


@pytest.mark.parametrize("kind", ["argument", "layer"])
def test_a_unit_that_is_off_at_the_start_is_climbed_before_its_relu_only(kind):
    layers = [keras.Input((6, 6, 1)), keras.layers.Conv2D(1, 3, activation="relu", name="unit")]
    if kind == "layer":
        layers[1:] = [keras.layers.Conv2D(1, 3), keras.layers.ReLU(name="unit")]
    model = keras.Sequential(layers)
    model.set_weights([np.ones((3, 3, 1, 1)), np.array([-6.0])])  # grey 0.5 gives 4.5 - 6 < 0, white 9 - 6
    dead = maximize_activation(model, "unit", 0, steps=60, before_activation=False)
    assert dead.scores == 0
    np.testing.assert_allclose(dead.images, 0.5, atol=0.1001)
    np.testing.assert_allclose(maximize_activation(model, "unit", 0, steps=60).scores, 3)


def test_layers_above_are_not_run():
    """At 16 pixels the dense layer above would not fit; in the network cut off it is not there."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(3, 3, name="conv"),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    found = maximize_activation(fill(model), "conv", [0, 1], image_size=(16, 12))
    assert found.images.shape == (2, 16, 12, 1)


def test_start_is_grey_noise_about_the_middle_of_the_range():
    found = maximize_activation(NET, "conv1", [0, 1], steps=1, step_size=0.0, value_range=(-2, 6))
    assert found.images.min() >= 2 - 0.8
    assert found.images.max() <= 2 + 0.8
    assert found.images.std() > 0.3
    np.testing.assert_array_equal(found.images[0], found.images[1])


def test_result_depends_on_the_seed_alone():
    first, again, other = (
        maximize_activation(NET, "conv1", 0, jitter=2, value_range=None, seed=s).images for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


def test_network_for_any_size_takes_that_of_the_start():
    found = maximize_activation(conv_net(size=None), "conv1", [0, 1], start=random_images(1, 5, 9)[0])
    assert found.images.shape == (2, 5, 9, 1)


def test_start_given_is_left_as_it_was():
    for start in (random_images(1)[0], random_images(2)):
        before = start.copy()
        found = maximize_activation(NET, "conv1", [0, 1], start=start).images
        np.testing.assert_array_equal(start, before)
        assert np.abs(found - start).max() > 0.01


@settings(max_examples=6, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=7), st.integers(1, 4), st.booleans())
def test_result_does_not_depend_on_the_batch_size_nor_on_a_progress_bar(units, batch_size, progress):
    together = maximize_activation(NET, "conv2", units, steps=25, jitter=1, total_variation=0.01)
    apart = maximize_activation(
        NET, "conv2", units, 25, jitter=1, total_variation=0.01, batch_size=batch_size, progress=progress
    )
    assert together.images.shape == (len(units), 8, 8, 1)
    np.testing.assert_allclose(apart.images, together.images, atol=1e-4)
    np.testing.assert_allclose(apart.scores, together.scores, atol=1e-4)


# Fourier coefficients


def test_fourier_coefficients_of_a_wave_are_that_wave():
    """One coefficient of the wave with 2 periods down and 3 across, scaled by hand."""
    spectrum = np.zeros((1, 1, 8, 7, 2), np.float32)
    spectrum[0, 0, 2, 3, 0] = 1
    made = to_pixels(spectrum, (8, 12, 1)).numpy()[0, ..., 0]
    y, x = np.mgrid[:8, :12]
    wave = 2 * np.cos(2 * np.pi * (2 * y / 8 + 3 * x / 12)) / 96  # a pair of coefficients, over H * W
    scale = np.sqrt(96) / np.hypot(2 / 8, 3 / 12) ** 1.3
    np.testing.assert_allclose(made, wave * scale / 8, atol=1e-6)


@pytest.mark.parametrize("shape", [(7, 10, 1), (6, 9, 3)])
def test_noise_has_waves_of_all_lengths_coarse_ones_larger(shape):
    made = to_pixels(spectrum_noise(shape, 2, seed=3), shape).numpy()
    assert made.shape == (2, *shape)
    np.testing.assert_array_equal(made[0], made[1])
    power = (np.abs(np.fft.fft2(made[0], axes=(0, 1))) ** 2).mean(axis=-1)
    assert power[1, 0] > power[3, 0]
    assert (power > 0).all()


def test_decorrelated_colours_are_brightness_warmth_and_the_rest():
    basis = np.eye(3, dtype=np.float32)[:, np.newaxis, np.newaxis]  # three one-pixel images
    bright, warm, green = mix_colours(basis).numpy()[:, 0, 0]
    np.testing.assert_allclose(bright / bright.max(), [0.26 / 0.27, 1, 1], rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(bright), 1, rtol=1e-5)
    np.testing.assert_allclose(warm, [0.09 / 0.46195, 0, -0.09 / 0.46195], atol=1e-4)
    assert green[1] < 0 < green[0] < green[2]


def test_in_a_fourier_basis_a_linear_unit_ends_where_its_weights_point():
    found = maximize_activation(LINEAR, "out", [0, 2], steps=800, step_size=3.0, basis="fourier")
    near = np.abs(found.images - (BY_UNIT[[0, 2]] > 0)) < 0.02
    assert near.mean() > 0.97  # where a weight is nearly 0, hardly anything pulls
    best = np.maximum(WEIGHTS, 0).sum(axis=(0, 1, 2))[[0, 2]]
    np.testing.assert_allclose(found.scores, best, rtol=0.02)


def test_with_an_l2_penalty_a_fourier_basis_finds_the_same_optimum():
    """Of w.x - x^2 / 2 * l2 in the box: w / l2, which is inside it for small weights."""
    weights = 0.5 + 0.3 * np.random.default_rng(2).uniform(-1, 1, (4, 6, 1, 1)).astype(np.float32)
    options = {"steps": 1500, "step_size": 0.02, "l2": 1.0, "basis": "fourier"}
    found = maximize_activation(linear(weights), "out", 0, **options)
    np.testing.assert_allclose(found.images[0], weights[..., 0], atol=0.01)


def test_value_range_holds_in_a_fourier_basis():
    found = maximize_activation(
        LINEAR, "out", 0, steps=300, step_size=1.0, basis="fourier", value_range=(-3, 5)
    )
    assert found.images.min() >= -3
    assert found.images.max() <= 5
    assert np.ptp(found.images) > 7


def test_moved_by_nothing_an_image_stays():
    images = random_images(2, 6, 9, channels=3)
    np.testing.assert_allclose(moved(images, [0, 1], 0.0, 0.0, 0.0, 0.5), images, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_moved_is_what_scipy_makes_of_the_same_angle_factor_and_shift(seed):
    image = random_images(1, 21, 27)
    down, across, turn, scale = tf.random.stateless_uniform((4,), [seed, 5], -1, 1).numpy()
    angle, factor = np.deg2rad(20) * turn, 1.3**scale
    matrix = (
        np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / factor
    )  # rows first
    centre = np.array([10, 13])
    offset = centre - matrix @ (centre + 3 * np.array([down, across]))
    expected = affine_transform(image[0, ..., 0], matrix, offset, order=1, mode="grid-constant", cval=0.5)
    found = moved(image, [seed, 5], 3.0, 20.0, 0.3, 0.5).numpy()[0, ..., 0]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_unit_that_looks_at_one_pixel_lights_up_where_turning_and_scaling_take_it():
    weights = np.zeros((9, 9, 1, 1), np.float32)
    weights[4, 7] = 1
    start = np.zeros((9, 9, 1), np.float32)
    still = maximize_activation(linear(weights), "out", 0, start=start).images[0, ..., 0]
    turned = maximize_activation(linear(weights), "out", 0, start=start, rotate=40.0).images[0, ..., 0]
    scaled = maximize_activation(linear(weights), "out", 0, start=start, zoom=0.5).images[0, ..., 0]
    np.testing.assert_array_equal(np.argwhere(still > 0), [[4, 7]])
    rows, columns = np.argwhere(turned > 0.1).T
    assert set(rows) > {3, 4, 5}
    np.testing.assert_allclose(np.hypot(rows - 4, columns - 4), 3, atol=1.5)  # on a circle about the centre
    rows, columns = np.argwhere(scaled > 0.1).T  # along the line from the centre
    assert np.abs(rows - 4).max() <= 1
    assert set(columns) >= {6, 7, 8}
    assert columns.min() > 4


def test_fourier_result_depends_on_the_seed_alone_and_not_on_the_batch_or_the_bar():
    options = {"steps": 15, "basis": "fourier", "jitter": 2, "rotate": 10.0, "zoom": 0.1}
    first = maximize_activation(NET, "conv2", [1, 3, 4], seed=1, **options)
    other = maximize_activation(NET, "conv2", [1, 3, 4], seed=2, **options)
    apart = maximize_activation(NET, "conv2", [1, 3, 4], seed=1, batch_size=2, progress=True, **options)
    np.testing.assert_allclose(apart.images, first.images, atol=1e-4)
    np.testing.assert_allclose(apart.scores, first.scores, atol=1e-4)
    assert np.abs(first.images - other.images).max() > 0.01


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"basis": "wavelets"}, "basis='wavelets'.*pixels, fourier"),
        ({"decorrelate": True}, 'decorrelate=True.*basis="fourier"'),
        ({"basis": "fourier", "decorrelate": True}, "decorrelate=True.*three channels"),
        ({"basis": "fourier", "start": np.zeros((8, 8, 1))}, "start=an array.*give None"),
        ({"basis": "fourier", "value_range": None}, "value_range=None.*give .low, high."),
        ({"rotate": -1.0}, "rotate=-1.0.*0 to 180"),
        ({"zoom": 2}, "zoom=2.*0 to 1"),
    ],
)
def test_what_does_not_go_together_is_told(wrong, said):
    with pytest.raises(ValueError, match=said):
        maximize_activation(NET, "conv1", 0, **wrong)
