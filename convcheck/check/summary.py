"""A case without its arrays, for reports."""

from __future__ import annotations

from dataclasses import replace

from convcheck.case.case import Case
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.described import described
from convcheck.results import CaseSummary, Operand


def summarize(case: Case) -> CaseSummary:
    """The case without its arrays; of a gradient the convolution that it is of."""
    asked = case.gradient
    if asked is not None:
        g = asked.output_gradient
        return replace(
            summarize(asked.forward),
            output_shape=case.output_shape,
            terms=case.terms,
            pass_=asked.kind,
            output_gradient=Operand(asked.source, g.shape, g.dtype.name),
        )
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
    """The quantized case without its arrays, and what its integers stand for."""
    return replace(summarize(quantized.case), quantization=described(quantized))
