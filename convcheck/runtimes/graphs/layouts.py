"""Arrays of graphs in convcheck's layouts, and back; quantized ones as the numbers they stand for.

Kernels become HWIO, transposed ones HWOI; a dense layer is a pointwise convolution of rank 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.spec import ConvSpec, Pads
from convcheck.runtimes.graphs.graph import Convolution, Graph, Quantization

if TYPE_CHECKING:
    from convcheck.results import Array


def channels_last(array: Array, data_format: str) -> Array:
    """An activation as (N, *spatial, C); what a dense layer takes or gives as (N, all else, C)."""
    if data_format == "NC":
        return array.reshape(array.shape[0], -1, array.shape[-1])
    return array if data_format == "NHWC" else np.moveaxis(array, 1, -1)


def in_layout_of(array: Array, data_format: str, shape: tuple[int, ...]) -> Array:
    """The reverse: an array (N, *spatial, C) as a tensor of this layout and shape.

    Axes of length 1 may have been dropped. Raises ValueError where the numbers do not fit.
    """
    if data_format == "NCHW":
        last = (shape[0], *shape[2:], shape[1])
        return np.ascontiguousarray(np.moveaxis(array.reshape(last), -1, 1))
    return np.ascontiguousarray(array.reshape(shape))


def kernel_in_our_layout(array: Array, layout: str, *, transposed: bool = False) -> Array:
    """A kernel as HWIO, or HWOI where it is transposed; a dense one as 1IO."""
    if layout in ("HWIO", "HWOI"):
        return array
    if layout == "HWCM":
        return array.reshape(*array.shape[:-2], 1, -1)
    if layout == "1HWO":
        return np.moveaxis(array, 0, -2)
    if layout == "OIHW":
        return np.moveaxis(array, (0, 1), (-1, -2))
    if layout == "IOHW":
        return np.moveaxis(array, (0, 1), (-1, -2))
    if layout == "OHWI":
        return np.moveaxis(array, 0, -2 if transposed else -1)
    matrix = array.reshape(array.shape[-2:])
    return (matrix if layout == "IO" else matrix.T)[None]


def spec_of(
    convolution: Convolution,
    input_shape: tuple[int, ...],
    kernel_shape: tuple[int, ...],
    output_shape: tuple[int, ...],
) -> ConvSpec:
    """The geometry, padding in numbers, from what is declared and the shapes met, in our layouts.

    Raises SpecError for a geometry that makes no sense.
    """
    size = kernel_shape[:-2]
    rank = len(size)
    strides = _each_axis(convolution.strides, rank)
    dilations = _each_axis(convolution.dilations, rank)
    if convolution.dense:
        return ConvSpec.make(size, padding=0)
    pads, extra = [], []
    for axis in range(rank):
        window = dilations[axis] * (size[axis] - 1) + 1
        lengths = input_shape[1 + axis], output_shape[1 + axis]
        if convolution.transposed:
            before, after, appended = _crop(convolution, axis, strides[axis], window, *lengths)
            extra.append(appended)
        else:
            before, after = _pads(convolution, axis, strides[axis], window, lengths[0])
        pads.append((before, after))
    groups = convolution.groups or (
        1 if convolution.transposed else input_shape[-1] // kernel_shape[-2]
    )
    return ConvSpec.make(
        size,
        strides=strides,
        padding=tuple(pads),
        dilations=dilations,
        groups=groups,
        transposed=convolution.transposed,
        output_padding=tuple(extra) if any(extra) else None,
    )


def _pads(
    convolution: Convolution, axis: int, stride: int, window: int, length: int
) -> tuple[int, int]:
    padding = convolution.padding
    if padding == "valid":
        return 0, 0
    if not isinstance(padding, str):
        return _each_pad(padding, axis)
    total = max((-(-length // stride) - 1) * stride + window - length, 0)
    small, large = total // 2, total - total // 2
    return (small, large) if padding == "same" else (large, small)


def _crop(
    convolution: Convolution, axis: int, stride: int, window: int, length: int, out: int
) -> tuple[int, int, int]:
    """(cropped before, cropped after, appended): what makes ``out`` of the full output."""
    full = (length - 1) * stride + window
    padding = convolution.padding
    surplus = max(full - out, 0)
    if padding == "same":
        before = surplus // 2
    elif padding == "same-lower":
        before = surplus - surplus // 2
    else:
        before = 0 if isinstance(padding, str) else _each_pad(padding, axis)[0]
    return before, max(full - before - out, 0), max(out + before - full, 0)


def _each_axis(values: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return values if len(values) == rank else (values or (1,))[:1] * rank


def _each_pad(pads: Pads, axis: int) -> tuple[int, int]:
    return pads[axis] if len(pads) > 1 else pads[0] if pads else (0, 0)


def numbers(graph: Graph, name: str, array: Array) -> Array:
    """What a tensor's values stand for: those of a quantized one in float64, others as they are."""
    quantization = graph.quantization.get(name)
    if quantization is None or array.dtype.kind not in "iu":
        return array
    scales, zeros = _along_axis(quantization, array.ndim)
    with np.errstate(invalid="ignore"):  # 0 times an infinite scale
        real: Array = (array.astype(np.float64) - zeros) * scales
    return real


def stored(graph: Graph, name: str, values: Array, dtype: np.dtype[Any]) -> Array:
    """The reverse of ``numbers``: values as the tensor's dtype holds them, clipped to its range."""
    quantization = graph.quantization.get(name)
    if quantization is None or dtype.kind not in "iu":
        return values.astype(dtype)
    scales, zeros = _along_axis(quantization, values.ndim)
    limits = np.iinfo(dtype)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        nearest = np.clip(np.rint(values / scales) + zeros, limits.min, limits.max)
    held: Array = np.nan_to_num(nearest).astype(dtype)  # a scale may be 0, or no number
    return held


def _along_axis(quantization: Quantization, rank: int) -> tuple[Array, Array]:
    """(scales, zero points) that broadcast against an array of this rank."""
    scales = np.array(quantization.scales, np.float64)
    zeros = np.resize(np.array(quantization.zero_points or (0,), np.float64), scales.shape)
    if scales.size == 1:
        return scales.reshape(()), zeros.reshape(())
    shape = [1] * rank
    shape[quantization.axis] = -1
    return scales.reshape(shape), zeros.reshape(shape)
