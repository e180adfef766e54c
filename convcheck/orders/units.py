"""The numbers that experiments are made of, chosen so that every sum of a wrong order shows.

All are powers of two, but for the two factors whose product is rounded. With inputs of ``input``
everywhere, kernel values are units that are counted, and a mask and its opposite: the mask swallows
every unit that it meets before its opposite takes it away, so that the units left are those outside
the smallest subtree that holds both.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

_PRECISION = {"float64": 53, "float32": 24, "tfloat32": 11, "float16": 11, "bfloat16": 8}


@dataclass(frozen=True)
class Formats:
    """The formats that numbers pass on their way, by name."""

    input: tuple[str, ...]
    """The input's, as given and as the operation takes it."""
    kernel: tuple[str, ...]
    accumulator: str
    output: str

    @property
    def are_known(self) -> bool:
        """Whether all are floating-point formats: integers add alike in any order."""
        return {*self.input, *self.kernel, self.accumulator, self.output} <= set(_PRECISION)

    def products_are_exact(self, accumulator: str) -> bool:
        """Whether an accumulator holds every product as it is: then fused or not is the same."""
        x, k = (min(_PRECISION[name] for name in names) for names in (self.input, self.kernel))
        return x + k <= _PRECISION[accumulator]


@dataclass(frozen=True)
class Units:
    """What the leaves of an experiment are."""

    input: float
    unit: float
    """A kernel value that counts one."""
    mask: float
    """A kernel value that swallows units."""
    most: int
    """Units that are counted at once, exactly in every format on the way."""

    @property
    def counted(self) -> float:
        """What one unit is in the output."""
        return self.input * self.unit


def units_for(formats: Formats, *, with_bias: bool) -> tuple[Units, ...]:
    """Units to try one after another, until the masks of one do not overflow.

    Half a last place of the mask must be more than all units together, so that it swallows them,
    and units must be added exactly: 2^precision of them at most.
    """
    most: int = 2 ** min(_PRECISION[formats.accumulator], _PRECISION[formats.output], 16)
    if "float16" not in (*formats.input, *formats.kernel):
        # A last place of 2^100 is 2^48 in float64, far above 2^16.
        return (Units(1.0, 1.0, 2.0**100, most),)
    # float16 has 2^-24 to 2^15. Sums in float32: 2^25 swallows 2^10 · 2^-14. The bias, which no
    # input is multiplied with, cannot be 2^25; then a mask of 2^15 swallows 2^11 · 2^-24.
    in_float32 = Units(1.0 if with_bias else 2.0**10, 2.0**-24, 2.0**15, min(most, 2**11))
    # Sums in float16: half a last place of 2^15 is 16, above 2^11 · 2^-10.
    in_float16 = Units(1.0, 2.0**-10, 2.0**15, min(most, 2**11))
    return in_float32, in_float16


@dataclass(frozen=True)
class Factors:
    """Two factors whose product is no number of the accumulator's, and what becomes of it.

    The product less ``input``, which the leaf's partner takes away.
    """

    input: float
    kernel: float
    rounded: float
    """Where the product is rounded by itself."""
    fused: float
    """Where product and sum are rounded once."""


def factors_for(formats: Formats) -> Factors | None:
    """(1 + 2^-s)(1 + 2^-r) with r + s one more bit than a sum has; None where all products fit."""
    p = _PRECISION[formats.accumulator]
    x = min(_PRECISION[name] for name in formats.input)
    k = min(_PRECISION[name] for name in formats.kernel)
    s = min(max(p // 2, p - (k - 1)), x - 1)
    r = p - s
    if not (1 <= s <= p - 2 and 1 <= r <= min(k - 1, p - 2)):
        return None
    if s + 1 > _PRECISION[formats.output]:
        return None  # the output would not show it
    small = Fraction(1, 2**r)
    # The product 1 + 2^-r + 2^-s + 2^-p lies half a last place above an even number.
    return Factors(
        input=1 + 2.0**-s,
        kernel=1 + 2.0**-r,
        rounded=float(small),
        fused=float(small + Fraction(1, 2**p)),
    )
