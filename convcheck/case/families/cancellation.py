"""Operands whose products are about C times as large as what is left of their sum.

Channels of a group go in pairs, at random. With u the spacing of the coarser operand format from 1
to 2, a pair reads 1 + p·u and 1 + (p+c)·u at a place, and a tap weighs them with 1 + (q+c)·u and
-(1 + q·u). What is left of the two products is u²·c·(p - q), exactly, and their sizes add up to
2·a, a a little above 1: so c·(p - q) is to be about D = 2·a / (C·u²), p - q far larger than q,
which makes all that is left of one sign, and the condition of every output C. Every window has
both channels of a pair, so borders and phases do not matter. The largest C is 2/u², where c and
p - q are 1. Up to ``COARSE``, where p and c would be no small change to 1, both channels of a pair
read the same, 1 + p·u with any p, and the weights differ by as much as is to be left:
k·(1 - d), d = 2 / (C + 1). Of an odd number of channels two of one pair's share its weight:
a third one reads what the first reads, and the second's weight is doubled.

Where a group has one channel the taps that meet in an output go in such pairs, and what they read
is 1 + p·u with p·u within 1/(2C), or one u: no more than about half of what is left. That takes
windows that lie inside the input, and C up to 1/u.

Powers of two vary it: each channel reads times one and is weighed by its reverse, a pair is larger
than another, a filter negative, and so is a pair, in both operands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.families.asked import BIAS, INPUT, KERNEL, Asked
from convcheck.case.families.pairs import Pairs
from convcheck.case.families.ranges import Range, shared
from convcheck.case.passes import FORWARD
from convcheck.errors import UsageError

if TYPE_CHECKING:
    from convcheck.case.case import Array

COARSE = 128.0
"""From here on c·u and p·u are below 1/4 in every format: 2·a / (c·u·p·u) = C with a about 1."""
SCALES = 3
"""Pairs are larger than one another by powers of two below this."""


def draw(asked: Asked) -> dict[str, Array]:
    """Each role that is to be drawn. Raises UsageError for a C that is out of reach."""
    if asked.pass_ != FORWARD:
        raise UsageError(
            f"--input cancellation is made for the forward pass, not for --pass {asked.pass_}; "
            "leave --pass out, or take --input integers or wide, which gradients have too"
        )
    if KERNEL in asked.given:
        raise UsageError(
            "--input cancellation makes the kernel too, since only both together cancel; "
            "add --kernel random"
        )
    if BIAS in asked.given and np.any(asked.given[BIAS] != 0):
        raise UsageError(
            "--input cancellation goes with a bias that it makes: another one would be what is "
            "left of every sum; give --bias random, or none"
        )
    numbers = shared((asked.dtypes[INPUT], asked.dtypes[KERNEL]))
    channels = asked.spec.channels(asked.shapes[KERNEL])[0] // asked.spec.groups
    by_taps = channels == 1
    _check_reach(asked, numbers, by_taps=by_taps)
    x, columns = (_by_taps if by_taps else _by_channels)(asked, numbers)
    filters = 1.0 - 2.0 * asked.stream(BIAS).integers(2, size=columns.shape[1])
    found = {INPUT: x, KERNEL: asked.from_columns(columns * filters)}
    if BIAS in asked.drawn:
        # No more than an eighth of what one pair leaves: at least 0.6 / C.
        size = max(2.0 ** np.floor(np.log2(0.04 / asked.family.condition)), _smallest(asked))
        found[BIAS] = filters * size
    return {role: asked.cast(role, array) for role, array in found.items()}


def _smallest(asked: Asked) -> float:
    own = shared((asked.dtypes[BIAS],))
    return float(2.0 ** (own.lowest - own.precision + 1))


def _check_reach(asked: Asked, numbers: Range, *, by_taps: bool) -> None:
    reach = 1 / numbers.spacing if by_taps else 2 / numbers.spacing**2
    if by_taps and np.unique(_phases(asked), return_counts=True)[1].max() < 2:
        raise UsageError(
            "--input cancellation: each output is one product here, and nothing cancels it; "
            "give the input, or its groups, a second channel, or the kernel a second tap"
        )
    if asked.family.condition > reach:
        both = asked.dtypes[INPUT], asked.dtypes[KERNEL]
        narrow = min(both, key=lambda dtype: shared((dtype,)).precision)
        more = "; more channels a group than one reach more" if by_taps else ""
        raise UsageError(
            f"--input cancellation: in {narrow} {reach:.3g} is the largest that can be made here"
            f"{more}"
        )


def _by_channels(asked: Asked, numbers: Range) -> tuple[Array, Array]:
    """Input, and kernel in columns."""
    spec, stream, weights = asked.spec, asked.stream(INPUT), asked.stream(KERNEL)
    u, condition = numbers.spacing, asked.family.condition
    channels = asked.shapes[INPUT][-1]
    each, filters = channels // spec.groups, asked.column_shape[1] // spec.groups
    taps = asked.column_shape[0] // each
    order = stream.permuted(np.arange(channels).reshape(spec.groups, each), axis=1)
    pairs = Pairs.neighbours(order)
    rows = len(pairs.first)
    read, weigh = (*asked.shapes[INPUT][:-1], rows), (filters, taps, rows)
    if condition > COARSE:
        c, low, high, widest = _steps(condition, u, rows, stream)
        p = stream.integers(low, high + 1, read)
        q = weights.integers(0, widest + 1, weigh)
        reads = 1 + p * u, 1 + (p + c) * u
        larger, smaller = 1 + (q + c) * u, 1 + q * u
    else:
        p = stream.integers(0, round(1 / u), read)
        reads = 1 + p * u, 1 + p * u
        larger, smaller = _differing(2 / (condition + 1), u, weights, weigh)
    sign = 1.0 - 2.0 * stream.integers(2, size=rows)
    size = 2.0 ** stream.integers(0, SCALES, rows) * sign
    # Members of a pair never read the same: -2 or 1, -1 or 2, and 0 for a third one.
    shift = np.zeros(channels, np.int64)
    shift[pairs.first] = 3 * stream.integers(2, size=rows) - 2
    shift[pairs.second] = 3 * stream.integers(2, size=rows) - 1
    scale = 2.0**shift
    x = pairs.place(np.empty(asked.shapes[INPUT]), reads[0] * sign, reads[1] * sign)
    kernel = np.empty((filters, taps, channels))
    pairs.place(kernel, larger * size, -smaller * size * pairs.doubled)
    grouped = (kernel / scale).reshape(filters, taps, spec.groups, each)
    return x * scale, grouped.transpose(1, 3, 2, 0).reshape(asked.column_shape)


def _steps(
    condition: float, u: float, rows: int, stream: np.random.Generator
) -> tuple[Array, Array, Array, Array]:
    """c, the smallest and the largest p, and the largest q, of each pair."""
    left = 2 / (condition * u * u)
    root = np.sqrt(left)
    if left < 64:  # too few steps to share out
        c = np.ones(rows, np.int64)
    else:
        c = stream.integers(int(np.ceil(root / 1.5)), int(root * 1.2) + 1, rows)
    middle = left / c
    a = (1 + (1.1 * middle + c / 2) * u) * (1 + (middle / 16 + c / 2) * u)
    middle = middle * a
    # p - q from 0.7 to 1.4 times the middle: with a's own spread within 0.6 and 1.6 times C.
    q = (middle / 8).astype(np.int64)
    low = np.ceil(0.7 * middle).astype(np.int64) + q
    high = np.maximum(np.floor(1.4 * middle).astype(np.int64), low)
    return c, low, high, q


def _differing(
    share: float, u: float, stream: np.random.Generator, shape: tuple[int, ...]
) -> tuple[Array, Array]:
    """Weights from 1 to 2, and others that are smaller by the share that is to be left."""
    larger = 1 + stream.integers(0, round(1 / u), shape) * u
    steps = np.rint(larger * min(share, 0.75) / u)  # not all: the smaller one is to count
    return larger, larger - np.maximum(steps, 1) * u


def _by_taps(asked: Asked, numbers: Range) -> tuple[Array, Array]:
    """Input, and kernel in columns, of groups of one channel: each column is a filter's taps."""
    u, condition = numbers.spacing, asked.family.condition
    stream, weights = asked.stream(INPUT), asked.stream(KERNEL)
    most = min(max(int(0.5 / (condition * u)), 1), round(0.25 / u))
    x = 1 + stream.integers(0, most + 1, asked.shapes[INPUT]) * u
    taps, filters = asked.column_shape
    kernel, _ = _differing(0.0, u, weights, (filters, taps))
    phases = _phases(asked)
    for phase in np.unique(phases):
        meeting = np.flatnonzero(phases == phase)
        if len(meeting) > 1:
            pairs = Pairs.neighbours(stream.permutation(meeting)[None])
            rows = len(pairs.first)
            # A little more than is to be left, since what is read takes off as much as it adds.
            share = 2 / (condition / 1.2 + 1)
            larger, smaller = _differing(share, u, weights, (filters, rows))
            size = 2.0 ** stream.integers(0, SCALES, rows)
            pairs.place(kernel, larger * size, -smaller * size * pairs.doubled)
    scale = 2.0 ** stream.integers(-2, 3, asked.shapes[INPUT][-1])
    return x * scale, kernel.T


def _phases(asked: Asked) -> Array:
    """A number for each tap: outputs of a transposed convolution add up taps of one number."""
    found = np.zeros(asked.spec.kernel_size, np.int64)
    if asked.spec.transposed:
        for i, axis in enumerate(asked.axes):
            phase = np.arange(axis.taps) * axis.dilation % axis.stride
            found = found * axis.stride + np.expand_dims(
                phase, [j for j in range(asked.spec.rank) if j != i]
            )
    return found.ravel()
