"""What the exercises use to check an answer: any right answer passes, a wrong one is told why.

Every check prints one line if the answer is right and raises `NotYet` if it is not. An answer that
is still ``...`` is neither: the chapter runs to its end.
"""

from helpers.checks.chapter_1 import check_parameters, check_top_k, check_variant
from helpers.checks.chapter_2 import check_abstain, check_calibration, check_confused_pair
from helpers.checks.chapter_3 import (
    check_edge_kernel,
    check_favourite_colour,
    check_panels,
    check_scale_symmetric,
)
from helpers.checks.chapter_4 import check_cells_moved, check_receptive_field, check_silent_channels
from helpers.checks.chapter_5 import check_best_image, check_climb, check_fooling_image
from helpers.checks.chapter_6 import check_always_changed, check_interaction, check_passes
from helpers.checks.chapter_7 import check_attribute, check_guided, check_units
from helpers.checks.chapter_8 import check_cam_weights, check_pointing_game, check_speaks_against
from helpers.checks.chapter_9 import check_above_noise, check_blind_spot, check_fair_shares
from helpers.checks.chapter_10 import check_above_chance, check_area_under, check_constant_map
from helpers.checks.chapter_11 import check_count_kinds, check_fifth_network
from helpers.checks.shared import NotYet

__all__ = [
    "NotYet",
    "check_above_chance",
    "check_above_noise",
    "check_abstain",
    "check_always_changed",
    "check_area_under",
    "check_attribute",
    "check_best_image",
    "check_blind_spot",
    "check_calibration",
    "check_cam_weights",
    "check_cells_moved",
    "check_climb",
    "check_confused_pair",
    "check_constant_map",
    "check_count_kinds",
    "check_edge_kernel",
    "check_fair_shares",
    "check_favourite_colour",
    "check_fifth_network",
    "check_fooling_image",
    "check_guided",
    "check_interaction",
    "check_panels",
    "check_parameters",
    "check_passes",
    "check_pointing_game",
    "check_receptive_field",
    "check_scale_symmetric",
    "check_silent_channels",
    "check_speaks_against",
    "check_top_k",
    "check_units",
    "check_variant",
]
