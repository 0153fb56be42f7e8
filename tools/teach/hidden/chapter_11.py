"""The hidden tests of chapter 11's assignment."""

import numpy as np

from helpers.checks.shared import require, same, told


def check_count_kinds(answer):
    """Other spectra, long and short: the largest gap counts, and neither the first one nor its size."""
    for seed in range(12):
        random = np.random.default_rng(110 + seed)
        values = np.cumsum([0, *random.uniform(0.01, 0.1, 8 + seed)])
        place = int(random.integers(1, 9))
        values[place:] += 0.12
        steps = [values[k] - values[k - 1] for k in range(1, 9)]
        expected = max(range(8), key=lambda k: steps[k]) + 1
        given = answer(values.copy())
        require(same(given, expected), f"for {len(values)} other eigenvalues it gives {told(given)}")
        require(same(answer(values / 50), expected), "eigenvalues 50 times smaller have the same largest gap")
        require(
            same(answer(values + 0.3), expected), "eigenvalues that begin at 0.3 have the same largest gap"
        )
