"""Where and how far an output leaves its bound: the map that a reader wants first."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.truth.arithmetic import Arithmetic, rounded
from convcheck.truth.bound import bound
from convcheck.truth.reference import reference

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass(frozen=True)
class Departure:
    """The outputs outside their bound."""

    outside: Array
    """Which, in output shape."""
    ratios: Array
    """|out - y| / B of those, infinite where B is 0."""
    largest: float
    """Largest |out - y|."""

    @property
    def share(self) -> float:
        """Of all outputs."""
        return float(self.outside.mean())

    @property
    def index(self) -> tuple[Array, ...]:
        """Where they are."""
        return tuple(np.nonzero(self.outside))


def departure(case: Case, out: Array, arithmetic: Arithmetic) -> Departure:
    """Walk over the whole output once."""
    outside = np.zeros(out.shape, bool)
    ratios, largest = [], 0.0
    for band in bands(case):
        part = out[band.window]
        narrowed = rounded(band.case, arithmetic)
        y = reference(narrowed, exact_everywhere=arithmetic.output.precision > 24)
        limits = bound(narrowed, arithmetic, y)
        there = ~y.within(part, limits) & ~limits.undecidable
        outside[band.window] = there
        if there.any():
            error = np.abs(y.error(part)[there])
            with np.errstate(divide="ignore"):
                ratios.append(error / limits.limit[there])
            largest = max(largest, float(np.nan_to_num(error, posinf=np.inf).max()))
    return Departure(outside, np.concatenate(ratios) if ratios else np.zeros(0), largest)


def places_in_words(case: Case, out: Array, found: Departure) -> str:
    """Which outputs: how many, on the borders only, in one channel, from which row on."""
    index = found.index
    count, total = len(index[0]), out.size
    words = [f"{count:,} of {total:,} outputs leave their bound, by up to {found.largest:.3g}"]
    if count and not np.any(out):
        return f"every output is 0; {words[0]}"
    if count == 1:
        return f"{words[0]}: the one at {tuple(int(axis[0]) for axis in index)}"
    if count == total:
        return f"{words[0]}: everywhere"
    if on_borders(case, index):
        words.append("all of them on the borders, where windows read padding")
    for axis, word in ((0, "image"), (len(index) - 1, "channel")):
        some = np.unique(index[axis])
        if len(some) < out.shape[axis]:
            listed = ", ".join(map(str, some[:4])) + (" ..." if len(some) > 4 else "")
            words.append(f"in {word}{'' if len(some) == 1 else 's'} {listed} alone")
    names = {1: ("columns",), 2: ("rows", "columns"), 3: ("planes", "rows", "columns")}
    for axis, word in enumerate(names[case.spec.rank], 1):
        low, high = int(index[axis].min()), int(index[axis].max())
        if (low, high) != (0, out.shape[axis] - 1):
            words.append(f"{word} {low} to {high}")
    return ", ".join(words)


def on_borders(case: Case, index: tuple[Array, ...]) -> bool:
    """Whether all these outputs read padding; False where every output does."""
    inner = np.ones(len(index[0]), bool)
    any_inner = True
    for i, axis in enumerate(case.axes):
        if case.spec.transposed:
            return False
        first = -(-axis.before // axis.stride)
        reach = axis.size + axis.before - axis.dilation * (axis.taps - 1) - 1
        last = reach // axis.stride
        any_inner &= first <= min(last, axis.out - 1)
        inner &= (index[i + 1] >= first) & (index[i + 1] <= last)
    return any_inner and not inner.any()


def per_channel(found: Departure) -> Array:
    """Share of each channel's outputs that are outside."""
    shape = found.outside.shape
    return np.asarray(found.outside.reshape(prod(shape[:-1]), shape[-1]).mean(axis=0))
