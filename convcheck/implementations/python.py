"""``python:MODULE:FUNCTION``: calls the user's function, imported from the current folder.

Called as ``f(input, kernel, *, bias, strides, pads, dilations, groups, transposed)`` with NumPy
arrays, NHWC and HWIO (transposed: HWOI), ``bias`` an array or None, and ``pads`` as (before, after)
for each axis: zeros around the input, or for a transposed convolution what is cropped of the full
output (negative: appended). It returns the output, NHWC, as an array. The arrays that it is given
are read-only: the next implementation gets the same ones.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.implementations.interface import Computed
from convcheck.implementations.observation import check_array
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.implementations.name import Name


def versions() -> dict[str, str]:
    """NumPy's alone; what else the function uses is not known."""
    return {"numpy": np.__version__}


def compute(case: Case, name: Name) -> Computed:
    """Call the function on the case.

    Raises NotAnArray where it returns something else than an array of real numbers.
    """
    function = _function(name.target)
    spec = case.spec
    returned = function(
        case.input,
        case.kernel,
        bias=case.bias,
        strides=spec.strides,
        pads=case.pads,
        dilations=spec.dilations,
        groups=spec.groups,
        transposed=spec.transposed,
    )
    array = _array(name.target, returned)
    return Computed(array=array, call=name.target, dtypes=Dtypes(output=array.dtype.name))


def _function(target: str) -> Callable[..., Any]:
    module, _, path = target.partition(":")
    found: Any = importlib.import_module(module)
    for attribute in path.split("."):
        found = getattr(found, attribute)
    return found  # type: ignore[no-any-return]


def _array(target: str, returned: Any) -> Array:
    if not isinstance(returned, np.ndarray) and hasattr(returned, "__array__"):
        returned = np.asarray(returned)
    check_array(returned, f"{target} returned")
    array: Array = returned
    return array
