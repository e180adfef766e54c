"""Builds a case from a request: reads or makes the arrays and resolves the geometry.

Raises UsageError where a file cannot be read, and SpecError where the arrays do not fit together.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case import inputs
from convcheck.case.case import Case
from convcheck.case.checks import check_size, show
from convcheck.case.dtypes import dtype_named
from convcheck.case.request import NAMED_KERNELS, Request
from convcheck.case.sizes import check_room
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.case.case import Array

RANDOM_SHAPE = (1, 32, 32, 3)
"""Shape of a random input whose shape nobody gave."""
KERNEL_SIZE = (7,)
"""Taps along each axis of a kernel that convcheck makes and whose size nobody gave."""


def build(request: Request) -> Case:
    """The case that a request describes. Raises UsageError, or SpecError where parts do not fit."""
    # Shapes first, arrays only where all fits together and into memory.
    input_shape, input_bytes = _input_size(request)
    kernel_file = (
        None if request.kernel in NAMED_KERNELS else inputs.array_header(request.kernel, "kernel")
    )
    file_shape = None if kernel_file is None else kernel_file.shape
    rank = _rank(input_shape, file_shape, request.kernel_size)
    if file_shape is not None and len(file_shape) != rank + 2:
        raise SpecError(
            f"the kernel {clean(request.kernel)} has shape {file_shape}; expected spatial axes, "
            "then channels / groups, then filters, 3 to 5 axes in all"
        )
    size = _kernel_size(request, rank) if file_shape is None else file_shape[:-2]
    spec = ConvSpec.make(
        size,
        strides=request.strides,
        padding=request.padding,
        dilations=request.dilations,
        groups=request.groups,
        transposed=request.transposed,
        output_padding=request.output_padding,
    )
    kernel_shape = file_shape or _kernel_shape(request, spec, input_shape[-1])
    kernel_bytes = kernel_file.dtype.itemsize if kernel_file else _bytes(request.kernel_dtype, 4)
    check_room(spec, input_shape, kernel_shape, (input_bytes, kernel_bytes))
    filters = spec.channels(kernel_shape)[1]
    kernel = _kernel(request, kernel_shape)
    return Case(
        spec=spec,
        input=_input(request, input_shape),
        kernel=kernel,
        bias=_bias(request, filters, kernel),
        data_format=request.data_format,
        sources=(request.input, request.kernel, request.bias),
    )


def _input_size(request: Request) -> tuple[tuple[int, ...], int]:
    """Shape of the input, and the bytes of one of its elements."""
    if request.input == "random":
        shape = request.input_shape or RANDOM_SHAPE
        check_size("input", shape)
        return shape, _bytes(request.input_dtype, 4)
    if inputs.is_image(request.input):
        return inputs.image_shape(request.input), _bytes(request.input_dtype, 8)
    header = inputs.array_header(request.input, "input")
    return header.shape, _bytes(request.input_dtype, header.dtype.itemsize)


def _bytes(dtype: str | None, default: int) -> int:
    return default if dtype is None else int(dtype_named(dtype).itemsize)


def _input(request: Request, shape: tuple[int, ...]) -> Array:
    if request.input == "random":
        return _random("input", shape, request.input_dtype or "float32", request.seed)
    read = (
        inputs.read_image(request.input)
        if inputs.is_image(request.input)
        else inputs.read_array(request.input, "input")
    )
    return inputs.as_dtype(read, request.input_dtype)


def _rank(
    input_shape: tuple[int, ...],
    kernel_shape: tuple[int, ...] | None,
    kernel_size: tuple[int, ...] | None,
) -> int:
    if kernel_shape is not None:
        return min(max(len(kernel_shape) - 2, 1), 3)
    if kernel_size is not None and len(kernel_size) > 1:
        return len(kernel_size)
    if not 3 <= len(input_shape) <= 5:
        raise SpecError(
            f"input of shape {input_shape}; expected (N, H, W, C), "
            "or one spatial axis less or more; an array without batch or channel axis can be "
            "given one: numpy.expand_dims(x, 0) or numpy.expand_dims(x, -1)"
        )
    return len(input_shape) - 2


def _kernel_size(request: Request, rank: int) -> tuple[int, ...]:
    size = request.kernel_size or KERNEL_SIZE
    return size * rank if len(size) == 1 else size


def _kernel_shape(request: Request, spec: ConvSpec, channels: int) -> tuple[int, ...]:
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
    return shape


def _kernel(request: Request, shape: tuple[int, ...]) -> Array:
    if request.kernel not in NAMED_KERNELS:
        return inputs.read_array(request.kernel, "kernel")
    dtype = request.kernel_dtype or "float32"
    if request.kernel == "random":
        return _random("kernel", shape, dtype, request.seed)
    return np.full(shape, request.kernel == "ones", dtype_named(dtype))


def _bias(request: Request, filters: int, kernel: Array) -> Array | None:
    if request.bias == "none":
        return None
    if request.bias == "zeros":
        return np.zeros(filters, kernel.dtype)
    if request.bias == "random":
        return _random("bias", (filters,), kernel.dtype.name, request.seed)
    return inputs.read_array(request.bias, "bias")


def _random(role: str, shape: tuple[int, ...], dtype: str, seed: int) -> Array:
    check_memory((8 + _bytes(dtype, 8)) * prod(shape), f"a random {role} of shape {show(shape)}")
    values = inputs.random(role, shape, seed)
    # A negative number has no unsigned value: what C makes of it depends on the processor.
    return inputs.as_dtype(abs(values) if dtype.startswith("uint") else values, dtype)
