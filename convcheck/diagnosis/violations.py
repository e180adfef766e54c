"""Bound violations of an output: where they are, and how far outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.diagnosis.gradients.axes import as_given
from convcheck.diagnosis.location import box_of
from convcheck.diagnosis.probe import probe
from convcheck.diagnosis.probe_points import LOCATED, probe_points
from convcheck.results import Judgement
from convcheck.truth.arithmetic import Arithmetic

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass(frozen=True)
class Violations:
    """Outputs outside their bound: all of them, or a sample's where they were too many to keep."""

    index: tuple[Array, ...]
    """Where they are, an array for each axis."""
    ratios: Array
    """|out - y| / B of those, infinite where B is 0."""
    share: float
    """Of all outputs, or of the sample's."""
    channels: Array
    """Share of each channel's outputs."""
    complete: bool = False
    """Whether these are all there are."""


def violations_of(
    case: Case, judgement: Judgement, out: Array, arithmetic: Arithmetic
) -> Violations:
    """What was met in judging; a sample where that was too many to keep."""
    known = judgement.violations
    if known is None:
        return _sampled(case, out, arithmetic)
    filters = out.shape[-1]
    counts = np.bincount(known.index[-1], minlength=filters)
    share = len(known.over_bound) / out.size
    each = counts * filters / out.size
    return Violations(known.index, known.over_bound, share, each, complete=True)


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
    """Which outputs: a box of them, on the borders only, from which row on; "" for no pattern."""
    given = as_given(case, out, found.index)
    index, shape = given.index, given.out.shape
    count = len(index[0])
    if not np.any(out):
        return "every output is 0"
    if not count:
        return ""
    if count == 1:
        return f"the one at {tuple(int(axis[0]) for axis in index)}"
    box = box_of(index, shape, given.names) if found.complete else None
    if box is not None:
        return str(box)
    if on_borders(case, found.index):
        return "all of them on the borders, where windows read padding"
    words = ["everywhere"] if found.share > 0.9 else []
    for axis, word in given.names.items():
        some = np.unique(index[axis])
        if len(some) < min(shape[axis], count):
            listed = ", ".join(map(str, some[:4])) + (" ..." if len(some) > 4 else "")
            words.append(f"in {word}{'' if len(some) == 1 else 's'} {listed} alone")
    for axis, word in given.positions.items():
        low, high = int(index[axis].min()), int(index[axis].max())
        if (low, high) != (0, shape[axis] - 1):
            words.append(f"{word} {low} to {high}")
    return ", ".join(words)


def on_borders(case: Case, index: tuple[Array, ...]) -> bool:
    """Whether all these outputs read padding; False where every output does."""
    inside = inner(case)
    if inside is None:
        return False
    within = [
        (i.start <= axis) & (axis < i.stop) for i, axis in zip(inside, index[1:], strict=False)
    ]
    return not np.logical_and.reduce(within).any()


def inner(case: Case) -> list[range] | None:
    """Outputs that read no padding, along each axis; None where there are none, or transposed."""
    if case.spec.transposed:
        return None
    found = []
    for axis in case.axes:
        first = -(-axis.before // axis.stride)
        reach = axis.size + axis.before - axis.dilation * (axis.taps - 1) - 1
        found.append(range(first, min(reach // axis.stride, axis.out - 1) + 1))
    return found if all(found) else None
