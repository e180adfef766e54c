"""Whether two geometries read the same, however they are written. Imports no NumPy."""

from __future__ import annotations

from collections.abc import Sequence

from convcheck.case.spec import Axis, ConvSpec

Shape = Sequence[int]


def reads_alike(a: ConvSpec, shape_a: Shape, b: ConvSpec, shape_b: Shape) -> bool:
    """Whether outputs of both read the same positions with the same taps, in the same groups.

    Zeros that no window reaches do not count, nor the stride of a single window, nor the dilation
    of a single tap. A pointwise convolution is the same over any number of axes.
    """
    if (a.groups, a.transposed) != (b.groups, b.transposed):
        return False
    ours, theirs = reads(a, shape_a), reads(b, shape_b)
    return ours == theirs or all(map(_is_pointwise, (*ours, *theirs)))


Read = tuple[int, int, int, int, int, int]
"""(positions, taps, stride, dilation, zeros before the input, outputs) of an axis."""


def reads(spec: ConvSpec, shape: Shape) -> list[Read]:
    """What each axis reads, in numbers that are equal where it reads the same."""
    return [_read(axis, transposed=spec.transposed) for axis in spec.axes(shape)]


def _read(axis: Axis, *, transposed: bool) -> Read:
    windows = axis.size if transposed else axis.out
    return (
        axis.size,
        axis.taps,
        axis.stride if windows > 1 else 1,
        axis.dilation if axis.taps > 1 else 1,
        axis.before,
        axis.out,
    )


def _is_pointwise(axis: Read) -> bool:
    size, taps, stride, _, before, out = axis
    return (taps, stride, before) == (1, 1, 0) and size == out


def in_words(spec: ConvSpec, shape: Shape) -> str:
    """What the geometry reads: ``3x3, strides 2, pads 0:1, 0:1``; pads are before:after."""
    axes = spec.axes(shape)
    pairs = ", ".join(f"{one.before}:{one.after}" for one in axes)
    parts = ["x".join(map(str, spec.kernel_size))]
    for word, values in (("strides", spec.strides), ("dilations", spec.dilations)):
        if set(values) != {1}:
            parts.append(f"{word} {', '.join(map(str, values))}")
    parts += [f"{spec.groups} groups"] if spec.groups > 1 else []
    parts.append(f"{'crops' if spec.transposed else 'pads'} {pairs}")
    return ", ".join(parts)
