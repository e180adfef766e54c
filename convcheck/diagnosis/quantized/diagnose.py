"""Why integer outputs differ: from the real number, and from each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convcheck.results import Finding
from convcheck.verdict.judge import Judged

if TYPE_CHECKING:
    from convcheck.quantized.case import QuantizedCase
    from convcheck.quantized.sums import Sums


@dataclass(frozen=True)
class IntegerDiagnosis:
    """What was found about the outputs of a quantized case."""

    findings: tuple[Finding, ...] = ()
    """Best first."""
    blind_spots: tuple[str, ...] = ()
    """Causes that leave every sum unchanged, so that this case cannot reveal them."""
    alike: tuple[tuple[str, ...], ...] = ()
    """Groups of formulas that give the same outputs here."""
    hints: dict[str, str] = field(default_factory=dict)
    """Blind spot -> options that would show it."""


def diagnose_integers(quantized: QuantizedCase, sums: Sums, judged: Judged) -> IntegerDiagnosis:
    """Find out why outputs differ from the real number, and from each other."""
    return IntegerDiagnosis()
