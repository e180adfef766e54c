"""A case of real numbers as quantized integers, as converters choose them.

Activations get one scale and zero point over their range (int16: zero point 0), kernels a scale by
output channel and no zero point, except in ``uint8``, where the kernel too has one scale and zero
point; the bias is in units of input scale * kernel scale. That is the quantization scheme of TFLite
(tensorflow.org/lite/performance/quantization_spec; compiler/mlir/lite/quantization and
tools/optimize/quantization_utils.cc), before it by Jacob et al. 2018 (arXiv:1712.05877).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.case import Case
from convcheck.errors import UsageError
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.names import SCHEMES
from convcheck.quantized.sums import by_filter

if TYPE_CHECKING:
    from convcheck.case.case import Array

_PIECE = 1 << 18


def quantize(
    case: Case, scheme: str, output_range: tuple[float, float], activation: str = "none"
) -> QuantizedCase:
    """The case in integers; ``output_range``: the smallest and the largest exact output.

    Raises UsageError for an unknown scheme, integer operands, and numbers that are not finite.
    """
    if scheme not in SCHEMES:
        raise UsageError(f"quantize is '{scheme}'; expected {', '.join(SCHEMES)}")
    check_real(case)
    input_dtype, kernel_dtype = SCHEMES[scheme]
    x, kernel = case.input, case.kernel.astype(np.float64)
    if not np.isfinite(output_range).all():
        raise UsageError("the exact output is not finite everywhere; it cannot be quantized")
    input_scale, input_zero = activation_parameters(float(x.min()), float(x.max()), input_dtype)
    output_scale, output_zero = activation_parameters(*output_range, input_dtype)
    if kernel_dtype == "uint8":
        number, kernel_zero = activation_parameters(
            float(kernel.min()), float(kernel.max()), kernel_dtype
        )
        scales: Array = np.array([number])
    else:
        kernel_zero = 0
        scales = _symmetric_scales(case, kernel)
    parameters = Parameters(
        input_scale=input_scale,
        kernel_scale=scales,
        output_scale=output_scale,
        input_zero_point=input_zero,
        kernel_zero_point=kernel_zero,
        output_zero_point=output_zero,
        activation=activation,
        input_dtype=input_dtype,
        kernel_dtype=kernel_dtype,
    )
    # Converters give every convolution a bias: some kernels of LiteRT need one.
    given = np.zeros(case.output_shape[-1]) if case.bias is None else case.bias.astype(np.float64)
    bias = _bias(given, parameters, scheme)
    integers = replace(
        case,
        input=_in_pieces(x, input_scale, input_zero, input_dtype),
        # Symmetric kernels leave -128 out, so that a product of two never needs 17 bits.
        kernel=_integers(kernel, by_filter(case, scales), kernel_zero, kernel_dtype, low=-127),
        bias=bias,
        sources=(*case.sources[:2], "zeros" if case.bias is None else case.sources[2]),
    )
    return QuantizedCase(integers, parameters, real=case)


def check_real(case: Case) -> None:
    """Raise UsageError unless input, kernel and bias are finite real numbers."""
    for word, array in (("input", case.input), ("kernel", case.kernel), ("bias", case.bias)):
        if array is None:
            continue
        if array.dtype.kind in "iub":
            raise UsageError(
                f"the {word} is {array.dtype}, and --quantize takes real numbers; give recorded "
                "integers with --input-scale, --kernel-scale and --output-scale instead"
            )
        if not np.isfinite(array).all():
            raise UsageError(f"the {word} holds NaN or infinity, which no integer stands for")


def activation_parameters(low: float, high: float, dtype: str) -> tuple[np.float32, int]:
    """(scale, zero point) that cover a range and 0; int16 is symmetric, as is what has no range."""
    info = np.iinfo(dtype)
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return np.float32(1), 0
    if dtype == "int16":
        return np.float32(max(-low, high) / info.max), 0
    scale = np.float32((high - low) / (int(info.max) - int(info.min)))
    if scale == 0:
        raise UsageError(f"the range {low:g} to {high:g} is too small for a scale in float32")
    # Of the two ends the one nearer to 0 gives the zero point with the smaller error.
    end, integer = (low, info.min) if -low < high else (high, info.max)
    return scale, int(np.clip(np.rint(integer - end / float(scale)), info.min, info.max))


def _symmetric_scales(case: Case, kernel: Array) -> Array:
    """Largest magnitude / 127, by output channel."""
    taps = tuple(range(case.spec.rank))
    if case.spec.transposed:
        groups = case.spec.groups
        *_, per_group, channels = kernel.shape
        largest = np.abs(kernel).max(axis=taps).reshape(per_group, groups, channels // groups)
        largest = largest.max(axis=-1).T.reshape(-1)
    else:
        largest = np.abs(kernel).max(axis=(*taps, case.spec.rank))
    scales: Array = (largest / 127).astype(np.float32)
    scales[largest == 0] = 1
    return scales


def _in_pieces(values: Array, scale: Any, zero_point: int, dtype: str) -> Array:
    """``_integers`` piece by piece: a large input in float64 several times would be too much."""
    found = np.empty(values.shape, dtype)
    flat, to = values.reshape(-1), found.reshape(-1)
    for first in range(0, values.size, _PIECE):
        piece = slice(first, first + _PIECE)
        to[piece] = _integers(flat[piece].astype(np.float64), scale, zero_point, dtype)
    return found


def _integers(
    values: Array, scale: Any, zero_point: int, dtype: str, low: int | None = None
) -> Array:
    info = np.iinfo(dtype)
    least = info.min if low is None or info.min == 0 else low
    nearest = np.rint(values / scale) + zero_point
    integers: Array = np.clip(nearest, least, info.max).astype(dtype)
    return integers


def _bias(bias: Array, p: Parameters, scheme: str) -> Array:
    dtype = np.dtype("int64" if scheme == "int16x8" else "int32")
    limit = 2.0**31 - 1 if dtype == np.int32 else 2.0**47 - 1
    steps = np.rint(bias / (float(p.i) * p.w.astype(np.float64)))
    return np.clip(steps, -limit, limit).astype(dtype)
