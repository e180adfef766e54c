"""What may be wrong with a convolution of integers: its own causes, and those of any convolution.

The order is what is tried first, and which of several causes that give the same sums is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.catalogue import CATALOGUE
from convcheck.causes.cause import Cause, Hypothesis, Shape
from convcheck.causes.quantized import biases, limits, registers, scales, zero_points
from convcheck.causes.quantized.hypothesis import QuantizedCause, QuantizedHypothesis, centred_case
from convcheck.errors import SpecError
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters

if TYPE_CHECKING:
    from convcheck.case.case import Array

OWN: tuple[QuantizedCause, ...] = (
    zero_points.OF_QUANTIZED,
    scales.BY_TENSOR,
    scales.ORDER,
    biases.OF_QUANTIZED,
    limits.OF_QUANTIZED,
    registers.PAIRS,
    registers.WRAPS,
)
OF_REAL_NUMBERS = (
    "input-normalization",
    "input-scale",
    "kernel-scale",
    "output-scale",
    "activation",
    "clipped",
    "bias-precision",
    "integer-overflow",
)
"""Causes that make other numbers than integers, or that stand among the own under other names."""
MOVING_BIAS = (
    "channel-order",
    "channel-shuffle",
    "depthwise-order",
    "bias-twice",
    "bias-order",
    "bias-missing-in-channels",
)
"""Causes that change a bias, be it integers or real numbers."""
MOVING_FILTERS = ("channel-order", "channel-shuffle", "group-order", "depthwise-order")
"""Causes that may put filters in another order, with their scales or without."""


def hypotheses(quantized: QuantizedCase, shape: Sequence[int]) -> Iterator[QuantizedHypothesis]:
    """Every changed convolution for an output of that shape, by cause, commonest first."""
    operands = centred_case(quantized)
    for cause in shared(operands):
        yield from _shared(cause, quantized, operands, tuple(shape))
    if tuple(shape) == operands.output_shape:
        for own in OWN:
            if own.applies(quantized):
                yield from own.hypotheses(quantized, operands)


def shared(operands: Case) -> list[Cause]:
    """Causes of any convolution, of integers as of real numbers, that make sense for these."""
    own = {one.cause.name for one in OWN}
    return [
        cause
        for cause in CATALOGUE
        if cause.name not in own | set(OF_REAL_NUMBERS) and cause.applies(operands)
    ]


def _shared(
    cause: Cause, quantized: QuantizedCase, operands: Case, shape: Shape
) -> Iterator[QuantizedHypothesis]:
    by_channel = not quantized.parameters.by_tensor
    twins: Iterator[Hypothesis] = iter(())
    # By one scale integers and real numbers change alike, unless real numbers were rounded to them.
    is_real = quantized.case.bias is not None and quantized.case.bias.dtype == np.float32
    if cause.name in MOVING_BIAS and operands.bias is not None and (by_channel or is_real):
        twins = cause.hypotheses(replace(operands, bias=quantized.real_bias), shape)
    for one in cause.hypotheses(operands, shape):
        plain = QuantizedHypothesis(cause.name, one.detail, convolution=one)
        yield plain
        order = _filters_moved(one, operands) if cause.name in MOVING_FILTERS else None
        if order is not None and by_channel:
            yield replace(
                plain,
                detail=f"{one.detail}, their scales with them",
                parameters=partial(_reordered, order=order),
            )
        bias = _real_bias(next(twins, None), operands, quantized)
        if bias is not None:
            yield replace(plain, detail=f"{one.detail}, as real numbers", real_bias=bias)


def _filters_moved(one: Hypothesis, operands: Case) -> list[int] | None:
    """The order in which a change puts the filters; None where it leaves them.

    Seen on a kernel of one tap whose filters hold their own numbers.
    """
    if operands.spec.transposed:
        return None
    point = _point(operands, None)
    filters = point.kernel.shape[-1]
    numbers = np.broadcast_to(np.arange(filters), point.kernel.shape)
    try:
        moved = one.change(replace(point, kernel=numbers)).kernel
    except SpecError:
        return None
    order = moved.reshape(-1, moved.shape[-1])[0]
    is_order = np.array_equal(np.sort(order), np.arange(filters))
    same = moved.shape == numbers.shape and (moved == order).all()
    return order.tolist() if is_order and same and (np.diff(order) != 1).any() else None


def _real_bias(twin: Hypothesis | None, operands: Case, quantized: QuantizedCase) -> Array | None:
    """The bias that a change makes of real numbers, as some runtimes hold it.

    Of other numbers than the integers stand for, where kernel scales differ by channel. None where
    it leaves the bias, or takes it away.
    """
    given = quantized.real_bias
    if given is None or twin is None or twin.addend is not None:
        return None
    try:
        bias = twin.change(_point(operands, given)).bias
    except (SpecError, ValueError):
        return None
    if bias is None or np.array_equal(bias, given):
        return None
    return bias.astype(np.float32)


def _point(operands: Case, bias: Array | None) -> Case:
    """A case of one place and one tap, with the same channels and groups."""
    spec, plain = operands.spec, (1,) * operands.spec.rank
    return Case(
        ConvSpec.make(plain, groups=spec.groups, padding="valid", transposed=spec.transposed),
        np.zeros((1, *plain, operands.input.shape[-1]), np.int32),
        np.zeros((*plain, *operands.kernel.shape[-2:]), np.int32),
        bias,
    )


def _reordered(p: Parameters, order: Sequence[int]) -> Parameters:
    return p if p.by_tensor else replace(p, kernel_scale=p.w[list(order)])
