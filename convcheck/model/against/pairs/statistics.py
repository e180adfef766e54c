"""Whether factors by channel come from other statistics of a batch norm."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.pairs.epsilon import CHANNELS, USUAL
from convcheck.model.against.pairs.explained import Both
from convcheck.model.against.pairs.factors import Factors
from convcheck.model.against.pairs.other_weights import Other

if TYPE_CHECKING:
    from convcheck.results import Array


def statistics(both: Both, factors: Factors, known: Sequence[Array]) -> Other | None:
    """What is told of factors that stand where one of the models has a batch norm.

    A batch norm's scale is gamma / sqrt(variance + epsilon). Before training its variance is 1: a
    port that did not load it has that. Any other variance, or gamma, gives factors as well, which
    nothing else confirms.
    """
    if len(factors.best) < CHANNELS:
        return None
    for (letter, other), variance in product((("B", "A"), ("A", "B")), known):
        if np.ptp(variance) > 0 and _before_training(factors, variance, letter):
            words = f"{letter}'s batch norm has the variance 1 in every channel, as before training"
            span = f"{variance.min():.3g} to {variance.max():.3g}"
            return Other(
                "batch-norm-statistics",
                f"{words}, where {other}'s has {span}",
                ("channel-scale",),
                bias_follows=True,
            )
    scaled = any(np.ptp(point.scale) > 0 for point in (both.point_a, both.point_b))
    wrong = ~((factors.low <= 1) & (factors.high >= 1))
    if not (known and scaled and factors.exist and wrong.sum() > len(wrong) // 2):
        return None
    if factors.one is not None or not (factors.best > 0).all():
        return None
    least, most = factors.best.min(), factors.best.max()
    return Other(
        "batch-norm-statistics",
        f"each output channel of B's kernel is A's times a number of its own, {least:.6g} to "
        f"{most:.6g}, as another variance or gamma of the batch norm after it gives",
        ("channel-scale", "batch-norm-epsilon"),
        bias_follows=True,
    )


def _before_training(factors: Factors, variance: Array, letter: str) -> bool:
    """Whether one model's variance is 1 where the other's is this, with any two epsilons."""
    for one, other in product(USUAL, repeat=2):
        scale = np.sqrt((variance + one) / (1 + other))
        if factors.hold(scale if letter == "B" else 1 / np.maximum(scale, np.finfo(float).tiny)):
            return True
    return False
