"""A hypothesis about integers: other sums, or other parameters that requantize them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Cause, Hypothesis
from convcheck.quantized.activation import Limits
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.sums import by_filter

if TYPE_CHECKING:
    from convcheck.case.case import Array


def centred_case(quantized: QuantizedCase) -> Case:
    """The convolution of integers whose outputs are the sums: x - zx and w - zw, padded with 0.

    Its bias is in units of the sum.
    """
    case, p = quantized.case, quantized.parameters
    zeros = by_filter(case, p.zw).astype(np.int32)
    return replace(
        case,
        input=case.input.astype(np.int32) - np.int32(p.input_zero_point),
        kernel=case.kernel.astype(np.int32) - zeros,
        bias=quantized.integer_bias,
    )


def as_they_are(operands: Case) -> Case:
    """The centred operands: a hypothesis that changes only what follows."""
    return operands


def unchanged_parameters(p: Parameters) -> Parameters:
    """The parameters: a hypothesis that changes only the sums."""
    return p


@dataclass(frozen=True)
class QuantizedHypothesis:
    """Integers that would give the output seen.

    The centred operands are changed by ``operands``, then by ``convolution``; the sums are
    requantized with ``parameters``, and clamped to ``limits``.
    """

    cause: str
    detail: str
    operands: Callable[[Case], Case] = as_they_are
    convolution: Hypothesis | None = None
    """A changed convolution of the catalogue of real numbers, for integers the same."""
    offset: Array | None = None
    """Added to the sums of products, a number for each channel."""
    parameters: Callable[[Parameters], Parameters] = unchanged_parameters
    """Raises UsageError where they make no sense."""
    limits: Limits | None = None
    """What the output is clamped to in place of a formula's own limits."""
    real_bias: Array | None = None
    """The bias as real numbers in float32, where its integers stand for others than they should."""
    changes_sums: bool = True
    """Whether other sums come of it: else it cannot show in outputs that are sums."""
    n_fitted: int = 0
    """Parameters estimated from the output."""


Hypotheses = Callable[[QuantizedCase, Case], Iterator[QuantizedHypothesis]]
"""(the case, its centred operands) -> hypotheses, commonest first."""


@dataclass(frozen=True)
class QuantizedCause:
    """A cause with its hypotheses about integers."""

    cause: Cause
    applies: Callable[[QuantizedCase], bool]
    """Whether it makes sense for the case."""
    hypotheses: Hypotheses
