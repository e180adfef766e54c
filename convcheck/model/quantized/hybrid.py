"""Convolutions that quantize their input themselves: float tensors, a kernel of integers.

TFLite's dynamic range quantization: each image's input becomes 8-bit integers with a scale of their
own, the sums are exact integers, and these are scaled in float32. So the output is the convolution
of the quantized input, up to the rounding of that scaling; how the input is quantized is known
(``PortableAsymmetricQuantizeFloats`` and ``PortableSymmetricQuantizeFloats``, tensorflow/lite/
kernels/internal/reference/portable_tensor_utils.cc) and is done here again, to the last bit.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.model.convolutions.layers import Layer
from convcheck.model.network import Network
from convcheck.results import Dtypes, Output, Status
from convcheck.truth.reference import reference

if TYPE_CHECKING:
    from convcheck.results import Array

LEAST_TERMS = 3
"""Products of a window from which on the bound of a float32 sum holds what is computed here.

The sum becomes a float32 number, is multiplied with a product of two scales, and the bias is added:
with n products, at most three roundings of the sum, (n - 1) more of the bias. n·u of the magnitudes
holds that for n >= 3.
"""


def is_hybrid(network: Network, layer: Layer) -> bool:
    """Whether the layer reads floats, and multiplies them with integers."""
    graph, declared = network.model.graph, layer.convolution
    return (
        graph.format == "tflite"
        and declared.kernel in graph.quantization
        and declared.input not in graph.quantization
    )


def hybrid_call(case: Case, output: Output, *, dense: bool) -> tuple[Case, Output]:
    """The case with its input as the layer quantizes it, and the layer's ``output``, to be judged.

    Operators differ in how they quantize; of the ways that there are the one is taken whose exact
    result is nearest to the output. A wrong output is near to none. ``dense``: a row of input is
    quantized alone, in place of an image.
    """
    kernel = case.kernel.astype(np.float64)
    bias = None if case.bias is None else case.bias.astype(np.float64)
    ways = [replace(case, input=x, kernel=kernel, bias=bias) for x in _quantized(case.input, dense)]
    found = min(ways, key=lambda one: _distance(one, output)) if len(ways) > 1 else ways[0]
    if case.terms < LEAST_TERMS:
        why = "no bound is known of a quantized input and a window of so few products"
        return found, replace(output, array=None, status=Status.UNDECIDED, message=why)
    # What is computed is the exact sum, as of wide operands, and a scaling of it in float32.
    dtypes = Dtypes("float64", "float64", "float64", "float32")
    return found, replace(output, dtypes=dtypes, accumulate="float32")


def _distance(case: Case, output: Output) -> float:
    """How far an output is from exact; of a large one in the first rows."""
    assert output.array is not None
    band = next(bands(case))
    with np.errstate(all="ignore"):
        return float(np.abs(reference(band.case).value - output.array[band.window]).sum())


def _quantized(x: Array, dense: bool) -> list[Array]:
    """What the input may be quantized to, part by part, as the numbers that it then stands for.

    The product and the sum that are rounded to an integer may be one operation, or two.
    """
    parts = x.astype(np.float32).reshape(-1, x.shape[-1]) if dense else x.astype(np.float32)
    found: list[Array] = []
    with np.errstate(all="ignore"):  # NaN and infinity stay what they are
        for way in (asymmetric, partial(asymmetric, fused=True), symmetric):
            made = np.stack([way(part) for part in parts]).reshape(x.shape)
            if not any(np.array_equal(made, other) for other in found):
                found.append(made)
    return found


def asymmetric(x: Array, *, fused: bool = False) -> Array:
    """Float32 numbers as 8 bits with a zero point hold them, in float64."""
    low, high = float(min(x.min(), 0)), float(max(x.max(), 0))
    if low == high:
        return np.zeros(x.shape)
    wide = (high - low) / 255
    nearer_low = 128 + abs(low / wide) < 127 + abs(high / wide)
    zero = -128 - low / wide if nearer_low else 127 - high / wide
    point = float(np.clip(_half_away(np.array(zero)), -128, 127))
    scale = np.float32(wide)
    steps = _scaled(x, np.float32(1) / scale, np.float32(point), fused=fused)
    return (np.clip(_half_away(steps), -128, 127) - point) * float(scale)


def symmetric(x: Array) -> Array:
    """Float32 numbers as 8 bits without a zero point hold them, in float64."""
    largest = np.abs(x).max()
    if largest == 0:
        return np.zeros(x.shape)
    steps = x * (np.float32(127) / largest)
    whole: Array = np.clip(_half_away(steps), -127, 127)
    return whole * float(largest / np.float32(127))


def _scaled(x: Array, factor: np.float32, added: np.float32, *, fused: bool) -> Array:
    """f(f(x · factor) + added), or fused f(x · factor + added)."""
    if not fused:
        return x * factor + added
    wide: Array = x.astype(np.float64) * np.float64(factor) + np.float64(added)
    return wide.astype(np.float32)


def _half_away(values: Array) -> Array:
    """To the nearest integer, a tie away from zero."""
    wide = values.astype(np.float64)
    return np.copysign(np.floor(np.abs(wide) + 0.5), wide)
