"""Builds a case from a request: reads or makes the arrays and resolves the geometry.

Raises UsageError where a file cannot be read, and SpecError where the arrays do not fit together.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case import inputs
from convcheck.case.case import Case
from convcheck.case.checks import show
from convcheck.case.dtypes import dtype_named
from convcheck.case.families.asked import BIAS, INPUT, KERNEL, OUTPUT_GRADIENT, Asked
from convcheck.case.families.make import make
from convcheck.case.layouts import to_canonical_kernel, to_channels_last
from convcheck.case.passes import FORWARD, Gradient, check_gradient
from convcheck.case.request import NAMED_KERNELS, Request
from convcheck.case.shapes import bytes_of, shapes
from convcheck.case.spec import ConvSpec
from convcheck.untrusted.memory import check_memory

if TYPE_CHECKING:
    from convcheck.case.case import Array


def build(request: Request) -> Case:
    """The case that a request describes: of a gradient, the convolution that it is.

    Raises UsageError, or SpecError where parts do not fit.
    """
    spec, input_shape, kernel_shape = shapes(request)
    arrays = _arrays(request, spec, input_shape, kernel_shape)
    forward = Case(
        spec=spec,
        input=arrays[INPUT],
        kernel=arrays[KERNEL],
        bias=arrays.get(BIAS),
        data_format=request.data_format,
        sources=(request.input, request.kernel, request.bias),
    )
    if request.pass_ == FORWARD:
        return forward
    g = arrays.get(OUTPUT_GRADIENT)
    if g is None:
        g = random_output_gradient(forward, request.seed)
    return Gradient(request.pass_, forward, g, request.output_gradient or "random").case


def _arrays(
    request: Request, spec: ConvSpec, input_shape: tuple[int, ...], kernel_shape: tuple[int, ...]
) -> dict[str, Array]:
    """Each array by role; of a random output gradient none yet, but where a family makes it."""
    family, is_random = request.family, request.kernel == "random"
    found: dict[str, Array] = {}
    if family is None:
        found[INPUT] = _input(request, input_shape)
    if family is None or not is_random:
        found[KERNEL] = _kernel(request, kernel_shape)
    kernel_dtype = found[KERNEL].dtype if KERNEL in found else _named(request.kernel_dtype)
    input_dtype = found[INPUT].dtype if INPUT in found else _named(request.input_dtype)
    output_shape = spec.output_shape(input_shape, kernel_shape)
    if request.bias != "none" and (family is None or request.bias != "random"):
        found[BIAS] = _bias(request, output_shape[-1], kernel_dtype)
    g_dtype = _result_dtype(input_dtype, kernel_dtype)
    if request.pass_ != FORWARD and request.output_gradient not in (None, "random"):
        found[OUTPUT_GRADIENT] = _output_gradient(request, output_shape, g_dtype)
        check_gradient(found[OUTPUT_GRADIENT], output_shape)
    if family is None:
        return found
    dtypes = {INPUT: input_dtype.name, KERNEL: kernel_dtype.name}
    sizes = {INPUT: input_shape, KERNEL: kernel_shape}
    if request.bias != "none":
        sizes[BIAS] = output_shape[-1:]
        dtypes[BIAS] = found[BIAS].dtype.name if BIAS in found else kernel_dtype.name
    if request.pass_ != FORWARD:
        sizes[OUTPUT_GRADIENT] = output_shape
        dtypes[OUTPUT_GRADIENT] = (
            found[OUTPUT_GRADIENT].dtype.name if OUTPUT_GRADIENT in found else g_dtype
        )
    asked = Asked(family, spec, request.pass_, sizes, dtypes, found, request.seed)
    return found | make(asked)


def _named(dtype: str | None) -> np.dtype[Any]:
    """Of an array that is made here."""
    named: np.dtype[Any] = dtype_named(dtype or "float32")
    return named


def _output_gradient(request: Request, shape: tuple[int, ...], dtype: str) -> Array:
    """One that is no random numbers: in the dtype that NumPy would give the output, or a file's."""
    source = request.output_gradient or "random"
    if source == "ones":
        return np.ones(shape, dtype_named(dtype))
    array = inputs.read_array(source, "output gradient")
    return to_channels_last(array, request.input_layout, "--input-layout")


def random_output_gradient(forward: Case, seed: int = 0) -> Array:
    """A random number for each output, in its dtype."""
    return _random("output gradient", forward.output_shape, output_dtype(forward), seed)


def output_dtype(case: Case) -> str:
    """The dtype that an output has whose operands are not cast."""
    return _result_dtype(*case.dtypes)


def _result_dtype(*dtypes: np.dtype[Any]) -> str:
    try:
        return np.result_type(*dtypes).name
    except TypeError:  # no dtype holds both float16 and bfloat16 but a wider one
        return "float32"


def _input(request: Request, shape: tuple[int, ...]) -> Array:
    if request.input == "random":
        return _random("input", shape, request.input_dtype or "float32", request.seed)
    if inputs.is_image(request.input):
        return inputs.image_in_dtype(request.input, request.input_dtype)
    array = inputs.read_array(request.input, "input")
    read = to_channels_last(array, request.input_layout, "--input-layout")
    return inputs.as_dtype(read, request.input_dtype)


def _kernel(request: Request, shape: tuple[int, ...]) -> Array:
    if request.kernel not in NAMED_KERNELS:
        kernel, _ = to_canonical_kernel(
            inputs.read_array(request.kernel, "kernel"),
            request.kernel_layout,
            groups=request.groups,
            transposed=request.transposed,
        )
        return kernel
    dtype = request.kernel_dtype or "float32"
    if request.kernel == "random":
        return _random("kernel", shape, dtype, request.seed)
    return np.full(shape, request.kernel == "ones", dtype_named(dtype))


def _bias(request: Request, filters: int, dtype: np.dtype[Any]) -> Array:
    if request.bias == "zeros":
        return np.zeros(filters, dtype)
    if request.bias == "random":
        return _random("bias", (filters,), dtype.name, request.seed)
    return inputs.read_array(request.bias, "bias")


def _random(role: str, shape: tuple[int, ...], dtype: str, seed: int) -> Array:
    check_memory((8 + bytes_of(dtype, 8)) * prod(shape), f"a random {role} of shape {show(shape)}")
    values = inputs.random(role, shape, seed)
    # A negative number has no unsigned value: what C makes of it depends on the processor.
    return inputs.as_dtype(abs(values) if dtype.startswith("uint") else values, dtype)
