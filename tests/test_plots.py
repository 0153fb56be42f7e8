"""What the drawings show: every value at its place, on the scale that is promised."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawn import shown
from matplotlib.colors import to_rgb
from numpy.testing import assert_allclose, assert_array_equal

from helpers import plots
from helpers.image import overlay


@pytest.fixture
def signs():
    """A segment for a class on the left, one against it on the right."""
    signs = np.zeros((6, 9), int)
    signs[1:4, 1:3], signs[2:5, 6:8] = 1, -1
    return signs


@pytest.mark.parametrize(("kind", "top"), [(np.float32, 1), (np.uint8, 255)])
def test_grey_goes_from_black_at_0_to_white_at_the_top_of_the_type(ax, kind, top):
    image = np.array([[[0.2], [0.6]]]) * top
    assert plots.show_image(image.astype(kind), ax, "title") is ax
    assert_array_equal(shown(ax), image[..., 0].astype(kind))
    assert ax.images[0].get_clim() == (0, top)
    assert ax.images[0].get_cmap().name == "gray"
    assert (ax.get_title(), len(ax.get_xticks()), len(ax.get_yticks())) == ("title", 0, 0)


def test_a_colour_image_is_drawn_as_it_is(ax):
    image = np.random.default_rng(0).random((4, 5, 3))
    plots.show_image(image, ax)
    assert_array_equal(shown(ax), image)


def test_a_grid_has_its_images_in_order_with_their_titles_and_hides_what_is_left_over():
    images = np.random.default_rng(0).random((5, 6, 12))
    figure = plots.image_grid(images, list("abcde"), columns=3, width=6)
    assert figure.get_figwidth() == 6
    assert figure.get_figheight() == pytest.approx(2 * (2 * 6 / 12 + 0.2))  # two rows of images and titles
    for ax, image, title in zip(figure.axes, images, "abcde", strict=False):
        assert_array_equal(shown(ax), image)
        assert ax.get_title() == title
    assert [ax.axison for ax in figure.axes] == [True] * 5 + [False]


def test_an_unsigned_map_goes_from_0_to_its_largest_value(ax):
    drawn = plots.show_map(np.array([[0.5, 2.0]]), ax)
    assert (drawn.get_clim(), drawn.get_cmap().name) == ((0, 2), "viridis")


def test_a_signed_map_is_symmetric_with_white_at_zero(ax):
    drawn = plots.show_map(np.array([[-3.0, 0.0, 2.0]]), ax, signed=True)
    assert drawn.get_clim() == (-3, 3)
    assert_allclose(drawn.to_rgba(0.0)[:3], 1, atol=0.04)
    assert drawn.to_rgba(3.0)[0] > drawn.to_rgba(3.0)[2]  # red above, blue below
    assert drawn.to_rgba(-3.0)[2] > drawn.to_rgba(-3.0)[0]


def test_a_given_limit_is_the_end_of_the_scale_and_a_zero_map_has_one(ax):
    assert plots.show_map(np.ones((2, 2)), ax, limit=5).get_clim() == (0, 5)
    assert plots.show_map(np.ones((2, 2)), ax, signed=True, limit=5).get_clim() == (-5, 5)
    assert plots.show_map(np.zeros((2, 2)), ax).get_clim() == (0, 1)


@pytest.mark.parametrize("draw", [plots.show_map, plots.map_sheet])
def test_what_is_negative_is_not_drawn_as_if_it_were_zero(ax, draw):
    values = np.array([[[1.0], [-0.01]]])
    values = values[..., 0] if draw == plots.show_map else values
    with pytest.raises(ValueError, match=r"go down to -0\.01, which would look like zero: give signed=True"):
        draw(values, ax)
    draw(values, ax, signed=True)
    draw(np.where(values < 0, -1e-7, values), ax)  # rounding is no sign


def test_maps_of_a_grid_share_one_scale_and_its_bar():
    maps = np.array([[[1.0, -2.0]], [[0.5, 0.0]], [[0.0, 0.25]]])
    figure = plots.map_grid(maps, ["a", "b", "c"], columns=2, signed=True, label="logits")
    *panels, bar = figure.axes
    for ax, values in zip(panels, maps, strict=False):
        assert_array_equal(shown(ax), values)
        assert ax.images[0].get_clim() == (-2, 2)
    assert [ax.axison for ax in panels] == [True, True, True, False]
    assert bar.get_ylabel() == "logits"


def test_a_sheet_has_every_map_at_its_place_and_the_number_of_each_rows_first(ax):
    maps = np.random.default_rng(0).random((28, 14, 10))
    plots.map_sheet(maps, ax, columns=4)
    sheet, margin = shown(ax), 2
    assert sheet.shape == (3 * 28 + 2 * margin, 4 * 14 + 3 * margin)
    for index in range(10):
        top, left = index // 4 * (28 + margin), index % 4 * (14 + margin)
        assert_array_equal(sheet[top : top + 28, left : left + 14], maps[..., index])
    assert np.isnan(sheet[28:30]).all()
    assert np.isnan(sheet[60:, 32:]).all()  # the places that are left over
    assert ax.images[0].get_clim() == (0, maps.max())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "4", "8"]
    assert_allclose(ax.get_yticks(), [13.5, 43.5, 73.5])  # the middle of each row
    assert len(ax.figure.axes) == 1
    plots.map_sheet(maps, ax, label="activation")
    assert ax.figure.axes[1].get_ylabel() == "activation"


def test_a_picture_stands_beside_its_maps_of_which_only_what_is_positive_is_shown():
    maps = np.stack([np.full((4, 4), value) for value in (-1.0, 2.0, 3.0)])
    figure = plots.picture_beside_maps(plt.figure(), np.zeros((4, 4, 1)), maps, "ABC", columns=2)
    picture, *panels = figure.axes
    assert [ax.get_title() for ax in panels] == ["A", "B", "C"]
    assert panels[0].images[0].get_array().max() == 0
    assert panels[2].images[0].get_array().max() == 3
    assert picture.get_subplotspec().rowspan.stop == 2  # as high as both rows


def test_numbers_stand_in_their_cells_and_none_is_minus_zero():
    ax = plots.show_numbers(np.array([[1, -0.25], [-0.001, 0]]), plt.figure().subplots())
    written = {text.get_position()[::-1]: text.get_text() for text in ax.texts}
    assert written == {(0, 0): "1.00", (0, 1): "\N{MINUS SIGN}0.25", (1, 0): "0.00", (1, 1): "0.00"}


def test_a_sheet_of_maps_has_each_on_its_own_scale_at_full_width():
    maps = np.zeros((2, 2, 5))
    maps[0, 0] = [1, 2, 300, 0, 5]
    sheet = plots.sheet_of_maps(maps, columns=3, width=308, margin=4)
    assert (sheet.mode, sheet.size) == ("P", (308, 204))
    pixels = np.asarray(sheet.convert("RGB"))
    dark, bright = ([int(255 * part) for part in plt.get_cmap("viridis")(end)[:3]] for end in (0.0, 1.0))
    for index, top in enumerate([bright, bright, bright, dark, bright]):
        row, column = 104 * (index // 3), 104 * (index % 3)
        assert np.abs(pixels[row + 20, column + 20] - np.array(top)).max() <= 1
        assert np.abs(pixels[row + 80, column + 80] - np.array(dark)).max() <= 1
    assert (pixels[:, 101] == 255).all()  # between two maps


def test_a_sheet_is_made_of_few_colours_and_leaves_the_maps_as_they_were():
    maps = np.random.default_rng(0).random((50, 40, 4))
    before = maps.copy()
    sheet = plots.sheet_of_maps(maps, columns=2, width=60, margin=2, colours=16)
    assert len(np.unique(np.asarray(sheet))) <= 17
    assert sheet.size == (60, 2 * 36 + 2)  # higher than wide, as the maps are
    assert_array_equal(maps, before)


def test_a_figure_in_few_colours_looks_the_same_and_is_closed():
    figure = plt.figure(figsize=(1, 1), layout="none")
    plots.show_image(np.random.default_rng(0).random((4, 4)), figure.add_axes((0.1, 0.1, 0.8, 0.8)))
    figure.canvas.draw()
    before = np.asarray(figure.canvas.buffer_rgba())[..., :3].astype(int)
    drawn = plots.in_few_colours(figure, 64)
    assert (drawn.mode, drawn.size) == ("P", before.shape[1::-1])
    assert np.abs(np.asarray(drawn.convert("RGB")) - before).mean() < 3
    assert len(np.unique(np.asarray(drawn))) <= 64
    assert not plt.fignum_exists(figure.number)


@pytest.mark.parametrize("signed", [False, True])
def test_heat_lies_over_a_picture_where_there_is_some(ax, signed):
    picture = np.full((2, 3, 3), 128, np.uint8)
    values = np.array([[0.0, 1.0, 2.0], [0.0, -1.0, -2.0]])
    drawn = plots.show_heat(picture, values, ax, "title", signed)
    assert (ax.get_title(), drawn.get_clim()) == ("title", (-2 if signed else 0, 2))
    if signed:
        under, over = ax.images
        assert_array_equal(under.get_array(), 128)
        assert_allclose(over.get_alpha(), [[0, 0.425, 0.85], [0, 0.425, 0.85]])
        assert_array_equal(over.get_array(), values)
    else:
        assert_allclose(shown(ax), overlay(picture, np.maximum(values, 0) / 2))
    assert plots.show_heat(picture, values, ax, signed=signed, limit=5).get_clim()[1] == 5


def test_a_map_of_places_has_each_at_the_centre_of_its_patch():
    positions = np.stack(np.meshgrid([0, 3, 6], [0, 3, 6, 9], indexing="ij"), axis=-1)
    assert plots.place_extent(positions, side=5) == (0.5, 12.5, 9.5, 0.5)


def test_heat_side_by_side_has_one_scale_or_each_its_own():
    picture, none = np.full((2, 2, 3), 128, np.uint8), None
    maps = [np.array([[0, 1], [2, 3.0]]), none, np.array([[0, 0], [0, -4.0]]), np.ones((2, 2))]
    *panels, bar = plots.heat_grid([picture] * 4, maps, list("abcd"), columns=2).axes
    assert [ax.get_title() for ax in panels] == list("abcd")
    assert_array_equal(shown(panels[1]), picture)
    assert_allclose(shown(panels[0]), overlay(picture, maps[0] / 3))
    assert_allclose(shown(panels[3]), overlay(picture, maps[3] / 3))
    assert (bar.get_ylabel(), bar.get_ylim()) == ("drop", (0, 3))
    signed = plots.heat_grid([picture] * 4, maps, list("abcd"), columns=2, signed=True).axes
    assert signed[3].images[1].get_clim() == (-4, 4)
    own = plots.heat_grid([picture] * 4, maps, list("abcd"), columns=2, limit="own").axes
    assert len(own) == 4
    assert_allclose(shown(own[3]), overlay(picture, maps[3]))


def test_speckled_maps_are_each_scaled_to_a_quantile_of_their_own():
    ramp = np.arange(100.0).reshape(10, 10)
    figure = plots.speckled_maps({"one": ramp, "ten times": 10 * ramp, "none": 0 * ramp}, columns=2)
    one, ten, none = (shown(ax) for ax in figure.axes[:3])
    assert_array_equal(one, ten)
    assert_allclose(one, np.minimum(ramp / 98.01, 1), atol=0.51 / 11)
    assert len(np.unique(one)) == 12
    assert_array_equal(none, 0 * ramp)
    assert [ax.get_title() for ax in figure.axes[:3]] == ["one", "ten times", "none"]
    assert figure.get_figwidth() == plots.PAGE_WIDTH


def test_a_photograph_and_the_answers_to_it_stand_above_speckled_maps():
    photograph = np.random.default_rng(0).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    figure = plots.speckled_maps({"map": np.ones((8, 8))}, photograph, {"cat": 0.75, "dog": 0.25})
    left, right = figure.axes[:2]
    assert_array_equal(shown(left), photograph)
    assert [bar.get_width() for bar in right.patches] == [0.75, 0.25]
    assert [label.get_text() for label in right.texts] == ["0.75", "0.25"]
    assert [label.get_text() for label in right.get_yticklabels()] == ["cat", "dog"]


def test_every_cell_has_its_number_and_zero_has_no_sign():
    maps = np.array([[[0.25, -0.001], [-0.5, 1]], [[0, 0], [0, 2]]])
    figure = plots.numbers_on_cells(maps, ["one", "two"])
    texts = [(text.get_position(), text.get_text()) for text in figure.axes[0].texts]
    assert texts == [((0, 0), "0.25"), ((1, 0), "0.00"), ((0, 1), "\N{MINUS SIGN}0.50"), ((1, 1), "1.00")]
    assert [ax.get_title() for ax in figure.axes] == [
        "one: the cells sum to 0.75",
        "two: the cells sum to 2.00",
    ]


def test_each_column_of_a_table_has_its_own_scale():
    maps = np.arange(24.0).reshape(2, 3, 2, 2)
    figure = plots.map_table(maps, ["x", "y", "z"], images=np.zeros((2, 4, 4, 1)))
    panels = np.reshape(figure.axes, (4, 2))
    assert [ax.get_title() for ax in panels[0]] == ["11.00", "23.00"]
    assert [ax.get_ylabel() for ax in panels[:, 0]] == ["", "x", "y", "z"]
    for column, limit in zip(panels.T, (11, 23), strict=True):
        assert {ax.images[0].get_clim() for ax in column[1:]} == {(0, limit)}
    assert_array_equal(panels[2, 1].images[0].get_array(), maps[1, 1])


def test_segments_keep_their_colours_and_all_else_is_grey_and_dim(ax, signs):
    picture = np.random.default_rng(0).integers(0, 256, (18, 27, 3), dtype=np.uint8)
    plots.show_segments(picture, signs, ax, "both")
    drawn, marked = shown(ax), np.kron(signs, np.ones((3, 3))) != 0
    assert_allclose(drawn[marked], picture[marked] / 255)
    assert np.ptp(drawn[~marked], axis=-1).max() < 1e-9
    assert drawn[~marked].max() <= 0.55
    lines = [to_rgb(one.get_edgecolor()[0]) for one in ax.collections]
    assert lines == [to_rgb("#ffee00"), to_rgb("#39c0ff")]
    assert ax.get_title() == "both"


def test_where_nothing_is_marked_there_are_no_lines(ax):
    plots.show_segments(np.ones((4, 4, 3)), np.zeros((4, 4), int), ax)
    assert len(ax.collections) == 0


def test_panels_of_segments_stand_side_by_side_and_none_leaves_the_picture(signs):
    picture = np.full((6, 9, 3), 0.8)
    figure = plots.segment_panels(picture, {"plain": None, "marked": signs})
    assert [ax.get_title() for ax in figure.axes] == ["plain", "marked"]
    assert_allclose(shown(figure.axes[0]), picture)
    assert shown(figure.axes[1]).min() < 0.5


def test_rows_of_maps_have_labels_titles_and_an_image_before_them():
    maps = np.arange(1, 9.0).reshape(2, 2, 2)
    figure = plots.map_rows({"one": maps, "two": -maps}, "AB", image=np.zeros((2, 2)), signed=True)
    axes = np.reshape(figure.axes, (2, 3))
    assert_array_equal(shown(axes[0, 1]), maps[0])
    assert_array_equal(shown(axes[1, 2]), -maps[1])
    assert [ax.get_title() for ax in axes[0]] == ["", "A", "B"]
    assert [ax.get_ylabel() for ax in axes[:, 1]] == ["one", "two"]
    speckled = plots.map_rows({"one": maps}, "AB", speckled=True)
    assert [shown(ax).max() for ax in speckled.axes] == [1, 1]
