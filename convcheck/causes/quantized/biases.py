"""A bias in another scale than input scale * kernel scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.cause import Cause, say
from convcheck.causes.quantized.hypothesis import QuantizedCause, QuantizedHypothesis
from convcheck.quantized.case import QuantizedCase

if TYPE_CHECKING:
    from convcheck.case.case import Array

NAME = "bias-scale"
INT32 = 2.0**31 - 1


def _hypotheses(quantized: QuantizedCase, centred: Case) -> Iterator[QuantizedHypothesis]:
    real, p = quantized.real_bias, quantized.parameters
    assert centred.bias is not None
    assert real is not None
    i, o, w = np.float64(p.i), np.float64(p.o), p.w.astype(np.float64)
    right = i * w
    scales: list[tuple[str, Array | np.float64]] = [
        ("output scale", o),
        ("input scale", i),
        ("kernel scale", w),
        ("1", np.float64(1)),
    ]
    if len(w) > 1:
        scales += [
            ("input scale * the first kernel scale", i * w[0]),
            ("input scale * the largest kernel scale", i * w.max()),
            ("input scale * the mean kernel scale", i * w.mean()),
        ]
    for word, scale in scales:
        with np.errstate(over="ignore"):
            made = np.clip(np.rint(real / scale), -INT32, INT32).astype(np.int64)
        yield QuantizedHypothesis(
            NAME,
            f"the bias quantized in units of {word}, added as if in units of input scale * "
            "kernel scale",
            operands=partial(_with_bias, bias=made),
        )
    for word, scale in scales:
        meant = centred.bias * np.broadcast_to(scale, centred.bias.shape)
        with np.errstate(over="ignore"):
            steps = np.clip(np.rint(meant / right), -(2.0**53), 2.0**53).astype(np.int64)
            value = meant.astype(np.float32)
        if np.isfinite(value).all():
            yield QuantizedHypothesis(
                NAME,
                f"the bias's integers taken for units of {word}, not of input scale * kernel scale",
                operands=partial(_with_bias, bias=steps),
                real_bias=value,
            )


def _with_bias(centred: Case, bias: Array) -> Case:
    return replace(centred, bias=bias)


BIAS_SCALE = Cause(
    NAME,
    fix=say("quantize the bias with input scale * kernel scale of its channel, zero point 0"),
    hint=hints.bias,
)
OF_QUANTIZED = QuantizedCause(
    BIAS_SCALE, lambda quantized: quantized.case.bias is not None, _hypotheses
)
