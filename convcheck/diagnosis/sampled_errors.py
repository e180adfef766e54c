"""Errors of an output at some places, and what their sizes are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe import im2col, kernel_matrix, probe
from convcheck.diagnosis.probe_points import MODELS, ProbePoints, probe_points
from convcheck.truth.arithmetic import Arithmetic

if TYPE_CHECKING:
    from convcheck.results import Array


def errors_of(observation: Observation) -> SampledErrors:
    """Errors of an output that leaves its bound, the worst among them."""
    case, found = observation.case, observation.violations
    worst = int(np.argmax(found.ratios))
    points = probe_points(case, MODELS, [tuple(int(axis[worst]) for axis in found.index)])
    return SampledErrors(case, points, observation.arithmetic, observation.out)


class SampledErrors:
    """Errors at some places, and what their sizes are held against."""

    def __init__(self, case: Case, points: ProbePoints, arithmetic: Arithmetic, out: Array) -> None:
        self.case, self.points, self.arithmetic = case, points, arithmetic
        self.inputs = im2col(case, points, arithmetic).values
        matrix = kernel_matrix(case, points.filters, arithmetic)
        self.kernel, self.bias = matrix.values, matrix.bias
        plain = probe(case, points, arithmetic)
        self.value = plain.value
        self.out = points.of(out)
        self.outside = ~plain.holds(self.out)
        with np.errstate(invalid="ignore"):
            self.error = self.out - plain.value
        self.finite = bool(np.isfinite(self.error).all())
        self.size = np.abs(self.inputs) @ np.abs(self.kernel)
        self.terms = np.count_nonzero(self.kernel, axis=0)
        self.output = out.dtype

    def fits(self, expected: Array, largest: float, least: float) -> bool:
        """Errors in units of what is expected: the mean square within (least, 1.6), no outlier."""
        nonzero = expected > 0
        if not self.finite or not nonzero.any() or (self.error[~nonzero] != 0).any():
            return False
        r = self.error[nonzero] / expected[nonzero]
        return least <= float(np.sqrt(np.mean(r**2))) <= 1.6 and float(np.abs(r).max()) <= largest
