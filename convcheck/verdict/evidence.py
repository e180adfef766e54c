"""What counts as evidence for an explanation, and what as proof: the one place of the rule.

Inside the bound. With y exact as declared, y_E exact of an explanation E and U about one rounding,

    r = (out - y) / U      d = (y_E - y) / U      t = |P r| / |P (r - d)|

over M outputs that share no operands, P removing p directions in which honest long sums drift
together. E is a finding iff t >= 2 and (M - p - 1) · ln t >= 32: were r honest, r - d would be
longer than r, and chance would shorten it so with a probability below t^-(M - p - 1) < 1e-13.
Roundings leave an RMS of 0.2 at least: below it nothing is named, and no less counts as left.

Outside the bound. E, whose own bound B_E holds every output, explains iff it brings those outside
their bound nearer by 2 (in units of B_E, mean squares) than no explanation does; it is proved iff
the sum of ln(|out - y| / B_E) over outputs that share no input, less one for each parameter that
was fitted and less the largest such number for each that may be any number, is at least 32, and no
inequivalent explanation holds as well. Such a parameter takes up one output: it is read off it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from convcheck.results import Array

LEAST_RATIO = 2.0
"""What is left must be so many times smaller."""
LEAST_EVIDENCE = 32.0
"""Chance alone would do it once in e^32."""
LEAST_RMS = 0.2
"""Roundings leave at least so much of a unit; with LEAST_RATIO, less cannot be told apart."""
MOST_RMS = 2.0
"""Root mean square, in units of a rounding, that an honest sum leaves (0.2 to 0.5 measured)."""
DRIFT_DIRECTIONS = 3
"""What P removes for a format: drift in proportion to y, by a constant, by a constant of U."""


def residual_norm(residual: Array, directions: Array | None = None) -> float:
    """|P r|: the length of a residual, without these directions (an array's columns)."""
    if directions is None:
        return float(np.linalg.norm(residual))
    scale = np.abs(directions).max(axis=0)  # squares might overflow
    basis, _ = np.linalg.qr(directions[:, scale > 0] / scale[scale > 0])
    return float(np.linalg.norm(residual - basis @ (basis.T @ residual)))


def rms(residual: Array) -> float:
    """Root mean square of a residual; 0 where there is none."""
    return float(np.sqrt(np.mean(np.square(residual)))) if residual.size else 0.0


def residual_ratio(without: float, explained: float, outputs: int = 0) -> float:
    """t, from the lengths of the residuals; infinite where nothing is left.

    In units of U, of so many ``outputs``: what roundings leave at least counts as left, so that a
    few outputs that happen to fit do not make t large.
    """
    explained = max(explained, LEAST_RMS * math.sqrt(outputs))
    return without / explained if explained else math.inf


def can_be_evidence(freedom: int) -> bool:
    """Whether so many degrees of freedom can reach the least evidence at all."""
    return freedom >= 1 and freedom * math.log(np.finfo(float).max) >= LEAST_EVIDENCE


def is_evidence(t: float, freedom: int) -> bool:
    """Whether a residual ratio over M outputs tells more than chance; freedom is M - p - 1."""
    return t >= LEAST_RATIO and freedom * math.log(t) >= LEAST_EVIDENCE


def tells_apart(better: float, worse: float, freedom: int) -> bool:
    """Whether one explanation's residual ratio beats another's by more than chance."""
    return better > worse and freedom * math.log(better / worse) >= LEAST_EVIDENCE


@dataclass(frozen=True)
class Evidence:
    """What an explanation does for the outputs that leave their bound."""

    weight: float
    """Sum of ln(|out - y| / B_E) over those that share nothing, less the fitted parameters."""
    residual_ratio: float
    """|out - y| over |out - y_E|, in units of B_E, mean squares; with y what would be there
    without the explanation, without either member of a pair, or the same number everywhere:
    the least of these."""
    spent: float = 0.0
    """What of the weight the outputs gave that the fitted parameters were read off: of one output
    for each channel, a scale for each channel gives whatever there is."""

    @property
    def explains(self) -> bool:
        """Better than no explanation: a wide bound alone holds what it does not explain."""
        return self.weight > 0 and self.residual_ratio >= LEAST_RATIO

    def status(self, *, rivals: int = 0) -> str:
        """``proved`` where it tells more than chance and no rival holds, else ``supported``."""
        left = self.weight - self.spent
        proved = self.explains and left >= LEAST_EVIDENCE and not rivals
        return "proved" if proved else "supported"


def status_if_shown(shown: bool) -> str:
    """``proved`` where what was observed or run again shows the cause itself, else ``supported``.

    For causes that need no statistics: a cast whose undoing takes the difference away, a number
    beyond a format's largest.
    """
    return "proved" if shown else "supported"


def of_distinct_facts(weights: Array, facts: Sequence[Array], precision: int) -> Array:
    """The weights (outputs, channels) with each fact counted once, where it weighs most.

    ``facts`` are arrays like ``weights``: the output first, then what it should be. Outputs of a
    channel that are alike in all of them come of equal windows, and tell the same. A channel of one
    number tells it once, and channels of the same number once for all: whatever filled them did
    so. No output tells more than its bits, however near 0 an explanation has it.
    """
    told = np.where(np.isneginf(weights), weights, np.minimum(weights, precision * math.log(2.0)))
    given = facts[0]
    filled: set[float] = set()
    for channel in np.flatnonzero((np.diff(np.sort(given, axis=0), axis=0) == 0).any(axis=0)):
        rows = np.stack([fact[:, channel] for fact in facts], axis=1)
        _, which = np.unique(rows, axis=0, return_inverse=True)
        heaviest_first = np.argsort(-told[:, channel], kind="stable")
        _, first = np.unique(which.reshape(-1)[heaviest_first], return_index=True)
        again = np.ones(len(given), bool)
        again[heaviest_first[first]] = False
        told[again & (told[:, channel] > 0), channel] = 0.0
    for channel in np.flatnonzero((given == given[:1]).all(axis=0)):
        value, best = float(given[0, channel]), int(np.argmax(told[:, channel]))
        counts = told[:, channel] > 0
        if value not in filled:
            counts[best] = False
            filled.add(value)
        told[counts, channel] = 0.0
    return np.asarray(told)


def spent_on(fitted: int, weights: Array) -> float:
    """The evidence of as many outputs as parameters were fitted, the heaviest there are."""
    if not fitted:
        return 0.0
    heaviest = np.sort(weights[weights > 0])[-fitted:]
    return float(heaviest.sum())


def log_evidence(errors: Array, limits: Array, outside: Array) -> Array:
    """ln(|out - y| / B_E) of outputs outside their bound, 0 of the others.

    One output cannot give more than LEAST_EVIDENCE where B_E is 0. One that equals y, and so is no
    evidence at all, gives minus infinity, which sums of several keep.
    """
    with np.errstate(all="ignore"):
        weights = np.where(outside, np.log(np.abs(errors) / limits), 0.0)
    return np.asarray(np.nan_to_num(weights, posinf=LEAST_EVIDENCE, neginf=-np.inf))


def grid_evidence(outside: Array, bits: int) -> Array:
    """Evidence of outputs outside their bound that stand on a grid with so many bits fewer.

    By chance a number ends in that many zeros once in 2^bits.
    """
    return np.where(outside, bits * math.log(2.0), 0.0)


def independent_weight(
    places: Sequence[Array],
    steps: Sequence[int],
    weights: Array,
    enough: float = 2 * LEAST_EVIDENCE,
) -> float:
    """Sum of the weights of places that share no input with each other, heaviest first.

    ``places`` are (image, *spatial), arrays of one length; places of one image share nothing from
    ``steps`` outputs apart along any axis. The sum stops once it is ``enough``.
    """
    at = np.stack(places, 1)
    left = weights != 0
    total = 0.0
    while left.any() and total < enough:
        best = int(np.argmax(np.where(left, weights, -np.inf)))
        if weights[best] <= 0:
            total += float(weights[left].min())
            break
        total += float(weights[best])
        near = at[:, 0] == at[best, 0]
        for axis, step in enumerate(steps, 1):
            near &= np.abs(at[:, axis] - at[best, axis]) < step
        left &= ~near
    return total
