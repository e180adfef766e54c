"""Sums on both sides of where the output's format overflows, each of products of one sign.

With T that threshold and n products in an output, the factors of one are about sqrt(T / n): one
operand is positive, the other has one sign by output channel. So no partial sum exceeds an output,
which must be finite below T and infinite above; only what lies as near to T as roundings reach is
open. To leave little there, output channels lie T·2^±p apart from it, p from ``NEAREST`` to
``FARTHEST``, and with factors that differ by ``VARIED`` no whole window is nearer than T/1.22 and
1.22·T, nor farther than T/4 and 4·T. A single channel, or a given kernel, leaves that to images,
and a single image to its longest axis, along which the input rises from one end to the other.
"""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.families.asked import BIAS, ONES, Asked
from convcheck.case.families.ranges import shared
from convcheck.case.families.wide import PLAIN, signed
from convcheck.case.passes import KERNEL_GRADIENT
from convcheck.errors import UsageError

if TYPE_CHECKING:
    from convcheck.case.case import Array

NEAREST, FARTHEST = 0.6, 1.6
"""Powers of two between the threshold and what an output is to be."""
VARIED = 0.25
"""Factors are from 1 to 1 and this, in the mean 1 and half of it."""


def draw(asked: Asked) -> dict[str, Array]:
    """Each role that is to be drawn. Raises UsageError where a given array never overflows."""
    threshold = float(shared(asked.summed_dtypes).highest + 1)  # as a power of two
    mean = log2(1 + VARIED / 2)
    found = {}
    if asked.columned in asked.given:
        sums = _one_signed(asked, asked.columned, asked.columns(asked.given[asked.columned]))
        meeting = min(asked.most / asked.column_shape[0], 1.0)
        spread = threshold - log2(sums.sum(axis=0).max()) - log2(meeting) - mean
        if spread + FARTHEST + log2(1 + VARIED) >= threshold:
            raise _never(asked, asked.columned, "has sums too small to overflow")
        found[asked.spread] = _rising(asked, spread, alone=True)
    else:
        by_channel = asked.column_shape[1] > 1 or asked.spread not in asked.drawn
        by_channel = by_channel or asked.pass_ == KERNEL_GRADIENT
        size = threshold - log2(asked.most)
        if asked.spread == ONES:
            columned = size - mean
        elif asked.spread in asked.given:
            given = asked.given[asked.spread]
            columned = size - log2(_one_signed(asked, asked.spread, given).mean()) - mean
        else:
            columned = size / 2 - mean
            found[asked.spread] = _rising(asked, columned, alone=not by_channel)
        if columned + FARTHEST + log2(1 + VARIED) >= threshold:
            raise _never(asked, asked.columned, "would not be finite, so few products are added up")
        found[asked.columned] = _by_channel(asked, columned, alone=by_channel)
    if asked.adds_bias and BIAS in asked.drawn:
        found[BIAS] = _bias(asked, found, threshold)
    for role in asked.drawn:
        if role not in found:
            found[role] = signed(asked, role, *PLAIN)
    return {role: asked.cast(role, array) for role, array in found.items()}


def _varied(stream: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return 1 + VARIED * stream.random(shape)


def _rising(asked: Asked, exponent: float, *, alone: bool) -> Array:
    """The operand that is positive everywhere; ``alone`` where channels are on one side of T."""
    shape, stream = asked.shapes[asked.spread], asked.stream(asked.spread)
    powers = np.full((1,) * len(shape), exponent)
    if alone and asked.pass_ != KERNEL_GRADIENT:  # whose outputs add up all of them
        axis = 0 if shape[0] > 1 else int(np.argmax(shape[:-1]))
        sides = _sides(stream, shape[0]) if axis == 0 else _slope(shape[axis])
        powers = powers + np.expand_dims(sides, [i for i in range(len(shape)) if i != axis])
    return np.asarray(_varied(stream, shape) * 2.0**powers)


def _by_channel(asked: Asked, exponent: float, *, alone: bool) -> Array:
    """The operand that has one sign and one size for each channel of the output."""
    stream, (_, channels) = asked.stream(asked.columned), asked.column_shape
    powers = _sides(stream, channels) if alone else np.zeros(channels)
    signs = 1 - 2 * stream.integers(2, size=channels)
    varied = _varied(stream, asked.column_shape)
    return asked.from_columns(varied * 2.0 ** (exponent + powers) * signs)


def _sides(stream: np.random.Generator, number: int) -> Array:
    """So many powers of two, half of them below 0 and half above, in random order."""
    some = np.linspace(NEAREST, FARTHEST, -(-number // 2))
    return stream.permutation(np.concatenate([-some, some]))[:number]


def _slope(size: int) -> Array:
    return np.linspace(-FARTHEST, FARTHEST, size)


def _bias(asked: Asked, found: dict[str, Array], threshold: float) -> Array:
    """Of the sign that the products of its filter have, and too small to decide alone."""
    kernel = found.get(asked.columned)
    columns = asked.columns(asked.given[asked.columned] if kernel is None else kernel)
    varied = _varied(asked.stream(BIAS), asked.shapes[BIAS])
    signs = np.where(columns.astype(np.float64).sum(axis=0) < 0, -1, 1)
    return np.asarray(varied * 2.0 ** (threshold - 5) * signs)


def _one_signed(asked: Asked, role: str, array: Array) -> Array:
    """The sizes of a given operand's numbers. Raises UsageError where their signs differ."""
    values = array.astype(np.float64)
    alike = (values >= 0).all(axis=0) | (values <= 0).all(axis=0)
    whole = role != asked.spread
    if not np.isfinite(values).all() or not values.any():
        raise _never(asked, role, "holds nothing but 0, or NaN or infinity")
    if not (alike.all() if whole else (values >= 0).all() or (values <= 0).all()):
        raise _never(asked, role, "has both signs in one sum, which may then overflow or not")
    return np.abs(values)


def _never(asked: Asked, role: str, why: str) -> UsageError:
    remedy = (
        f"give --{role.replace(' ', '-')} random"
        if role in asked.given
        else ("give a larger --input-shape")
    )
    return UsageError(f"--input overflow: the {role} {why}; {remedy}")
