"""The same numbers in another order: axes, channels, flattened images, windows of an image."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.naming.reading import Family, Given, Named, Reading, Seen

if TYPE_CHECKING:
    from convcheck.results import Array

_AXES = {1: "C", 2: "WC", 3: "HWC", 4: "DHWC"}
_MOST_SHIFT = 3


def _flat_readings(given: Given, seen: Seen) -> Iterator[Reading]:
    x, y = given.only, seen.values
    if x is None or not 2 < x.ndim < 6 or y.ndim != 2 or y.size != x.size:
        return
    names = _AXES[x.ndim - 1]
    for order in itertools.permutations(range(1, x.ndim)):
        if seen.is_(np.transpose(x, (0, *order)).reshape(y.shape)):
            words = ", ".join(names[axis - 1] for axis in order)
            yield Reading("flat", order, f"flattens by {words}")


def _flat_named(one: Reading, other: Reading, given: Given) -> Named | None:
    return None if one.value == other.value else Named("flatten-order")


def _order_readings(given: Given, seen: Seen) -> Iterator[Reading]:
    x, y = given.only, seen.values
    if x is None or x.size != y.size or x.shape[0] != y.shape[0]:
        return
    x = _merged(x, y.shape)
    if seen.is_(x):
        yield Reading("same", 0, "leaves it", plain=True)
    channels = x.shape[-1]
    if channels > 1 and seen.is_(x[..., ::-1]):
        yield Reading("channels", "reversed", "reverses the channels")
    for groups in range(2, channels):
        if channels % groups == 0:
            parts = x.reshape(*x.shape[:-1], groups, channels // groups)
            if seen.is_(np.swapaxes(parts, -1, -2).reshape(x.shape)):
                words = f"shuffles the channels of {groups} groups"
                yield Reading("shuffle", groups, words)
            if seen.is_(parts[..., ::-1, :].reshape(x.shape)):
                words = f"reverses the order of {groups} parts of the channels"
                yield Reading("parts", groups, words)
    if x.ndim == 4 and seen.is_(np.swapaxes(x, 1, 2)):
        yield Reading("axes", (1, 2), "exchanges height and width")
    if x.ndim > 2:
        yield from _read_otherwise(x, seen)
    if channels > 1 and x.shape == y.shape and (order := _channel_order(x, seen)):
        yield Reading("channels", order, f"has the channels in the order {_shown(order)}")


def _merged(x: Array, shape: tuple[int, ...]) -> Array:
    """With its last axes as one, where that gives this shape: groups of channels."""
    same = len(shape) > 1 and x.ndim > len(shape) and x.shape[: len(shape) - 1] == shape[:-1]
    return x.reshape(shape) if same else x


def _read_otherwise(x: Array, seen: Seen) -> Iterator[Reading]:
    """A reshape between the layouts, which leaves the numbers where they are in memory."""
    y = seen.values
    for words, moved in (
        ("takes the channels of the first axis in place of the last", np.moveaxis(x, -1, 1)),
        ("takes the channels of the last axis in place of the first", np.moveaxis(x, 1, -1)),
    ):
        if seen.is_(moved.reshape(y.shape)):
            yield Reading("layout", words, words)


def _channel_order(x: Array, seen: Seen) -> tuple[int, ...] | None:
    """Which channel of ``x`` each one is; None where one is none of them."""
    flat = x.reshape(-1, x.shape[-1])
    order = []
    for i in range(x.shape[-1]):
        y = seen.values.reshape(flat.shape)[:, i : i + 1]
        order.append(int(np.abs(flat - y).max(axis=0).argmin()))
    if sorted(order) != list(range(len(order))) or order == sorted(order):
        return None
    return tuple(order) if seen.is_(x[..., order]) else None


def _shown(order: tuple[int, ...]) -> str:
    return ", ".join(map(str, order[:8])) + (" …" if len(order) > 8 else "")


_CAUSES = {
    "channels": "channel-order",
    "parts": "concat-order",
    "shuffle": "channel-shuffle",
    "axes": "spatial-transpose",
    "layout": "layout-reshape",
}


def _order_named(one: Reading, other: Reading, given: Given) -> Named | None:
    if one.plain == other.plain:
        return None
    kind = other.kind if one.plain else one.kind
    if kind == "channels" and given.role == "concat":
        return Named("concat-order", ("channel-order",))
    return Named(_CAUSES[kind])


def _window_readings(given: Given, seen: Seen) -> Iterator[Reading]:
    """A window of the image and what is around it: a crop, a padding, a shift."""
    x, y = given.only, seen.values
    if x is None or x.ndim < 3 or y.ndim != x.ndim:
        return
    if (x.shape[0], x.shape[-1]) != (y.shape[0], y.shape[-1]):
        return
    rank = x.ndim - 2
    if seen.is_(x):
        yield Reading("zeros", ((0, 0),) * rank, "leaves it", plain=True)
    growth = [m - n for n, m in zip(x.shape[1:-1], y.shape[1:-1], strict=True)]
    if max(map(abs, growth)) > 2 * _MOST_SHIFT:
        return
    for befores in itertools.product(range(-_MOST_SHIFT, _MOST_SHIFT + 1), repeat=rank):
        sides = tuple((b, g - b) for b, g in zip(befores, growth, strict=True))
        if not any(map(any, sides)) or max(a for _, a in sides) > _MOST_SHIFT:
            continue
        if min(a for _, a in sides) < -_MOST_SHIFT:
            continue
        for mode, how in (("zeros", "constant"), ("edge", "edge"), ("reflect", "reflect")):
            one = _window(x[..., :1], sides, how)
            if one is None or not seen.part(slice(0, 1)).is_(one):
                continue
            if (window := _window(x, sides, how)) is not None and seen.is_(window):
                words = ",".join(f"{before}:{after}" for before, after in sides)
                yield Reading(mode, sides, f"pads by {words} ({mode}; below 0 it crops)")
            if max(map(max, sides)) <= 0:
                break  # nothing is padded


def _window(x: Array, sides: tuple[tuple[int, int], ...], how: str) -> Array | None:
    pads = [(0, 0), *[(max(b, 0), max(a, 0)) for b, a in sides], (0, 0)]
    crop = [slice(None)]
    for (b, a), n in zip(sides, x.shape[1:-1], strict=True):
        if max(-b, 0) + max(-a, 0) >= n or (how == "reflect" and max(b, a) >= n):
            return None
        crop.append(slice(max(-b, 0), n - max(-a, 0)))
    cropped = x[tuple(crop)]
    return np.pad(cropped, pads, mode=how)  # type: ignore[call-overload, no-any-return]


def _window_named(one: Reading, other: Reading, given: Given) -> Named | None:
    if (one.kind, one.value) == (other.kind, other.value):
        return None
    if one.value == other.value:
        return Named("border-mode")
    sums = [[before + after for before, after in reading.value] for reading in (one, other)]
    return Named("spatial-shift" if sums[0] == sums[1] else "padding-mode")


FLATTENED = Family(_flat_readings, _flat_named)
ORDERS = Family(_order_readings, _order_named)
WINDOWS = Family(_window_readings, _window_named)
