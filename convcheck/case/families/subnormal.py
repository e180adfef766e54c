"""Numbers around the smallest normal one, so that operands, products and outputs are subnormal.

The exponents of one operand are uniform within half the format's digits of the smallest normal
number, those of the other within 3 of 0. So about half of the products are subnormal, and nothing
is so small that rounding it leaves none of its digits. Sums of the larger ones are far above
(2n + 1) smallest normal numbers, which is what flushing may cost them: a fault shows in those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.families.asked import BIAS, ONES, Asked
from convcheck.case.families.ranges import shared
from convcheck.case.families.wide import PLAIN, signed

if TYPE_CHECKING:
    from convcheck.case.case import Array

NEAR = 3


def draw(asked: Asked) -> dict[str, Array]:
    """Each role that is to be drawn."""
    numbers = shared(asked.summed_dtypes)
    half = numbers.precision // 2
    tiny = asked.columned if asked.spread == ONES or asked.spread in asked.given else asked.spread
    other = asked.spread if tiny == asked.columned else asked.columned
    middle = numbers.lowest - (_exponent(asked.given[other]) if other in asked.given else 0)
    middle = min(max(middle, numbers.lowest), numbers.highest - 1 - half)
    exponents = {
        other: (-NEAR, NEAR),
        tiny: (middle - half, middle + half),
        BIAS: (numbers.lowest - half, numbers.lowest + half) if asked.adds_bias else PLAIN,
    }
    return {
        role: asked.cast(role, signed(asked, role, *exponents.get(role, PLAIN)))
        for role in asked.drawn
    }


def _exponent(array: Array) -> int:
    """Of the largest finite number; 0 where there is none."""
    values = np.abs(array.astype(np.float64))
    some = values[np.isfinite(values) & (values > 0)]
    return int(np.frexp(some.max())[1]) - 1 if some.size else 0
