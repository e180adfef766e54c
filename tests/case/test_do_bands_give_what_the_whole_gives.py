"""Is a case the sum of its bands?"""

import numpy as np
import pytest

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec


def reach(case: Case) -> np.ndarray:
    """What an output depends on, by the definition: the sum of its inputs over all taps."""
    result = np.zeros(case.output_shape[:-1])
    padded = np.pad(case.input.sum(-1), ((0, 0), *case.pads))
    a, b = case.axes
    for y in range(a.out):
        for x in range(b.out):
            window = padded[
                :,
                y * a.stride : y * a.stride + a.dilation * (a.taps - 1) + 1 : a.dilation,
                x * b.stride : x * b.stride + b.dilation * (b.taps - 1) + 1 : b.dilation,
            ]
            result[:, y, x] = window.sum((1, 2))
    return result


@pytest.mark.parametrize("elements", [1, 7, 40, 10_000])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"strides": 2},
        {"strides": (3, 1), "dilations": (2, 1)},
        {"padding": ((9, 11), (0, 2))},
        {"padding": "valid"},
    ],
)
def test_do_the_bands_give_what_the_whole_gives(settings, elements):
    x = np.random.default_rng(0).integers(0, 9, (3, 14, 6, 2)).astype(float)
    case = Case(ConvSpec.make((3, 2), **settings), x, np.ones((3, 2, 2, 1)))
    whole = reach(case)
    pieces = np.full_like(whole, np.nan)
    for band in bands(case, elements):
        pieces[band.window] = reach(band.case)
    assert np.array_equal(pieces, whole)
