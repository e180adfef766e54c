"""Images made larger or smaller: nearest or linear, and where the pixels are thought to lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.naming.reading import Family, Given, Named, Reading, Seen

if TYPE_CHECKING:
    from convcheck.results import Array

_PLACES: dict[str, Callable[[Array, int, int], Array]] = {
    "half-pixel centres": lambda i, n, m: (i + 0.5) * n / m - 0.5,
    "corners on corners": lambda i, n, m: i * (n - 1) / max(m - 1, 1),
    "no half pixel": lambda i, n, m: i * n / m,
}
"""Where output pixel i of m lies among n input pixels."""
_ROUNDED: dict[str, Callable[[Array], Array]] = {
    "down": lambda at: np.floor(at + 1e-6),
    "to the nearest, half up": lambda at: np.floor(at + 0.5 + 1e-6),
    "to the nearest, half down": lambda at: np.ceil(at - 0.5 - 1e-6),
    "up": lambda at: np.ceil(at - 1e-6),
}


def _readings(given: Given, seen: Seen) -> Iterator[Reading]:
    x, y = given.only, seen.values
    if x is None or y.ndim < 3:
        return
    while x.ndim > y.ndim and 1 in x.shape[1:-1]:  # room for what a repetition writes there
        x = np.squeeze(x, axis=1 + x.shape[1:-1].index(1))
    if x.ndim != y.ndim or x.shape == y.shape:
        return
    if (x.shape[0], x.shape[-1]) != (y.shape[0], y.shape[-1]):
        return
    size = "x".join(map(str, y.shape[1:-1]))
    for name, place in _PLACES.items():
        if seen.is_(_along_axes(x, y.shape, partial(_linear, place))):
            words = f"resizes to {size}, linear, {name}"
            yield Reading("linear", (name, ""), words)
        for rounding, function in _ROUNDED.items():
            if seen.is_(_along_axes(x, y.shape, partial(_nearest, place, function))):
                words = f"resizes to {size}, nearest, {name}, rounded {rounding}"
                yield Reading("nearest", (name, rounding), words)


def _along_axes(x: Array, shape: tuple[int, ...], weights: Callable[[int, int], Array]) -> Array:
    for axis in range(1, x.ndim - 1):
        x = np.moveaxis(
            np.tensordot(weights(x.shape[axis], shape[axis]), x, axes=(1, axis)), 0, axis
        )
    return x


def _linear(place: Callable[[Array, int, int], Array], n: int, m: int) -> Array:
    at = np.clip(place(np.arange(m), n, m), 0, n - 1)
    low = np.minimum(np.floor(at).astype(int), max(n - 2, 0))
    weights = np.zeros((m, n))
    weights[np.arange(m), low] = 1 - (at - low)
    weights[np.arange(m), np.minimum(low + 1, n - 1)] += at - low
    return weights


def _nearest(
    place: Callable[[Array, int, int], Array], rounded: Callable[[Array], Array], n: int, m: int
) -> Array:
    at = np.clip(rounded(place(np.arange(m), n, m)), 0, n - 1).astype(int)
    weights = np.zeros((m, n))
    weights[np.arange(m), at] = 1
    return weights


def _named(one: Reading, other: Reading, given: Given) -> Named | None:
    if (one.kind, one.value) == (other.kind, other.value):
        return None
    return Named("align-corners" if one.kind == other.kind else "upsampling-mode")


RESIZES = Family(_readings, _named)
