"""How alike the kernels of two convolutions are, whatever a converter or a port did to them.

Folding a batch norm and quantizing scale each output channel, so kernels are compared by the
direction of each: of unrelated ones with many numbers the distance is near √2, at most 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.convolutions.layers import Layer

if TYPE_CHECKING:
    from convcheck.results import Array

UNLIKE = 2.0
"""The distance of kernels of different shapes, and of those that point in opposite directions."""
_MOST = 4096, 128
"""Numbers of a channel, and channels, that are looked at of a large kernel."""
_EQUAL = 1e-6
_PART = 8
"""One channel of so many tells of most kernels that they are not alike."""


@dataclass(frozen=True)
class Likeness:
    """How alike two kernels are under the best of the transforms."""

    distance: float
    transform: str
    """What makes the second kernel most like the first: ``same``, ``kernel-flip`` …"""


def likeness(a: Layer, b: Layer, nearer_than: float = np.inf) -> Likeness:
    """The least distance of two layers' kernels over all transforms of the second.

    What is surely no nearer than ``nearer_than`` may be passed over, which saves most of the time.
    """
    best = Likeness(UNLIKE, "same")
    if a.spec.transposed != b.spec.transposed or a.output_shape[-1] != b.output_shape[-1]:
        return best
    shape = _plain(a.kernel).shape
    for name, kernel in transforms(b, a):
        if kernel.shape != shape or _is_far(a, kernel, b, nearer_than):
            continue
        distance = _distance(_own_directions(a), _directions(kernel, b))
        if distance < best.distance - _EQUAL:
            best = Likeness(distance, name)
        if best.distance < _EQUAL:
            break
    return best


def transforms(b: Layer, a: Layer) -> Iterator[tuple[str, Array]]:
    """(name, b's kernel so changed): what ports and converters do to kernels.

    Pointwise kernels have no spatial axes here.
    """
    kernel, spec = _plain(b.kernel), b.spec
    rank = kernel.ndim - 2
    inputs, outputs = kernel.shape[-2:]
    yield "same", kernel
    flipped = kernel[(slice(None, None, -1),) * rank]
    if rank:
        yield "kernel-flip", flipped
    if rank == 2:
        yield "kernel-transpose", kernel.swapaxes(0, 1)
        yield "kernel-transpose+kernel-flip", flipped.swapaxes(0, 1)
    if inputs == outputs > 1:
        yield "channels-exchanged", kernel.swapaxes(-1, -2)
    if inputs > 1:
        yield "channel-order", kernel[..., ::-1, :]
    multiplier = outputs // spec.groups
    if not spec.transposed and inputs == 1 and spec.groups > 1 and multiplier > 1:
        for name, order in (
            ("depthwise-order", (multiplier, spec.groups)),
            ("depthwise-order-reversed", (spec.groups, multiplier)),
        ):
            parts = kernel.reshape(*kernel.shape[:-1], *order)
            yield name, parts.swapaxes(-1, -2).reshape(kernel.shape)
    if rank == 0:
        for places in flatten_orders(a, b):
            yield "flatten-order", kernel[places]


def flatten_orders(a: Layer, b: Layer) -> Iterator[Array]:
    """Ways to reorder the features of b's dense layer: those flattened with channels first or last.

    Each gives, for every feature of ``a``, its place among those of ``b``.
    """
    features = b.kernel.shape[-2]
    places = np.arange(features)
    for layer, inverse in ((a, False), (b, True)):
        shape = layer.flattened
        if shape is None or len(shape) < 2 or int(np.prod(shape)) != features:
            continue
        for start, end in ((0, -1), (-1, 0)):
            order = np.moveaxis(places.reshape(shape), start, end).reshape(-1)
            yield order if inverse else np.argsort(order)


def transformed(a: Layer, b: Layer, transform: str) -> Array:
    """b's kernel under a transform; pointwise ones have no spatial axes here."""
    if transform == "flatten-order":
        return _plain(b.kernel)[_nearest_order(a, b)]
    return next((kernel for name, kernel in transforms(b, a) if name == transform), b.kernel)


def flatten_order(a: Layer, b: Layer) -> Array:
    """For every feature of b's dense layer its place among those of a, by their kernels."""
    return np.argsort(_nearest_order(a, b))


def _nearest_order(a: Layer, b: Layer) -> Array:
    ours, theirs = _plain(a.kernel), _plain(b.kernel)
    orders = flatten_orders(a, b)
    return min(orders, key=lambda order: float(np.abs(ours - theirs[order]).sum()))


def _plain(kernel: Array) -> Array:
    """A kernel without its spatial axes where it has one tap."""
    if all(taps == 1 for taps in kernel.shape[:-2]):
        return kernel.reshape(kernel.shape[-2:])
    return kernel


@lru_cache(maxsize=1)  # one layer is compared with many in turn
def _own_directions(layer: Layer) -> Array:
    return _directions(_plain(layer.kernel), layer)


def _directions(kernel: Array, layer: Layer) -> Array:
    """The numbers of each output channel as a column of length 1, a sample of a large kernel.

    A channel of a single number has no direction, hence all such channels are one column.
    """
    columns: Array = by_output(kernel, layer.spec.groups, transposed=layer.spec.transposed)
    if len(columns) == 1:
        columns = columns.reshape(-1, 1)
    every, each = (-(-n // most) for n, most in zip(columns.shape, _MOST, strict=True))
    sample: Array = np.asarray(columns[::every, ::each], np.float64)
    sample = np.where(np.isfinite(sample), sample, 0.0)
    lengths = np.sqrt((sample**2).sum(axis=0))
    unit: Array = sample / np.where(lengths == 0, 1, lengths)
    return unit


def by_output(kernel: Array, groups: int, *, transposed: bool = False) -> Array:
    """A kernel as (numbers of a channel, output channels)."""
    if not transposed:
        return kernel.reshape(-1, kernel.shape[-1])
    *taps, outputs, inputs = kernel.shape
    parts = kernel.reshape(*taps, outputs, groups, inputs // groups)
    return np.moveaxis(parts, (-1, -2), (-3, -2)).reshape(-1, groups * outputs)


def _distance(a: Array, b: Array) -> float:
    """Root mean square over the channels; a scale below 0 turns a channel's sign."""
    used = max(int(a.any(axis=0).sum()), int(b.any(axis=0).sum()))
    if used == 0:
        return 0.0
    return float(np.sqrt(_squares(a, b).sum() / used))


def _squares(a: Array, b: Array) -> Array:
    """The squared distance of each two columns, the sign of one turned where that is nearer."""
    squares: Array = np.minimum(((a - b) ** 2).sum(axis=0), ((a + b) ** 2).sum(axis=0))
    return squares


def _is_far(a: Layer, kernel: Array, b: Layer, limit: float) -> bool:
    """Whether some of the channels show that the distance is no less than ``limit``.

    The mean of all squares is no less than the part of it that these channels make up.
    """
    ours = _own_directions(a)
    few = ours.shape[1] // _PART
    if not few or limit == np.inf or b.spec.transposed:
        return False
    each = -(-kernel.shape[-1] // _MOST[1])
    theirs = _directions(kernel[..., : few * each : each], b)
    part = float(_squares(ours[:, :few], theirs).sum()) / ours.shape[1]
    return bool(part >= (limit + _EQUAL) ** 2)
