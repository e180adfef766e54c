"""Builds a case from a request: reads or makes the arrays and resolves the geometry.

Raises UsageError where a file cannot be read, and SpecError where the arrays do not fit together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convcheck.case import inputs
from convcheck.case.case import Case
from convcheck.case.checks import check_size
from convcheck.case.request import NAMED_KERNELS, Request
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError

if TYPE_CHECKING:
    from convcheck.case.case import Array

RANDOM_SHAPE = (1, 32, 32, 3)
"""Shape of a random input whose shape nobody gave."""
KERNEL_SIZE = (7,)
"""Taps along each axis of a kernel that convcheck makes and whose size nobody gave."""


def build(request: Request) -> Case:
    """The case that a request describes. Raises UsageError, or SpecError where parts do not fit."""
    x = _input(request)
    kernel_file = (
        None if request.kernel in NAMED_KERNELS else inputs.read_array(request.kernel, "kernel")
    )
    rank = _rank(x, kernel_file, request.kernel_size)
    if kernel_file is not None and kernel_file.ndim != rank + 2:
        raise SpecError(
            f"the kernel {request.kernel} has shape {kernel_file.shape}; expected spatial axes, "
            "then channels / groups, then filters, 3 to 5 axes in all"
        )
    size = _kernel_size(request, rank) if kernel_file is None else kernel_file.shape[:-2]
    spec = ConvSpec.make(
        size,
        strides=request.strides,
        padding=request.padding,
        dilations=request.dilations,
        groups=request.groups,
        transposed=request.transposed,
        output_padding=request.output_padding,
    )
    kernel = kernel_file if kernel_file is not None else _kernel(request, spec, x.shape[-1])
    filters = spec.channels(kernel.shape)[1]
    return Case(
        spec=spec,
        input=x,
        kernel=kernel,
        bias=_bias(request, filters, kernel),
        data_format=request.data_format,
        sources=(request.input, request.kernel, request.bias),
    )


def _input(request: Request) -> Array:
    if request.input == "random":
        shape = request.input_shape or RANDOM_SHAPE
        check_size("input", shape)
        return _random("input", shape, request.input_dtype or "float32", request.seed)
    if inputs.is_image(request.input):
        return inputs.as_dtype(inputs.read_image(request.input), request.input_dtype)
    return inputs.as_dtype(inputs.read_array(request.input, "input"), request.input_dtype)


def _rank(x: Array, kernel: Array | None, kernel_size: tuple[int, ...] | None) -> int:
    if kernel is not None:
        return min(max(kernel.ndim - 2, 1), 3)
    if kernel_size is not None and len(kernel_size) > 1:
        return len(kernel_size)
    if not 3 <= x.ndim <= 5:
        raise SpecError(
            f"input of shape {x.shape}; expected (N, H, W, C), or one spatial axis less or more; "
            "an array without batch or channel axis can be given one: "
            "numpy.expand_dims(x, 0) or numpy.expand_dims(x, -1)"
        )
    return x.ndim - 2


def _kernel_size(request: Request, rank: int) -> tuple[int, ...]:
    size = request.kernel_size or KERNEL_SIZE
    return size * rank if len(size) == 1 else size


def _kernel(request: Request, spec: ConvSpec, channels: int) -> Array:
    filters = request.filters or spec.groups  # the fewest that groups allow
    if spec.transposed:
        shape = (*spec.kernel_size, max(filters // spec.groups, 1), channels)
    else:
        shape = (*spec.kernel_size, max(channels // spec.groups, 1), filters)
    if filters % spec.groups:
        raise SpecError(
            f"groups={spec.groups} must divide the {filters} filters; "
            f"try --filters {-(-filters // spec.groups) * spec.groups}"
        )
    check_size("kernel", shape)
    dtype = request.kernel_dtype or "float32"
    if request.kernel == "random":
        return _random("kernel", shape, dtype, request.seed)
    fill = np.ones if request.kernel == "ones" else np.zeros
    return inputs.as_dtype(fill(shape), dtype)


def _bias(request: Request, filters: int, kernel: Array) -> Array | None:
    if request.bias == "none":
        return None
    if request.bias == "zeros":
        return np.zeros(filters, kernel.dtype)
    if request.bias == "random":
        return _random("bias", (filters,), kernel.dtype.name, request.seed)
    return inputs.read_array(request.bias, "bias")


def _random(role: str, shape: tuple[int, ...], dtype: str, seed: int) -> Array:
    values = inputs.random(role, shape, seed)
    # A negative number has no unsigned value: what C makes of it depends on the processor.
    return inputs.as_dtype(abs(values) if dtype.startswith("uint") else values, dtype)
