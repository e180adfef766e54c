"""Two right ways to round the same sum."""

from __future__ import annotations

from convcheck.causes.cause import Cause, say
from convcheck.results import CaseSummary


def _hint(case: CaseSummary) -> str:
    return "--input separating"


REQUANTIZATION_ROUNDING = Cause(
    "requantization-rounding",
    fix=say(
        "nothing to fix where both are within their bounds; to have them equal, take the same "
        "formula on both sides: litert?engine=builtin, or rounding=NAME in your kernel's test"
    ),
    hint=_hint,
)
