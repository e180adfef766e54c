"""Pools: the largest number or the mean of each window, or of each channel."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.naming.reading import Family, Given, Named, Reading, Seen

if TYPE_CHECKING:
    from convcheck.results import Array

_SIZES = range(2, 8)
Pads = tuple[tuple[int, int], ...]
_WHOLE: dict[str, Callable[..., Array]] = {
    "mean": np.mean,
    "largest number": np.max,
    "smallest number": np.min,
    "sum": np.sum,
}


def _readings(given: Given, seen: Seen) -> Iterator[Reading]:
    x, y = given.only, seen.values
    if x is None or x.ndim < 3 or not np.isfinite(x).all():
        return
    if y.size == x.shape[0] * x.shape[-1] and y.shape[-1] == x.shape[-1]:
        axes = tuple(range(1, x.ndim - 1))
        for name, function in _WHOLE.items():
            if seen.is_(function(x, axis=axes).reshape(y.shape)):
                yield Reading(name, "whole", f"takes the {name} of each channel")
        return
    if y.ndim != x.ndim or (y.shape[0], y.shape[-1]) != (x.shape[0], x.shape[-1]):
        return
    if min(x.shape[1:-1]) > 1 and any(n > m for n, m in zip(y.shape, x.shape, strict=True)):
        return
    for size, stride in itertools.product(_SIZES, range(1, max(_SIZES) + 1)):
        for pads in _pads(x.shape[1:-1], y.shape[1:-1], size, stride):
            for mode in ("maximum", "maximum, padding as 0", "mean", "mean, padding counted"):
                if not any(map(any, pads)) and "padding" in mode:
                    continue
                if _in_the_middle(x, seen, mode, size, stride, pads) and seen.is_(
                    _pooled(x, mode, size, stride, pads)
                ):
                    yield Reading(mode, (size, stride, pads), _words(mode, size, stride, pads))


def _in_the_middle(x: Array, seen: Seen, mode: str, size: int, stride: int, pads: Pads) -> bool:
    """Whether one output is what its window gives, which is cheap to know."""
    places = [m // 2 for m in seen.values.shape[1:-1]]
    starts = [i * stride - before for i, (before, _) in zip(places, pads, strict=True)]
    window = x[(slice(None), *(slice(max(start, 0), start + size) for start in starts))]
    axes = tuple(range(1, x.ndim - 1))
    if 0 in window.shape:
        return False
    if mode.startswith("maximum"):
        value = window.max(axis=axes)
    elif mode == "mean":
        value = window.mean(axis=axes)
    else:
        value = window.sum(axis=axes) / size ** len(axes)
    one = seen.values[(slice(None), *places)]
    if mode == "maximum, padding as 0" and window.size < x.shape[0] * x.shape[-1] * size ** len(
        axes
    ):
        value = np.maximum(value, 0)
    return bool((np.abs(seen.limited(value) - one) <= seen.limit * seen.unit).all())


def _pads(lengths: Sequence[int], out: Sequence[int], size: int, stride: int) -> Iterator[Pads]:
    """Zeros before and after each axis with which windows give so many outputs."""
    each = []
    for n, m in zip(lengths, out, strict=True):
        fitting = [
            (before, after)
            for before in range(size)
            if 0 <= (after := max((m - 1) * stride + size - n - before, 0)) < size
            and (n + before + after - size) // stride + 1 == m
        ]
        each.append(fitting)
    for pads in itertools.product(*each):
        # Images are padded alike along their axes, unless these are of another length.
        if len(set(lengths)) > 1 or len(set(pads)) == 1:
            yield pads


def _pooled(x: Array, mode: str, size: int, stride: int, pads: Pads) -> Array:
    axes = tuple(range(1, x.ndim - 1))
    border = [(0, 0), *pads, (0, 0)]
    largest = mode.startswith("maximum")
    empty = -np.inf if mode == "maximum" else 0.0

    def windows(array: Array, value: float) -> Array:
        padded = np.pad(array, border, constant_values=value)
        found = np.lib.stride_tricks.sliding_window_view(padded, [size] * len(axes), axis=axes)
        return found[(slice(None), *[slice(None, None, stride)] * len(axes))]

    inner = tuple(range(-len(axes), 0))
    if largest:
        return np.asarray(windows(x, empty).max(axis=inner))
    total = windows(x, 0.0).sum(axis=inner)
    if mode == "mean, padding counted":
        return np.asarray(total / size ** len(axes))
    return np.asarray(total / windows(np.ones_like(x[:1, ..., :1]), 0.0).sum(axis=inner))


def _words(mode: str, size: int, stride: int, pads: Pads) -> str:
    what, _, how = mode.partition(", ")
    sides = ",".join(f"{before}:{after}" for before, after in pads)
    window = "x".join([str(size)] * len(pads))
    padded = f", padded {sides}" if any(map(any, pads)) else ", not padded"
    return f"takes the {what} of {window} windows every {stride}{padded}" + (
        f" ({how})" if how else ""
    )


def _named(one: Reading, other: Reading, given: Given) -> Named | None:
    if (one.kind, one.value) == (other.kind, other.value):
        return None
    modes = [reading.kind.partition(",")[0] for reading in (one, other)]
    if modes[0] != modes[1]:
        return Named("pool-mode")
    if one.value[:2] == other.value[:2]:
        return Named("pool-padding")
    return Named("pool-window")


POOLS = Family(_readings, _named)
