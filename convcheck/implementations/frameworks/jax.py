"""Computes a case with JAX's convolutions, ``jax.lax``.

Layouts are passed by name: NHWC or NCHW as asked, kernels HWIO. A transposed kernel is HWOI, which
is what ``jax.lax.conv_transpose(transpose_kernel=True)`` takes. That function knows no groups; a
grouped transposed convolution is what it does inside: ``conv_general_dilated`` with an
``lhs_dilation`` and a kernel that is flipped, with HWOI rearranged to HWIO group by group.

Crops beyond a window less one become negative padding, which JAX accepts. XLA on a CPU
reads outside the input for some of it in float32 and float16, and gives what it finds there:
https://github.com/openxla/xla/issues/48713.

JAX casts float64 to float32 silently unless ``jax_enable_x64`` is set. The default here is
JAX's own, so that this cast is met as users meet it; ``x64=1`` or ``JAX_ENABLE_X64=1`` lets float64
through.

A gradient is what ``jax.vjp`` gives of the same call.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib import metadata
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from convcheck.case.dtypes import dtype_named
from convcheck.case.passes import BIAS_GRADIENT, INPUT_GRADIENT, KERNEL_GRADIENT
from convcheck.implementations.frameworks.gradients import (
    no_gradient,
    place_of,
)
from convcheck.implementations.frameworks.layouts import from_format, to_format
from convcheck.implementations.interface import Computed
from convcheck.implementations.observation import ObservedDtypes

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.case.passes import Gradient
    from convcheck.implementations.name import Name

_SPATIAL = ("W", "HW", "DHW")


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"jax": jax.__version__, "jaxlib": metadata.version("jaxlib")}


def compute(case: Case, name: Name) -> Computed:
    """Run the case through ``jax.lax``."""
    with _x64(name.option("x64")), _device(name.option("device")), observed() as observation:
        call, y = _run(case, *_operands(case))
    return Computed(
        array=from_format(np.asarray(y), case.data_format),
        call=call,
        dtypes=observation.dtypes(y.dtype.name),
        device=device_of(y),
    )


def gradient(asked: Gradient, name: Name) -> Computed:
    """What ``jax.vjp`` gives of the call of ``compute``.

    Raises CannotCompute where JAX gives none.
    """
    calls: list[str] = []

    def forward(wanted: Any) -> Any:
        call, y = _run(case, *(wanted if n == place else one for n, one in enumerate(operands)))
        calls.append(call)
        return y

    with _x64(name.option("x64")), _device(name.option("device")):
        output = jax.eval_shape(lambda: _run(asked.forward, *_operands(asked.forward))[1])
        case = asked.with_bias(dtype_named(output.dtype.name))
        operands, place = _operands(case), place_of(asked.kind)
        y, pull = jax.vjp(forward, jax.numpy.asarray(operands[place]))
        if y.dtype.kind in "iu":
            raise no_gradient("jax.vjp", asked)
        g = to_format(asked.output_gradient, case.data_format).astype(dtype_named(y.dtype.name))
        with observed(*gradient_places(asked)) as observation:
            (found,) = pull(jax.numpy.asarray(g))
    array = np.asarray(found)
    if asked.kind == INPUT_GRADIENT:
        array = from_format(array, case.data_format)
    return Computed(
        array=array,
        call=f"jax.vjp of {calls[0]}",
        dtypes=observation.dtypes(found.dtype.name),
        device=device_of(found),
    )


def gradient_places(asked: Gradient) -> tuple[Any, int, int | None]:
    """(primitive, input, kernel): what computes a gradient, and where these stand as operands.

    They are what is input and kernel in ``Gradient.case``. JAX convolves the input with the output
    gradient, also for a transposed convolution's kernel.
    """
    if asked.kind == BIAS_GRADIENT:
        return jax.lax.reduce_sum_p, 0, None
    swapped = asked.kind == KERNEL_GRADIENT and asked.forward.spec.transposed
    return jax.lax.conv_general_dilated_p, int(swapped), int(not swapped)


def _operands(case: Case) -> list[Any]:
    """Input, kernel, and bias or None."""
    return [to_format(case.input, case.data_format), case.kernel, case.bias]


def _run(case: Case, x: Any, kernel: Any, bias: Any) -> tuple[str, Any]:
    """The call, and what it gives."""
    call, y = (_transposed if case.spec.transposed else _forward)(case, x, kernel)
    if bias is None:
        return call, y
    return f"{call} + add", y + to_format(_along_channels(bias, case.spec.rank), case.data_format)


def _forward(case: Case, x: Any, kernel: Any) -> tuple[str, Any]:
    spec = case.spec
    padding = spec.padding.upper() if isinstance(spec.padding, str) else spec.padding
    y = jax.lax.conv_general_dilated(
        x,
        kernel,
        window_strides=spec.strides,
        padding=padding,
        rhs_dilation=spec.dilations,
        dimension_numbers=_dimension_numbers(case),
        feature_group_count=spec.groups,
    )
    return "jax.lax.conv_general_dilated", y


def _transposed(case: Case, x: Any, kernel: Any) -> tuple[str, Any]:
    spec = case.spec
    # The transposed convolution as a forward one over the dilated input: each crop of the full
    # output leaves so much less padding than a window less one.
    reach = [(axis.taps - 1) * axis.dilation for axis in case.axes]
    pads = [(r - before, r - after) for r, (before, after) in zip(reach, case.pads, strict=True)]
    if spec.groups == 1:
        by_name = spec.padding == "same" and not spec.output_padding
        y = jax.lax.conv_transpose(
            x,
            kernel,
            strides=spec.strides,
            padding="SAME" if by_name else pads,
            rhs_dilation=spec.dilations,
            dimension_numbers=_dimension_numbers(case),
            transpose_kernel=True,
        )
        return "jax.lax.conv_transpose", y
    y = jax.lax.conv_general_dilated(
        x,
        _forward_kernel(kernel, spec.rank, spec.groups),
        window_strides=(1,) * spec.rank,
        padding=pads,
        lhs_dilation=spec.strides,
        rhs_dilation=spec.dilations,
        dimension_numbers=_dimension_numbers(case),
        feature_group_count=spec.groups,
    )
    return "jax.lax.conv_general_dilated", y


def _forward_kernel(kernel: Any, rank: int, groups: int) -> Any:
    """HWOI with I = channels to HWIO with I = channels / groups, flipped."""
    taps = kernel.shape[:rank]
    filters, channels = kernel.shape[rank:]
    split = kernel.reshape(*taps, filters, groups, channels // groups)
    moved = split.transpose(*range(rank), rank + 2, rank + 1, rank)
    flipped = moved[(slice(None, None, -1),) * rank]  # np.flip takes no tracer
    return flipped.reshape(*taps, channels // groups, groups * filters)


def _dimension_numbers(case: Case) -> tuple[str, str, str]:
    spatial = _SPATIAL[case.spec.rank - 1]
    image = f"N{spatial}C" if case.data_format == "NHWC" else f"NC{spatial}"
    return image, f"{spatial}IO", image


def _along_channels(bias: Any, rank: int) -> Any:
    return bias.reshape((1,) * (rank + 1) + bias.shape)


def _x64(option: str) -> contextlib.AbstractContextManager[Any]:
    if not option:
        return contextlib.nullcontext()
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(option == "1")  # type: ignore[no-any-return]
    from jax.experimental import enable_x64  # where older versions have it

    return enable_x64(option == "1")  # type: ignore[no-any-return]


def _device(option: str) -> contextlib.AbstractContextManager[Any]:
    if not option:
        return contextlib.nullcontext()
    platform, _, index = option.partition(":")
    return jax.default_device(jax.devices(platform)[int(index or 0)])  # type: ignore[no-any-return]


def device_of(y: Any) -> str:
    """The device that an array is on, such as ``cpu:0``."""
    (device,) = y.devices()
    return f"{device.platform}:{device.id}"


@contextlib.contextmanager
def observed(
    primitive: Any = jax.lax.conv_general_dilated_p, x: int = 0, kernel: int | None = 1
) -> Iterator[ObservedDtypes]:
    """Observe the dtypes that reach a primitive of JAX's, its convolution, when it is first bound.

    ``x`` and ``kernel`` say where these stand among its operands. One that is still a NumPy array
    there is seen as JAX sees it: by its abstract value, which is where float64 becomes float32.
    """
    observation = ObservedDtypes()
    bind = primitive.bind

    def bind_observed(*operands: Any, **parameters: Any) -> Any:
        if observation.pending:
            observation.input = _dtype_name(operands[x])
            observation.kernel = None if kernel is None else _dtype_name(operands[kernel])
        return bind(*operands, **parameters)

    primitive.bind = bind_observed
    try:
        yield observation
    finally:
        del primitive.bind


def _dtype_name(operand: Any) -> str:
    return str(jax.eval_shape(lambda v: v, operand).dtype.name)
