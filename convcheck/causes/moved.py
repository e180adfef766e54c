"""Cases with another geometry: other strides or pads, windows that start anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.case import Case
from convcheck.errors import SpecError

if TYPE_CHECKING:
    from convcheck.case.case import Array


def window(case: Case) -> list[int]:
    """Positions from the first tap to the last, for each axis."""
    spec = case.spec
    return [d * (k - 1) + 1 for k, d in zip(spec.kernel_size, spec.dilations, strict=True)]


def moved(case: Case, before: Sequence[int], out: Sequence[int] | None = None) -> Case:
    """The case with these pads before each axis (crops, where transposed).

    It has as many outputs as given, or as many as now. Raises SpecError where no such case exists.
    """
    out = [axis.out for axis in case.axes] if out is None else out
    make = _cropped if case.spec.transposed else _padded
    return make(case, before, out)


def with_pads(case: Case, pads: Sequence[tuple[int, int]]) -> Case:
    """The case with these pads or crops and whatever number of outputs they give."""
    return replace(case, spec=replace(case.spec, padding=tuple(pads), output_padding=None))


def _padded(case: Case, before: Sequence[int], out: Sequence[int]) -> Case:
    pads, inside = [], []
    for axis, size, first, count in zip(case.axes, window(case), before, out, strict=True):
        last = (count - 1) * axis.stride + size - axis.size - first
        pads.append((max(first, 0), max(last, 0)))
        inside.append(slice(max(-first, 0), axis.size - max(-last, 0)))
        if inside[-1].start >= inside[-1].stop:
            raise SpecError(f"a shift of {-first} leaves nothing of {axis.size} positions")
    kept = (slice(None), *inside)
    x = case.input[kept]
    spec = replace(case.spec, padding=tuple(pads), output_padding=None)
    return replace(case, input=x, spec=spec)


def _cropped(case: Case, before: Sequence[int], out: Sequence[int]) -> Case:
    """Crops below 0 append outputs: inputs of zeros make them, output padding a few at the end.

    Zeros are none of the case's own inputs: its gradient by them is not asked for.
    """
    crops, zeros, appended = [], [], []
    for axis, size, first, count in zip(case.axes, window(case), before, out, strict=True):
        last = (axis.size - 1) * axis.stride + size - first - count
        appended.append(-last if -axis.stride < last < 0 else 0)
        last += appended[-1]
        more = [-(-max(-side, 0) // axis.stride) for side in (first, last)]
        zeros.append((more[0], more[1]))
        crops.append((first + more[0] * axis.stride, last + more[1] * axis.stride))
    x: Array = case.input
    if any(any(pair) for pair in zeros):
        x = np.pad(x, ((0, 0), *zeros, (0, 0)))
    extra = tuple(appended) if any(appended) else None
    spec = replace(case.spec, padding=tuple(crops), output_padding=extra)
    return replace(case, input=x, spec=spec)


def with_spec(case: Case, **changes: Any) -> Case:
    """The case with changes of its spec, one number serving all axes."""
    for key in ("strides", "dilations"):
        if isinstance(changes.get(key), int):
            changes[key] = (changes[key],) * case.spec.rank
    return replace(case, spec=replace(case.spec, output_padding=None, **changes))


def some_axes(axes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All of these axes, then every choice of fewer."""
    for count in range(len(axes), 0, -1):
        yield from combinations(axes, count)
