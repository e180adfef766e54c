"""``python:MODULE:FUNCTION``: calls the user's function.

The module is imported from the current folder, or read from a file (``python:./mine.py:f``).
Called as ``f(input, kernel, *, bias, strides, pads, dilations, groups, transposed)`` with NumPy
arrays, NHWC and HWIO (transposed: HWOI), ``bias`` an array or None, and ``pads`` as (before, after)
for each axis: zeros around the input, or for a transposed convolution what is cropped of the full
output (negative: appended). It returns the output, NHWC, as an array. The arrays that it is given
are read-only: the next implementation gets the same ones.

For a quantized case it is called with ``input_scale``, ``input_zero_point``, ``kernel_scale``,
``kernel_zero_point`` (arrays: one number, or one for each output channel), ``output_scale``,
``output_zero_point`` and ``activation`` too, and returns integers of the input's dtype, or the sums
themselves in int32 or int64.

A function that names a parameter ``output_gradient`` gets it and ``pass_`` too: an array of the
output's shape and the gradient's name, of which it returns that gradient, in the shape of what it
is by; forward they are None and ``forward``.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.passes import FORWARD, Gradient
from convcheck.errors import CannotCompute, ConvcheckError
from convcheck.implementations.interface import Computed
from convcheck.implementations.observation import check_array
from convcheck.quantized.any_case import AnyCase, Asked, operands_of
from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array
    from convcheck.implementations.name import Name
    from convcheck.quantized.case import QuantizedCase


class WrongSignature(ConvcheckError):
    """A function that takes other arguments than it is called with."""


def versions() -> dict[str, str]:
    """NumPy's alone; what else the function uses is not known."""
    return {"numpy": np.__version__}


def compute(case: AnyCase, name: Name) -> Computed:
    """Call the function on the case.

    Raises NotAnArray where it returns something else than an array of real numbers.
    """
    return call(function_of(name.target), name.target, case)


def gradient(asked: Gradient, name: Name) -> Computed:
    """Call the function for the gradient. Raises CannotCompute where it takes none."""
    return call(function_of(name.target), name.target, asked)


def call(function: Callable[..., Any], name: str, given: Asked) -> Computed:
    """What a function of this name gives for the case or gradient; see ``compute``."""
    case = operands_of(given)
    keywords = _keywords(case) | _pass(function, name, given)
    if not isinstance(given, (Case, Gradient)):
        keywords |= _parameters(given)
    _check_signature(function, name, list(keywords))
    array = _array(name, function(case.input, case.kernel, **keywords))
    return Computed(array=array, call=name, dtypes=Dtypes(output=array.dtype.name))


def _keywords(case: Case) -> dict[str, Any]:
    """What a function gets beside input and kernel."""
    spec = case.spec
    return {
        "bias": case.bias,
        "strides": spec.strides,
        "pads": case.pads,
        "dilations": spec.dilations,
        "groups": spec.groups,
        "transposed": spec.transposed,
    }


def _pass(function: Callable[..., Any], name: str, given: Asked) -> dict[str, Any]:
    """What a function gets that computes gradients; nothing for another."""
    if not _takes_output_gradient(function):
        if not isinstance(given, Gradient):
            return {}
        raise CannotCompute(
            f"{name} takes no output_gradient; give it the keywords pass_ and output_gradient"
        )
    if isinstance(given, Gradient):
        return {"pass_": given.kind, "output_gradient": given.output_gradient}
    return {"pass_": FORWARD, "output_gradient": None}


def _takes_output_gradient(function: Callable[..., Any]) -> bool:
    """Whether it names that parameter; ``**keywords`` may be swallowed unread."""
    try:
        return "output_gradient" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # of compiled code it may not be known
        return False


def _parameters(quantized: QuantizedCase) -> dict[str, Any]:
    """What it gets of a quantized case beside these; the arrays are its own copies."""
    p = quantized.parameters
    return {
        "input_scale": p.i,
        "input_zero_point": p.input_zero_point,
        "kernel_scale": np.array(p.w),
        "kernel_zero_point": np.array(p.zw),
        "output_scale": p.o,
        "output_zero_point": p.output_zero_point,
        "activation": p.activation,
    }


def function_of(target: str) -> Callable[..., Any]:
    """The function of ``MODULE:FUNCTION``. Raises what importing its module raises."""
    module, _, path = target.rpartition(":")
    found: Any = _from_file(module) if module.endswith(".py") else importlib.import_module(module)
    for attribute in path.split("."):
        found = getattr(found, attribute)
    return found  # type: ignore[no-any-return]


@functools.cache
def _from_file(path: str) -> ModuleType:
    """The module in a file, with its folder on the path: what lies beside it can be imported."""
    place = os.path.abspath(os.path.expanduser(path))
    folder, file = os.path.split(place)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(os.path.splitext(file)[0], place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _check_signature(function: Callable[..., Any], name: str, keywords: Sequence[str]) -> None:
    """Raises WrongSignature where the function cannot be called with these keywords."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # of compiled code it may not be known
        return
    try:
        signature.bind(None, None, **dict.fromkeys(keywords))
    except TypeError as error:
        raise WrongSignature(
            f"{name}{signature} cannot be called ({error}); write it as "
            f"def {name.rpartition(':')[2].rpartition('.')[2]}(input, kernel, *, "
            f"{', '.join(keywords)})"
        ) from None


def _array(target: str, returned: Any) -> Array:
    if not isinstance(returned, np.ndarray) and hasattr(returned, "__array__"):
        returned = np.asarray(returned)
    check_array(returned, f"{target} returned")
    array: Array = returned
    return array
