"""Whether one model puts something else than zeros around what its convolution reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.causes.kinds.padding import BORDERS
from convcheck.model.convolutions.layers import Layer
from convcheck.model.cuts import Cut, CutModels
from convcheck.model.network import input_read
from convcheck.results import Finding
from convcheck.spelling import listed

if TYPE_CHECKING:
    from convcheck.results import Array

CAUSE = "border-mode"


def other_border(models: CutModels, cut: Cut) -> Finding | None:
    """A finding where one model's input is the other's with a border that is not of zeros.

    None where both read the same shape. Raises UsageError where a model cannot run so.
    """
    a, b = models.a.layers[cut.pair.a], models.b.layers[cut.pair.b]
    if a.input_shape == b.input_shape or len(a.input_shape) != len(b.input_shape):
        return None
    _, x = input_read(models.a, a, models.feeds_a)
    _, y = input_read(models.b, b, models.feeds_b)
    for zeros, other, small, large, layer in (("A", "B", x, y, a), ("B", "A", y, x, b)):
        modes = _modes(small, large, layer)
        if modes:
            pads = f"numpy.pad's mode {listed(modes, 'or')}"
            words = f"{zeros} puts zeros around its input, {other} pads it by {pads}"
            fix = (
                "pad alike in both: torch Conv2d(padding_mode='zeros' or 'reflect'); "
                "keras: numpy-like padding is keras.ops.pad(x, pads, mode='reflect') before a "
                "convolution with padding='valid'"
            )
            return Finding(CAUSE, "B", "supported", words, fix=fix)
    return None


def _modes(small: Array, large: Array, layer: Layer) -> list[str]:
    """How ``small``, which its convolution pads with zeros, may have been padded to ``large``."""
    pads = layer.spec.padding
    if isinstance(pads, str) or not any(any(pair) for pair in pads):
        return []
    around = [(0, 0), *pads, (0, 0)]
    found = []
    for mode in BORDERS:
        try:
            padded = np.pad(small, around, mode=mode)  # type: ignore[call-overload]
        except ValueError:  # wider than the input
            continue
        if padded.shape == large.shape and np.array_equal(padded, large, equal_nan=True):
            found.append(mode)
    return found
