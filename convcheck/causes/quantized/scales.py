"""Kernel scales of another channel, or one for all channels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Cause, say
from convcheck.causes.kinds.channels import orders
from convcheck.causes.quantized.hypothesis import QuantizedCause, QuantizedHypothesis
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters

if TYPE_CHECKING:
    from convcheck.case.case import Array


def _by_tensor(quantized: QuantizedCase, centred: Case) -> Iterator[QuantizedHypothesis]:
    w = quantized.parameters.w
    for word, scale in (
        ("the largest", w.max()),
        ("the first", w[0]),
        ("the mean", w.mean(dtype=np.float64)),
        ("the last", w[-1]),
        ("the smallest", w.min()),
        ("the median", np.median(w)),
    ):
        detail = f"one kernel scale for all channels, {word}: {float(scale):.6g}"
        scales = np.full(len(w), scale, np.float32)
        yield from _with_scales(quantized, "scale-by-tensor", detail, scales)


def _orders(quantized: QuantizedCase, centred: Case) -> Iterator[QuantizedHypothesis]:
    count = len(quantized.parameters.w)
    neighbours = [i ^ 1 if i ^ 1 < count else i for i in range(count)]
    for word, order in (*orders(count), ("exchanged with their neighbours", neighbours)):
        yield from in_order(quantized, order, f"the kernel's scales {word}")


def in_order(
    quantized: QuantizedCase, order: Sequence[int], detail: str, *, n_fitted: int = 0
) -> Iterator[QuantizedHypothesis]:
    """Channel i requantized with the kernel scale of channel order[i]."""
    scales = quantized.parameters.w[list(order)]
    yield from _with_scales(quantized, "scale-order", detail, scales, n_fitted)


def _with_scales(
    quantized: QuantizedCase, cause: str, detail: str, scales: Array, n_fitted: int = 0
) -> Iterator[QuantizedHypothesis]:
    """The bias scaled so too, as integers are; or right, as real numbers are.

    None where these are the scales already.
    """
    if np.array_equal(scales, quantized.parameters.w):
        return
    plain = QuantizedHypothesis(
        cause,
        detail,
        parameters=partial(_scaled, scales=scales),
        changes_sums=False,
        n_fitted=n_fitted,
    )
    yield plain
    if quantized.real_bias is not None:
        yield replace(plain, detail=f"{detail}, the bias aside", real_bias=quantized.real_bias)


def _scaled(p: Parameters, scales: Array) -> Parameters:
    return replace(p, kernel_scale=scales)


def _by_channel(quantized: QuantizedCase) -> bool:
    return len(quantized.parameters.w) > 1


SCALE_BY_TENSOR = Cause(
    "scale-by-tensor",
    fix=say("give each output channel its own kernel scale: quantizedDimension, axis, ch_axis"),
)
SCALE_ORDER = Cause(
    "scale-order",
    fix=say("move the kernel's scales together with its filters: scales[order] and kernel[order]"),
)
BY_TENSOR = QuantizedCause(SCALE_BY_TENSOR, _by_channel, _by_tensor)
ORDER = QuantizedCause(SCALE_ORDER, _by_channel, _orders)
