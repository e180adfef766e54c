"""The exact integer sums of a quantized convolution, before their requantization.

acc = Σ (x - zx)(w - zw) + b over the taps inside the input: padding stands for the real number 0,
and so adds nothing. There is one right value, and every formula starts from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.case.spec import Axis
from convcheck.errors import UsageError
from convcheck.quantized.case import LARGEST_SUM, QuantizedCase

if TYPE_CHECKING:
    from convcheck.case.case import Array

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Index = tuple[slice, ...]

Along = Literal["channels", "taps"]
EXACT = 2**53
"""Sums of integers whose magnitudes add up to no more are exact in float64, in any order."""
CACHED, MOST = 1 << 17, 1 << 22
"""Numbers held at once, so that a processor's cache keeps them; and for the largest kernels."""


@dataclass(frozen=True, eq=False)
class Sums:
    """What requantization starts from: the sum without its bias, and the bias in both forms."""

    products: Integers
    """Σ (x - zx)(w - zw), in output shape."""
    bias: Integers | None = None
    """In units of the sum; shape (O,)."""
    real_bias: NDArray[np.float32] | None = None
    """The same as real numbers."""
    bias_is_real: bool = False
    """Whether the real numbers were given, and the integers rounded from them."""
    terms: int = 0
    """Products that one output adds at most."""
    magnitudes: Integers | None = None
    """Σ |x - zx|·|w - zw|, in output shape, where a bound asks for it."""

    @property
    def acc(self) -> Integers:
        """Products and integer bias."""
        return self.products if self.bias is None else self.products + self.bias


def exact_sums(quantized: QuantizedCase) -> Sums:
    """The sums of every output, exactly."""
    case = quantized.case
    x, kernel = centred(quantized)
    _check_exact(case, x, kernel)
    products = _everywhere(case, x, kernel)
    bias = quantized.integer_bias
    if bias is not None and _largest(products) + _largest(bias) > LARGEST_SUM:
        raise UsageError("sums and bias leave the range of int64; give a smaller bias")
    is_real = case.bias is not None and case.bias.dtype == np.float32
    return Sums(products, bias, quantized.real_bias, is_real, case.terms)


def exact_magnitudes(quantized: QuantizedCase) -> Integers:
    """Σ |x - zx|·|w - zw| of every output, exactly: what a float sum's error is relative to."""
    x, kernel = centred(quantized)
    x, kernel = np.abs(x.astype(np.int32)), np.abs(kernel)
    _check_exact(quantized.case, x, kernel)
    return _everywhere(quantized.case, x, kernel)


def centred(quantized: QuantizedCase) -> tuple[Array, Floats]:
    """x - zx in 16 bits, which hold it (the zero point of 16-bit inputs is 0), and w - zw."""
    case, p = quantized.case, quantized.parameters
    x = case.input.astype(np.int16) - np.int16(p.input_zero_point)
    return x, case.kernel.astype(np.float64) - by_filter(case, p.zw)


def _everywhere(case: Case, x: Array, kernel: Floats) -> Integers:
    """The sums of products of this input and kernel, band by band, so that memory stays flat."""
    found = np.empty(case.output_shape, np.int64)
    for band in bands(replace(case, input=x), _outputs_at_once(case, kernel)):
        part = band.case
        found[band.window] = _sums_of_products(part, part.input.astype(np.float64), kernel)
    return found


def _outputs_at_once(case: Case, kernel: Floats) -> int:
    """Outputs of a band: more of a large kernel, since each band reads all of it."""
    numbers = max(CACHED, min(4 * kernel.size, MOST))
    filters, channels = case.output_shape[-1], case.input.shape[-1]
    at_a_place: int = channels * case.spec.kernel_size[-1] + filters
    return max(int(numbers * filters // at_a_place), filters)


def integer_sums(case: Case) -> Integers:
    """Σ x·w of a case of integers as they are, padded with 0 and without its bias, exactly."""
    kernel = case.kernel.astype(np.float64)
    _check_exact(case, case.input, kernel)
    return _everywhere(case, case.input, kernel)


def saturated_pair_sums(quantized: QuantizedCase, along: Along = "channels") -> Integers:
    """The sums as an instruction gives them that keeps 16 bits of two products' sum, without bias.

    Σ sat16(x·w + x'·w') - zx·Σ w, of uint8 x as it is stored, padding included, which holds zx:
    ``vpmaddubsw``. Its pairs are channels next to each other of one tap and group, in oneDNN on
    processors without VNNI (oneDNN developer guide, "Nuances of int8 computations"); or taps next
    to each other in row-major order, in fbgemm's depthwise 3x3 kernels on any processor
    (src/FbgemmI8DepthwiseAvx2-inl.h). An odd last one is alone.
    """
    case, p = quantized.case, quantized.parameters
    if p.input_dtype != "uint8" or p.kernel_dtype != "int8" or case.spec.transposed:
        raise UsageError("saturated pairs are of uint8 inputs and int8 kernels, not transposed")
    if along == "taps" and case.kernel.shape[-2] != 1:
        raise UsageError("pairs of taps saturate in depthwise convolutions alone")
    acc = np.zeros(case.output_shape, np.int64)
    for pair in _pairs(case, p.input_zero_point, along):
        acc += np.clip(pair, -(2**15), 2**15 - 1)
    acc -= p.input_zero_point * case.kernel.sum(axis=tuple(range(case.kernel.ndim - 1)), dtype=int)
    return acc


def _pairs(case: Case, padding: int, along: Along) -> Iterator[Integers]:
    """Sums of two products each, in output shape."""
    x = _padded(case, case.input.astype(np.int64), padding)
    kernel = case.kernel.astype(np.int64)
    taps = [
        (_grouped(case, x[(slice(None), *source)]), _kernel_of(case, kernel[tap]))
        for tap, source, _ in _taps(_padded_axes(case), transposed=False)
    ]
    if along == "taps":
        products = [_ungrouped(read @ weights, case.output_shape) for read, weights in taps]
        for first in range(0, len(products), 2):
            yield np.sum(products[first : first + 2], axis=0)
        return
    for read, weights in taps:
        for first in range(0, read.shape[-1], 2):
            pair = slice(first, first + 2)
            yield _ungrouped(read[..., pair] @ weights[:, pair], case.output_shape)


def wraps_int32(values: Array) -> NDArray[np.bool_]:
    """Which integers a signed 32-bit register does not hold."""
    return (values < -(2**31)) | (values >= 2**31)


def wrapped_int32(values: Array) -> Integers:
    """The integers that a signed 32-bit register keeps, modulo 2^32."""
    kept: Integers = values.astype(np.int64).astype(np.int32).astype(np.int64)
    return kept


def by_filter(case: Case, values: Array) -> Array:
    """Numbers of each output channel, such that they broadcast over the kernel."""
    if values.size == 1 or not case.spec.transposed:
        return values
    *_, per_group, channels = case.kernel.shape  # HWOI: each input channel has a group's filters
    by_group = values.reshape(case.spec.groups, per_group)
    return np.repeat(by_group, channels // case.spec.groups, axis=0).T


def _check_exact(case: Case, x: Array, kernel: Floats) -> None:
    if case.terms * _largest(x) * _largest(kernel) > EXACT:
        raise UsageError(
            f"{case.terms:,} products of such integers may add up to more than 2^53, beyond what "
            "is summed exactly here; use a smaller kernel"
        )


def _largest(values: Array) -> int:
    return int(max(-int(values.min()), int(values.max())))


def _sums_of_products(case: Case, x: Floats, kernel: Floats) -> Floats:
    return (_scattered if case.spec.transposed else _gathered)(case, x, kernel)


def _gathered(case: Case, x: Floats, kernel: Floats) -> Floats:
    """A forward convolution: a matrix product over channels and all taps of the last axis.

    One for each tap of the other axes, so that memory holds the input once for each of the last.
    """
    *others, last = _padded_axes(case)
    reach = (last.taps - 1) * last.dilation + 1
    windows = np.lib.stride_tricks.sliding_window_view(_padded(case, x, 0), reach, axis=-2)
    windows = windows[..., :: last.stride, :, :: last.dilation]
    *_, inner, filters = kernel.shape
    groups = case.spec.groups
    y = np.zeros(case.output_shape)
    for tap, source, _ in _taps(others, transposed=False):
        read = windows[(slice(None), *source)].reshape(-1, groups, inner * last.taps)
        weights = np.swapaxes(kernel[tap], 0, 1).reshape(-1, groups, filters // groups)
        y += _ungrouped(np.swapaxes(read, 0, 1) @ np.swapaxes(weights, 0, 1), y.shape)
    return y


def _scattered(case: Case, x: Floats, kernel: Floats) -> Floats:
    """A transposed convolution, tap by tap: what each adds to the outputs that it reaches."""
    y = np.zeros(case.output_shape)
    for tap, source, target in _taps(case.axes, transposed=True):
        read = _grouped(case, x[(slice(None), *source)])
        place = y[(slice(None), *target)]
        place += _ungrouped(read @ _kernel_of(case, kernel[tap]), place.shape)
    return y


def _taps(axes: Sequence[Axis], transposed: bool) -> Iterator[tuple[Any, Index, Index]]:
    """Each tap that meets the input, with the places it reads and those it adds to."""
    if not axes:
        yield (), (), ()
        return
    by_axis = [
        [(tap, *ends) for tap in range(axis.taps) if (ends := _ends(axis, tap, transposed))]
        for axis in axes
    ]
    for chosen in product(*by_axis):
        tap, source, target = zip(*chosen, strict=True)
        yield tap, source, target


def _ends(axis: Axis, tap: int, transposed: bool) -> tuple[slice, slice] | None:
    """Places that a tap reads and writes along an axis: one steps by 1, the other by the stride."""
    offset = tap * axis.dilation - axis.before
    steps, strided = (axis.size, axis.out) if transposed else (axis.out, axis.size)
    first = max(0, -(offset // axis.stride))
    last = min(steps - 1, (strided - 1 - offset) // axis.stride)
    if last < first:
        return None
    one = slice(first, last + 1)
    start = first * axis.stride + offset
    other = slice(start, last * axis.stride + offset + 1, axis.stride)
    return (one, other) if transposed else (other, one)


def _grouped(case: Case, values: Array) -> Array:
    """(N, *spatial, C) as (groups, places, C / groups)."""
    groups = case.spec.groups
    apart = values.reshape(-1, groups, values.shape[-1] // groups)
    return np.ascontiguousarray(np.swapaxes(apart, 0, 1))


def _ungrouped(values: Array, shape: tuple[int, ...]) -> Array:
    """(groups, places, O / groups) in output shape."""
    return np.swapaxes(values, 0, 1).reshape(shape)


def _kernel_of(case: Case, at_tap: Array) -> Array:
    """A tap's (C / groups, O), transposed (O / groups, C), as (groups, C / groups, O / groups)."""
    groups = case.spec.groups
    rows, columns = at_tap.shape
    apart = np.swapaxes(at_tap.reshape(rows, groups, columns // groups), 0, 1)
    return np.swapaxes(apart, 1, 2) if case.spec.transposed else apart


def _padded(case: Case, x: Array, value: int) -> Array:
    """An input of a forward convolution, padded with a value."""
    return np.pad(x, [(0, 0), *case.pads, (0, 0)], constant_values=value)


def _padded_axes(case: Case) -> list[Axis]:
    """The axes of the padded input."""
    return [replace(a, size=a.size + a.before + a.after, before=0, after=0) for a in case.axes]
