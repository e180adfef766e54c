"""Quantized convolutions of random integers, as people have them."""

from __future__ import annotations

from typing import Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters


def ordinary(
    dtypes: tuple[str, str] = ("uint8", "int8"),
    *,
    rank: int = 2,
    bias: str | None = "int32",
    activation: str = "none",
    **keys: Any,
) -> QuantizedCase:
    """A strided, padded convolution of 8 channels, extremes among them; ``keys`` of the spec."""
    rng = np.random.default_rng(5)
    spec = ConvSpec.make((3,) * rank, **{"strides": 2, "padding": "same", **keys})
    x, k = np.iinfo(dtypes[0]), np.iinfo(dtypes[1])
    last = (9, 8) if spec.transposed else (8 // spec.groups, 8 if spec.groups > 1 else 9)
    filters = 9 if spec.transposed else last[1]
    zeros = {"uint8": (117, 120), "int8": (-11, 4), "int16": (0, 0)}[dtypes[0]]
    case = Case(
        spec,
        rng.integers(x.min, x.max, (2, *(9, 11, 7)[:rank], 8), x.dtype, endpoint=True),
        rng.integers(max(k.min, -127), k.max, (*(3,) * rank, *last), k.dtype, endpoint=True),
        None if bias is None else rng.integers(-(2**14), 2**14, filters).astype(bias),
    )
    p = Parameters(
        0.02,
        rng.uniform(0.001, 0.01, filters if dtypes[1] == "int8" else 1),
        1.7 if activation == "none" else 0.05,
        input_zero_point=zeros[0],
        kernel_zero_point=0 if dtypes[1] == "int8" else 131,
        output_zero_point=zeros[1],
        activation=activation,
        input_dtype=dtypes[0],
        kernel_dtype=dtypes[1],
    )
    return QuantizedCase(case, p)
