"""Bound violations of an output: where they are, and how far outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.diagnosis.probe import probe
from convcheck.diagnosis.probe_points import LOCATED, probe_points
from convcheck.results import Judgement
from convcheck.truth.arithmetic import Arithmetic

if TYPE_CHECKING:
    from convcheck.results import Array

MANY = 0.05
"""Share of sampled outputs from which a sample tells where they are."""


@dataclass(frozen=True)
class Violations:
    """Outputs outside their bound: all of them, or those of a sample where they are many."""

    index: tuple[Array, ...]
    """Where they are, an array for each axis."""
    ratios: Array
    """|out - y| / B of those, infinite where B is 0."""
    share: float
    """Of all outputs, or of the sample's."""
    channels: Array
    """Share of each channel's outputs."""


def violations_of(
    case: Case, judgement: Judgement, out: Array, arithmetic: Arithmetic
) -> Violations:
    """By a sample where that tells enough, else by what was met in judging."""
    few = _sampled(case, out, arithmetic)
    known = judgement.violations
    if known is None or (few.share >= MANY and np.count_nonzero(few.channels) == out.shape[-1]):
        return few
    filters = out.shape[-1]
    counts = np.bincount(known.index[-1], minlength=filters)
    share = len(known.over_bound) / out.size
    return Violations(known.index, known.over_bound, share, counts * filters / out.size)


def _sampled(case: Case, out: Array, arithmetic: Arithmetic) -> Violations:
    points = probe_points(case, LOCATED)
    given, plain = points.of(out), probe(case, points, arithmetic)
    there = ~plain.holds(given)
    place, filter_ = np.nonzero(there)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.abs(given - plain.value)[there] / plain.limit[there]
    channels = np.zeros(out.shape[-1])
    channels[points.filters] = there.mean(axis=0)
    index = (*(axis[place] for axis in points.places), points.filters[filter_])
    return Violations(index, ratios, float(there.mean()), channels)


def places_in_words(case: Case, out: Array, found: Violations) -> str:
    """Which outputs: on the borders only, in one channel, from which row on; "" for no pattern."""
    index = found.index
    count = len(index[0])
    if not np.any(out):
        return "every output is 0"
    if not count:
        return ""
    if count == 1:
        return f"the one at {tuple(int(axis[0]) for axis in index)}"
    if on_borders(case, index):
        return "all of them on the borders, where windows read padding"
    words = ["everywhere"] if found.share > 0.9 else []
    for axis, word in ((0, "image"), (len(index) - 1, "channel")):
        some = np.unique(index[axis])
        if len(some) < min(out.shape[axis], count):
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
