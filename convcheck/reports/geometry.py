"""The geometry of a convolution in a few characters."""

from __future__ import annotations

from collections.abc import Sequence

from convcheck.case.spec import ConvSpec
from convcheck.reports.figures import plain_axes

Side = tuple[ConvSpec, Sequence[int], int]
"""A geometry, the shape of its input (N, *spatial, C) and its filters."""


def geometry(spec: ConvSpec, input_shape: Sequence[int], filters: int) -> str:
    """``3x3/2 same 56x56x64→128``: kernel/strides, padding, what comes in and its filters.

    Padding in numbers is that before and after each axis, ``pads 0:1,1:1``, or one of both where
    all axes share it, ``pads 1``; of a transposed convolution it is cropped from the output.
    """
    text = _by(spec.kernel_size)
    if set(spec.strides) != {1}:
        text += f"/{plain_axes(spec.strides)}"
    if set(spec.dilations) != {1}:
        text += f" dilated {plain_axes(spec.dilations)}"
    if 1 < spec.groups < input_shape[-1]:
        text += f" groups {spec.groups}"
    if isinstance(spec.padding, str) or _pads(spec) or set(spec.kernel_size) != {1}:
        text += f" {_padding(spec)}"
    return f"{text} {_by(input_shape[1:])}→{filters}"


def geometry_and_kind(spec: ConvSpec, input_shape: Sequence[int], filters: int) -> str:
    """The same where nothing else says what kind of convolution it is."""
    if not spec.transposed and set(input_shape[1:-1]) == {1} == set(spec.kernel_size):
        return f"dense {input_shape[-1]}→{filters}"
    words = [word for word in _kinds(spec, input_shape) if word]
    return " ".join([*words, geometry(spec, input_shape, filters)])


def geometries(a: Side, b: Side) -> str:
    """Two geometries: the first, and what the second has in place of it."""
    ours, theirs = _parts(*a), _parts(*b)
    other = [words for one, words in zip(ours, theirs, strict=True) if one != words]
    text = geometry_and_kind(*a)
    return f"{text} ≠ {', '.join(other)}" if other else text


def _parts(spec: ConvSpec, input_shape: Sequence[int], filters: int) -> list[str]:
    """Each part of a geometry in words, also where it is the usual one."""
    return [
        " ".join(_kinds(spec, input_shape)) or "no transposed or depthwise one",
        _by(spec.kernel_size),
        f"strides {plain_axes(spec.strides)}",
        f"dilations {plain_axes(spec.dilations)}",
        f"groups {spec.groups}",
        _padding(spec),
        f"output padding {plain_axes(spec.output_padding) if spec.output_padding else 0}",
        f"{_by(input_shape[1:])}→{filters}",
    ]


def _kinds(spec: ConvSpec, input_shape: Sequence[int]) -> list[str]:
    depthwise = 1 < spec.groups == input_shape[-1]
    return ["depthwise"] * depthwise + ["transposed"] * spec.transposed


def _padding(spec: ConvSpec) -> str:
    if isinstance(spec.padding, str):
        return spec.padding
    found = _pads(spec)
    return f"{'crops' if spec.transposed else 'pads'} {found}" if found else "valid"


def _pads(spec: ConvSpec) -> str:
    """Of padding in numbers, as short as can be; "" where nothing is padded."""
    pads = [] if isinstance(spec.padding, str) else list(spec.padding)
    if not any(any(pair) for pair in pads):
        return ""
    if len(set(pads)) == 1:
        before, after = pads[0]
        return str(before) if before == after else f"{before}:{after}"
    return ",".join(f"{before}:{after}" for before, after in pads)


def _by(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))
