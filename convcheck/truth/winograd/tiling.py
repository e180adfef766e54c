"""Which Winograd algorithm computes a convolution, on which tiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np

from convcheck.case.case import Case
from convcheck.truth.winograd.transforms import Transform

_POINTS: dict[int, tuple[str, ...]] = {
    3: ("0 1 -1",),
    4: ("0 1 -1 2",),
    5: ("0 1 -1 2 -2", "0 1 -1 1/2 -1/2", "0 5/8 -5/8 3/2 -3/2"),
    6: ("0 1 -1 2 -2 1/2", "0 1 -1 1/2 -1/2 2"),
    7: ("0 1 -1 2 -2 1/2 -1/2",),
}
"""Number of finite points -> those that implementations take, the usual ones first.

Lavin and Gray 2016; 5/8 and 3/2 are oneDNN's; NNPACK's tile of 8 has the seven."""


@dataclass(frozen=True)
class Tiling:
    """A transform for each spatial axis; the first tile's first output is output 0 of each."""

    axes: tuple[Transform, ...]

    def __str__(self) -> str:
        names = dict.fromkeys(str(axis) for axis in self.axes)
        shape = "x".join(str(axis.tile) for axis in self.axes)
        tiles = f"{shape} tiles" if len(self.axes) > 1 else f"tiles of {shape}"
        return f"{' x '.join(names)} on {tiles}"

    @property
    def points(self) -> str:
        """The finite points of the transforms, in words."""
        found = dict.fromkeys(axis.points for axis in self.axes if axis.points)
        return " and ".join(", ".join(map(str, points)) for points in found)

    @property
    def roundings(self) -> int:
        """Roundings that a product meets in all transforms; those of the channels come on top."""
        return sum(axis.roundings for axis in self.axes)

    @property
    def rows(self) -> int:
        """Outputs of a tile along the first axis: what must not be cut apart."""
        return self.axes[0].outputs

    def fits(self, case: Case) -> bool:
        """Whether it can compute this case: ordinary windows of its taps, over finite numbers."""
        spec = case.spec
        return (
            not spec.transposed
            and spec.kernel_size == tuple(axis.taps for axis in self.axes)
            and {*spec.strides, *spec.dilations} == {1}
            and bool(np.isfinite(case.input).all() and np.isfinite(case.kernel).all())
        )

    def summed(self, case: Case) -> int:
        """Products that an output's tile adds up for each element of the transformed tile."""
        channels: int = case.input.shape[-1] // case.spec.groups
        return channels * prod(axis.summed for axis in self.axes)


def known_tilings(outputs: tuple[int, ...], taps: tuple[int, ...]) -> Iterator[Tiling]:
    """Tilings with so many outputs and taps by axis and usual points, the commonest first.

    An axis of one output is direct. None for tiles that no known implementation has.
    """
    choices = []
    for m, r in zip(outputs, taps, strict=True):
        if m == 1:
            choices.append([Transform.direct(r)])
        else:
            choices.append([Transform(m, r, _parsed(p)) for p in _POINTS.get(m + r - 2, ())])
    for axes in product(*choices):
        # Axes of one size have the same points.
        if len({(axis.tile, axis.points) for axis in axes}) == len({axis.tile for axis in axes}):
            yield Tiling(axes)


def _parsed(text: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(word) for word in text.split())
