"""LIME: known coefficients of additive functions, agreement with the lime library, any batch size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lime.lime_image import LimeImageExplainer
from numpy.testing import assert_allclose, assert_array_equal
from skimage.segmentation import mark_boundaries

from helpers import segments
from helpers.backend import keras
from helpers.lime_image import LimeExplanation, lime_image, top_mask
from helpers.segments import grid_segments

layers = keras.layers


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def linear_model(shape, classes=2):
    """f(x) = w.x + b, and w as (H, W, C, classes) and b."""
    rng = np.random.default_rng(1)
    w = rng.normal(size=(int(np.prod(shape)), classes)).astype(np.float32)
    b = rng.normal(size=classes).astype(np.float32)
    model = keras.Sequential([keras.Input(shape), layers.Flatten(), layers.Dense(classes)])
    model.set_weights([w, b])
    return model, w.reshape(*shape, classes), b


@pytest.fixture(scope="module")
def color_model():
    """A small convolutional network for pictures of any size, with four classes, unsure of itself."""
    keras.utils.set_random_seed(4)
    image = keras.Input((None, None, 3))
    x = layers.Conv2D(8, 3, activation="relu", padding="same")(image)
    x = layers.GlobalMaxPooling2D()(x)
    x = layers.Dense(4, activation="softmax", kernel_initializer=keras.initializers.RandomNormal(stddev=1))(x)
    return keras.Model(image, x)


@pytest.fixture(scope="module")
def picture():
    draw = np.random.default_rng(2)
    blocks = draw.random((3, 4, 3)).repeat(4, axis=0).repeat(4, axis=1)
    return (0.8 * blocks + 0.2 * draw.random((12, 16, 3))).astype(np.float32)


def sums_over(segments, values):
    """The sum of (H, W) values over each segment, worked out one by one."""
    return np.array([values[segments == segment].sum() for segment in np.unique(segments)])


@pytest.mark.parametrize("shape", [(9, 7, 1), (8, 8, 3)])
def test_on_an_additive_function_each_coefficient_is_the_segments_own_share(shape, rng):
    model, w, b = linear_model(shape)
    x = rng.random(shape).astype(np.float32)
    segments = rng.integers(0, 6, shape[:2])
    result = lime_image(model, x, 1, segments, n_samples=200, fill=0.0)
    assert_allclose(result.coefficients, sums_over(segments, (w[..., 1] * x).sum(axis=-1)), atol=1e-4)
    assert result.intercept == pytest.approx(b[1], abs=1e-4)
    assert result.r2 == pytest.approx(1, abs=1e-6)
    assert result.class_index == 1


def test_with_a_fill_the_coefficient_is_the_share_of_what_changes(rng):
    model, w, _ = linear_model((6, 6, 3))
    x = rng.random((6, 6, 3)).astype(np.float32)
    segments = grid_segments(6, 6, 3)
    fill = [0.2, 0.5, 0.9]
    result = lime_image(model, x, 0, segments, n_samples=60, fill=fill)
    assert_allclose(result.coefficients, sums_over(segments, (w[..., 0] * (x - fill)).sum(-1)), atol=1e-4)


def test_segments_that_the_function_does_not_look_at_get_zero(rng):
    model, w, b = linear_model((8, 8, 1))
    w[:4] = 0  # the upper half
    model.set_weights([w.reshape(64, 2), b])
    result = lime_image(model, rng.random((8, 8, 1)), 0, n_samples=80, fill=0.0)
    assert_allclose(result.coefficients[:2], 0, atol=1e-5)
    assert np.abs(result.coefficients[2:]).min() > 1e-3


def test_the_mean_fill_hides_nothing_where_segments_have_one_colour(rng):
    model, _, _ = linear_model((8, 8, 3))
    segments = grid_segments(8, 8)
    x = rng.random((4, 3))[segments]
    result = lime_image(model, x, 0, segments, n_samples=50)
    assert_allclose(result.coefficients, 0, atol=1e-5)


def test_a_ridge_penalty_shrinks_the_coefficients(rng):
    model, _, _ = linear_model((8, 8, 1))
    x = rng.random((8, 8, 1))
    plain, shrunk = (lime_image(model, x, 0, n_samples=100, fill=0.0, ridge=r) for r in (0.0, 100.0))
    assert np.linalg.norm(shrunk.coefficients) < 0.6 * np.linalg.norm(plain.coefficients)
    assert shrunk.r2 < plain.r2


def test_a_score_that_never_changes_gives_zeros_and_its_own_value(rng):
    model, w, b = linear_model((8, 8, 1))
    model.set_weights([0 * w.reshape(64, 2), b])
    result = lime_image(model, rng.random((8, 8, 1)), 1, n_samples=20)
    assert_allclose(result.coefficients, 0, atol=1e-7)
    assert result.intercept == pytest.approx(b[1])
    assert result.r2 == 1


def test_the_result_does_not_depend_on_how_the_samples_are_split(color_model, picture):
    whole = lime_image(color_model, picture, n_samples=50)
    for batch_size in (1, 7, 64, 10**30):
        split = lime_image(color_model, picture, n_samples=50, batch_size=batch_size)
        assert_allclose(split.coefficients, whole.coefficients, atol=1e-5)


def counted_images(monkeypatch):
    """A list that gets the number of images in each call of the network."""
    seen, compiled = [], segments.compiled

    def counting(*arguments):
        function = compiled(*arguments)
        return lambda shown, *rest: (seen.append(len(shown)), function(shown, *rest))[1]

    monkeypatch.setattr(segments, "compiled", counting)
    return seen


def test_no_more_images_than_a_chunk_are_made_at_once(color_model, picture, monkeypatch):
    seen = counted_images(monkeypatch)
    lime_image(color_model, picture, 0, n_samples=50, batch_size=20)
    assert seen == [20, 20, 10]


def test_default_superpixels_follow_what_is_seen(color_model):
    """Two halves of different brightness: no superpixel lies in both."""
    image = np.full((12, 16, 3), 0.2, np.float32)
    image[:, 7:] = 0.7
    segments = lime_image(color_model, image, 0, n_samples=2).segments
    assert not set(segments[:, :7].ravel()) & set(segments[:, 7:].ravel())


def test_default_superpixels_do_not_depend_on_how_colours_are_handed_to_the_network(color_model, picture):
    """Blue first, each channel less a mean, as VGG16 takes them: the superpixels stay where they are."""
    for other in (picture[..., ::-1] - np.float32([0.4, 0.5, 0.1]), 255 * picture - 127):
        expected = lime_image(color_model, picture, 0, n_samples=2).segments
        assert_array_equal(lime_image(color_model, other, 0, n_samples=2).segments, expected)


def test_the_same_seed_gives_the_same_result_and_another_seed_another(color_model, picture):
    first, again, other = (lime_image(color_model, picture, n_samples=30, seed=s) for s in (3, 3, 4))
    assert_array_equal(first.coefficients, again.coefficients)
    assert np.abs(first.coefficients - other.coefficients).max() > 1e-3


def test_without_a_class_the_predicted_one_is_explained(color_model, picture):
    predicted = int(np.argmax(color_model(picture[np.newaxis])))
    result = lime_image(color_model, picture, n_samples=80)
    assert result.class_index == predicted
    expected = lime_image(color_model, picture, predicted, n_samples=80)
    assert_array_equal(result.coefficients, expected.coefficients)


def test_several_classes_are_explained_as_one_by_one_and_from_the_same_passes(
    color_model, picture, monkeypatch
):
    seen = counted_images(monkeypatch)
    together = lime_image(color_model, picture, [3, 0, 3], n_samples=60)
    assert sum(seen) == 60
    assert [one.class_index for one in together] == [3, 0, 3]
    for one in together:
        alone = lime_image(color_model, picture, one.class_index, n_samples=60)
        assert_array_equal(one.coefficients, alone.coefficients)
        assert (one.intercept, one.r2) == (alone.intercept, alone.r2)
    assert np.abs(together[0].coefficients - together[1].coefficients).max() > 1e-3


def test_a_list_of_one_class_gives_a_list_of_one(color_model, picture):
    (one,) = lime_image(color_model, picture, [2], n_samples=30)
    assert one.class_index == 2


@pytest.mark.parametrize("fill", ["mean", 0.3])
def test_the_lime_library_finds_the_same_coefficients_and_the_same_mask(color_model, picture, fill):
    segments = grid_segments(12, 16)
    library = LimeImageExplainer(random_state=5).explain_instance(
        picture.astype(np.float64),
        lambda images: color_model(images.astype(np.float32)).numpy(),
        labels=range(4),
        top_labels=None,
        hide_color=None if fill == "mean" else fill,
        num_samples=200,
        segmentation_fn=lambda image: segments,
        random_seed=0,
    )
    for class_index in range(4):
        ours = lime_image(color_model, picture, class_index, segments, 200, seed=5, fill=fill, ridge=1)
        theirs = dict(library.local_exp[class_index])
        assert_allclose(ours.coefficients, [theirs[k] for k in range(12)], atol=1e-6)
        assert ours.intercept == pytest.approx(library.intercept[class_index], abs=1e-6)
        for positive_only in (True, False):
            mask = library.get_image_and_mask(class_index, positive_only, num_features=5)[1]
            assert_array_equal(top_mask(ours, 5, positive_only), mask)
    assert ours.r2 == pytest.approx(library.score, abs=1e-5)  # the library keeps the last class's


def test_functional_sequential_and_nested_networks_give_the_same_explanation(color_model, picture):
    nested = keras.Sequential([keras.Input((12, 16, 3)), color_model])
    sequential = keras.Sequential([keras.Input((12, 16, 3)), *color_model.layers[1:]])
    expected = lime_image(color_model, picture, n_samples=40).coefficients
    for model in (nested, sequential):
        assert_allclose(lime_image(model, picture, n_samples=40).coefficients, expected, atol=1e-5)


def test_pictures_get_superpixels_and_digits_get_a_grid(color_model, picture):
    model, _, _ = linear_model((28, 28, 1))
    assert_array_equal(lime_image(model, np.ones((28, 28, 1)), n_samples=9).segments, grid_segments(28, 28))
    segments = lime_image(color_model, picture.repeat(4, axis=0).repeat(4, axis=1), n_samples=9).segments
    assert_array_equal(np.unique(segments), np.arange(segments.max() + 1))
    assert 20 < segments.max() < 80


def test_segment_numbers_with_gaps_are_counted_anew(rng):
    model, _, _ = linear_model((4, 4, 1))
    x = rng.random((4, 4, 1))
    segments = grid_segments(4, 4, 2)
    plain = lime_image(model, x, 0, segments, n_samples=30)
    gaps = lime_image(model, x, 0, np.array([3, 5, 7, 100])[segments], n_samples=30)
    assert_array_equal(gaps.segments, segments)
    assert_array_equal(gaps.coefficients, plain.coefficients)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 12), st.integers(2, 40), st.data())
def test_any_shape_and_any_segments_give_finite_numbers_and_change_nothing(
    color_model, height, width, n_segments, n_samples, data
):
    draw = np.random.default_rng(data.draw(st.integers(0, 99)))
    x = draw.random((height, width, 3)).astype(np.float32) * data.draw(st.sampled_from([0, 1]))
    segments = draw.integers(0, n_segments, (height, width))
    before = x.copy(), segments.copy()
    result = lime_image(color_model, x, 0, segments, n_samples)
    assert_array_equal(x, before[0])
    assert_array_equal(segments, before[1])
    assert result.coefficients.shape == (len(np.unique(segments)),)
    assert np.isfinite(result.coefficients).all() and np.isfinite([result.intercept, result.r2]).all()


def test_a_grid_counts_its_cells_row_by_row():
    expected = [[0, 0, 1], [0, 0, 1], [2, 2, 3]]
    assert_array_equal(grid_segments(3, 3, cell=2), expected)
    assert grid_segments(28, 28).max() == 48


@pytest.mark.parametrize(
    ("num_features", "positive_only", "expected"),
    [
        (2, True, [[0, 1, 0], [0, 1, 0]]),
        (9, True, [[0, 1, 0], [0, 1, 1]]),
        (2, False, [[-1, 0, 0], [0, 1, 0]]),
        (9, False, [[-1, 1, 0], [-1, 1, 1]]),
    ],
)
def test_the_mask_marks_the_strongest_segments_with_their_sign(num_features, positive_only, expected):
    coefficients = np.array([-5.0, 2.0, 0.0, -1.0, 4.0, 1.0])
    explanation = LimeExplanation(coefficients, 0.0, 1.0, np.arange(6).reshape(2, 3), 0)
    assert_array_equal(top_mask(explanation, num_features, positive_only), expected)


def test_boundaries_can_be_drawn_round_what_the_mask_marks(picture):
    coefficients = np.array([1.0, -2.0, 0.0, 0.5])
    explanation = LimeExplanation(coefficients, 0.0, 1.0, grid_segments(12, 16, 8), 0)
    outlined = mark_boundaries(picture, top_mask(explanation, positive_only=False))
    yellow = (outlined == [1, 1, 0]).all(axis=-1)
    assert yellow[:, 7:9].all()  # between 1 and -1, and between 0 and 1
    assert not yellow[:6, :6].any()
