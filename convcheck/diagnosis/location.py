"""Where outputs lie, in words: a box of them such as "the last 3 of 499 along axis 1"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import lgamma, log, prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from convcheck.results import Array

FILLED = 0.5
"""Share of a box that must be there: a stale number may be right by chance."""
CHANCE = 1e-3
"""Most boxes of a size that as many places drawn at random would fill so."""


@dataclass(frozen=True)
class Box:
    """Outputs whose index along each axis is one of some, evenly spaced."""

    axes: tuple[range, ...]
    shape: tuple[int, ...]
    """Of the whole output."""
    names: Mapping[int, str] = field(default_factory=dict, compare=False)
    """What axes that are no positions count, one of it."""

    @property
    def size(self) -> int:
        """How many outputs."""
        return prod(len(some) for some in self.axes)

    @property
    def window(self) -> tuple[slice, ...]:
        """Index of the box in the output."""
        return tuple(slice(some.start, some.stop, some.step) for some in self.axes)

    @property
    def partial(self) -> tuple[int, ...]:
        """The axes along which it does not hold everything."""
        return tuple(i for i, n in enumerate(self.shape) if len(self.axes[i]) < n)

    def before(self) -> tuple[slice, ...] | None:
        """Index of as large a box right before it, where one axis alone is cut; else None."""
        if len(self.partial) != 1:
            return None
        (axis,) = self.partial
        some = self.axes[axis]
        if some.step != 1 or some.start < len(some):
            return None
        moved = list(self.window)
        moved[axis] = slice(some.start - len(some), some.start)
        return tuple(moved)

    def __str__(self) -> str:
        """Such as "image 1, the last 3 of 499 along axis 1"; "every output" for all of them."""
        words = [_along(i, self.axes[i], self.shape[i], self.names.get(i)) for i in self.partial]
        return ", ".join(words) or "every output"


def _along(axis: int, some: range, size: int, named: str | None) -> str:
    count, first, last = len(some), some[0], some[-1]
    if some.step > 1:
        return f"every {_ordinal(some.step)} from {first} to {last} of {size} along axis {axis}"
    if named:
        return f"{named} {first}" if count == 1 else f"{named}s {first} to {last}"
    if last == size - 1:
        return f"the last {count} of {size} along axis {axis}"
    if first == 0:
        return f"the first {count} of {size} along axis {axis}"
    which = f"number {first}" if count == 1 else f"numbers {first} to {last}"
    return f"{which} of 0 to {size - 1} along axis {axis}"


def _ordinal(n: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(n % 10 if n // 10 % 10 != 1 else 0, "th")
    return f"{n}{ending}"


def box_of(index: Sequence[Array], shape: Sequence[int], names: Mapping[int, str]) -> Box | None:
    """The box that some outputs, all there are of their kind, fill; None where they fill none.

    ``index`` holds an array for each axis, ``names`` what those count that are no positions. So
    few as could lie so near to each other by chance fill none either.
    """
    count = len(index[0])
    if not count:
        return None
    axes = [_evenly_spaced(np.flatnonzero(np.bincount(axis))) for axis in index]
    box = Box(tuple(axes), tuple(shape), names)
    if count < FILLED * box.size or not box.partial or not _is_unlikely(box, count):
        return None
    return box


def _evenly_spaced(values: Array) -> range:
    """The values, as numbers of one step; all between the first and the last where they are not."""
    first, last = int(values[0]), int(values[-1])
    steps = np.diff(values)
    step = int(steps[0]) if len(values) > 2 and (steps == steps[0]).all() else 1
    return range(first, last + 1, step)


def _is_unlikely(box: Box, count: int) -> bool:
    """Whether places drawn at random would fill so small a box far too seldom.

    Expected number of boxes of this form with so many of the places in them:
    positions · C(size, count) / C(total, count).
    """
    total = prod(box.shape)
    positions = prod(n - (some[-1] - some[0]) for n, some in zip(box.shape, box.axes, strict=True))
    return log(positions) + _log_choose(box.size, count) - _log_choose(total, count) < log(CHANCE)


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
