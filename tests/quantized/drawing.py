"""Random parameters and sums, for tests of formulas and bounds."""

from __future__ import annotations

import numpy as np

from convcheck.quantized.parameters import Parameters
from convcheck.quantized.sums import Sums
from tests.quantized.by_definition import Element


def parameters(
    rng: np.random.Generator,
    channels: int,
    *,
    smallest: float = 2.0**-14,
    largest: float = 2.0**2,
    dtype: str = "int8",
    activation: str = "none",
) -> Parameters:
    """Scales whose multipliers are log-uniform, a third of them dyadic, so that ties occur."""
    i, o = np.exp(rng.uniform(-5, 1, 2)).astype(np.float32)
    m = np.exp(rng.uniform(np.log(smallest), np.log(largest), channels))
    dyadic = rng.random(channels) < 1 / 3
    m[dyadic] = (rng.integers(0, 200, channels) * 2 + 1)[dyadic] * 2.0 ** (
        np.round(np.log2(m[dyadic])) - 8
    )
    if rng.random() < 1 / 3:
        i, o = np.float32(0.5), np.float32(0.25)
    w = (m * float(o) / float(i)).astype(np.float32)
    low, high = (0, 0) if dtype == "int16" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    zeros = rng.integers(low, high + 1, 2)
    return Parameters(
        input_scale=i,
        kernel_scale=w,
        output_scale=o,
        input_zero_point=int(zeros[0]),
        output_zero_point=int(zeros[1]),
        activation=activation,
        input_dtype=dtype,
    )


def near_halves(
    rng: np.random.Generator,
    p: Parameters,
    rows: int,
    most: float = 300,
    largest_bias: int = 2**12,
) -> Sums:
    """Sums whose quotients are a few steps of the sum from a half, and their bias."""
    channels = p.w.size
    m = p.w.astype(np.float64) * float(p.i) / float(p.o)
    halves = np.rint(rng.uniform(-most, most, (rows, channels))) + 0.5
    acc = np.rint(halves / m) + rng.integers(-2, 3, (rows, channels))
    acc = np.clip(acc, -(2.0**31), 2.0**31 - 1).astype(np.int64)
    bias = rng.integers(-largest_bias, largest_bias, channels)
    beta = (bias * (float(p.i) * p.w.astype(np.float64))).astype(np.float32)
    return Sums(np.clip(acc - bias, -(2**31), 2**31 - 1), bias, beta)


def element(sums: Sums, p: Parameters, index: tuple[int, ...]) -> Element:
    """One element of sums of which the last axis is channels."""
    shape = sums.products.shape
    channel = index[-1]
    return Element(
        products=int(sums.products[index]),
        i=p.i,
        w=p.w[0 if p.by_tensor else channel],
        o=p.o,
        zo=p.output_zero_point,
        b=None if sums.bias is None else int(sums.bias[channel]),
        beta=None if sums.real_bias is None else sums.real_bias[channel],
        by_tensor=p.by_tensor,
        channel=channel,
        filters=shape[-1],
        flat=int(np.ravel_multi_index(index, shape)),
        size=sums.products.size,
    )
