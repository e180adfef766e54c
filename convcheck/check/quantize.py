"""Quantizes a case of real numbers, over the range of its exact outputs."""

from __future__ import annotations

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.from_float import quantize
from convcheck.truth.reference import Reference, reference


def quantized_over_exact(case: Case, scheme: str, activation: str = "none") -> QuantizedCase:
    """The case in integers, its output range from the smallest to the largest exact output.

    ``scheme``: ``int8``, ``uint8`` or ``int16x8``. Raises UsageError for what cannot be quantized.
    """
    ends = [_ends(reference(band.case)) for band in bands(case)]
    smallest, largest = min(low for low, _ in ends), max(high for _, high in ends)
    return quantize(case, scheme, (smallest, largest), activation)


def _ends(y: Reference) -> tuple[float, float]:
    """The smallest and the largest exact output, each rounded to float64 once.

    Whatever adds the products here: all outputs that may be one of them are computed exactly.
    """
    with np.errstate(invalid="ignore"):  # what is not finite is refused
        low, high = y.value - y.radius, y.value + y.radius
    y.refine(np.flatnonzero((low <= high.min()) | (high >= low.max())))
    return float(y.value.min()), float(y.value.max())
