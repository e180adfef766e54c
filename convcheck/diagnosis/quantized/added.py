"""A rival of every hypothesis about integers: another integer added to each channel of the output.

Few hypotheses move the outputs of a channel otherwise than by about one number: a bias left out, a
zero point. By chance such a number is within a quarter of an integer half of the time, however many
outputs say so. Where the integers themselves, added to what a formula gives of the case, give every
output, and not the same as the hypothesis, nothing tells the two apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.diagnosis.probe_points import MORE, ProbePoints
from convcheck.diagnosis.quantized.held import Held, is_same
from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.diagnosis.quantized.replay import Replayed
from convcheck.quantized.blocks import blocks

if TYPE_CHECKING:
    from convcheck.results import Array


def is_rival(observation: IntegerObservation, best: Held) -> bool:
    """Whether integers added to each channel explain the output as well, and otherwise."""
    out, case = observation.out, observation.operands
    if observation.holds_sums or out.shape != case.output_shape:
        return False
    low, high = observation.quantized.parameters.dtype_limits
    added = _added(observation)
    rows, expected = (one.reshape(-1, one.shape[-1]) for one in (out, best.expected))
    left, same = list(observation.formulas), True
    for block in blocks(observation.sums):
        part = Replayed(block.sums, observation.quantized.parameters)
        given = rows[block.places]
        for name in tuple(left):
            moved = part.formula(name).output(part.sums, part.p) + added
            if not np.array_equal(np.clip(moved, low, high), given):
                left.remove(name)
        if not left:
            return False
        same = same and is_same(np.clip(part.expected + added, low, high), expected[block.places])
    return not same


def _added(observation: IntegerObservation) -> Array:
    """The integer by which most outputs of each channel are off."""
    case = observation.operands
    places = observation.points(case, MORE).places
    points = ProbePoints(places, np.arange(case.output_shape[-1]))
    off = observation.out[points.index] - np.rint(observation.itself.at(points).expected)
    found: Array = np.rint(np.median(off, axis=0)).astype(np.int64)
    return found
