"""Does memory stay flat, whatever the size of the image?"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.truth.exact import approximate, exact

MB = 2**20
LIMIT = 200 * MB


def peak_above(run: Callable[[], Any]) -> int:
    """Bytes of NumPy's arrays at the peak, less the results."""
    tracemalloc.start()
    try:
        result = run()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - sum(array.nbytes for array in vars(result).values())


def wide(size: int) -> Case:
    image = np.random.default_rng(0).random((1, size, size, 3))
    return Case(ConvSpec.make((7, 7)), image, np.ones((7, 7, 3, 1)))


@pytest.mark.parametrize("run", [exact, approximate])
def test_does_memory_stay_flat_for_a_larger_image(run: Callable[[Case], Any]) -> None:
    small, large = (peak_above(partial(run, wide(size))) for size in (400, 1600))
    assert large < LIMIT
    assert large < 2 * small + 10 * MB


@pytest.mark.parametrize("run", [exact, approximate])
def test_does_memory_stay_small_for_many_channels(run: Callable[[Case], Any]) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 28, 28, 256)).astype(np.float32)
    case = Case(ConvSpec.make((3, 3)), x, rng.standard_normal((3, 3, 256, 256)).astype("f4"))
    assert peak_above(lambda: run(case)) < LIMIT


def test_would_a_large_array_be_noticed() -> None:
    def unfolded() -> Any:
        case = wide(800)
        windows = np.lib.stride_tricks.sliding_window_view(case.input, (7, 7), axis=(1, 2))
        return type("Result", (), {"sums": windows.reshape(-1, 147).sum(1)})()

    assert peak_above(unfolded) > LIMIT
