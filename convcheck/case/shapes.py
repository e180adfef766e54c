"""The geometry and the shapes of the case that a request describes, told without them.

Raises UsageError where a file cannot be read, and SpecError where arrays would not fit.
"""

from __future__ import annotations

from convcheck.case import inputs
from convcheck.case.checks import check_size
from convcheck.case.dtypes import dtype_named
from convcheck.case.layouts import canonical_kernel_shape, channels_last_shape, other_layouts
from convcheck.case.request import NAMED_BIASES, NAMED_KERNELS, Request
from convcheck.case.sizes import check_room
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError, UsageError
from convcheck.untrusted.npy import Header
from convcheck.untrusted.text import clean

RANDOM_SHAPE = (1, 32, 32, 3)
"""Shape of a random input whose shape nobody gave."""
SHORTEST_SIDE = 16
"""Positions along both sides from which an array of three axes may be a picture."""
KERNEL_SIZE = (7,)
"""Taps along each axis of a kernel that convcheck makes and whose size nobody gave."""


def shapes(request: Request) -> tuple[ConvSpec, tuple[int, ...], tuple[int, ...]]:
    """The spec, and the shapes of input and kernel: no array where they do not fit into memory."""
    input_shape, input_bytes = _input_size(request)
    kernel_file = (
        None if request.kernel in NAMED_KERNELS else inputs.array_header(request.kernel, "kernel")
    )
    file_shape, groups = _file_shape(request, kernel_file)
    rank = _rank(request, input_shape, file_shape)
    size = _kernel_size(request, rank) if file_shape is None else file_shape[:-2]
    spec = ConvSpec.make(
        size,
        strides=request.strides,
        padding=request.padding,
        dilations=request.dilations,
        groups=groups,
        transposed=request.transposed,
        output_padding=request.output_padding,
    )
    kernel_shape = file_shape or _kernel_shape(request, spec, input_shape[-1])
    kernel_bytes = kernel_file.dtype.itemsize if kernel_file else bytes_of(request.kernel_dtype, 4)
    _check_fit(request, spec, input_shape, kernel_shape)
    check_room(spec, input_shape, kernel_shape, (input_bytes, kernel_bytes))
    return spec, input_shape, kernel_shape


def _file_shape(request: Request, header: Header | None) -> tuple[tuple[int, ...] | None, int]:
    """Shape of the kernel file in convcheck's layout, None without one; and the groups."""
    if header is None:
        return None, request.groups
    if not 3 <= len(header.shape) <= 5:
        raise SpecError(
            f"the kernel {clean(request.kernel)} has shape {header.shape}; expected spatial axes, "
            "then channels / groups, then filters, 3 to 5 axes in all"
        )
    return canonical_kernel_shape(
        header.shape,
        request.kernel_layout,
        groups=request.groups,
        transposed=request.transposed,
    )


def _check_fit(
    request: Request,
    spec: ConvSpec,
    input_shape: tuple[int, ...],
    kernel_shape: tuple[int, ...],
) -> None:
    """Raise SpecError where files do not fit together, and say in which layouts they would."""
    bias_shape = None
    if request.bias not in NAMED_BIASES:
        bias_shape = inputs.array_header(request.bias, "bias").shape
    try:
        output_shape = spec.output_shape(input_shape, kernel_shape)
        if bias_shape is None or bias_shape == output_shape[-1:]:
            return
    except SpecError as error:
        reason: SpecError | None = error
    else:
        reason = None  # the case says what is wrong with a bias
    made = {"--input-layout": request.makes_input or inputs.is_image(request.input)}
    made["--kernel-layout"] = request.kernel in NAMED_KERNELS
    given = {"--input-layout": request.input_layout, "--kernel-layout": request.kernel_layout}
    known = [option for option in given if made[option] or given[option]]
    words = other_layouts(spec, input_shape, kernel_shape, bias_shape, known=known)
    if words:
        raise SpecError(words) from reason
    if reason is not None:
        raise reason


def _input_size(request: Request) -> tuple[tuple[int, ...], int]:
    """Shape of the input, and the bytes of one of its elements."""
    if request.makes_input:
        shape = request.input_shape or RANDOM_SHAPE
        check_size("input", shape)
        return shape, bytes_of(request.input_dtype, 4)
    if inputs.is_image(request.input):
        if request.input_layout is not None:
            raise UsageError(
                f"--input-layout goes with an array file, not with '{clean(request.input)}', a "
                "picture, which is read as NHWC; leave it out"
            )
        return inputs.image_shape(request.input), bytes_of(request.input_dtype, 8)
    header = inputs.array_header(request.input, "input")
    shape = channels_last_shape(header.shape, request.input_layout, "--input-layout")
    return shape, bytes_of(request.input_dtype, header.dtype.itemsize)


def bytes_of(dtype: str | None, default: int) -> int:
    """Of one element of this dtype, or as many as its default has."""
    return default if dtype is None else int(dtype_named(dtype).itemsize)


def _rank(
    request: Request, input_shape: tuple[int, ...], kernel_shape: tuple[int, ...] | None
) -> int:
    kernel_size = request.kernel_size
    own = None
    if kernel_shape is not None:
        own = len(kernel_shape) - 2
    elif kernel_size is not None and len(kernel_size) > 1:
        own = len(kernel_size)
    if own is not None and request.rank not in (None, own):
        raise SpecError(
            f"--rank {request.rank}, but the kernel has {own} spatial axes; leave --rank out"
        )
    if own is not None or request.rank is not None:
        return own or request.rank or 0
    if not 3 <= len(input_shape) <= 5:
        raise SpecError(
            f"input of shape {input_shape}; expected (N, H, W, C), "
            "or one spatial axis less or more; an array without batch or channel axis can be "
            "given one: numpy.expand_dims(x, 0) or numpy.expand_dims(x, -1)"
        )
    if _may_be_image(input_shape):
        raise SpecError(
            f"input of shape {input_shape} may be a picture without a batch axis: give it one, "
            "numpy.expand_dims(x, 0); if it is a batch of signals, (N, W, C), say --rank 1"
        )
    return len(input_shape) - 2


def _may_be_image(shape: tuple[int, ...]) -> bool:
    """Whether three axes look like (H, W, C): both sides long, and grey, colours or an alpha."""
    return len(shape) == 3 and min(shape[:2]) >= SHORTEST_SIDE and shape[2] in (1, 3, 4)


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
