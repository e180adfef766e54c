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
        yield QuantizedHypothesis(
            "scale-by-tensor",
            f"one kernel scale for all channels, {word}: {float(scale):.6g}",
            parameters=partial(_scaled, scales=np.full(len(w), scale, np.float32)),
            changes_sums=False,
        )


def _orders(quantized: QuantizedCase, centred: Case) -> Iterator[QuantizedHypothesis]:
    count = len(quantized.parameters.w)
    neighbours = [i ^ 1 if i ^ 1 < count else i for i in range(count)]
    for word, order in (*orders(count), ("exchanged with their neighbours", neighbours)):
        yield in_order(quantized, order, f"the kernel's scales {word}")


def in_order(
    quantized: QuantizedCase, order: Sequence[int], detail: str, *, n_fitted: int = 0
) -> QuantizedHypothesis:
    """Channel i requantized with the kernel scale of channel order[i]."""
    return QuantizedHypothesis(
        "scale-order",
        detail,
        parameters=partial(_scaled, scales=quantized.parameters.w[list(order)]),
        changes_sums=False,
        n_fitted=n_fitted,
    )


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
