"""Activations: a function applied to each number of the output, as a fused layer does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Cause, Hypothesis, PostOp, Shape, always
from convcheck.causes.geometry_fixes import right_call

if TYPE_CHECKING:
    from convcheck.case.case import Array

FUNCTION_ULPS = 16
"""Roundings that an elementary function of a framework may make: vendors promise within 8 ULPs."""


def _leaky(y: Array, slope: float) -> Array:
    return np.where(y > 0, y, slope * y)


def _sigmoid(y: Array) -> Array:
    return np.array(np.exp(-np.logaddexp(0.0, -y)))


def _softplus(y: Array) -> Array:
    return np.array(np.logaddexp(0.0, y))


def _gelu(y: Array) -> Array:
    return np.array(0.5 * y * (1 + np.vectorize(math.erf, otypes=[float])(y / math.sqrt(2))))


def _selu(y: Array) -> Array:
    return 1.0507009873554805 * np.where(y > 0, y, 1.6732632423543772 * np.expm1(np.minimum(y, 0)))


ACTIVATIONS = (
    PostOp("relu", lambda y: np.maximum(y, 0.0)),
    PostOp("relu6", lambda y: np.clip(y, 0.0, 6.0)),
    *(
        PostOp(f"leaky relu, slope {slope}", partial(_leaky, slope=slope), roundings=4)
        for slope in (0.01, 0.1, 0.2, 0.3)
    ),
    PostOp("tanh", np.tanh, roundings=FUNCTION_ULPS),
    PostOp("sigmoid", _sigmoid, 0.25, FUNCTION_ULPS),
    PostOp("silu", lambda y: y * _sigmoid(y), 1.1, FUNCTION_ULPS),
    PostOp("elu", lambda y: np.where(y > 0, y, np.expm1(np.minimum(y, 0))), 1.0, FUNCTION_ULPS),
    PostOp("selu", _selu, 1.7581, FUNCTION_ULPS),
    PostOp("softplus", _softplus, 1.0, FUNCTION_ULPS),
    PostOp("hard swish", lambda y: y * np.clip(y + 3, 0, 6) / 6, 1.5, FUNCTION_ULPS),
    PostOp("hard sigmoid", lambda y: np.clip(y / 6 + 0.5, 0, 1), 1 / 6, FUNCTION_ULPS),
    PostOp("mish", lambda y: y * np.tanh(_softplus(y)), 1.1, FUNCTION_ULPS),
    PostOp("softsign", lambda y: y / (1 + np.abs(y)), 1.0, FUNCTION_ULPS),
    PostOp("absolute value", np.abs),
    PostOp(
        "gelu, tanh form",
        lambda y: 0.5 * y * (1 + np.tanh(math.sqrt(2 / math.pi) * (y + 0.044715 * y**3))),
        1.13,
        FUNCTION_ULPS,
    ),
    PostOp("gelu", _gelu, 1.13, FUNCTION_ULPS),
)
"""Lipschitz constants are the largest slopes, rounded up. Cheap ones first."""


def _activations(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    for function in ACTIVATIONS:
        yield Hypothesis(
            "activation",
            f"{function.name} applied to the output",
            post_op=function,
            changes="values",
        )


ACTIVATION = Cause(
    "activation",
    fix=partial(right_call, "compare before the activation"),
    applies=always,
    hypotheses=_activations,
)
