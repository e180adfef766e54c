"""Cuts a case to a region of its output, and finds what that region reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.truth.windows import tap_reads
from convcheck.truth.winograd.tiling import Tiling

if TYPE_CHECKING:
    from convcheck.excerpt.data import Region
    from convcheck.results import Array, Index


@dataclass(frozen=True)
class Cut:
    """A smaller case whose output holds a region of another's."""

    case: Case
    window: tuple[slice, ...]
    """Index of the region in the smaller case's output."""


def cut(case: Case, region: Region) -> Cut:
    """The smaller case. Along its spatial axes a transposed convolution is left whole."""
    (first, last), *spatial, _ = region
    channels, filters = group_sizes(case)
    low, high, chosen = _filters(region[-1], filters)
    groups = range(low, high)
    x = case.input[first:last, ..., low * channels : high * channels]
    pads, window = list(case.pads), [slice(0, last - first)]
    for i, (start, stop) in enumerate(spatial):
        place = None if case.spec.transposed else _reads(case, i, start, stop)
        if place is None:
            window.append(slice(start, stop))
            continue
        x, pads[i] = x[(slice(None),) * (i + 1) + (place[0],)], place[1]
        window.append(slice(0, stop - start))
    spec = replace(case.spec, groups=len(groups))
    if not case.spec.transposed:  # else the pads crop, and may be below 0 with an output padding
        spec = replace(spec, padding=tuple(pads))
    kernel, bias = _kernel(case, low, high, chosen), case.bias
    if bias is not None:
        bias = bias[chosen]
    smaller = Case(spec, x, kernel, bias)
    begin = region[-1][0] - chosen.start
    return Cut(smaller, (*window, slice(begin, begin + region[-1][1] - region[-1][0])))


def whole_tiles(case: Case, region: Region, tiling: Tiling) -> Region:
    """The region with all outputs of the tiles that it touches: cut so, tiles stay as they are."""
    images, *spatial, filters = region
    wide = [
        (start // one.outputs * one.outputs, min(-(-stop // one.outputs) * one.outputs, axis.out))
        for (start, stop), one, axis in zip(spatial, tiling.axes, case.axes, strict=True)
    ]
    return (images, *wide, filters)


def group_sizes(case: Case) -> tuple[int, int]:
    """Input channels and filters of a group."""
    groups = case.spec.groups
    return case.input.shape[-1] // groups, case.output_shape[-1] // groups


def _filters(wanted: tuple[int, int], size: int) -> tuple[int, int, slice]:
    """The groups concerned, and the filters to compute: of several groups all."""
    low, high = wanted[0] // size, -(-wanted[1] // size)
    return low, high, slice(*wanted) if high - low == 1 else slice(low * size, high * size)


def _kernel(case: Case, low: int, high: int, chosen: slice) -> Array:
    if not case.spec.transposed:
        return case.kernel[..., chosen]
    channels, filters = group_sizes(case)
    mine = slice(chosen.start - low * filters, chosen.stop - low * filters)
    part = case.kernel[..., low * channels : high * channels]
    return part[..., mine, :] if high - low == 1 else part


def _reads(case: Case, i: int, start: int, stop: int) -> tuple[slice, tuple[int, int]] | None:
    """Input positions along an axis and the padding around them; None where it is all padding."""
    axis = case.axes[i]
    low = start * axis.stride - axis.before
    high = (stop - 1) * axis.stride - axis.before + axis.dilation * (axis.taps - 1) + 1
    top, bottom = max(low, 0), min(high, axis.size)
    return (slice(top, bottom), (top - low, high - bottom)) if top < bottom else None


@dataclass(frozen=True)
class Block:
    """The part of the input that a region reads."""

    start: Index
    window: tuple[slice, ...]
    """Its index in the input."""
    reads: tuple[tuple[tuple[int, ...], ...], ...]
    """By axis and position of the region: where in the block each tap reads; -1 for nothing."""


def block(case: Case, region: Region) -> Block:
    """The part of the input that a region of the output reads."""
    channels, filters = group_sizes(case)
    low, high, _ = _filters(region[-1], filters)
    window, reads = [slice(*region[0])], []
    for axis, (start, stop) in zip(case.axes, region[1:-1], strict=True):
        positions, valid = tap_reads(case, axis, np.arange(start, stop))
        there = positions[valid]
        begin, end = (int(there.min()), int(there.max()) + 1) if there.size else (0, 1)
        window.append(slice(begin, end))
        reads.append(tuple(map(tuple, np.where(valid, positions - begin, -1).tolist())))
    window.append(slice(low * channels, high * channels))
    return Block(tuple(part.start for part in window), tuple(window), tuple(reads))
