"""How arrays from elsewhere are laid out: read into NHWC and HWIO (transposed: HWOI).

A layout is a word of one letter for each axis: N images, D H W the spatial axes, C channels,
I input channels (forward: of a group), O filters (transposed: of a group), M filters for each
channel of a depthwise kernel. Imports no NumPy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcheck.case.checks import show
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError, UsageError

if TYPE_CHECKING:
    from convcheck.case.case import Array

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
    if layout is None:
        return array
    _check_axes(array.shape, layout, option)
    channel = layout.index("C")
    return array.transpose(0, *(a for a in range(1, array.ndim) if a != channel), channel)


def to_canonical_kernel(
    kernel: Array, layout: str | None, *, groups: int, transposed: bool
) -> tuple[Array, int]:
    """A kernel of this layout as HWIO, transposed HWOI, and the groups that it is for; a view.

    A depthwise kernel (HWCM) is for as many groups as it has channels. Raises UsageError where
    the kernel has another number of axes, or is depthwise beside other groups.
    """
    if layout is None:
        return kernel, groups
    _check_axes(kernel.shape, layout, "--kernel-layout")
    spatial = [axis for axis, letter in enumerate(layout) if letter in "DHW"]
    if "M" in layout:
        channels = kernel.shape[-2]
        if transposed:
            raise UsageError(
                f"--kernel-layout {layout} is of a forward depthwise convolution; "
                "a transposed kernel is HWOI or IOHW"
            )
        if groups not in (1, channels):
            raise UsageError(
                f"--kernel-layout {layout} of shape {show(kernel.shape)} is for {channels} groups, "
                f"one for each channel, not --groups {groups}; leave --groups out"
            )
        return kernel.reshape(*kernel.shape[:-2], 1, -1), channels
    last = "OI" if transposed else "IO"
    return kernel.transpose(*spatial, *(layout.index(letter) for letter in last)), groups


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
        output = _output_shape(spec, [input_shape[x.index(a)] for a in own_input], kernel_shape, k)
        if output and (bias_shape is None or tuple(bias_shape) == output[-1:]):
            yield Fit(x if x != own_input else None, k if k != own_kernel else None)


def _own_input(rank: int) -> str:
    return f"N{_SPATIAL[rank - 1]}C"


def _own_kernel(rank: int, transposed: bool) -> str:
    return _SPATIAL[rank - 1] + ("OI" if transposed else "IO")


def _output_shape(
    spec: ConvSpec, x: Sequence[int], kernel: Sequence[int], layout: str
) -> tuple[int, ...] | None:
    """What an NHWC input and a kernel of this layout give; None where they do not fit."""
    sizes = dict(zip(layout, kernel, strict=True))
    taps = [sizes[letter] for letter in layout if letter in "DHW"]
    groups = spec.groups
    if "M" in sizes:
        if groups not in (1, sizes["C"]):
            return None
        groups = sizes["C"]
        last = (1, sizes["C"] * sizes["M"])
    else:
        last = (sizes["O"], sizes["I"]) if spec.transposed else (sizes["I"], sizes["O"])
    try:
        again = ConvSpec.make(
            taps,
            strides=spec.strides,
            padding=spec.padding,
            dilations=spec.dilations,
            groups=groups,
            transposed=spec.transposed,
            output_padding=spec.output_padding,
        )
        return again.output_shape(x, (*taps, *last))
    except SpecError:
        return None
