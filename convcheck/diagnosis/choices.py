"""Hypotheses whose choices are read off the output: whose bias each channel got, which image.

There are far too many of these to try (N! orders of N images): what each channel or image can
be is decided by itself, on the outputs probed, and the whole is then confirmed as any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis
from convcheck.causes.kinds.biases import channels_in_words, with_bias, without
from convcheck.diagnosis.probe import probe
from convcheck.diagnosis.probe_points import ProbePoints
from convcheck.truth.arithmetic import Arithmetic

if TYPE_CHECKING:
    from convcheck.results import Array

IN_WORDS = 8
"""Numbers of an order that a report lists."""


def chosen(
    case: Case, out: Array, points: ProbePoints, arithmetic: Arithmetic
) -> Iterator[Hypothesis]:
    """What each channel's bias was, and which image each is, where all outputs probed allow it."""
    yield from _biases(case, out, points, arithmetic)


def _biases(
    case: Case, out: Array, points: ProbePoints, arithmetic: Arithmetic
) -> Iterator[Hypothesis]:
    """The bias missing in some channels, or another channel's in some.

    Each also as what it looks like, a constant added to each channel: nothing can tell those apart.
    """
    bias = case.bias
    if bias is None or len(points.filters) < len(bias) or len(bias) < 2:
        return
    plain = probe(replace(case, bias=None), points, arithmetic).value
    # The bound grows with |bias|: none that is tried is larger.
    largest = np.full_like(bias, np.abs(bias).max())
    room = probe(replace(case, bias=largest), points, arithmetic).limit
    gap = points.of(out) - plain
    allowed = np.empty((2, len(bias)))
    allowed[:, points.filters] = (gap - room).max(axis=0), (gap + room).min(axis=0)
    low, high = allowed
    values = bias.astype(np.float64)
    own = (low <= values) & (values <= high)
    if not np.isfinite(allowed).all() or own.all():
        return
    changed = np.flatnonzero(~own).tolist()
    if ((low <= 0) & (high >= 0))[changed].all():
        detail = f"no bias added in {channels_in_words(changed)}"
        yield from _as_offset(
            with_bias(
                "bias-missing-in-channels",
                detail,
                without(bias, changed),
                n_fitted=len(changed),
            )
        )
    order = _order(low, high, values, own)
    if order is not None:
        yield from _as_offset(
            with_bias(
                "bias-order",
                f"the bias in the order {_listed(order)}",
                bias[order],
                n_fitted=len(changed),
            )
        )


def _as_offset(hypothesis: Hypothesis) -> Iterator[Hypothesis]:
    yield hypothesis
    yield replace(
        hypothesis, cause="output-offset", detail="a constant of its own added to each channel"
    )


def _order(low: Array, high: Array, values: Array, own: Array) -> list[int] | None:
    """A channel whose bias each channel may have: its own if it can, none twice if it can."""
    order = np.where(own, np.arange(len(values)), -1)
    for channel in np.flatnonzero(~own):
        fitting = np.flatnonzero((low[channel] <= values) & (values <= high[channel]))
        unused = [int(one) for one in fitting if one not in order]
        if not len(fitting):
            return None
        order[channel] = unused[0] if unused else fitting[0]
    return [int(one) for one in order]


def _listed(order: Sequence[int]) -> str:
    more = " ..." if len(order) > IN_WORDS else ""
    return ", ".join(map(str, order[:IN_WORDS])) + more
