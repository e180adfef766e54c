"""torch's quantized convolutions, by engine; ``pt2e`` is what its graph quantization compiles to.

Inputs are quint8 and kernels qint8; the bias is float32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from convcheck.implementations.interface import Computed
from convcheck.quantized.case import QuantizedCase
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.implementations.name import Name


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"torch": str(torch.__version__)}


def compute(quantized: QuantizedCase, name: Name) -> Computed:
    """The output."""
    engine = name.option("engine", "x86")
    case, p = quantized.case, quantized.parameters
    bias = None if case.bias is None else torch.from_numpy(case.bias)
    x = torch.from_numpy(np.ascontiguousarray(np.moveaxis(case.input, -1, 1)))
    kernel = torch.from_numpy(np.ascontiguousarray(np.moveaxis(case.kernel, (-1, -2), (0, 1))))
    pads = [before for before, _ in case.pads]
    if pads != [after for _, after in case.pads]:
        raise ValueError("torch pads both sides alike")
    geometry = [*map(list, (case.spec.strides, pads, case.spec.dilations)), case.spec.groups]
    if engine == "pt2e":
        y = _pointwise(quantized, x, kernel, bias, geometry)
    else:
        torch.backends.quantized.engine = engine
        qx = torch._make_per_tensor_quantized_tensor(x, float(p.i), p.input_zero_point)
        prepare = torch.ops.quantized.conv2d_prepack
        packed = prepare(_kernel(quantized, kernel), bias, *geometry)
        run = torch.ops.quantized.conv2d_relu if _is_relu(p) else torch.ops.quantized.conv2d
        y = run(qx, packed, float(p.o), p.output_zero_point).int_repr()
    array = np.ascontiguousarray(np.moveaxis(y.numpy(), 1, -1))
    return Computed(
        array=array,
        call=f"torch {engine}",
        dtypes=Dtypes(p.input_dtype, p.kernel_dtype, None, array.dtype.name),
        device="CPU",
    )


def _is_relu(p: Any) -> bool:
    if p.activation not in ("none", "relu"):
        raise ValueError(f"no {p.activation} in torch's fused convolutions")
    return bool(p.activation == "relu")


def _kernel(quantized: QuantizedCase, kernel: torch.Tensor) -> torch.Tensor:
    p = quantized.parameters
    zeros = torch.from_numpy(np.resize(np.asarray(p.kernel_zero_point), p.w.size))
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
) -> torch.Tensor:
    p = quantized.parameters
    scales = torch.from_numpy(np.array(p.w))
    zeros = torch.zeros(p.w.size, dtype=torch.int64)
    packed = torch.ops.onednn.qconv_prepack(
        kernel, scales, float(p.i), p.input_zero_point, *geometry, list(x.shape)
    )
    return torch.ops.onednn.qconv2d_pointwise(
        x,
        float(p.i),
        p.input_zero_point,
        packed,
        scales,
        zeros,
        bias,
        *geometry,
        float(p.o),
        p.output_zero_point,
        torch.uint8,
        "none",
        [],
        "",
    )
