"""Whether two tensors hold the same numbers, in another layout, padded or cropped."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.spec import Pads
from convcheck.runtimes.graphs.layouts import channels_last

if TYPE_CHECKING:
    from convcheck.results import Array


def _forms(form: str) -> tuple[str, ...]:
    return {"NHWC": ("NHWC", "NCHW"), "NCHW": ("NCHW", "NHWC")}.get(form, (form,))


def layout_of_same(array: Array, like: Array, form: str) -> str | None:
    """The layout in which a tensor holds the numbers of ``like``; None where in none."""
    if array.size != like.size or array.ndim < 2:
        return None
    for one in _forms(form):
        last = channels_last(array, one)
        if last.shape[-1] == like.shape[-1] and np.array_equal(
            last.reshape(like.shape), like, equal_nan=True
        ):
            return one
    return None


def with_rank(array: Array, form: str, rank: int) -> Array:
    """A tensor as (N, *spatial, C) of this rank, axes of length 1 put in front."""
    last = channels_last(array, form)
    return last.reshape(last.shape[0], *(1,) * (rank - last.ndim), *last.shape[1:])


def zeros_around(array: Array, padded: Array, form: str) -> tuple[str, Array, Pads] | None:
    """(layout, the array as (N, *spatial, C), zeros around it that make ``padded``)."""
    if array.ndim < 3:
        return None
    for one in _forms(form):
        inner = with_rank(array, one, padded.ndim)
        pads = window_in(inner, padded)
        if pads is not None:
            outer = padded.copy()
            outer[_inside(inner, pads)] = 0
            return None if outer.any() else (one, inner, pads)
    return None


def window_in(small: Array, large: Array) -> Pads | None:
    """How much lies around ``small`` in ``large``, by spatial axis; None where it is not in it."""
    if small.ndim != large.ndim or (small.shape[0], small.shape[-1]) != (
        large.shape[0],
        large.shape[-1],
    ):
        return None
    more = [b - a for a, b in zip(small.shape[1:-1], large.shape[1:-1], strict=True)]
    if min(more) < 0 or not any(more):
        return None
    for starts in sorted(
        itertools.product(*(range(n + 1) for n in more)),
        key=lambda starts: sum(abs(2 * s - n) for s, n in zip(starts, more, strict=True)),
    ):
        pads = tuple((s, n - s) for s, n in zip(starts, more, strict=True))
        if np.array_equal(large[_inside(small, pads)], small, equal_nan=True):
            return pads
    return None


def _inside(small: Array, pads: Pads) -> tuple[slice, ...]:
    spatial = (slice(s, s + n) for (s, _), n in zip(pads, small.shape[1:-1], strict=True))
    return (slice(None), *spatial, slice(None))


def bias_of(array: Array, rank: int, form: str, channels: int) -> Array | None:
    """A constant that is added as a bias of these channels; None where it is none."""
    axis = 1 if form == "NCHW" else rank - 1
    shape = (1,) * (rank - array.ndim) + array.shape
    if array.size != channels or len(shape) != rank or shape[axis] != channels:
        return None
    return array.reshape(-1)
