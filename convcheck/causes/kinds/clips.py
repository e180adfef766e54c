"""Outputs clipped to a range."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Cause, Hypothesis, PostOp, Shape, always
from convcheck.causes.geometry_fixes import right_call

if TYPE_CHECKING:
    from convcheck.case.case import Array

RANGES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (-128.0, 127.0))
"""That people clip to: images, hard tanh, 8 bits. Any other range is read off the output."""


def clipped(low: float | None, high: float | None, *, n_fitted: int = 0) -> Hypothesis:
    """The output no lower than ``low`` and no higher than ``high``; None leaves a side open."""
    word = (
        f"at most {high:.8g}"
        if low is None
        else f"at least {low:.8g}"
        if high is None
        else f"{low:.8g} to {high:.8g}"
    )
    return Hypothesis(
        "clipped",
        f"the output clipped to {word}",
        post_op=PostOp(f"clip to {word}", partial(_clip, low=low, high=high)),
        changes="values",
        n_fitted=n_fitted,
    )


def _clip(y: Array, low: float | None, high: float | None) -> Array:
    return np.clip(y, -np.inf if low is None else low, np.inf if high is None else high)


def _ranges(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    for low, high in RANGES:
        yield clipped(low, high)


CLIPPED = Cause(
    "clipped",
    fix=partial(
        right_call, "compare before the output is clipped; or widen the range, or clip both alike"
    ),
    applies=always,
    hypotheses=_ranges,
)
