"""``python:MODULE:FUNCTION``: the user's own function, imported from the current folder.

Called as ``f(input, kernel, *, bias, strides, pads, dilations, groups, transposed)`` with NumPy
arrays, NHWC and HWIO (transposed: HWOI), ``bias`` an array or None, and ``pads`` as (before, after)
for each axis: zeros around the input, or for a transposed convolution what is cropped of the full
output (negative: appended). It returns the output, NHWC, as an array.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.dtypes import DTYPES
from convcheck.errors import ConvcheckError
from convcheck.implementations.interface import Computed
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.implementations.name import Name


class NoArray(ConvcheckError):
    """The function returned something else than an array of numbers."""


def versions() -> dict[str, str]:
    """Only NumPy is known of here."""
    return {"numpy": np.__version__}


def compute(case: Case, name: Name) -> Computed:
    """Call the function on the case."""
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
    if not isinstance(returned, np.ndarray):
        raise NoArray(
            f"{target} returned {_what(returned)}; it must return the output as a NumPy array"
        )
    if returned.dtype.name not in DTYPES:
        raise NoArray(f"{target} returned an array of {returned.dtype}; it must hold real numbers")
    return returned


def _what(returned: Any) -> str:
    return "None" if returned is None else f"a {type(returned).__name__}"
