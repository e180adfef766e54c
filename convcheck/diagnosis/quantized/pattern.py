"""A pattern in errors that no cause explains: all rounded in one direction, or all off alike.

It says what is seen of the outputs, not why: the finding stays unexplained.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.diagnosis.quantized.observation import IntegerObservation
from convcheck.results import Finding

if TYPE_CHECKING:
    from convcheck.results import Array

LEAST = 32
"""Outputs between the limits, so that no other error has one sign throughout by chance."""
WIDEST = 0.75
"""Of the distances from the real number that formulas leave (two roundings)."""
SLACK = 2.0**-20
"""In parts of the value: what a product in float32 may lose before it is rounded."""


def described(found: Finding, observation: IntegerObservation) -> Finding:
    """The finding, with the pattern that its output has, where it has one."""
    if observation.holds_sums or observation.out.shape != observation.operands.output_shape:
        return found
    value = observation.itself.whole.expected
    low, high = observation.itself.whole.clamps[0]
    free = (value > low) & (value < high)
    if np.count_nonzero(free) < LEAST:
        return found
    zero = observation.quantized.parameters.output_zero_point
    error = observation.out - value
    way = _direction(error, value - zero)
    if way is not None:
        return replace(
            found,
            summary=f"{found.summary}; every output is the real number rounded {way}",
            fix="round to the nearest integer: add half before a shift to the right, as "
            "convcheck explain requantization tells",
        )
    inside = free & (observation.out > low) & (observation.out < high)
    if np.count_nonzero(inside) < LEAST:
        return found
    steps = int(np.rint(np.median(error[inside])))
    if steps == 0 or np.abs(error[inside] - steps).max() > WIDEST:
        return found
    much = (
        f"{abs(steps)} step{'s' if abs(steps) > 1 else ''} too {'large' if steps > 0 else 'small'}"
    )
    return replace(
        found,
        summary=f"{found.summary}; every output between the limits is {much}",
        fix=f"look at the output's zero point, {zero}, and at what else is added after rounding",
    )


def _direction(error: Array, real: Array) -> str | None:
    """Where every output goes from the real number; less than a step."""
    slack = SLACK * np.maximum(1.0, np.abs(real))
    for way, signed in (
        ("down", -error),
        ("up", error),
        ("toward zero", -error * np.sign(real)),
        ("away from zero", error * np.sign(real)),
    ):
        if ((signed >= -slack) & (signed < 1 + slack)).all():
            return way
    return None
