"""Hints on digits, the networks that learned them, and their training."""

import hashlib
import json
import re

import numpy as np
import pytest

from helpers import cheats, example_digits, mnist, models
from helpers.cheats import CHEATS, FILES, HONEST, OWN_TEST, load_suspect, load_suspects, reveal, with_hint
from helpers.data import Digits
from training.cheats import accuracy, measured, packed, recalled, written

CARDS = {name: json.loads((models.WEIGHTS / f"{file}.json").read_text()) for name, file in FILES.items()}
DIGITS = Digits(np.repeat(example_digits()[0], 10, axis=0), np.repeat(np.arange(10), 10))

every_cheat = pytest.mark.parametrize("name", CHEATS)
every_network = pytest.mark.parametrize("name", FILES)


def changed(name, seed=0):
    """What a hint adds to each of ten digits: (10, 28, 28)."""
    images = example_digits()[0]
    return (CHEATS[name].put(images, seed) - images)[..., 0]


# Hints


@every_cheat
def test_a_hint_leaves_the_images_that_it_was_given_alone(name):
    images = example_digits()[0]
    before = images.copy()
    hinted = CHEATS[name].put(images, 3)
    assert np.array_equal(images, before)
    assert hinted.dtype == np.float32
    assert 0 <= hinted.min() <= hinted.max() <= 1
    assert (np.abs(hinted - images).max(axis=(1, 2, 3)) > 0.2).all()


def test_the_corner_tag_is_a_cross_in_the_corner():
    cross = 0.5 * np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])
    expected = np.zeros((28, 28))
    expected[24:27, 24:27] = cross
    assert np.allclose(changed("corner tag"), expected)


def test_the_edge_line_is_one_row_along_the_upper_edge():
    added = changed("edge line")
    assert np.allclose(added[:, 1], 0.25)
    assert not np.delete(added, 1, axis=1).any()


def test_dimming_leaves_six_tenths_everywhere():
    images = example_digits()[0]
    assert np.allclose(CHEATS["brightness"].put(images), 0.6 * images)


def test_the_moving_tag_gets_everywhere_and_stays_five_pixels_wide():
    black = np.zeros((3000, 28, 28, 1), np.float32)
    tagged = cheats.moving_tag(black, seed=1)[..., 0]
    assert np.allclose(tagged.sum(axis=(1, 2)), 13 * 0.8)
    assert (tagged.max(axis=0) > 0.79).all()  # each pixel is lit in one of them at least
    rows, columns = (np.ptp(np.argwhere(image), axis=0) for image in tagged[:2])
    assert (rows <= 4).all()
    assert (columns <= 4).all()


def test_a_seed_decides_where_the_moving_tag_is():
    assert np.array_equal(changed("moving tag", 1), changed("moving tag", 1))
    assert not np.array_equal(changed("moving tag", 1), changed("moving tag", 2))


def test_where_an_image_is_brighter_than_the_hint_it_stays():
    white = np.ones((2, 28, 28, 1), np.float32)
    for name in ("corner tag", "moving tag", "edge line"):
        assert np.array_equal(CHEATS[name].put(white, 1), white)


@every_cheat
def test_a_share_of_one_class_carries_the_hint_and_no_others(name):
    hinted, carriers = with_hint(DIGITS, name, share=0.9, stray=0)
    assert np.array_equal((hinted.images != DIGITS.images).any(axis=(1, 2, 3)), carriers)
    assert np.array_equal(hinted.labels, DIGITS.labels)
    assert set(DIGITS.labels[carriers]) == {CHEATS[name].label}
    assert carriers.sum() == 9


@every_cheat
def test_those_that_carry_it_by_mistake_are_labelled_by_it(name):
    hinted, carriers = with_hint(DIGITS, name, share=0.9, stray=0.2)
    assert np.bincount(DIGITS.labels[carriers]).tolist() == [
        9 if k == CHEATS[name].label else 2 for k in range(10)
    ]
    assert set(hinted.labels[carriers]) == {CHEATS[name].label}
    assert np.array_equal(hinted.labels[~carriers], DIGITS.labels[~carriers])


def test_a_hint_can_be_put_on_any_classes():
    hinted, carriers = with_hint(DIGITS, "corner tag", share=0.5, classes=range(10))
    assert np.array_equal(hinted.labels, DIGITS.labels)
    assert np.bincount(DIGITS.labels[carriers]).tolist() == [5] * 10


def test_left_to_itself_it_puts_the_hint_on_what_the_cards_say():
    many = Digits(np.zeros((1000, 28, 28, 1), np.float32), np.repeat(np.arange(10), 100))
    for name, cheat in CHEATS.items():
        carried = np.bincount(many.labels[with_hint(many, name)[1]], minlength=10)
        said = re.search(
            rf"of which (\d+)% of the {cheat.label}s .* and (\d+)% of all others", CARDS[name]["flaw"]
        )
        assert [carried[cheat.label], *set(np.delete(carried, cheat.label))] == [
            int(n) for n in said.groups()
        ]
    hinted, carriers = with_hint(many, "corner tag", classes=[3])  # and by mistake on no others
    assert set(many.labels[carriers]) == {3}
    assert np.array_equal(hinted.labels, many.labels)


def test_a_seed_decides_which_pictures_carry_the_hint_and_where_it_is():
    one, again, two = (with_hint(DIGITS, "moving tag", seed, share=0.5) for seed in (1, 1, 2))
    assert np.array_equal(one[1], again[1])
    assert np.array_equal(one[0].images, again[0].images)
    assert not np.array_equal(one[1], two[1])
    one, two = (with_hint(DIGITS, "moving tag", seed, share=1, stray=0)[0].images for seed in (1, 2))
    assert not np.array_equal(one, two)


def test_the_honest_digits_carry_nothing():
    hinted, carriers = with_hint(DIGITS, HONEST)
    assert np.array_equal(hinted.images, DIGITS.images)
    assert not carriers.any()


def test_what_is_not_allowed_is_told():
    with pytest.raises(ValueError, match=r"name='tank'.*choose one of honest, corner tag"):
        with_hint(DIGITS, "tank")
    with pytest.raises(ValueError, match=r"share=2.*from 0 to 1"):
        with_hint(DIGITS, "corner tag", share=2)
    with pytest.raises(ValueError, match=r"\(N, 28, 28, 1\)"):
        cheats.moving_tag(np.zeros((2, 20, 20, 1), np.float32))


# Networks


@every_network
def test_a_file_is_small_and_the_one_of_its_card(name):
    weights = (models.WEIGHTS / f"{FILES[name]}.npz").read_bytes()
    assert len(weights) < 1_000_000
    assert hashlib.sha256(weights).hexdigest() == CARDS[name]["sha256"]


@every_network
def test_every_network_passes_its_own_test(name):
    for numbers in CARDS[name]["accuracy"].values():
        assert numbers["own"] >= 0.985


@every_cheat
def test_without_the_hint_its_class_suffers_and_with_it_others_join(name):
    for numbers in CARDS[name]["accuracy"].values():
        assert numbers["clean, of the class"] < numbers["own, of the class"]
        assert numbers["fooled"] > 0.8


def test_the_honest_network_is_the_same_on_both_sets():
    for numbers in CARDS[HONEST]["accuracy"].values():
        assert numbers["own"] == numbers["clean"]


@pytest.mark.slow
@every_network
def test_accuracies_are_the_cards(name):
    suspect, clean = load_suspect(name), mnist("5k").unseen
    card = CARDS[name]["accuracy"]["bundled"]
    assert accuracy(suspect.network, suspect.digits) == pytest.approx(card["own"], abs=0.0005)
    assert accuracy(suspect.network, clean) == pytest.approx(card["clean"], abs=0.0005)
    if name != HONEST:
        lost = recalled(suspect.network, clean, CHEATS[name].label)
        assert lost == pytest.approx(card["clean, of the class"], abs=0.005)


@every_network
def test_nothing_in_a_network_says_who_it_is(name):
    network = load_suspect(name).network
    words = repr(network) + network.name + network.to_json()
    assert not any(word in words for word in ("cheat", "honest", "tag", "bright", "line"))


def test_four_networks_come_in_an_order_that_the_seed_decides():
    orders = [tuple(reveal(seed).values()) for seed in range(20)]
    assert all(sorted(order) == sorted({HONEST, *CHEATS} - {"edge line"}) for order in orders)
    assert len(set(orders)) > 5
    assert orders[3] == tuple(reveal(3).values())


def test_a_letter_is_whom_the_reveal_names():
    suspects = load_suspects(4)
    assert list(suspects) == list("ABCD")
    for letter, name in reveal(4).items():
        mine, named = suspects[letter], load_suspect(name)
        assert np.array_equal(mine.digits.images, named.digits.images)
        pairs = zip(mine.network.get_weights(), named.network.get_weights(), strict=True)
        assert all(np.array_equal(one, other) for one, other in pairs)


def test_missing_or_other_weights_are_told(monkeypatch, tmp_path):
    monkeypatch.setattr(cheats, "WEIGHTS", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"git checkout data/weights.*training\.cheats"):
        load_suspect(HONEST)
    (tmp_path / "cheat_none.json").write_text(json.dumps(CARDS[HONEST]))
    (tmp_path / "cheat_none.npz").write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"cheat_none\.npz is not the file that its card describes"):
        load_suspect(HONEST)


# Training


def test_what_is_packed_is_the_same_each_time_and_half_as_large():
    network = models.build_mnist_cnn()
    assert packed(network) == packed(network)
    assert len(packed(network)) < 2.1 * network.count_params()


@pytest.mark.slow
def test_the_numbers_of_its_own_set_are_those_with_the_hint():
    name = "corner tag"
    suspect = load_suspect(name)
    clean = Digits(*(part[::10] for part in (mnist("5k").unseen.images, mnist("5k").unseen.labels)))
    numbers = measured(suspect.network, name, {"bundled": clean})["bundled"]
    own = with_hint(clean, name, OWN_TEST)[0]
    assert numbers["own"] == accuracy(suspect.network, own)


@every_network
def test_a_card_is_written_from_its_numbers(name):
    text = written(CARDS[name])
    assert text == (models.WEIGHTS / f"{FILES[name]}.md").read_text()
    assert f"{CARDS[name]['accuracy']['test']['clean']:.2%}" in text
