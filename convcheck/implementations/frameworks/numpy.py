"""Computes a case with NumPy, as people write it: ``sliding_window_view`` and ``tensordot``.

Layouts are convcheck's: NHWC and HWIO. ``np.pad`` makes the padding, slices of the windows the
strides and dilations, a loop the groups. There is no transposed convolution of this form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.implementations.name import Name


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"numpy": np.__version__}


def compute(case: Case, name: Name) -> Computed:
    """Run the case through ``sliding_window_view`` and ``tensordot``."""
    spec = case.spec
    if spec.transposed:
        raise NotImplementedError("sliding_window_view has no transposed convolution")
    rank = spec.rank
    call = "numpy sliding_window_view + tensordot"
    x = case.input
    if any(map(any, case.pads)):
        call = "numpy.pad + sliding_window_view + tensordot"
        x = np.pad(x, [(0, 0), *case.pads, (0, 0)])
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


def _windows(case: Case, x: Array) -> Array:
    """A view of shape (N, *outputs, C, *taps)."""
    axes = tuple(range(1, case.spec.rank + 1))
    reach = tuple(axis.dilation * (axis.taps - 1) + 1 for axis in case.axes)
    steps = tuple(slice(None, None, s) for s in case.spec.strides)
    taps = tuple(slice(None, None, d) for d in case.spec.dilations)
    windows: Array = sliding_window_view(x, reach, axis=axes)  # type: ignore[call-overload,unused-ignore]
    kept = (slice(None), *steps, slice(None), *taps)
    return windows[kept]
