"""SpRAy: kinds of reason, from data whose kinds are known, and channels of networks worked out by hand."""

import itertools

import keras
import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import kneighbors_graph

from helpers import channel_relevance, spray


def clouds(sizes, seed=0, apart=8.0):
    """Gaussian clouds in ten dimensions, and to which each point belongs."""
    draw = np.random.default_rng(seed)
    kinds = np.repeat(np.arange(len(sizes)), sizes)
    return draw.normal(size=(len(kinds), 10)) + apart * np.eye(10)[kinds], kinds


@pytest.mark.parametrize("sizes", [(60, 40), (90, 30, 20), (50, 40, 30, 20), (20,) * 8])
def test_the_eigengap_counts_clouds_and_the_clusters_are_they(sizes):
    points, kinds = clouds(sizes)
    found = spray(points)
    assert found.kinds.max() + 1 == len(sizes)
    assert adjusted_rand_score(kinds, found.kinds) == 1


def test_a_gap_behind_the_eighth_eigenvalue_does_not_count():
    points, _ = clouds((15,) * 10, apart=1000)  # ten parts that nothing joins
    found = spray(points)
    assert found.eigenvalues[9] < 1e-9 < 0.1 < found.eigenvalues[10]
    assert found.kinds.max() + 1 <= 8


def test_the_largest_kind_is_0():
    for sizes in itertools.permutations((20, 50, 30)):
        points, _ = clouds(sizes)
        assert np.bincount(spray(points, 3).kinds).tolist() == [50, 30, 20]


def test_eigenvalues_rise_from_0_to_at_most_2():
    values = spray(clouds((60, 40))[0], eigenvectors=100).eigenvalues
    assert values[0] == pytest.approx(0, abs=1e-12)
    assert (np.diff(values) >= 0).all()
    assert values[-1] <= 2
    # The trace of a normalised Laplacian without loops is the number of nodes.
    assert values.sum() == pytest.approx(100)


def test_as_many_zeros_as_parts_that_nothing_joins():
    values = spray(clouds((40, 40, 40), apart=1000)[0]).eigenvalues
    assert np.abs(values[:3]).max() < 1e-12 < values[3]


def test_it_agrees_with_scikit_learns_spectral_clustering():
    points, _ = clouds((60, 40, 30), apart=3.0)
    other = SpectralClustering(3, affinity="nearest_neighbors", n_neighbors=10, random_state=0)
    assert adjusted_rand_score(other.fit_predict(points), spray(points, 3).kinds) > 0.85


def test_kinds_are_k_means_of_as_many_eigenvectors_from_the_seed():
    noise = np.random.default_rng(3).normal(size=(80, 10))
    found = [spray(noise, 8, seed=seed) for seed in (0, 1)]
    for seed, one in enumerate(found):
        expected = KMeans(8, n_init=10, random_state=seed).fit_predict(one.embedding[:, :8])
        assert adjusted_rand_score(expected, one.kinds) == 1
    assert adjusted_rand_score(found[0].kinds, found[1].kinds) < 1


def test_fewer_neighbours_leave_more_parts():
    points = np.random.default_rng(3).normal(size=(60, 10))
    for neighbours in (1, 10):
        graph = kneighbors_graph(points, neighbours)
        values = spray(points, neighbours=neighbours, eigenvectors=60).eigenvalues
        assert np.sum(values < 1e-9) == connected_components(graph, directed=False)[0]


def test_maps_are_taken_as_rows():
    points, _ = clouds((30, 30))
    assert np.array_equal(spray(points).kinds, spray(points.reshape(-1, 5, 2)).kinds)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"features": np.zeros((5, 3))}, "a row for each of more than 8 pictures"),
        ({"features": np.full((20, 3), np.nan)}, "give finite numbers"),
        ({"n_kinds": 0}, "n_kinds=0 is not allowed"),
        ({"neighbours": 60}, "neighbours=60 is not allowed: give an int from 1 to 59"),
        ({"eigenvectors": 4}, "eigenvectors=4 is not allowed: give an int from 9 to 60"),
        ({"seed": -1}, "seed=-1 is not allowed"),
    ],
)
def test_what_is_not_allowed_is_told(given, message):
    with pytest.raises(ValueError, match=message):
        spray(**({"features": clouds((30, 30))[0]} | given))


def pooled_network():
    """One convolution of 1 x 1 with two channels, their mean, and one class for each of two rows of W."""
    image = keras.Input((4, 4, 1))
    maps = keras.layers.Conv2D(2, 1, name="maps")(image)
    out = keras.layers.Dense(2, name="out")(keras.layers.GlobalAveragePooling2D()(maps))
    model = keras.Model(image, out)
    model.set_weights(
        [np.array([[[[1.0, -2.0]]]]), np.zeros(2), np.array([[3.0, 5.0], [0.5, 7.0]]), np.zeros(2)]
    )
    return model


def test_behind_a_mean_each_channel_gives_its_mean_times_its_weight():
    images = np.random.default_rng(0).random((3, 4, 4, 1)).astype(np.float32)
    mean = images.mean(axis=(1, 2, 3))
    given = channel_relevance(pooled_network(), images, 0, "maps")
    assert np.allclose(given, np.stack([3 * mean, 0.5 * -2 * mean], axis=1), atol=1e-6)


def test_left_to_itself_it_takes_the_last_layer_of_maps():
    image = keras.Input((6, 6, 1))
    below = keras.layers.Conv2D(3, 3, name="below")(image)
    maps = keras.layers.Conv2D(2, 1, name="maps")(below)
    model = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(maps)))
    images = np.random.default_rng(0).random((2, 6, 6, 1)).astype(np.float32)
    given = channel_relevance(model, images, 1)
    assert np.array_equal(given, channel_relevance(model, images, 1, "maps"))


def test_channels_do_not_care_where_a_thing_is():
    images = np.zeros((2, 4, 4, 1), np.float32)
    images[0, 0, 0] = images[1, 2, 3] = 1
    one, other = channel_relevance(pooled_network(), images, 1)
    assert np.allclose(one, other)


def test_without_biases_the_channels_add_up_to_the_logit():
    image = keras.Input((6, 6, 1))
    maps = keras.layers.Conv2D(3, 3, activation="relu", use_bias=False, name="maps")(image)
    later = keras.layers.Conv2D(3, 1, activation="relu", use_bias=False)(maps)
    out = keras.layers.Dense(4, use_bias=False)(keras.layers.Flatten()(later))
    model = keras.Model(image, out)
    draw = np.random.default_rng(0)
    model.set_weights([draw.normal(size=weight.shape) for weight in model.get_weights()])
    images = np.random.default_rng(1).random((5, 6, 6, 1)).astype(np.float32)
    expected = model.predict(images, verbose=0)[:, 2]
    assert np.allclose(channel_relevance(model, images, 2, "maps").sum(axis=1), expected, atol=1e-5)
