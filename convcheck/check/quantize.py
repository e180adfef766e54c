"""Quantizes a case of real numbers, over the range of its exact outputs."""

from __future__ import annotations

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.from_float import quantize
from convcheck.truth.reference import reference


def quantized_over_exact(case: Case, scheme: str, activation: str = "none") -> QuantizedCase:
    """The case in integers, its output range from the smallest to the largest exact output.

    ``scheme``: ``int8``, ``uint8`` or ``int16x8``. Raises UsageError for what cannot be quantized.
    """
    lows, highs = [], []
    for band in bands(case):
        value = reference(band.case, exact_everywhere=False).value
        lows.append(float(np.min(value)))
        highs.append(float(np.max(value)))
    return quantize(case, scheme, (min(lows), max(highs)), activation)
