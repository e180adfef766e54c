"""From what a user asked for to a case. Raises UsageError, never a traceback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcheck.case import inputs
from convcheck.case.case import Case
from convcheck.case.checks import check_size
from convcheck.case.spec import ConvSpec, Pads
from convcheck.errors import SpecError, UsageError

if TYPE_CHECKING:
    from convcheck.case.case import Array

RANDOM_SHAPE = (1, 32, 32, 3)
NAMED_KERNELS = ("ones", "zeros", "random")
NAMED_BIASES = ("none", "zeros", "random")


@dataclass(frozen=True)
class Request:
    """A case as options ask for it; None where the user said nothing."""

    input: str = "china"
    input_shape: tuple[int, ...] | None = None
    input_dtype: str | None = None
    kernel: str = "ones"
    kernel_size: tuple[int, ...] | None = None
    filters: int | None = None
    kernel_dtype: str | None = None
    bias: str = "none"
    strides: tuple[int, ...] = (1,)
    padding: str | tuple[int, ...] | Pads = "same"
    dilations: tuple[int, ...] = (1,)
    groups: int = 1
    transposed: bool = False
    output_padding: tuple[int, ...] | None = None
    data_format: str = "NHWC"
    seed: int = 0

    def __post_init__(self) -> None:
        """Options that contradict each other, found before any file is read."""
        if self.input_shape is not None and self.input != "random":
            raise UsageError(
                f"--input-shape goes with --input random, not with '{self.input}', "
                "which has its own shape; leave one of them out"
            )
        if self.kernel not in NAMED_KERNELS:
            for option, value in (
                ("--kernel-size", self.kernel_size),
                ("--filters", self.filters),
                ("--kernel-dtype", self.kernel_dtype),
            ):
                if value is not None and self.kernel.lower().endswith(".npy"):
                    raise UsageError(
                        f"{option} goes with a kernel that convcheck makes; "
                        f"'{self.kernel}' has its own shape and dtype; leave {option} out"
                    )


def build(request: Request) -> Case:
    """Read and make the arrays, resolve the geometry, check that all fits."""
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
    size = kernel_file.shape[:-2] if kernel_file is not None else _each(request.kernel_size, rank)
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


def _each(size: tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    size = size or (7,)
    return size * rank if len(size) == 1 else size


def _kernel(request: Request, spec: ConvSpec, channels: int) -> Array:
    import numpy as np

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
    import numpy as np

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
