"""Do blocks of sums give each output once, and each formula the same as the whole?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.quantized.blocks import blocks
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import Sums
from tests.quantized.drawing import parameters


@pytest.mark.parametrize("filters", [1, 3, 8, 19])
@pytest.mark.parametrize("places", [1, 15, 16, 17, 333])
def test_does_a_formula_give_the_same_in_blocks(filters: int, places: int) -> None:
    rng = np.random.default_rng(places)
    p = parameters(rng, filters)
    # Ties of every formula in integers, of both signs: MIX8 and MIX16 tell them by their place.
    p = replace(p, input_scale=0.125, kernel_scale=np.ones(filters), output_scale=1.0)
    sums = Sums(rng.integers(-200, 200, (1, places, filters)))
    if places > 20:
        assert len(list(blocks(sums, 100))) > 1
    for name, formula in FORMULAS.items():
        whole = formula.output(sums, p).reshape(-1, filters)
        for block in blocks(sums, 100):
            assert (formula.output(block.sums, p) == whole[block.places]).all(), name
    places_met = [one.places for one in blocks(sums, 100)]
    assert np.concatenate([np.arange(places)[one] for one in places_met]).tolist() == [
        *range(places)
    ]


def test_do_blocks_keep_the_bias_and_cut_the_magnitudes() -> None:
    given = Sums(
        np.arange(60).reshape(2, 15, 2),
        np.array([3, 4]),
        magnitudes=np.arange(60).reshape(2, 15, 2),
    )
    first, second = blocks(given, 32)
    assert first.sums.acc.ravel().tolist() == [n + 3 + n % 2 for n in range(32)]
    assert second.sums.magnitudes is not None
    assert second.sums.magnitudes.ravel().tolist() == [*range(32, 60)]
