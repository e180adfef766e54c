"""An output clamped to other integers than the activation's limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convcheck.case.case import Case
from convcheck.causes.cause import Cause, say
from convcheck.causes.quantized.hypothesis import QuantizedCause, QuantizedHypothesis
from convcheck.quantized.activation import Limits, half_away_limits, real_limits, ties_even_limits
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import ACTIVATION_LIMITS, Parameters

NAME = "activation-bounds"


def _hypotheses(quantized: QuantizedCase, centred: Case) -> Iterator[QuantizedHypothesis]:
    p = quantized.parameters
    lowest, highest = p.dtype_limits
    seen: set[Limits] = set()
    for word, (low, high) in _clamps(p):
        # One integer for all is what an output that was never written holds too.
        if (low, high) not in seen and lowest <= low < high <= highest:
            seen.add((low, high))
            yield QuantizedHypothesis(
                NAME,
                f"{word}: the output clamped to {low} to {high}",
                limits=(low, high),
                changes_sums=False,
            )


def _clamps(p: Parameters) -> Iterator[tuple[str, Limits]]:
    own = f"{p.activation} with limits" if p.activation != "none" else "limits"
    if p.activation != "none":
        yield "no activation", p.dtype_limits
        low, high = real_limits(p)
        yield f"{p.activation} at the integer 0, not at the zero point", (max(low, 0), high)
    for rounded, way in ((half_away_limits, "half away"), (ties_even_limits, "to even at ties")):
        for other in ACTIVATION_LIMITS:
            if other not in ("none", p.activation):
                yield f"{other} in place of {p.activation}", rounded(replace(p, activation=other))
        yield f"{own} rounded {way}", rounded(p)
        low, high = rounded(p)
        for down in (0, -1, 1):
            for up in (0, -1, 1):
                if down or up:
                    yield f"{own} off by one", (low + down, high + up)


ACTIVATION_BOUNDS = Cause(
    NAME,
    fix=say(
        "clamp to zero point + limit / output scale, rounded, and to the dtype's own limits: the "
        "activation belongs to the requantization"
    ),
)
OF_QUANTIZED = QuantizedCause(ACTIVATION_BOUNDS, lambda quantized: True, _hypotheses)
