"""Which outputs one input element moves: what shows that an implementation transforms tiles.

An output of a sum of products depends on its window alone. One input element is made 2^22 times as
large as all others, and the case is run again: an output outside the windows that read it, and
whose bits change, was computed by way of numbers that hold the element, and lost the digits that
it hid. Only a transform does so (Winograd's, Fourier's), or a function that no convolution is.

The tiles are read off the outputs that an element moves. With tiles of m outputs, which read
n = m + r - 1 inputs each, it moves all outputs of the one or two tiles that read it. By Winograd's
algorithm with the points 0 and infinity, which all take, the first element of a tile moves the
first output alone (column 0 of B has one entry, and column 0 of A too), the last one the last
output; by a Fourier transform they move them all. So F(6,3) and an FFT on tiles of 8 are told
apart. Tiles of two outputs by Winograd's leave no trace outside windows: they are not found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import Axis
from convcheck.truth.arithmetic import Arithmetic
from convcheck.truth.winograd.tiling import Tiling, known_tilings

if TYPE_CHECKING:
    from convcheck.results import Array

Run = Callable[[Case], "Array | None"]
"""Computes a changed case; None where that cannot be done."""

Ends = tuple[int, int] | None
"""The first and the last of consecutive outputs; None where there are none."""
LARGER = 2.0**22
"""Times the largest input that one element becomes: what it hides of float32 are 22 of 24 bits."""
LEAST = 2.0**8
"""Times that at least, where a format holds no more: one element in eight bits is seen."""
ROOM = 2.0**10
"""What transforms may enlarge a number by, and what is left to the format's largest."""
RUNS = 32
"""Most runs; each shows an element for each image of the batch."""
LARGEST_TILE = 64
"""Most outputs of a tile along an axis that are sought."""


@dataclass(frozen=True)
class Tiles:
    """Tiles along one axis."""

    outputs: int
    """m; 1 where each output is computed by itself."""
    origin: int
    """The first output of a tile, below m."""
    by_points: bool
    """Whether the first and the last element of a tile move one output: Winograd's algorithm."""
    shift: int = 0
    """How much later than they should windows read the input: a fault may move them."""

    def moved(self, axis: Axis, element: int) -> Ends:
        """The first and the last output that an element moves; None where it moves none."""
        place = element + axis.before - self.shift - self.origin
        reach = self.outputs + axis.taps - 1
        first = -((reach - 1 - place) // self.outputs)
        last = place // self.outputs
        low, high = first * self.outputs, (last + 1) * self.outputs - 1
        if self.by_points and place - low == reach - 1:
            low += self.outputs - 1
        if self.by_points and place == last * self.outputs:
            high = place
        ends = max(low + self.origin, 0), min(high + self.origin, axis.out - 1)
        return ends if ends[0] <= ends[1] else None


@dataclass(frozen=True)
class Footprint:
    """What shows that an output was computed by a transform."""

    element: tuple[int, ...]
    """An input element that moves outputs outside its windows."""
    tiles: tuple[Tiles, ...] | None
    """By axis; None where what was seen fits none, or more than one."""
    taps: tuple[int, ...]

    def __str__(self) -> str:
        words = f"input element {self.element} moves outputs that do not read it"
        if self.tiles is None:
            return words
        shape = "x".join(
            str(tiles.outputs + taps - 1) for tiles, taps in zip(self.tiles, self.taps, strict=True)
        )
        origin = tuple(tiles.origin for tiles in self.tiles)
        return f"{words}, as a transform of {shape} tiles from {origin} does"

    @property
    def is_winograd(self) -> bool:
        """Whether the tiles are those of an algorithm by points."""
        return self.tiles is not None and all(one.by_points for one in self.tiles)

    def tilings(self) -> Iterator[Tiling]:
        """Winograd algorithms with these tiles, the commonest first."""
        if self.tiles is not None and self.is_winograd and not any(t.origin for t in self.tiles):
            yield from known_tilings(tuple(one.outputs for one in self.tiles), self.taps)


def find_footprint(case: Case, out: Array, arithmetic: Arithmetic, run: Run) -> Footprint | None:
    """The tiles that an implementation transforms; None where nothing shows a transform.

    Nothing either where it does not give the same bits twice, or cannot run again.
    """
    large = _large(case, arithmetic)
    plain = {*case.spec.strides, *case.spec.dilations} == {1} and not case.spec.transposed
    if large is None or not plain or not np.isfinite(out).all():
        return None
    again = run(case)
    if again is None or again.dtype != out.dtype or not np.array_equal(again, out):
        return None
    seen: list[_Moved] = []
    elements = _elements(case)
    for _ in range(RUNS):
        some = list(islice(elements, len(case.input)))
        if not some:
            break
        moved = _moved(case, out, some, large, run)
        if moved is None:
            return None
        seen += moved
        if len(seen) > 1 and not any(one.outside(case) for one in seen):
            return None
        tiles = _only(seen, case)
        if tiles is not None and _is_whole(tiles, case, len(seen)):
            break
    element = next((one.element for one in seen if one.outside(case)), None)
    if element is None:
        return None
    if tiles is None:  # a first tile that is cut off might show as little
        tiles = _only(seen, case, origin=0)
    if tiles is not None and not _is_whole(tiles, case, len(seen)):
        tiles = None
    if tiles is not None and all(one.outputs == 1 for one in tiles):
        return None  # windows of their own, elsewhere
    return Footprint(element, tiles, case.spec.kernel_size)


def _is_whole(tiles: Sequence[Tiles], case: Case, seen: int) -> bool:
    """Whether a whole tile and what lies beside it was seen along each axis, or all there is."""
    return all(
        seen >= min(one.outputs + axis.taps, axis.size)
        for one, axis in zip(tiles, case.axes, strict=True)
    )


def _only(
    seen: Sequence[_Moved], case: Case, origin: int | None = None
) -> tuple[Tiles, ...] | None:
    """The only tiles that move what was seen, along each axis in the same way."""
    axes = [_fitting(axis, seen, i, origin) for i, axis in enumerate(case.axes)]
    alike = set()
    for by_points in (True, False):
        each = [[t for t in axis if t.by_points == by_points or t.outputs == 1] for axis in axes]
        if all(len(one) == 1 for one in each):
            alike.add(tuple(one[0] for one in each))
        elif all(each):
            return None
    return alike.pop() if len(alike) == 1 else None


@dataclass(frozen=True)
class _Moved:
    """What one element moved."""

    element: tuple[int, ...]
    """Image, position, channel."""
    outputs: tuple[Array, ...]
    """Along each axis, the positions of outputs that changed."""

    def ends(self, axis: int) -> Ends:
        """The first and the last of these; (first, -1), which no tiles move, where some stay."""
        moved = self.outputs[axis]
        if not len(moved):
            return None
        first, last = int(moved[0]), int(moved[-1])
        return (first, last) if last - first + 1 == len(moved) else (first, -1)

    def outside(self, case: Case) -> bool:
        """Whether one of them lies outside the windows that read the element."""
        return any(
            len(moved) > 0
            and (moved[0] < place + axis.before - axis.taps + 1 or moved[-1] > place + axis.before)
            for moved, place, axis in zip(self.outputs, self.element[1:-1], case.axes, strict=True)
        )


def _elements(case: Case) -> Iterator[tuple[int, ...]]:
    """Input positions along a diagonal, the middle first: each axis has them all in turn."""
    sizes = case.input.shape[1:-1]
    for step in range(max(sizes)):
        yield tuple((size // 2 + step) % size for size in sizes)


def _moved(
    case: Case, out: Array, places: Sequence[tuple[int, ...]], large: float, run: Run
) -> list[_Moved] | None:
    """What an element at each of these places moves, each in an image of its own, in one run."""
    reads = np.abs(case.kernel.astype(np.float64)).sum(axis=(*range(case.spec.rank), -1))
    channel = int(np.argmax(reads))  # of the first group
    changed = case.input.copy()
    for image, place in enumerate(places):
        changed[(image, *place, channel)] = large
    given = run(replace(case, input=changed))
    if given is None or given.shape != out.shape:
        return None
    found = []
    for image, place in enumerate(places):
        differs = (given[image] != out[image]).any(axis=-1)
        axes = range(differs.ndim)
        outputs = tuple(
            np.flatnonzero(differs.any(axis=tuple(other for other in axes if other != axis)))
            for axis in axes
        )
        found.append(_Moved((image, *place, channel), outputs))
    return found


def _fitting(axis: Axis, seen: Sequence[_Moved], index: int, origin: int | None) -> list[Tiles]:
    """Tiles that move just what was seen along an axis, windows where they should be if they can.

    All with this origin, or with any.
    """
    moved = [(one.element[index + 1], one.ends(index)) for one in seen]
    for shift in sorted(range(-axis.taps, axis.taps + 1), key=abs):
        found = [
            tiles
            for tiles in _sought(axis, origin, shift)
            if all(tiles.moved(axis, element) == ends for element, ends in moved)
        ]
        if found:  # tiles of two by points move just what windows do
            return found[:1] if found[0].outputs == 1 else found
    return []


def _sought(axis: Axis, origin: int | None, shift: int) -> Iterator[Tiles]:
    """Tiles from the smallest on; those of one output first."""
    yield Tiles(1, 0, True, shift)
    for outputs in range(2, min(axis.out, LARGEST_TILE + 1)):
        for by_points in (True, False):
            for first in range(outputs) if origin is None else (origin,):
                yield Tiles(outputs, first, by_points, shift)


def _large(case: Case, arithmetic: Arithmetic) -> float | None:
    """What an element becomes: far above all others, and within what every format holds."""
    if arithmetic.is_integer or case.input.dtype.kind in "iu":
        return None
    x, kernel = case.input, case.kernel
    if not (np.isfinite(x).all() and np.isfinite(kernel).all() and x.any() and kernel.any()):
        return None
    largest, weight = (max(float(one.max()), -float(one.min())) for one in (x, kernel))
    formats = arithmetic.operands, arithmetic.accumulator, arithmetic.output
    room = min(float(fmt.largest) for fmt in formats) / (ROOM * max(weight, 1.0))
    times = min(LARGER, room / largest)
    return None if times < LEAST else 2.0 ** math.floor(math.log2(times * largest))
