"""The catalogue: every explanation with an exact form, commonest first.

The order is how often public reports turn out to be each (124 read): it decides which of several
causes that give the same exact result is named first, and what is tried first.
"""

from __future__ import annotations

from convcheck.verdict.explanations import channels, geometry, kernels, layouts, values
from convcheck.verdict.explanations.variant import Explanation

CATALOGUE: tuple[Explanation, ...] = (
    geometry.SIDE,
    kernels.FLIP,
    kernels.TRANSPOSE_FLIP,
    kernels.TRANSPOSE,
    kernels.IO_SWAP,
    layouts.LAYOUT,
    channels.CHANNEL_ORDER,
    channels.GROUP_ORDER,
    channels.DEPTHWISE_ORDER,
    values.NORMALIZATION,
    values.SCALE,
    values.OUTPUT_SCALE,
    geometry.CROP,
    geometry.UNDILATED,
    geometry.AS_STRIDE,
    geometry.MODE,
    geometry.BORDER,
    values.MISSING_BIAS,
    geometry.PHASE,
    geometry.SHIFT,
    values.ACTIVATION,
    channels.DROPPED_CHANNEL,
    values.OVERFLOW,
)

FITTED = ("input-scale", "input-normalization", "output-scale", "output-offset", "border-mode")
"""Causes whose parameter is estimated from the output, see ``verdict.families``."""
