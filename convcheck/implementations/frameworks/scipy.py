"""Computes a case with ``scipy.signal.correlate(mode="valid", method="direct")``.

One call for each image and filter. Layouts are convcheck's: an image (*spatial, C) against a filter
(*spatial, C), whose single output along the channels is their sum. ``np.pad`` makes the padding,
slicing the strides, a loop the groups.
``correlate`` has no dilation and no transposed convolution, and nothing here stands in for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy
from scipy.signal import correlate

from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.implementations.name import Name


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"scipy": scipy.__version__}


def compute(case: Case, name: Name) -> Computed:
    """Run the case through ``scipy.signal.correlate``."""
    spec = case.spec
    if spec.transposed:
        raise NotImplementedError("scipy.signal.correlate has no transposed convolution")
    if max(spec.dilations) > 1:
        raise NotImplementedError("scipy.signal.correlate has no dilation")
    call = "scipy.signal.correlate"
    x = case.input
    if any(map(any, case.pads)):
        call = f"numpy.pad + {call}"
        x = np.pad(x, [(0, 0), *case.pads, (0, 0)])
    y = np.stack([_image(case, image) for image in x])
    computed_in = y.dtype.name
    if case.bias is not None:
        call += " + add"
        y = y + case.bias
    # Its C code takes both operands to the type that comes out.
    dtypes = Dtypes(computed_in, computed_in, computed_in, y.dtype.name)
    return Computed(array=y, call=call, dtypes=dtypes, device="CPU")


def _image(case: Case, image: Array) -> Array:
    groups, filters = case.spec.groups, case.kernel.shape[-1]
    parts = np.split(image, groups, axis=-1)
    steps = tuple(slice(None, None, s) for s in case.spec.strides)
    outputs = [
        correlate(parts[o * groups // filters], case.kernel[..., o], mode="valid", method="direct")
        for o in range(filters)
    ]
    found: Array = np.concatenate(outputs, axis=-1)[steps]
    return found
