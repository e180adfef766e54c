"""What a check found: frozen data, standard library only, so that every package may import it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcheck.results.check import ACTIVATIONS, CaseSummary, Check, Operand, Quantization
from convcheck.results.finding import BudgetPart, Experiment, Finding, Sides
from convcheck.results.judgement import (
    BoundViolations,
    Difference,
    ErrorSummary,
    Judgement,
    Maps,
    Requantization,
    Residuals,
)
from convcheck.results.order import SumOrder, TreeShape
from convcheck.results.output import Dtypes, ImplementationInfo, Index, Output
from convcheck.results.standing import BROKEN, EXIT_CODES, PASSES, Status, Verdict, worst

if TYPE_CHECKING:
    from convcheck.results.output import Array

__all__ = [
    "ACTIVATIONS",
    "BROKEN",
    "EXIT_CODES",
    "PASSES",
    "Array",
    "BoundViolations",
    "BudgetPart",
    "CaseSummary",
    "Check",
    "Difference",
    "Dtypes",
    "ErrorSummary",
    "Experiment",
    "Finding",
    "ImplementationInfo",
    "Index",
    "Judgement",
    "Maps",
    "Operand",
    "Output",
    "Quantization",
    "Requantization",
    "Residuals",
    "Sides",
    "Status",
    "SumOrder",
    "TreeShape",
    "Verdict",
    "worst",
]
