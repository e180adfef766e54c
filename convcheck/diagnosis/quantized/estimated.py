"""Which kernel scale each channel was requantized with, read off the output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from convcheck.causes.quantized.hypothesis import QuantizedHypothesis
from convcheck.causes.quantized.scales import in_order
from convcheck.diagnosis.probe_points import MORE, ProbePoints
from convcheck.diagnosis.quantized.observation import ITSELF, IntegerObservation

MOST = 256
"""Channels up to which each scale is tried for each of them."""
IN_WORDS = 12


def scale_orders(observation: IntegerObservation) -> Iterator[QuantizedHypothesis]:
    """Each channel with its own scale where that fits, else the one that does: at most one order.

    Where several fit, one that no channel has yet, so that an order is found if there is one.
    """
    p, case = observation.quantized.parameters, observation.operands
    count = len(p.w)
    fits = observation.out.shape == case.output_shape and not observation.holds_sums
    if not fits or not 1 < count <= MOST:
        return
    changed = observation.changed(ITSELF)
    if changed is None:
        return
    points = ProbePoints(observation.points(case, MORE).places, np.arange(count))
    plain, out = changed.at(points), changed.out[points.index]
    may = np.empty((count, count), bool)
    for scale in range(count):  # of this channel for all of them
        same = replace(p, kernel_scale=np.full(count, p.w[scale]), kernel_zero_point=0)
        may[:, scale] = replace(plain, p=same).may_give(out).all(axis=0)
    order = np.where(may.diagonal(), np.arange(count), -1)
    for channel in np.flatnonzero(order < 0):
        fitting = np.flatnonzero(may[channel])
        if not len(fitting):
            return
        unused = [one for one in fitting if one not in order]
        order[channel] = unused[0] if unused else fitting[0]
    other = [int(c) for c in np.flatnonzero(p.w[order] != p.w)]
    if other:
        words = ", ".join(f"{c} has that of {order[c]}" for c in other[:IN_WORDS])
        more = " ..." if len(other) > IN_WORDS else ""
        detail = f"the kernel's scales of other channels: channel {words}{more}"
        yield in_order(observation.quantized, order.tolist(), detail, n_fitted=len(other))
