"""The convolution by its definition in fractions, and random cases; uses nothing of ``truth``."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import ml_dtypes
import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError

FLOATS = (np.float16, ml_dtypes.bfloat16, np.float32, np.float64)
INTEGERS = (np.int8, np.uint8, np.int16, np.int32, np.int64, np.uint64)
EXPONENTS = {"float16": 12, "bfloat16": 120, "float32": 120, "float64": 1000}
TINY = {"float16": 1e-6, "bfloat16": 1e-38, "float32": 1e-39, "float64": 1e-305}
HUGE = {"float16": 1e4, "bfloat16": 1e37, "float32": 1e37, "float64": 1e300}


def number(value: Any) -> Fraction:
    return Fraction(int(value)) if np.dtype(type(value)).kind in "iu" else Fraction(float(value))


def taps(case: Case, flat: int) -> tuple[list[tuple[Any, Any]], Any]:
    """(x, k) of each valid tap of an output, and its bias (0 without)."""
    groups, shape = case.spec.groups, case.output_shape
    image, *position, filter_ = (int(i) for i in np.unravel_index(flat, shape))
    inner, filters = case.input.shape[-1] // groups, shape[-1] // groups
    group = filter_ // filters
    found = []
    for tap in np.ndindex(*case.spec.kernel_size):
        reads = []
        for axis, t, o in zip(case.axes, tap, position, strict=True):
            if case.spec.transposed:
                i, left = divmod(o + axis.before - t * axis.dilation, axis.stride)
            else:
                i, left = o * axis.stride + t * axis.dilation - axis.before, 0
            if left or not 0 <= i < axis.size:
                break
            reads.append(i)
        else:
            for c in range(inner):
                channel = group * inner + c
                where = (filter_ % filters, channel) if case.spec.transposed else (c, filter_)
                found.append((case.input[(image, *reads, channel)], case.kernel[(*tap, *where)]))
    return found, Fraction(0) if case.bias is None else case.bias[filter_]


def exactly(case: Case, flat: int) -> Fraction:
    found, bias = taps(case, flat)
    total = sum((number(x) * number(k) for x, k in found), Fraction(0))
    return total + (bias if isinstance(bias, Fraction) else number(bias))


def numbers(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Any:
    """Ordinary, tiny, huge, widely spread, spiky, cancelling, image-like or whole numbers."""
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        high = info.max if rng.random() < 0.5 else min(info.max, 100)
        return rng.integers(0 if high == 100 else info.min, high, shape, dtype, endpoint=True)
    values = rng.standard_normal(shape)
    match int(rng.integers(8)):
        case 1:
            reach = EXPONENTS[dtype.name]
            values = np.ldexp(values, rng.integers(-reach, reach, shape))
        case 2:
            values *= TINY[dtype.name]
        case 3:
            values = np.clip(values, -3, 3) * HUGE[dtype.name]
        case 4:
            values = np.where(rng.random(shape) < 0.05, values * 1e4, values)
        case 5:
            values = np.where(rng.random(shape) < 0.5, -1.0, 1.0) * (1 + np.abs(values) * 1e-12)
        case 6:
            values = rng.integers(0, 256, shape) / 255
        case 7:
            values = np.round(values * 4)
    return values.astype(dtype)


def random_case(rng: np.random.Generator, dtypes: tuple[Any, ...] = FLOATS + INTEGERS) -> Case:
    """A small case of any geometry that a spec can describe."""
    while True:
        rank = int(rng.integers(1, 4))
        transposed = bool(rng.random() < 0.4)
        groups = int(rng.choice([1, 1, 1, 2, 3]))
        channels, filters = (groups * int(rng.integers(1, 4)) for _ in range(2))
        size = tuple(int(k) for k in rng.integers(1, (8, 5, 4)[rank - 1], rank))
        strides, dilations = (tuple(int(v) for v in rng.integers(1, 4, rank)) for _ in range(2))
        padding: Any = str(rng.choice(["same", "valid", "pads"]))
        if padding == "pads":
            padding = tuple((int(rng.integers(0, 4)), int(rng.integers(0, 4))) for _ in size)
        extra = None
        if transposed and rng.random() < 0.5:
            extra = tuple(int(rng.integers(0, s)) for s in strides)
        spatial = [int(v) for v in rng.integers(1, (30, 9, 6)[rank - 1], rank)]
        last = (filters // groups, channels) if transposed else (channels // groups, filters)
        kind = [dtypes[int(rng.integers(len(dtypes)))] for _ in range(3)]
        try:
            return Case(
                ConvSpec(size, strides, padding, dilations, groups, transposed, extra),
                numbers(rng, (int(rng.integers(1, 3)), *spatial, channels), kind[0]),
                numbers(rng, (*size, *last), kind[1]),
                numbers(rng, (filters,), kind[2]) if rng.random() < 0.5 else None,
            )
        except SpecError:
            continue
