"""The convolution by its definition, one tap at a time, independent of every adapter.

It follows the docstring of ``convcheck.case.spec.Axis`` word for word, in float64, on operands
whose sums are small integers: exact in every dtype that a framework may compute in.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.case.spec import Axis, ConvSpec


def taps(axis: Axis, transposed: bool) -> list[tuple[int, int, int]]:
    """(input, tap, output) positions that meet along one axis."""
    met = []
    for place, tap in product(range(axis.size if transposed else axis.out), range(axis.taps)):
        reached = place * axis.stride + tap * axis.dilation - axis.before
        if 0 <= reached < (axis.out if transposed else axis.size):
            met.append((place, tap, reached) if transposed else (reached, tap, place))
    return met


def convolved(case: Case) -> np.ndarray[Any, Any]:
    """The output, NHWC."""
    spec = case.spec
    x, kernel = case.input.astype(np.float64), case.kernel.astype(np.float64)
    y = np.zeros(case.output_shape)
    takes, gives = x.shape[-1] // spec.groups, y.shape[-1] // spec.groups
    for met in product(*(taps(axis, spec.transposed) for axis in case.axes)):
        source, tap, target = zip(*met, strict=True)
        for group in range(spec.groups):
            inputs = slice(group * takes, (group + 1) * takes)
            outputs = slice(group * gives, (group + 1) * gives)
            at_tap = kernel[tap]
            matrix = at_tap[:, inputs].T if spec.transposed else at_tap[:, outputs]
            y[(slice(None), *target, outputs)] += x[(slice(None), *source, inputs)] @ matrix
    return y if case.bias is None else y + case.bias.astype(np.float64)


def small_integers(
    spec: ConvSpec,
    spatial: tuple[int, ...],
    *,
    channels: int = 4,
    filters: int = 4,
    batch: int = 2,
    bias: bool = False,
    data_format: str = "NHWC",
    dtypes: tuple[str, str] = ("float32", "float32"),
) -> Case:
    """A case of integers from -2 to 2 that no flip, shift or permutation leaves unchanged."""
    numbers = np.random.default_rng(len(spatial) + 7 * channels + 11 * filters)
    image, weights = (dtype_named(name) for name in dtypes)
    ends = (
        (filters // spec.groups, channels)
        if spec.transposed
        else (channels // spec.groups, filters)
    )

    def distinct(count: int, dtype: Any) -> Any:
        return np.arange(1, count + 1).astype(dtype)

    def draw(shape: tuple[int, ...], dtype: Any) -> Any:
        low = 0 if dtype.kind == "u" else -2
        return numbers.integers(low, 3, shape).astype(dtype)

    return Case(
        spec=spec,
        input=draw((batch, *spatial, channels), image),
        kernel=draw((*spec.kernel_size, *ends), weights),
        bias=distinct(filters, weights) if bias else None,
        data_format=data_format,
    )
