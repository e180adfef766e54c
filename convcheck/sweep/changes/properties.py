"""Properties that users count on and no arithmetic promises: told, and no fault.

An output does not depend on which other filters or images are computed beside it, on the layout,
on the order of the channels, or on the number of threads: so exact arithmetic has it. Rounding
need not, and an implementation that keeps one bit for bit is worth knowing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.case import Case
from convcheck.sweep.changes.change import Change

if TYPE_CHECKING:
    from convcheck.case.case import Array

RUN_AGAIN, THREADS = "run-again", "two-threads"
"""The case itself, once more; and with two threads in place of one."""


def properties(case: Case) -> Iterator[Change]:
    """Yield each property that says something of this case, with the case to compute for it."""
    if case.gradient is not None:
        return
    yield from _of_batches(case)
    yield from _of_channels(case)
    other = "NCHW" if case.data_format == "NHWC" else "NHWC"
    yield Change("other-layout", replace(case, data_format=other), _same)


def _of_batches(case: Case) -> Iterator[Change]:
    if len(case.input) > 1:
        yield Change("batch-permuted", replace(case, input=case.input[::-1].copy()), _reversed)
        yield Change("batch-split", replace(case, input=case.input[:1].copy()), _first)


def _of_channels(case: Case) -> Iterator[Change]:
    spec = case.spec
    transposed, groups = spec.transposed, spec.groups
    filters = _WithinGroups(case.output_shape[-1], groups)
    if filters.changes:
        kernel = _taken(case.kernel, filters, axis=-2 if transposed else -1)
        bias = None if case.bias is None else case.bias[filters.of_all]
        yield Change("filters-permuted", replace(case, kernel=kernel, bias=bias), filters)
    channels = _WithinGroups(case.input.shape[-1], groups)
    if channels.changes:
        kernel = _taken(case.kernel, channels, axis=-1 if transposed else -2)
        x = case.input[..., channels.of_all]
        yield Change("channels-permuted", replace(case, input=x, kernel=kernel), _same)


@dataclass(frozen=True)
class _WithinGroups:
    """Channels in reverse order within each of their groups."""

    channels: int
    groups: int

    @property
    def changes(self) -> bool:
        return self.channels > self.groups

    @property
    def of_one(self) -> Any:
        return np.arange(self.channels // self.groups)[::-1]

    @property
    def of_all(self) -> Any:
        return np.arange(self.channels).reshape(self.groups, -1)[:, ::-1].ravel()

    def __call__(self, output: Array) -> Array:
        return output[..., self.of_all]


def _taken(kernel: Array, order: _WithinGroups, axis: int) -> Array:
    """Along its last axis a kernel has the channels of all groups, else those of one."""
    taken: Array = np.take(kernel, order.of_all if axis == -1 else order.of_one, axis)
    return taken


def _same(output: Array) -> Array:
    return output


def _reversed(output: Array) -> Array:
    return output[::-1]


def _first(output: Array) -> Array:
    return output[:1]
