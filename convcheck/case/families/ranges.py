"""What numbers a dtype holds: as much as families need to know of a format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Range:
    """Numbers that several binary floating-point formats hold alike."""

    precision: int
    """Significant bits, the hidden one included."""
    lowest: int
    """The smallest normal number is 2 to this power."""
    highest: int
    """The largest finite number lies below 2 to this plus one."""

    @property
    def spacing(self) -> float:
        """Of the numbers from 1 to 2."""
        return 2.0 ** (1 - self.precision)


FLOATS = {
    "float64": Range(53, -1022, 1023),
    "float32": Range(24, -126, 127),
    "float16": Range(11, -14, 15),
    "bfloat16": Range(8, -126, 127),
}


def shared(dtypes: Iterable[str]) -> Range:
    """What the narrowest of floating-point dtypes holds, in digits and at both ends.

    A narrower operand is what the wider one may be cast to, and what the output may be.
    """
    some = [FLOATS[dtype] for dtype in dtypes]
    return Range(
        min(one.precision for one in some),
        max(one.lowest for one in some),
        min(one.highest for one in some),
    )


def whole(dtypes: Iterable[str]) -> int:
    """Up to here each dtype holds every integer, and float64, which adds them up here, does."""
    limits = [
        1 << FLOATS[dtype].precision if dtype in FLOATS else int(np.iinfo(dtype).max)
        for dtype in dtypes
    ]
    return min(*limits, 2**53)
