"""Hypotheses that are linear by channel, solved from the output: scales, offsets, orders, means.

On the output's side each channel is s·y + t. On the input's side channel c is read as
P[c, c']·x_c' + q_c: a small least squares problem over the convolutions of each input channel with
each channel of the kernel, whose P is read as a permutation, a diagonal (scales) and zeros
(channels dropped). What is found is confirmed on the whole output like every hypothesis.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.case.passes import INPUT_GRADIENT, KERNEL_GRADIENT
from convcheck.causes.cause import Fix, Hypothesis, say
from convcheck.causes.undo import undo
from convcheck.diagnosis.estimates.feasible import feasible
from convcheck.diagnosis.probe import im2col, kernel_matrix, probe
from convcheck.diagnosis.probe_points import ProbePoints
from convcheck.truth.arithmetic import Arithmetic

if TYPE_CHECKING:
    from convcheck.results import Array

MOST_FILTERS = 512
"""Channels of the output up to which each gets numbers of its own."""
IN_WORDS = 16
"""Numbers of channels that a fix lists."""
MOST_CHANNELS = 12
"""Channels of the input up to which they are solved for: their number squared is unknown."""

OF_IMAGES = say(
    "give every image of the batch the same share in the sum: none left out, counted twice, "
    "weighted or decayed"
)


def channelwise(
    case: Case, out: Array, points: ProbePoints, arithmetic: Arithmetic, *, simple: bool = True
) -> Iterator[Hypothesis]:
    """Hypotheses with numbers of their own for each channel, fewest numbers first.

    ``simple`` prefers numbers that people write; else the middle of what is allowed.
    """
    if arithmetic.is_integer:
        return
    yield from _output_side(case, out, points, arithmetic, simple)
    yield from _input_side(case, out, points, arithmetic)


def _output_side(
    case: Case, out: Array, points: ProbePoints, arithmetic: Arithmetic, simple: bool
) -> Iterator[Hypothesis]:
    filters = case.output_shape[-1]
    if not 1 < filters <= MOST_FILTERS:
        return
    every = ProbePoints(points.places, np.arange(filters))
    given, ours = every.of(out), probe(case, every, arithmetic)
    if not (np.isfinite(given).all() and np.isfinite(ours.limit).all()):
        return
    scales = _scales(given, ours.value, ours.limit, arithmetic, simple)
    if scales is not None:
        if len(set(scales)) > 1:
            yield _scaled("channel-scale", case, scales, np.zeros(filters))
        return
    weights = 1.0 / np.where(ours.limit > 0, ours.limit, 1.0)
    neutral = np.array([1.0, 0.0])
    numbers = np.array(
        [
            _solve(np.stack([v, np.ones_like(v)], 1) * w[:, np.newaxis], g * w, neutral)
            for v, g, w in zip(ours.value.T, given.T, weights.T, strict=True)
        ]
    )
    if not np.isfinite(numbers).all():
        return
    s, t = numbers.T
    if (s != 1).any() and (s != 0).all() and t.any():
        yield _scaled("channel-scale+output-offset", case, s, t)


def _scales(
    given: Array, value: Array, limit: Array, arithmetic: Arithmetic, simple: bool
) -> Array | None:
    """A factor for each channel that all of its outputs allow; None where a channel has none."""
    found = []
    for g, v, b in zip(given.T, value.T, limit.T, strict=True):
        sure = np.abs(v) > 2 * b
        if not sure.any():
            return None
        first = float(np.median(g[sure] / v[sure]))
        room = 1.0001 * max(abs(first), 1.0) * b + 4 * arithmetic.output.u * np.abs(g)
        allowed = feasible(g[sure], room[sure], v[sure])
        if allowed is None or allowed.low <= 0 <= allowed.high:
            return None
        chosen = allowed.choose(1.0, simple=simple)
        found.append(1.0 if chosen is None else chosen)
    return np.array(found)


def _scaled(cause: str, case: Case, scales: Array, offsets: Array) -> Hypothesis:
    low, high = float(scales.min()), float(scales.max())
    detail = f"each channel of the output scaled by a number of its own, {low:.6g} to {high:.6g}"
    if offsets.any():
        detail += f", and {float(np.abs(offsets).max()):.6g} at most added to it"
    return Hypothesis(
        cause,
        detail,
        partial(_scale_filters, scales=scales, offsets=offsets),
        "kernel",
        roundings=3,
        n_fitted=int(np.count_nonzero(scales != 1) + np.count_nonzero(offsets)),
        fix=_unscaled(scales, offsets) if len(scales) <= IN_WORDS else None,
    )


def _unscaled(scales: Array, offsets: Array) -> Fix:
    less = f"(y - np.array({offsets.tolist()}))" if offsets.any() else "y"
    words = "fold each channel's factor into kernel and bias, in both or in neither; until then"
    return undo(f"y = {less} / np.array({scales.tolist()})", words=words)


def _scale_filters(case: Case, scales: Array, offsets: Array) -> Case:
    kernel = case.kernel.astype(np.float64)
    if case.spec.transposed:
        groups = case.spec.groups
        by_group = scales.reshape(groups, -1)  # (groups, O / groups)
        channels = kernel.shape[-1] // groups
        kernel = kernel * np.repeat(by_group, channels, axis=0).T
    else:
        kernel = kernel * scales
    bias = np.zeros(len(scales)) if case.bias is None else case.bias.astype(np.float64)
    bias = bias * scales + offsets
    return replace(case, kernel=kernel, bias=bias if bias.any() else None)


def _input_side(
    case: Case, out: Array, points: ProbePoints, arithmetic: Arithmetic
) -> Iterator[Hypothesis]:
    channels = case.input.shape[-1]
    if case.spec.groups != 1 or not 1 < channels <= MOST_CHANNELS:
        return
    given, ours = points.of(out), probe(case, points, arithmetic)
    if not (np.isfinite(given).all() and np.isfinite(ours.limit).all()):
        return
    unknown = channels * (channels + 1)
    if given.size < 3 * unknown:
        return
    inputs = im2col(case, points, arithmetic)
    matrix = kernel_matrix(case, points.filters, arithmetic)
    x = inputs.values.reshape(len(given), -1, channels)
    k = matrix.values.reshape(matrix.taps, channels, -1)
    # (places, filters, kernel channel, input channel): each convolution on its own.
    table = np.einsum("ptd,tcf->pfcd", x, k, optimize=True).reshape(given.size, -1)
    ones = np.einsum("pt,tcf->pfc", inputs.valid.astype(np.float64), k).reshape(given.size, -1)
    bias = 0.0 if matrix.bias is None else matrix.bias
    weight = 1.0 / np.where(ours.limit > 0, ours.limit, 1.0).ravel()
    table = np.concatenate([table, ones], 1) * weight[:, np.newaxis]
    neutral = np.concatenate([np.eye(channels).ravel(), np.zeros(channels)])
    solved = _solve(table, (given - bias).ravel() * weight, neutral)
    if np.isfinite(solved).all():
        p, q = solved[: channels**2].reshape(channels, channels), solved[channels**2 :]
        yield from _read(p, q, case)


def _solve(table: Array, target: Array, neutral: Array) -> Array:
    """Least squares whose noise is at most 1 in each row; NaN where the numbers are not all told.

    A number within four standard errors of 0, of 1 or of its neutral value is that value.
    """
    solved, _, rank, _ = np.linalg.lstsq(table, target, rcond=None)
    if rank < table.shape[1]:
        return np.full(table.shape[1], np.nan)
    _, r = np.linalg.qr(table)
    inverse = np.linalg.inv(r)
    error = 4 * np.sqrt((inverse**2).sum(axis=1))
    for value in (np.zeros_like(solved), np.ones_like(solved), neutral):
        solved = np.where(np.abs(solved - value) <= error, value, solved)
    return np.asarray(solved)


def _read(p: Array, q: Array, case: Case) -> Iterator[Hypothesis]:
    """P as an order, scales and dropped channels; nothing where it mixes channels."""
    read = p != 0
    if not read.any() or (read.sum(axis=0) > 1).any() or (read.sum(axis=1) > 1).any():
        return
    kept = read.any(axis=1)
    order = np.where(kept, read.argmax(axis=1), np.arange(len(p)))
    scales = np.where(kept, p.sum(axis=1), 1.0)
    causes, words = [], []
    if (order != np.arange(len(p)))[kept].any():
        causes.append("channel-order")
        words.append(f"read from channels {', '.join(map(str, order))}")
    if not kept.all():
        causes.append("input-channel-dropped")
        words.append(f"channels {', '.join(map(str, np.flatnonzero(~kept)))} taken for 0")
    if q.any():
        causes.append("input-normalization")
        words.append(
            f"times {', '.join(f'{s:.6g}' for s in scales)} plus {', '.join(f'{c:.6g}' for c in q)}"
        )
    elif (scales != 1).any():
        causes.append("input-scale")
        words.append(f"times {', '.join(f'{s:.6g}' for s in scales)}")
    if not causes:
        return
    one = Hypothesis(
        "+".join(causes),
        f"{_channels_in_words(case)} {', '.join(words)}",
        partial(_mix, p=p, q=q),
        roundings=4,
        shift=float(np.abs(q).max()),
        n_fitted=int(np.count_nonzero(p[read] != 1) + np.count_nonzero(q)),
        fix=OF_IMAGES if case.pass_ == KERNEL_GRADIENT and not q.any() else None,
    )
    yield one
    if causes[-1] == "input-scale":  # the same factors in the kernel's channels
        yield replace(one, cause="+".join([*causes[:-1], "kernel-scale"]))


def _channels_in_words(case: Case) -> str:
    """What the channels of the case's input are; of a gradient they are what is summed over."""
    if case.pass_ == INPUT_GRADIENT:
        return "the kernel's filters"
    return "the input's images" if case.pass_ == KERNEL_GRADIENT else "the input's channels"


def _mix(case: Case, p: Array, q: Array) -> Case:
    return replace(case, input=case.input.astype(np.float64) @ p.T + q)
