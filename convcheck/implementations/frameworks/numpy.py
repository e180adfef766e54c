"""Computes a case with NumPy, as people write it: ``sliding_window_view`` and ``tensordot``.

Layouts are convcheck's: NHWC and HWIO. ``np.pad`` makes the padding, slices of the windows the
strides and dilations, a loop the groups. There is no transposed convolution of this form.

Gradients are as people write them too: a loop over the taps, one ``tensordot`` for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convcheck.case.passes import BIAS_GRADIENT, INPUT_GRADIENT
from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.case.passes import Gradient
    from convcheck.implementations.name import Name


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"numpy": np.__version__}


def compute(case: Case, name: Name) -> Computed:
    """Run the case through ``sliding_window_view`` and ``tensordot``."""
    spec = case.spec
    _check_forward(case)
    rank = spec.rank
    call, x = _padded(case, "sliding_window_view + tensordot")
    windows = _windows(case, x)
    axes = (range(-rank - 1, 0), (rank, *range(rank)))  # the channels, then the taps
    y = np.concatenate(
        [
            np.tensordot(w, k, axes=axes)
            for w, k in zip(
                np.split(windows, spec.groups, axis=rank + 1),
                np.split(case.kernel, spec.groups, axis=-1),
                strict=True,
            )
        ],
        axis=-1,
    )
    if case.bias is not None:
        call += " + add"
        y = y + case.bias
    common = np.result_type(case.input, case.kernel).name  # what a product of the two is made in
    return Computed(
        array=y, call=call, dtypes=Dtypes(common, common, common, y.dtype.name), device="CPU"
    )


def gradient(asked: Gradient, name: Name) -> Computed:
    """The gradient tap by tap, by ``tensordot``; of a bias by ``sum``.

    In float32 where the numbers are narrower: else each tap would be rounded to them.
    """
    case = asked.forward
    _check_forward(case)
    common = np.result_type(case.input, case.kernel)
    output = common if case.bias is None else np.result_type(common, case.bias)
    g = asked.output_gradient.astype(output, copy=False)
    if asked.kind == BIAS_GRADIENT:
        met = g.dtype
        call, array = "numpy.sum", _widened(g).sum(tuple(range(g.ndim - 1)))
        dtypes = Dtypes(met.name, None, met.name, met.name)
    else:
        compute, other = _kernel_gradient, case.input
        if asked.kind == INPUT_GRADIENT:
            compute, other = _input_gradient, case.kernel
        met = np.result_type(g, other)
        wide = replace(case, input=_widened(case.input), kernel=_widened(case.kernel), bias=None)
        call, array = compute(wide, _widened(g))
        dtypes = Dtypes(met.name, met.name, met.name, met.name)
    return Computed(array=array.astype(met, copy=False), call=call, dtypes=dtypes, device="CPU")


def _widened(array: Array) -> Array:
    return array.astype(np.float32) if array.dtype.name in ("float16", "bfloat16") else array


def _input_gradient(case: Case, g: Array) -> tuple[str, Array]:
    """What each tap gives back, added up where the tap read."""
    batch, *_, channels = case.input.shape
    spatial = [axis.size + axis.before + axis.after for axis in case.axes]
    whole = np.zeros((batch, *spatial, channels), np.result_type(g, case.kernel))
    for tap, read in _taps(case):
        parts = zip(*_by_group(case, g, case.kernel[tap]), strict=True)
        whole[read] += np.concatenate([np.tensordot(dy, k, axes=(-1, -1)) for dy, k in parts], -1)
    if not any(map(any, case.pads)):
        return "numpy tensordot for each tap", whole
    kept = (slice(axis.before, axis.before + axis.size) for axis in case.axes)
    return "numpy tensordot for each tap + slicing", whole[(slice(None), *kept)]


def _kernel_gradient(case: Case, g: Array) -> tuple[str, Array]:
    """Each tap's: what it read times what it gave to, summed over images and outputs."""
    call, x = _padded(case, "tensordot for each tap")
    array = np.zeros(case.kernel.shape, np.result_type(x, g))
    axes = (range(g.ndim - 1),) * 2
    for tap, read in _taps(case):
        parts = zip(*_by_group(case, x[read], g), strict=True)
        array[tap] = np.concatenate([np.tensordot(part, dy, axes=axes) for part, dy in parts], -1)
    return call, array


def _taps(case: Case) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Each tap, and what it reads of the padded input: a place for each output."""
    for tap in product(*(range(axis.taps) for axis in case.axes)):
        read = (
            slice(
                t * axis.dilation, t * axis.dilation + (axis.out - 1) * axis.stride + 1, axis.stride
            )
            for t, axis in zip(tap, case.axes, strict=True)
        )
        yield tap, (slice(None), *read)


def _by_group(case: Case, *arrays: Array) -> tuple[list[Array], ...]:
    return tuple(np.split(array, case.spec.groups, axis=-1) for array in arrays)


def _check_forward(case: Case) -> None:
    if case.spec.transposed:
        raise NotImplementedError("sliding_window_view has no transposed convolution")


def _padded(case: Case, call: str) -> tuple[str, Array]:
    """The call in words, and the input with its padding."""
    if any(map(any, case.pads)):
        return f"numpy.pad + {call}", np.pad(case.input, [(0, 0), *case.pads, (0, 0)])
    return f"numpy {call}", case.input


def _windows(case: Case, x: Array) -> Array:
    """A view of shape (N, *outputs, C, *taps)."""
    axes = tuple(range(1, case.spec.rank + 1))
    reach = tuple(axis.dilation * (axis.taps - 1) + 1 for axis in case.axes)
    steps = tuple(slice(None, None, s) for s in case.spec.strides)
    taps = tuple(slice(None, None, d) for d in case.spec.dilations)
    windows: Array = sliding_window_view(x, reach, axis=axes)  # type: ignore[call-overload,unused-ignore]
    kept = (slice(None), *steps, slice(None), *taps)
    return windows[kept]
