"""Two right ways to round the same sum."""

from __future__ import annotations

from convcheck.causes.cause import Cause, say
from convcheck.results import CaseSummary


def _hint(case: CaseSummary) -> str:
    return "--input separating"


REQUANTIZATION_ROUNDING = Cause(
    "requantization-rounding",
    fix=say(
        "nothing to fix: accept it; or compute both by one formula, as "
        "convcheck explain requantization tells"
    ),
    hint=_hint,
)
