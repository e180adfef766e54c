"""Which kernel scale each channel was requantized with, read off the output."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.quantized.hypothesis import QuantizedHypothesis
from convcheck.causes.quantized.scales import in_order
from convcheck.diagnosis.probe_points import MORE, ProbePoints
from convcheck.diagnosis.quantized.observation import ITSELF, IntegerObservation
from convcheck.diagnosis.quantized.replay import Replayed
from convcheck.quantized.parameters import Parameters

if TYPE_CHECKING:
    from convcheck.results import Array

MOST = 256
"""Channels up to which each scale is tried for each of them."""
IN_WORDS = 12


def scale_orders(observation: IntegerObservation) -> Iterator[QuantizedHypothesis]:
    """Each channel with the scale that fits its outputs best, of all scales: at most one order."""
    p, case = observation.quantized.parameters, observation.operands
    count = len(p.w)
    fits = observation.out.shape == case.output_shape and not observation.holds_sums
    changed = observation.changed(ITSELF)
    if not fits or not 1 < count <= MOST or changed is None:
        return
    points = ProbePoints(observation.points(case, MORE).places, np.arange(count))
    plain, out = changed.at(points), changed.out[points.index]
    real = replace(plain, sums=replace(plain.sums, bias_is_real=True))
    for replayed in (plain, real) if plain.sums.real_bias is not None else (plain,):
        order = _best(replayed, out, p)
        if order is None:
            continue
        other = [int(c) for c in np.flatnonzero(p.w[order] != p.w)]
        if other:
            words = ", ".join(f"{c} has that of {order[c]}" for c in other[:IN_WORDS])
            more = " ..." if len(other) > IN_WORDS else ""
            detail = f"the kernel's scales of other channels: channel {words}{more}"
            # One of so many scales fits by chance so many times more easily.
            fitted = math.ceil(len(other) * max(1.0, math.log(count)))
            yield from in_order(observation.quantized, order, detail, n_fitted=fitted)


def _best(replayed: Replayed, out: Array, p: Parameters) -> list[int] | None:
    """The scale for each channel that leaves the least, of those that fit; None where none does."""
    count = len(p.w)
    left = np.full((count, count), np.inf)
    for scale in range(count):  # of this channel for all of them
        one = replace(
            replayed, p=replace(p, kernel_scale=np.full(count, p.w[scale]), kernel_zero_point=0)
        )
        gap = np.square(out - one.expected).sum(axis=0)
        left[:, scale] = np.where(one.may_give(out).all(axis=0), gap, np.inf)
    found = np.isfinite(left.min(axis=1)).all()
    return [int(i) for i in left.argmin(axis=1)] if found else None
