"""A quantized case: a case of integers, and the parameters that say what they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.errors import UsageError
from convcheck.quantized.parameters import Parameters

if TYPE_CHECKING:
    from convcheck.case.case import Array

BIASES = ("int32", "int64", "float32")
LARGEST_SUM = 2**62
"""Sums are exact in int64 while products and bias together stay below it."""


@dataclass(frozen=True, eq=False)
class QuantizedCase:
    """One quantized convolution. Raises UsageError where arrays and parameters do not fit.

    The bias is integers in units of input scale * kernel scale (int32, or int64 with int16
    activations), or real numbers in float32, as ONNX's and torch's float convolutions have it.
    """

    case: Case
    """Of integers."""
    parameters: Parameters
    real: Case | None = None
    """The case of real numbers that it was made of, where it was."""

    def __post_init__(self) -> None:
        case, p = self.case, self.parameters
        for word, array, dtype in (
            ("input", case.input, p.input_dtype),
            ("kernel", case.kernel, p.kernel_dtype),
        ):
            if array.dtype != dtype:
                raise UsageError(
                    f"the {word} is {array.dtype}, but its parameters are of {dtype} numbers; "
                    f"give an array of {dtype}, or leave the scales out"
                )
        p.check_channels(case.output_shape[-1])
        self._check_bias()

    def _check_bias(self) -> None:
        bias = self.case.bias
        if bias is None:
            return
        if bias.dtype.name not in BIASES:
            raise UsageError(
                f"the bias is {bias.dtype}; expected {', '.join(BIASES)}: integers in units of "
                "input scale * kernel scale, or real numbers in float32"
            )
        if bias.dtype == np.float32 and not np.isfinite(bias).all():
            raise UsageError("the bias holds NaN or infinity; expected numbers")
        if bias.dtype == np.int64 and max(-int(bias.min()), int(bias.max())) > LARGEST_SUM:
            raise UsageError("the bias is beyond 2^62 in magnitude; no accumulator holds its sums")
        real = self.real_bias
        if real is not None and not np.isfinite(real).all():
            raise UsageError(
                "bias * input scale * kernel scale is beyond the largest float32; check that the "
                "scales belong together"
            )

    @property
    def integer_bias(self) -> Array | None:
        """The bias in units of the sum, rounded from real numbers as ONNX Runtime fuses it.

        rint(f(β / f(i·w))), measured on quantize-dequantize graphs with a float bias.
        """
        bias, p = self.case.bias, self.parameters
        if bias is None or bias.dtype != np.float32:
            return None if bias is None else bias.astype(np.int64)
        with np.errstate(over="ignore"):
            steps = np.rint(bias / (p.i * p.w)).astype(np.float64)
        integers: Array = np.clip(steps, -(2.0**31), 2.0**31 - 1).astype(np.int64)
        return integers

    @property
    def real_bias(self) -> Array | None:
        """The bias as real numbers in float32."""
        bias, p = self.case.bias, self.parameters
        if bias is None or bias.dtype == np.float32:
            return bias
        with np.errstate(over="ignore"):
            scales = np.float64(p.i) * p.w.astype(np.float64)
            real: Array = (bias * scales).astype(np.float32)
        return real
