"""Which part of an output a page holds the numbers of: around an element, as much as fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from convcheck.case.case import Case
from convcheck.excerpt.cut import group_sizes

if TYPE_CHECKING:
    from convcheck.excerpt.data import Region
    from convcheck.results import Index

_CHANNELS, _WINDOW = 8, 48
"""Filters and positions along an axis below which the other is reduced first."""
_DIGITS = 6
"""Characters of a position in a page."""


@dataclass(frozen=True)
class Cost:
    """Bytes before they are encoded."""

    element: float
    """Of one output's numbers in all implementations."""
    input: float
    """Of one number of the input."""
    kernel: float

    def of(self, case: Case, sizes: Sequence[int]) -> float:
        """Of a region of these sizes, with the numbers that it reads."""
        images, *spatial, filters = sizes
        channels, in_group = group_sizes(case)
        groups = min((filters + in_group - 2) // in_group + 1, case.spec.groups)
        reach = [_reach(case, i, count) for i, count in enumerate(spatial)]
        taps = prod(case.spec.kernel_size) * channels
        reads = sum(n * k for n, k in zip(spatial, case.spec.kernel_size, strict=True))
        return (
            prod(sizes) * self.element
            + images * prod(reach) * groups * channels * self.input
            + taps * filters * self.kernel
            + reads * _DIGITS
        )


def _reach(case: Case, i: int, count: int) -> int:
    """Input positions that so many outputs read along an axis, at most."""
    axis = case.axes[i]
    window = axis.dilation * (axis.taps - 1)
    if case.spec.transposed:
        return min(axis.size, (count + window) // axis.stride + 1)
    return min(axis.size, (count - 1) * axis.stride + window + 1)


def choose(case: Case, center: Index, cost: Cost, most: float) -> Region | None:
    """The region around an element whose cost is at most ``most``; None where none is.

    All of the output where that fits; else fewer images, then fewer filters, then a smaller window.
    """
    whole = case.output_shape
    sizes = list(whole)

    def fits() -> bool:
        return cost.of(case, sizes) <= most

    def reduce(least: int, change: Callable[[int], None], largest: int) -> None:
        """The largest number that fits, else the least."""
        low, high = min(least, largest), largest
        while low < high:
            middle = (low + high + 1) // 2
            change(middle)
            low, high = (middle, high) if fits() else (low, middle - 1)
        change(low)

    def images(count: int) -> None:
        sizes[0] = count

    def filters(count: int) -> None:
        sizes[-1] = count

    def window(count: int) -> None:
        sizes[1:-1] = [min(size, count) for size in whole[1:-1]]

    if not fits():
        reduce(1, images, whole[0])
        reduce(_CHANNELS, filters, whole[-1])
        reduce(_WINDOW, window, max(whole[1:-1]))
        reduce(1, filters, sizes[-1])
        reduce(1, window, max(sizes[1:-1]))
    if not fits():
        return None
    return tuple(map(_around, center, sizes, whole))


def _around(center: int, count: int, size: int) -> tuple[int, int]:
    start = min(max(center - count // 2, 0), size - count)
    return start, start + count
