"""What a case's integers stand for, as results and bundles tell it, and back."""

from __future__ import annotations

from convcheck.case.case import Case
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.results import Quantization


def described(quantized: QuantizedCase) -> Quantization:
    """The parameters in plain numbers."""
    p = quantized.parameters
    return Quantization(
        input_scale=float(p.i),
        input_zero_point=p.input_zero_point,
        kernel_scales=tuple(map(float, p.w)),
        kernel_zero_points=tuple(map(int, p.zw)),
        output_scale=float(p.o),
        output_zero_point=p.output_zero_point,
        activation=p.activation,
        made=quantized.real is not None,
    )


def quantized_case(case: Case, told: Quantization) -> QuantizedCase:
    """The case of these integers. Raises UsageError where they and the parameters do not fit."""
    parameters = Parameters(
        input_scale=told.input_scale,
        kernel_scale=told.kernel_scales,
        output_scale=told.output_scale,
        input_zero_point=told.input_zero_point,
        kernel_zero_point=told.kernel_zero_points,
        output_zero_point=told.output_zero_point,
        activation=told.activation,
        input_dtype=case.input.dtype.name,
        kernel_dtype=case.kernel.dtype.name,
    )
    return QuantizedCase(case, parameters)
