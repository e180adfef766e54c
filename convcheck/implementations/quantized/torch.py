"""Computes a quantized case with torch: ``torch.ops.quantized.conv2d``, by its engine.

``engine=pt2e`` is the operator that torch's graph quantization compiles to. All take uint8 inputs
and int8 kernels, and a float32 bias: int8 activations are given 128 higher, uint8 kernels 128
lower, their zero points with them, which leaves every sum as it is. torch pads both sides alike;
where they differ, the input is padded before, with its zero point.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from convcheck.errors import CannotCompute
from convcheck.implementations.frameworks.layouts import (
    channels_first,
    channels_last,
    filters_first,
)
from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array
    from convcheck.implementations.name import Name
    from convcheck.quantized.case import QuantizedCase

_FORMULAS = {
    # It leaves to fbgemm what has over 100 groups, or a kernel zero point.
    "x86": ("ON", "FB"),
    "fbgemm": ("FB",),
    "onednn": ("ON",),
    "qnnpack": ("Q2",),
    "pt2e": ("ON'",),
}
_SIGN = 128
"""What int8 numbers are moved by to be uint8 numbers."""
_ACTIVATIONS = ("none", "relu")


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"torch": str(torch.__version__)}


def compute(quantized: QuantizedCase, name: Name) -> Computed:
    """Run the case on one of torch's engines. Raises CannotCompute for what none of them has."""
    engine = name.option("engine", "x86")
    given = quantized.parameters
    _check(quantized, engine)
    quantized, moved = _as_torch_has_them(quantized)
    case = quantized.case
    x, pads, note = _padded(quantized)
    geometry = [*map(list, (case.spec.strides, pads, case.spec.dilations)), case.spec.groups]
    operands = (
        _tensor(channels_first(x)),
        _tensor(filters_first(case.kernel)),
        None if quantized.real_bias is None else _tensor(quantized.real_bias),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that quantized tensors are deprecated
        if engine == "pt2e":
            call, y = _pointwise(quantized, *operands, geometry)
        else:
            call, y = _on_engine(quantized, engine, *operands, geometry)
    array = channels_last(y.numpy())
    formulas = _FORMULAS[engine]
    if given.input_dtype == "int8":
        array = (array.astype(np.int16) - _SIGN).astype(np.int8)
        formulas = tuple("ON+128" if one == "ON" else one for one in formulas)
    p = quantized.parameters
    return Computed(
        array=array,
        call=call + moved + note,
        dtypes=Dtypes(p.input_dtype, p.kernel_dtype, None, array.dtype.name),
        device="CPU",
        formulas=formulas,
    )


def _check(quantized: QuantizedCase, engine: str) -> None:
    """Raise CannotCompute for what torch refuses, or takes and computes as something else."""
    spec, p = quantized.case.spec, quantized.parameters
    if p.input_dtype == "int16":
        raise CannotCompute("torch's quantized convolutions take activations of 8 bits")
    if spec.transposed:
        raise CannotCompute("torch's transposed quantized convolution is not among those run here")
    if p.activation not in _ACTIVATIONS:
        raise CannotCompute(
            f"torch fuses no {p.activation} with a convolution; --activation none and relu it has"
        )
    if engine == "pt2e":
        if spec.rank == 3:
            raise CannotCompute("torch?engine=pt2e computes 1D and 2D convolutions")
        if (p.input_dtype, p.kernel_dtype) != ("uint8", "int8") or np.any(p.zw):
            raise CannotCompute(
                "torch?engine=pt2e takes uint8 inputs and int8 kernels whose zero point is 0; "
                "give such arrays and their scales: --input-scale, --kernel-scale, --output-scale"
            )


def _as_torch_has_them(quantized: QuantizedCase) -> tuple[QuantizedCase, str]:
    """The same sums of uint8 activations and an int8 kernel, and what to add to the call."""
    case, p = quantized.case, quantized.parameters
    x, kernel, words = case.input, case.kernel, ""
    if p.input_dtype == "int8":
        x = (x.astype(np.int16) + _SIGN).astype(np.uint8)
        p = replace(
            p,
            input_dtype="uint8",
            input_zero_point=p.input_zero_point + _SIGN,
            output_zero_point=p.output_zero_point + _SIGN,
        )
        words += ", activations + 128 as uint8"
    if p.kernel_dtype == "uint8":
        # Its x86 and onednn engines take a uint8 kernel without a word, and read it as int8.
        kernel = (kernel.astype(np.int16) - _SIGN).astype(np.int8)
        p = replace(p, kernel_dtype="int8", kernel_zero_point=p.zw - _SIGN)
        words += ", kernel - 128 as int8"
    return replace(quantized, case=replace(case, input=x, kernel=kernel), parameters=p), words


def _padded(quantized: QuantizedCase) -> tuple[Array, list[int], str]:
    """(input, what torch is to pad at both sides of each axis, what to add to the call)."""
    case = quantized.case
    if all(before == after for before, after in case.pads):
        return case.input, [before for before, _ in case.pads], ""
    zero = quantized.parameters.input_zero_point
    x = np.pad(case.input, [(0, 0), *case.pads, (0, 0)], constant_values=zero)
    return x, [0] * case.spec.rank, ", of the padded input"


def _on_engine(
    quantized: QuantizedCase,
    engine: str,
    x: torch.Tensor,
    kernel: torch.Tensor,
    bias: torch.Tensor | None,
    geometry: list[Any],
) -> tuple[str, torch.Tensor]:
    p = quantized.parameters
    torch.backends.quantized.engine = engine
    operator = f"conv{quantized.case.spec.rank}d"
    operators = torch.ops.quantized
    qx = torch._make_per_tensor_quantized_tensor(x, float(p.i), p.input_zero_point)
    packed = getattr(operators, f"{operator}_prepack")(_kernel(quantized, kernel), bias, *geometry)
    if p.activation == "relu":
        operator += "_relu"
    y = getattr(operators, operator)(qx, packed, float(p.o), p.output_zero_point)
    return f"torch.ops.quantized.{operator} ({engine})", y.int_repr()


def _kernel(quantized: QuantizedCase, kernel: torch.Tensor) -> torch.Tensor:
    p = quantized.parameters
    zeros = torch.from_numpy(np.resize(p.zw, p.w.size))
    if p.by_tensor:
        return torch._make_per_tensor_quantized_tensor(kernel, float(p.w[0]), int(zeros[0]))
    scales = torch.from_numpy(p.w.astype(np.float64))
    return torch._make_per_channel_quantized_tensor(kernel, scales, zeros, 0)


def _pointwise(
    quantized: QuantizedCase,
    x: torch.Tensor,
    kernel: torch.Tensor,
    bias: torch.Tensor | None,
    geometry: list[Any],
) -> tuple[str, torch.Tensor]:
    p = quantized.parameters
    onednn = torch.ops.onednn
    scales = torch.from_numpy(np.array(p.w))
    zeros = torch.zeros(p.w.size, dtype=torch.int64)
    given = (float(p.i), p.input_zero_point)
    wanted = (float(p.o), p.output_zero_point)
    packed = onednn.qconv_prepack(kernel, scales, *given, *geometry, list(x.shape))
    weights = (packed, scales, zeros, bias)
    fused: tuple[Any, ...] = (torch.uint8, p.activation, [], "")
    y = onednn.qconv2d_pointwise(x, *given, *weights, *geometry, *wanted, *fused)
    return "torch.ops.onednn.qconv2d_pointwise", y


def _tensor(array: Array) -> torch.Tensor:
    # A copy where it is read-only, which torch warns of.
    return torch.from_numpy(np.array(array, order="C"))
