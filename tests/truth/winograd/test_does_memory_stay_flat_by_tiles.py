"""Is W computed some tiles at a time, whatever the case's size?"""

from __future__ import annotations

import tracemalloc

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.truth.winograd.magnitudes import NUMBERS, Magnitudes
from convcheck.truth.winograd.tiling import known_tilings


def test_is_it_no_more_than_the_output_and_some_tiles() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 256, 256, 24)).astype("f4")
    case = Case(ConvSpec.make((3, 3)), x, rng.standard_normal((3, 3, 24, 8)).astype("f4"))
    tiles = Magnitudes(case, next(known_tilings((6, 6), (3, 3))))
    tracemalloc.start()
    try:
        found = tiles.everywhere()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The output with whole tiles, and ten arrays of tiles: at once they would be 7 times as large.
    assert peak <= 1.1 * found.nbytes + 10 * 8 * NUMBERS
