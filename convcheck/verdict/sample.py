"""Outputs of a case that share nothing: what a rule about chance may count.

Neighbouring outputs share inputs, so their errors drift together and prove little. A sample
takes windows that do not overlap, leaves out windows and filters that occur twice, and turns
them into a small case of its own: each window a row of channels, under a kernel of one tap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd, prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import Axis, ConvSpec
from convcheck.truth.windows import forward_kernel, tap_reads

if TYPE_CHECKING:
    from convcheck.results import Array

OUTPUTS = 1024
"""Most outputs in a sample. The rule needs some fifty; more make it sharper, and slower."""
OPERANDS = 1 << 22
"""Most input numbers that the windows of a sample hold together."""


@dataclass(frozen=True)
class Sample:
    """Outputs of a case that share no operands, as a small case of their own."""

    case: Case
    """Rank 1, one tap: input (1, M, taps * C), output (1, M, filters)."""
    index: tuple[Array, ...]
    """Index of the sample's outputs in an output of the whole case."""
    distinct: Array
    """Which outputs have operands that no earlier one has, in the small case's output shape."""

    def of(self, out: Array) -> Array:
        """The sample's values, in the shape of the small case's output."""
        return out[self.index].reshape(self.case.output_shape)

    def corner(self, windows: int, filters: int) -> Sample:
        """Its first windows with its first filters; all filters where each group has its own."""
        case = self.case
        if case.spec.groups > 1:
            filters = case.kernel.shape[-1]
        few = replace(
            case,
            input=case.input[:, :windows],
            kernel=case.kernel[..., :filters],
            bias=None if case.bias is None else case.bias[:filters],
        )
        *places, chosen = self.index
        index = (*(axis[:windows] for axis in places), chosen[:, :filters])
        return Sample(few, index, self.distinct[:, :windows, :filters])


def sample(case: Case, outputs: int = OUTPUTS) -> Sample:
    """Independent outputs of a case, fewer than asked for where it has no more."""
    filters = distinct_filters(case)
    per_window = prod(case.spec.kernel_size) * case.input.shape[-1]
    most = max(1, min(outputs // min(len(filters), 64), OPERANDS // per_window))
    places = places_apart(case, most)
    found, _ = windows(case, places)
    # The same operands twice give the same error twice.
    first = _first(found.reshape(len(found), -1))
    found, places = found[first], [axis[first] for axis in places]
    kernel = forward_kernel(case, case.kernel)
    if case.spec.groups == 1:
        chosen = filters[: max(1, outputs // len(found))]
        kernel = kernel[..., chosen]
    else:  # each group has inputs of its own
        chosen = np.arange(kernel.shape[-1])
    groups = case.spec.groups
    spec = ConvSpec.make((1,), padding="valid", groups=groups)
    bias = None if case.bias is None else case.bias[chosen]
    small = replace(
        case,
        spec=spec,
        input=_as_channels(found, groups)[np.newaxis],
        kernel=kernel.reshape(1, -1, kernel.shape[-1]),
        bias=bias,
        data_format="NHWC",
    )
    index = (*(axis[:, np.newaxis] for axis in places), chosen[np.newaxis, :])
    return Sample(small, index, _distinct(small)[np.newaxis])


def of_channel(case: Case, channel: int) -> Case:
    """The case that gives one channel of the output alone: its filter, and what that reads."""
    groups = case.spec.groups
    per_group, each = case.output_shape[-1] // groups, case.input.shape[-1] // groups
    group = channel // per_group
    read = slice(group * each, (group + 1) * each)
    if case.spec.transposed:
        kernel = case.kernel[..., [channel % per_group], read]
    else:
        kernel = case.kernel[..., [channel]]
    return replace(
        case,
        spec=replace(case.spec, groups=1),
        input=case.input[..., read],
        kernel=kernel,
        bias=None if case.bias is None else case.bias[[channel]],
    )


def _distinct(small: Case) -> Array:
    """Which outputs (M, filters) of a small case have operands that no earlier one has."""
    groups = small.spec.groups
    filters = small.kernel.shape[-1]
    if groups == 1:  # windows and filters that occur twice are left out already
        return np.ones((small.input.shape[1], filters), bool)
    met: set[tuple[bytes, bytes]] = set()
    rows = small.input[0].reshape(small.input.shape[1], groups, -1)
    columns = [column.tobytes() for column in np.ascontiguousarray(small.kernel[0].T)]
    found = np.zeros((len(rows), filters), bool)
    per_group = filters // groups
    for m, by_group in enumerate(rows):
        for f in range(filters):
            operands = by_group[f // per_group].tobytes(), columns[f]
            found[m, f] = operands not in met
            met.add(operands)
    return found


def _as_channels(windows: Array, groups: int) -> Array:
    """Windows (M, *taps, C) as rows (M, groups * taps * C / groups), the groups kept apart."""
    count, channels = len(windows), windows.shape[-1]
    apart = windows.reshape(count, -1, groups, channels // groups)
    return apart.transpose(0, 2, 1, 3).reshape(count, -1)


def places_apart(case: Case, most: int) -> list[Array]:
    """Positions (image, *spatial) of windows that do not overlap, each an array of length M."""
    starts = [np.arange(case.input.shape[0])]
    steps = steps_apart(case)
    starts += [np.arange(0, axis.out, s) for axis, s in zip(case.axes, steps, strict=True)]
    total = prod(len(axis) for axis in starts)
    flat: Array = np.arange(total)
    if total > most:
        flat = np.sort(np.random.default_rng(0).choice(total, most, replace=False))
    places = np.unravel_index(flat, [len(axis) for axis in starts])
    return [axis[place] for axis, place in zip(starts, places, strict=True)]


def steps_apart(case: Case) -> list[int]:
    """For each axis: outputs from one window to the next that shares no input with it."""
    return [_step_apart(axis, case.spec.transposed) for axis in case.axes]


def _step_apart(axis: Axis, transposed: bool) -> int:
    window = axis.dilation * (axis.taps - 1) + 1
    if not transposed:
        return -(-window // axis.stride)
    # One output in each stride sees the same phase of the kernel: visit them all.
    step = window + axis.stride
    while gcd(step, axis.stride) > 1:
        step += 1
    return step


def windows(case: Case, places: list[Array]) -> tuple[Array, Array]:
    """What each output reads, (M, *taps, C), 0 for padding; and which taps read no padding."""
    rank = case.spec.rank
    index: list[Array] = [places[0].reshape(-1, *[1] * rank)]
    valid: Array = np.ones(1, bool)
    for i, (axis, place) in enumerate(zip(case.axes, places[1:], strict=True)):
        read, inside = tap_reads(case, axis, place)
        shape = [len(place), *[1] * rank]
        shape[i + 1] = axis.taps
        index.append(np.where(inside, read, 0).reshape(shape))
        valid = valid & inside.reshape(shape)
    found = case.input[tuple(index)]
    return np.where(valid[..., np.newaxis], found, np.zeros((), found.dtype)), valid


def distinct_filters(case: Case) -> Array:
    """Filters, each occurring once."""
    kernel = forward_kernel(case, case.kernel)
    columns = np.ascontiguousarray(kernel.reshape(-1, kernel.shape[-1]).T)
    return _first(columns)


def _first(rows: Array) -> Array:
    """Index of the first of each row that occurs, in order: np.unique sorts, which takes longer."""
    met: dict[bytes, int] = {}
    for i, row in enumerate(rows):
        met.setdefault(row.tobytes(), i)
    return np.fromiter(met.values(), np.intp)
