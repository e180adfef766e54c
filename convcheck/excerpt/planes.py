"""The whole output in small: one image and filter of it, its sides reduced to some pixels."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.excerpt.cut import cut, group_sizes
from convcheck.excerpt.data import Planes
from convcheck.excerpt.integers import WHITE, IntegerResults, real_input
from convcheck.results import Check, Difference, Judgement
from convcheck.truth.approximate import approximate
from convcheck.truth.rounding import ulp
from convcheck.verdict.statistics import coarser

if TYPE_CHECKING:
    from convcheck.results import Array, Index

_BINS = 60


def take_planes(
    case: Case,
    check: Check,
    worst: Index | None,
    pixels: int,
    integers: IntegerResults | None = None,
) -> Planes:
    """The planes that the worst element lies in, each side of at most about so many pixels."""
    shape = case.output_shape
    at = worst or (0,) * len(shape)
    block = _block(shape[1:-1][-2:], pixels)
    fitting = [
        _array(judgement, shape) if check.is_comparable(judgement) else None
        for judgement in check.judgements
    ]
    maps = [one.maps if one.maps and a is not None else None for one, a in _both(check, fitting)]
    planes = [None if a is None else _means(_plane(a, at), block) for a in fitting]
    pair = worst_pair(check, shape)
    difference, step = None, 1.0
    if pair is not None:
        difference, step = _difference(pair, check, at, block)
    least = 2.0 if integers is None else 1.0
    edges, counts = _histogram([None if one is None else one.ulps for one in maps], least)
    return Planes(
        at=at,
        at_worst=worst is not None,
        block=block,
        input=_input(case, _real_input(case, check), at, pixels),
        exact=_means(_exact(case, at) if integers is None else _plane(integers.real, at), block),
        outputs=tuple(planes),
        over=tuple(None if m is None else _largest(_plane(m.over_bound, at), block) for m in maps),
        ulps=tuple(None if m is None else _largest(_plane(m.ulps, at), block) for m in maps),
        pair=None if pair is None else check.differences.index(pair),
        difference=difference,
        step=step,
        edges=edges,
        counts=counts,
    )


def worst_pair(check: Check, shape: Sequence[int]) -> Difference | None:
    """Of the pairs of outputs that have this shape, the one that differs most."""
    fitting = filter(check.is_comparable, check.judgements)
    names = {j.output.name for j in fitting if _array(j, shape) is not None}
    pairs = [p for p in check.differences if {p.a, p.b} <= names and p.sum_abs is not None]
    return max(pairs, key=_by_sum, default=None)


def _by_sum(pair: Difference) -> float:
    return float("inf") if np.isnan(pair.sum_abs or 0.0) else pair.sum_abs or 0.0


def _both(check: Check, arrays: Sequence[Array | None]) -> list[tuple[Judgement, Array | None]]:
    return list(zip(check.judgements, arrays, strict=True))


def _array(judgement: Judgement, shape: Sequence[int]) -> Array | None:
    array = judgement.output.array
    return array if array is not None and array.shape == tuple(shape) else None


def _plane(array: Array, at: Index) -> Array:
    """(height, width) around an element; of rank 1 (width,), of rank 3 its slice."""
    part = array[at[0], ..., at[-1]]
    return part[at[1]] if part.ndim == 3 else part


def _exact(case: Case, at: Index) -> Array:
    """The plane of the exact result, as a picture needs it: in float64 with a small error."""
    region = [(0, size) for size in case.output_shape]
    for axis in [0, len(at) - 1, *range(1, len(at) - 3)]:
        region[axis] = at[axis], at[axis] + 1
    part = cut(case, tuple(region))
    found = approximate(part.case).value[part.window]
    return _plane(found, (0,) * len(at))


def _difference(
    pair: Difference, check: Check, at: Index, block: int
) -> tuple[Array | None, float]:
    arrays = {j.output.name: j.output.array for j in check.judgements}
    one, other = arrays[pair.a], arrays[pair.b]
    if one is None or other is None:
        return None, 1.0
    step = 1.0
    if check.case.quantization is None:
        step = float(ulp(pair.largest_output or 0.0, coarser(one, other)))
    a, b = (_plane(array, at).astype(np.float64) for array in (one, other))
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b)) / step
    return _largest(gap, block), step


def _real_input(case: Case, check: Check) -> Array:
    """The input, or the real numbers that its integers stand for."""
    q = check.case.quantization
    return case.input if q is None else real_input(case.input, q)


def _input(case: Case, x: Array, at: Index, pixels: int) -> Array:
    """The image that the outputs come from: in colour where it can be a picture."""
    channels = x.shape[-1]
    image = x[at[0]]
    if image.ndim == 4:  # the slice that the middle of the window reads, about
        image = image[min(at[1] * image.shape[0] // case.output_shape[1], image.shape[0] - 1)]
    block = _block(image.shape[:-1], pixels)
    if image.ndim == 3 and channels == 3 and (colors := _colors(image)) is not None:
        return np.stack([_means(colors[..., c], block) for c in range(3)], axis=-1)
    in_group, filters = group_sizes(case)
    return _means(image[..., at[-1] // filters * in_group], block)


def _colors(image: Array) -> Array | None:
    """From 0 to 1; None where the numbers are no colours."""
    if image.dtype == np.uint8:
        return image / 255.0
    if image.dtype.kind not in "iub":
        with np.errstate(over="ignore", invalid="ignore"):
            values = image.astype(np.float32)
        if np.isfinite(values).all() and values.min() >= 0 and values.max() <= WHITE:
            return values
    return None


def _block(sides: Sequence[int], pixels: int) -> int:
    """Elements along an axis for a point; curves have room for more points."""
    most = pixels * (3 if len(sides) == 1 else 1)
    return -(-max(sides) // most)


def _largest(plane: Array, block: int) -> Array:
    """The largest number of each block; NaN where all are."""
    with np.errstate(over="ignore", invalid="ignore"):
        values = plane.astype(np.float32)
    for axis, size in enumerate(plane.shape):
        values = np.fmax.reduceat(values, np.arange(0, size, block), axis=axis)
    return np.array(values)


def _means(plane: Array, block: int) -> Array:
    values = plane.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        for axis, size in enumerate(plane.shape):
            values = np.add.reduceat(values, np.arange(0, size, block), axis=axis)
        counts = [np.diff([*range(0, size, block), size]) for size in plane.shape]
        return np.asarray(values / prod(np.ix_(*counts), start=np.ones(())))


def _histogram(
    errors: Sequence[Array | None], least: float
) -> tuple[tuple[float, ...], tuple[tuple[int, ...] | None, ...]]:
    """Edges in ULPs or steps, and how many errors lie between them, all images and filters.

    The last edge is ``least`` or more. Beside a cancellation a ULP is tiny: so as not to squeeze
    all others to the left, what lies beyond the last edge counts into the last bin.
    """
    finite = [None if e is None else e[np.isfinite(e)] for e in errors]
    top = max(
        (float(np.percentile(e, 99.9)) for e in finite if e is not None and e.size), default=1
    )
    reach = (0.0, max(least, top))
    counts = [
        None
        if e is None
        else tuple(np.histogram(np.minimum(e, reach[1]), _BINS, reach)[0].tolist())
        for e in finite
    ]
    return tuple(np.linspace(*reach, _BINS + 1).tolist()), tuple(counts)
