"""The catalogue: every cause, those with an exact form first, commonest first.

The order is how often public reports turn out to be each (124 read): it decides which of several
causes that give the same exact result is named first, and what is tried first.
"""

from __future__ import annotations

from convcheck.causes.cause import Cause
from convcheck.causes.kinds import (
    channels,
    damage,
    dilations,
    kernels,
    layouts,
    padding,
    precision,
    transposed,
    values,
)

CATALOGUE: tuple[Cause, ...] = (
    padding.SAME_PADDING_SIDE,
    kernels.KERNEL_FLIP,
    kernels.TRANSPOSE_KERNEL_FLIP,
    kernels.KERNEL_TRANSPOSE,
    kernels.KERNEL_IO_SWAP,
    layouts.LAYOUT_RESHAPE,
    channels.CHANNEL_ORDER,
    channels.GROUP_ORDER,
    channels.DEPTHWISE_ORDER,
    values.INPUT_NORMALIZATION,
    values.INPUT_SCALE,
    values.KERNEL_SCALE,
    values.OUTPUT_SCALE,
    transposed.TRANSPOSE_CROP,
    dilations.DILATION_IGNORED,
    dilations.DILATION_AS_STRIDE,
    padding.PADDING_MODE,
    padding.BORDER_MODE,
    values.MISSING_BIAS,
    dilations.STRIDE_PHASE,
    padding.SPATIAL_SHIFT,
    values.ACTIVATION,
    channels.INPUT_CHANNEL_DROPPED,
    values.INTEGER_OVERFLOW,
    values.CHANNEL_SCALE,
    values.OUTPUT_OFFSET,
    precision.INPUT_AUTOCAST,
    precision.KERNEL_AUTOCAST,
    *precision.REDUCED_PRECISION,
    precision.REDUCED_PRECISION_FLOAT32,
    precision.OUTPUT_PRECISION,
    precision.LOW_PRECISION_ACCUMULATION,
    precision.SUMMATION_ORDER,
    precision.WINOGRAD_PRECISION,
    precision.FFT_PRECISION,
    precision.QUANTIZATION,
    precision.NON_FINITE,
    damage.CORRUPTED_ELEMENTS,
    damage.CORRUPTED_CHANNEL,
    damage.UNEXPLAINED,
)
BY_NAME = {cause.name: cause for cause in CATALOGUE}
