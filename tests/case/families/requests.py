"""Requests of a family over random geometries, and the sums of the case that they make."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from convcheck.case.build import build
from convcheck.case.case import Case
from convcheck.case.request import Request
from convcheck.case.taps import forward_kernel, tap_reads
from tests.case.gradients_by_definition import random_case

FLOATS = ("float64", "float32", "float16", "bfloat16")
Array = np.ndarray[Any, Any]


def random_request(draw: np.random.Generator, family: str, **more: Any) -> Request:
    """One with a geometry that can be asked for, both operands in one random dtype."""
    case = random_case(draw)
    dtype = str(draw.choice(FLOATS))
    asked = Request(
        input=family,
        input_shape=case.input.shape,
        input_dtype=dtype,
        kernel="random",
        kernel_size=case.spec.kernel_size,
        filters=case.output_shape[-1],
        kernel_dtype=dtype,
        bias=str(draw.choice(["none", "random"])),
        strides=case.spec.strides,
        padding=case.spec.padding,
        dilations=case.spec.dilations,
        groups=case.spec.groups,
        transposed=case.spec.transposed,
        output_padding=case.spec.output_padding,
        seed=int(draw.integers(1000)),
    )
    return replace(asked, **more)


def products(case: Case) -> Iterator[tuple[tuple[int, ...], list[Fraction], bool]]:
    """Each output's index, its products (and bias) as fractions, and if its window is whole."""
    kernel = forward_kernel(case, case.kernel)
    x, k = case.input.astype(np.float64), kernel.astype(np.float64)
    bias = None if case.bias is None else case.bias.astype(np.float64)
    reads = [tap_reads(case, axis, np.arange(axis.out)) for axis in case.axes]
    most = [int(valid.sum(axis=1).max()) for _, valid in reads]
    inner = case.input.shape[-1] // case.spec.groups
    per_group = case.output_shape[-1] // case.spec.groups
    for index in np.ndindex(case.output_shape):
        image, *position, f = index
        group = f // per_group
        found, whole = [], True
        by_axis = []
        for (where, valid), o, full in zip(reads, position, most, strict=True):
            taps = np.flatnonzero(valid[o])
            whole = whole and len(taps) == full
            by_axis.append([(int(t), int(where[o, t])) for t in taps])
        for met in itertools.product(*by_axis):
            tap, place = tuple(m[0] for m in met), tuple(m[1] for m in met)
            for c in range(inner):
                a, b = x[(image, *place, group * inner + c)], k[(*tap, c, f)]
                found.append(Fraction(a) * Fraction(b))
        if bias is not None:
            found.append(Fraction(bias[f]))
        yield index, found, whole


def made(draw: np.random.Generator, family: str, **more: Any) -> Case:
    """The case of a random request."""
    return build(random_request(draw, family, **more))
