"""Random geometries, and the gradients of their convolutions product by product, in integers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.case.passes import GRADIENTS, Gradient
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError

Array = np.ndarray[Any, Any]

SIZES = {1: 12, 2: 7, 3: 5}
"""Rank -> most positions along an axis."""
WHOLE = {"float64": 2**53, "float32": 2**24, "float16": 2**11, "bfloat16": 2**8}
"""Up to here a dtype holds every integer: sums of smaller ones are exact in any order."""


def random_case(draw: np.random.Generator) -> Case:
    """A case of small integers, of any geometry that can be asked for."""
    while True:
        rank, transposed = int(draw.integers(1, 4)), bool(draw.integers(2))

        def some(low: int, high: Any, rank: int = rank) -> tuple[int, ...]:
            return tuple(int(n) for n in draw.integers(low, high, size=rank))

        kernel_size, strides, dilations = some(1, 5), some(1, 4), some(1, 4)
        padding = draw.choice(["same", "valid", "explicit"])
        pads = (
            str(padding)
            if padding != "explicit"
            else tuple(zip(some(0, 4), some(0, 4), strict=True))
        )
        groups = int(draw.choice([1, 1, 2, 3]))
        each, filters = groups * int(draw.integers(1, 4)), groups * int(draw.integers(1, 4))
        if draw.random() < 0.2:
            groups = each = int(draw.integers(2, 5))
            filters = groups * int(draw.integers(1, 3))
        extra = tuple(int(draw.integers(s)) for s in strides) if transposed else None
        outer = (filters // groups, each) if transposed else (each // groups, filters)
        shape = (int(draw.integers(1, 4)), *some(1, SIZES[rank]), each)
        spec = (kernel_size, strides, pads, dilations, groups, transposed, extra)
        try:
            x, k = (draw.integers(-9, 10, size=s) for s in (shape, (*kernel_size, *outer)))
            return Case(ConvSpec(*spec), x, k)
        except SpecError:
            continue


def by_definition(case: Case, g: Array) -> tuple[Array, Array, Array]:
    """The three gradients of the sum of output * g, added up product by product."""
    of_input, of_kernel = np.zeros_like(case.input), np.zeros_like(case.kernel)
    for read, tap, written, c, f in _met(case):
        x, dy = case.input[(slice(None), *read, c)], g[(slice(None), *written, f)]
        if case.spec.transposed:
            of_input[(slice(None), *read, c)] += dy @ case.kernel[(*tap, slice(None), c)]
            of_kernel[(*tap, slice(None), c)] += (x.T @ dy).T
        else:
            of_input[(slice(None), *read, c)] += dy @ case.kernel[(*tap, slice(None), f)].T
            of_kernel[(*tap, slice(None), f)] += x.T @ dy
    return of_input, of_kernel, g.sum(tuple(range(g.ndim - 1)))


def _met(case: Case) -> Iterator[tuple[Any, Any, Any, slice, slice]]:
    """(input place, tap, output place, input channels, output channels) that meet."""
    spec, groups = case.spec, case.spec.groups
    each, filters = case.input.shape[-1] // groups, case.output_shape[-1] // groups
    for tap in itertools.product(*(range(axis.taps) for axis in case.axes)):
        starts = (range(axis.size if spec.transposed else axis.out) for axis in case.axes)
        for near in itertools.product(*starts):
            far = tuple(
                n * axis.stride + t * axis.dilation - axis.before
                for n, t, axis in zip(near, tap, case.axes, strict=True)
            )
            ends = [axis.out if spec.transposed else axis.size for axis in case.axes]
            if any(f < 0 or f >= end for f, end in zip(far, ends, strict=True)):
                continue
            read, written = (near, far) if spec.transposed else (far, near)
            for group in range(groups):
                c = slice(group * each, (group + 1) * each)
                f = slice(group * filters, (group + 1) * filters)
                yield read, tap, written, c, f


def wanted(asked: Gradient) -> Array:
    """What a gradient of integers is, in int64, whatever dtype they are in."""
    x, kernel = (a.astype(np.int64) for a in (asked.forward.input, asked.forward.kernel))
    case = replace(asked.forward, input=x, kernel=kernel, bias=None)
    found = by_definition(case, asked.output_gradient.astype(np.int64))
    return found[GRADIENTS.index(asked.kind)]


def exact_gradient(case: Case, kind: str, dtype: str, draw: np.random.Generator) -> Gradient:
    """One of that geometry in integers whose sums, in part and in absolute value, ``dtype`` holds.

    Whatever order an implementation adds in, it can only give ``wanted`` itself.
    """
    most = 9
    while True:
        shapes = case.input.shape, case.kernel.shape, case.output_shape
        x, kernel, g = (draw.integers(-most, most + 1, shape) for shape in shapes)
        # Of few numbers, where even ones sum up to too much.
        g *= draw.random(g.shape) < min(1.0, WHOLE[dtype] / (4 * g.size))
        sums = Gradient(kind, replace(case, input=abs(x), kernel=abs(kernel)), abs(g))
        if wanted(sums).max() <= WHOLE[dtype]:
            break
        most = max(most - 1, 1)
    x, kernel, g = (a.astype(dtype_named(dtype)) for a in (x, kernel, g))
    return Gradient(kind, replace(case, input=x, kernel=kernel, bias=None), g)
