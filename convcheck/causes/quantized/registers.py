"""Sums that a register was too narrow for: pairs of products clipped, sums that wrap around."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis, PostOp
from convcheck.causes.kinds.integers import ACCUMULATOR_WRAP, SATURATED_PAIRS
from convcheck.causes.quantized.hypothesis import QuantizedCause, QuantizedHypothesis
from convcheck.quantized.case import QuantizedCase

if TYPE_CHECKING:
    from convcheck.case.case import Array


def _pairs(quantized: QuantizedCase, centred: Case) -> Iterator[QuantizedHypothesis]:
    """Of inputs as they are stored, unsigned: int8 ones are moved by 128 first, as oneDNN does."""
    case, p = quantized.case, quantized.parameters
    moved = 128 if p.input_dtype == "int8" else 0
    zero = p.input_zero_point + moved
    x = np.pad(
        case.input.astype(np.int32) + np.int32(moved),
        [(0, 0), *case.pads, (0, 0)],
        constant_values=zero,
    )
    kernel = case.kernel.astype(np.int32)
    stored = partial(_stored, x=x, kernel=kernel)
    offset = -zero * kernel.sum(axis=tuple(range(kernel.ndim - 1)), dtype=np.int64)
    raw = stored(centred)
    for one in SATURATED_PAIRS.hypotheses(raw, raw.output_shape):
        word = f"{one.detail}, of inputs plus 128" if moved else one.detail
        yield QuantizedHypothesis(one.cause, word, stored, one, offset)


def _stored(centred: Case, x: Array, kernel: Array) -> Case:
    return replace(centred, spec=replace(centred.spec, padding="valid"), input=x, kernel=kernel)


def _may_saturate(quantized: QuantizedCase) -> bool:
    p = quantized.parameters
    eight = p.input_dtype in ("uint8", "int8") and p.kernel_dtype == "int8"
    return eight and not quantized.case.spec.transposed and not np.any(p.zw)


def _wraps(quantized: QuantizedCase, centred: Case) -> Iterator[QuantizedHypothesis]:
    for bits in (16, 32):
        low = -(2.0 ** (bits - 1))
        wrap = PostOp(f"wrap to int{bits}", partial(_wrapped, bits=bits, low=low))
        detail = f"the sum, bias included, wrapped around to int{bits}"
        whole = Hypothesis(ACCUMULATOR_WRAP.name, detail, post_op=wrap, changes="values")
        yield QuantizedHypothesis(ACCUMULATOR_WRAP.name, detail, convolution=whole)
    if ACCUMULATOR_WRAP.applies(centred):
        for one in ACCUMULATOR_WRAP.hypotheses(centred, centred.output_shape):
            yield QuantizedHypothesis(one.cause, one.detail, convolution=one)


def _wrapped(sums: Array, bits: int, low: float) -> Array:
    return np.array(np.mod(sums - low, 2.0**bits) + low)


PAIRS = QuantizedCause(SATURATED_PAIRS, _may_saturate, _pairs)
WRAPS = QuantizedCause(ACCUMULATOR_WRAP, lambda quantized: True, _wraps)
