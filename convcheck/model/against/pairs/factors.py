"""The factors of output channels that make B's kernel of A's, as exactly as its format tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.pairs.explained import Both
from convcheck.model.convolutions.effective import EffectiveWeights
from convcheck.model.convolutions.weights import FOLDING

if TYPE_CHECKING:
    from convcheck.results import Array

_LARGEST_INT8 = 127
"""What converters store the largest weight of a channel as, be it positive or negative."""


@dataclass(frozen=True, eq=False)
class Factors:
    """One factor for each output channel, and all that its numbers allow."""

    best: Array
    low: Array
    high: Array
    """Where this is below ``low`` no factor makes that channel."""
    as_stored: Factors | None = None
    """The same by the steps of B's integers, where these fit what they hold."""

    def hold(self, some: Array | float) -> bool:
        """Whether these factors make B's kernel of A's."""
        return bool(((self.low <= some) & (some <= self.high)).all())

    @property
    def one(self) -> float | None:
        """The one factor of all channels; None where there is none."""
        low, high = float(self.low.max()), float(self.high.min())
        return min(max(float(np.median(self.best)), low), high) if low <= high else None

    @property
    def exist(self) -> bool:
        """Whether each channel has one, and none is lost."""
        return bool((self.low <= self.high).all()) and bool(self.best.all())


def factors_between(both: Both, weights: EffectiveWeights) -> Factors:
    """The factors that may turn A's kernel into B's, by the format that holds B's most coarsely.

    Each number bounds its channel's factor: what the nearest fit misses by its own rounding error
    is not taken for a difference.
    """
    ours, theirs = weights.kernel_a, weights.kernel_b
    with np.errstate(all="ignore"):
        sizes = (ours * ours).sum(axis=0)
        fit = np.where((sizes > 0) & (sizes < np.inf), (ours * theirs).sum(axis=0) / sizes, 1.0)
        bound = both.loosest(weights).kernel * np.maximum(np.abs(fit), 1)
        ends = np.sort(np.stack([(theirs - bound) / ours, (theirs + bound) / ours]), axis=0)
    held = np.abs(theirs) <= bound
    used = ours != 0
    low = np.where(used, ends[0], np.where(held, -np.inf, np.inf))
    high = np.where(used, ends[1], np.where(held, np.inf, -np.inf))
    low = np.where(np.isnan(low), np.inf, low).max(axis=0)
    high = np.where(np.isnan(high), -np.inf, high).min(axis=0)
    best = np.where(low <= high, np.clip(fit, low, high), fit)
    stored = _as_stored(both, weights, np.sign(fit))
    if not ((low <= stored) & (stored <= high)).all():
        return Factors(best, low, high)
    margin = FOLDING * np.abs(stored)
    return Factors(best, low, high, Factors(stored, stored - margin, stored + margin))


def _as_stored(both: Both, weights: EffectiveWeights, signs: Array) -> Array:
    """The factors by the steps of B's integers; NaN where it has none.

    Converters make a step of the largest weight over 127, a number of float32, which is far more
    exact than any of the weights.
    """
    steps = both.stored[1].steps
    if steps is None or steps.dtype != "int8":
        return np.full_like(signs, np.nan)
    largest = np.abs(weights.kernel_a).max(axis=0)
    scales = np.array(steps.scales) * np.abs(weights.b.scale)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors: Array = signs * _LARGEST_INT8 * scales / largest
    return factors
