"""How arrays from elsewhere are laid out: read into NHWC and HWIO (transposed: HWOI).

A layout is a word of one letter for each axis: N images, D H W the spatial axes, C channels,
I input channels (forward: of a group), O filters (transposed: of a group), M filters for each
channel of a depthwise kernel. Imports no NumPy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from convcheck.case.checks import show
from convcheck.case.spec import ConvSpec
from convcheck.errors import UsageError

if TYPE_CHECKING:
    from convcheck.case.case import Array

Shape = tuple[int, ...]
KERNEL_OPTION = "--kernel-layout"
_SPATIAL = ("W", "HW", "DHW")
"""The spatial axes' letters for rank 1, 2 and 3."""
INPUT_LAYOUTS = tuple(f"N{s}C" for s in _SPATIAL) + tuple(f"NC{s}" for s in _SPATIAL)
"""Of inputs and outputs."""
KERNEL_LAYOUTS = tuple(
    pattern.replace("*", s) for pattern in ("*IO", "OI*", "*OI", "IO*", "*CM") for s in _SPATIAL
)
_FORWARD = (("NC*", "OI*"), ("N*C", "OI*"), ("NC*", "*IO"), ("N*C", "*CM"), ("NC*", "*CM"))
_TRANSPOSED = (("NC*", "IO*"), ("N*C", "IO*"), ("NC*", "*OI"), ("N*C", "*IO"), ("N*C", "OI*"))
"""Pairs of input and kernel layouts that people have, the likeliest first."""


def to_channels_last(array: Array, layout: str | None, option: str) -> Array:
    """An input or output of this layout as NHWC (or its like in another rank); a view.

    ``option`` names in messages where the layout was given. Raises UsageError where the array has
    another number of axes.
    """
    return array if layout is None else array.transpose(_to_nhwc(array.shape, layout, option))


def channels_last_shape(shape: Shape, layout: str | None, option: str) -> Shape:
    """The shape that ``to_channels_last`` gives."""
    if layout is None:
        return shape
    return tuple(shape[axis] for axis in _to_nhwc(shape, layout, option))


def to_canonical_kernel(
    kernel: Array,
    layout: str | None,
    *,
    groups: int,
    transposed: bool,
    option: str = KERNEL_OPTION,
) -> tuple[Array, int]:
    """A kernel of this layout as HWIO, transposed HWOI, and the groups that it is for; a view.

    A depthwise kernel (HWCM) is for as many groups as it has channels. Raises UsageError where
    the kernel has another number of axes, or is depthwise beside other groups; ``option`` names in
    messages where the layout was given.
    """
    shape, groups = canonical_kernel_shape(
        kernel.shape, layout, groups=groups, transposed=transposed, option=option
    )
    if layout is None:
        return kernel, groups
    if "M" not in layout:
        kernel = kernel.transpose(_to_hwio(layout, transposed=transposed))
    return kernel.reshape(shape), groups


def canonical_kernel_shape(
    shape: Shape,
    layout: str | None,
    *,
    groups: int,
    transposed: bool,
    option: str = KERNEL_OPTION,
) -> tuple[Shape, int]:
    """The shape that ``to_canonical_kernel`` gives, and the groups."""
    if layout is None:
        return shape, groups
    _check_axes(shape, layout, option)
    if "M" not in layout:
        return tuple(shape[axis] for axis in _to_hwio(layout, transposed=transposed)), groups
    *spatial, channels, multiplier = shape
    if transposed:
        raise UsageError(
            f"{option} {layout} is of a forward depthwise convolution; "
            "a transposed kernel is HWOI or IOHW"
        )
    if groups not in (1, channels):
        raise UsageError(
            f"{option} {layout} of shape {show(shape)} is for {channels} groups, "
            f"one for each channel, not --groups {groups}; leave --groups out"
        )
    return (*spatial, 1, channels * multiplier), channels


def _to_nhwc(shape: Shape, layout: str, option: str) -> tuple[int, ...]:
    """The axes of an array of this layout, in NHWC's order."""
    _check_axes(shape, layout, option)
    channel = layout.index("C")
    return (0, *(axis for axis in range(1, len(shape)) if axis != channel), channel)


def _to_hwio(layout: str, *, transposed: bool) -> tuple[int, ...]:
    """The axes of a kernel of this layout, in HWIO's order, transposed in HWOI's."""
    spatial = (axis for axis, letter in enumerate(layout) if letter in "DHW")
    return (*spatial, *(layout.index(letter) for letter in ("OI" if transposed else "IO")))


def _check_axes(shape: Sequence[int], layout: str, option: str) -> None:
    if len(shape) != len(layout):
        raise UsageError(
            f"{option} {layout} has {len(layout)} axes, but the shape is {show(shape)}; "
            "give the layout of the array as it is"
        )


@dataclass(frozen=True)
class Fit:
    """Layouts in which two shapes fit together; None for convcheck's own."""

    input_layout: str | None
    kernel_layout: str | None

    def __str__(self) -> str:
        options = (("--input-layout", self.input_layout), ("--kernel-layout", self.kernel_layout))
        return " ".join(f"{option} {layout}" for option, layout in options if layout)


def other_layouts(
    spec: ConvSpec,
    input_shape: Sequence[int],
    kernel_shape: Sequence[int],
    bias_shape: Sequence[int] | None,
    *,
    known: Collection[str] = (),
) -> str:
    """The layouts in which arrays fit together that do not as they are, in words; "" for none.

    ``known`` are the options that were given: their arrays are in convcheck's layouts already.
    """
    fits = [
        str(fit)
        for fit in _fits(spec, input_shape, kernel_shape, bias_shape)
        if not (fit.input_layout and "--input-layout" in known)
        and not (fit.kernel_layout and "--kernel-layout" in known)
    ]
    if not fits:
        return ""
    return (
        f"input {show(input_shape)} and kernel {show(kernel_shape)} do not fit as "
        f"{_own_input(spec.rank)} and {_own_kernel(spec.rank, spec.transposed)}; "
        f"this looks like {', or like '.join(fits[:3])}"
    )


def _fits(
    spec: ConvSpec,
    input_shape: Sequence[int],
    kernel_shape: Sequence[int],
    bias_shape: Sequence[int] | None,
) -> Iterator[Fit]:
    rank = len(kernel_shape) - 2
    if not 1 <= rank <= 3 or len(input_shape) != rank + 2:
        return
    own_input, own_kernel = _own_input(rank), _own_kernel(rank, spec.transposed)
    for pair in _TRANSPOSED if spec.transposed else _FORWARD:
        x, k = (pattern.replace("*", _SPATIAL[rank - 1]) for pattern in pair)
        images = tuple(input_shape[x.index(letter)] for letter in own_input)
        output = _output_shape(spec, images, tuple(kernel_shape), k)
        fits = output and (bias_shape is None or tuple(bias_shape) == output[-1:])
        if fits and _likely(_taps(kernel_shape, k), _taps(kernel_shape, own_kernel)):
            yield Fit(x if x != own_input else None, k if k != own_kernel else None)


def _taps(kernel_shape: Sequence[int], layout: str) -> list[int]:
    return [size for size, axis in zip(kernel_shape, layout, strict=True) if axis in "DHW"]


def _likely(taps: Sequence[int], own: Sequence[int]) -> bool:
    """Whether a kernel has these taps rather: most have as many along each axis, and few."""
    squarer = max(taps) - min(taps) <= max(own) - min(own)
    return squarer or 2 * max(taps) < max(own)


def _own_input(rank: int) -> str:
    return f"N{_SPATIAL[rank - 1]}C"


def _own_kernel(rank: int, transposed: bool) -> str:
    return _SPATIAL[rank - 1] + ("OI" if transposed else "IO")


def _output_shape(spec: ConvSpec, x: Shape, kernel: Shape, layout: str) -> Shape | None:
    """What an NHWC input and a kernel of this layout give; None where they do not fit."""
    try:
        shape, groups = canonical_kernel_shape(
            kernel, layout, groups=spec.groups, transposed=spec.transposed
        )
        again = replace(spec, kernel_size=shape[:-2], groups=groups)
        return again.output_shape(x, shape)
    except UsageError:
        return None
