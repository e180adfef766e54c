"""A case without its arrays, for reports."""

from __future__ import annotations

from dataclasses import replace

from convcheck.case.case import Case
from convcheck.quantized.case import QuantizedCase
from convcheck.results import CaseSummary, Operand, Quantization


def summarize(case: Case) -> CaseSummary:
    """The case without its arrays."""
    source, kernel_source, bias_source = case.sources
    return CaseSummary(
        input=Operand(source, case.input.shape, case.input.dtype.name),
        kernel=Operand(kernel_source, case.kernel.shape, case.kernel.dtype.name),
        bias=None
        if case.bias is None
        else Operand(bias_source, case.bias.shape, case.bias.dtype.name),
        spec=case.spec,
        pads=case.pads,
        data_format=case.data_format,
        output_shape=case.output_shape,
        terms=case.terms,
    )


def summarize_quantized(quantized: QuantizedCase) -> CaseSummary:
    """The same of a quantized case, and what its integers stand for."""
    p = quantized.parameters
    described = Quantization(
        input_scale=float(p.i),
        input_zero_point=p.input_zero_point,
        kernel_scales=tuple(map(float, p.w)),
        kernel_zero_points=tuple(map(int, p.kernel_zero_point)),  # type: ignore[arg-type]
        output_scale=float(p.o),
        output_zero_point=p.output_zero_point,
        activation=p.activation,
        made=quantized.real is not None,
    )
    return replace(summarize(quantized.case), quantization=described)
