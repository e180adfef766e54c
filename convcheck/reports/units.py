"""What errors are measured in where they are drawn: ULPs, or steps of a quantized output."""

from __future__ import annotations

from dataclasses import dataclass

from convcheck.reports.figures import number
from convcheck.results import Check


@dataclass(frozen=True)
class Units:
    """Words for errors and what they are against."""

    name: str
    """``ULPs``, ``steps`` or ``units``."""
    whole: str
    """The same with what they are steps of."""
    least: float
    """The largest error of the best outputs: half a unit where they are rounded."""
    best: str
    """The same in words."""
    exact: str
    """What errors are against."""
    right: str
    """What the best outputs are."""
    largest: str
    """What a difference is measured in."""
    axis: str
    """What stands under a histogram of errors."""


REAL = Units(
    name="ULPs",
    whole="ULPs of the output's own format",
    least=0.5,
    best="0.5 ULP",
    exact="exact",
    right="correctly rounded",
    largest="ULPs of the largest output",
    axis="error against exact, in ULPs of the output's own format",
)


SUMS = Units(
    name="units",
    whole="units of the sum",
    least=0.0,
    best="0",
    exact="the exact sum",
    right="right",
    largest="units of the sum",
    axis="error in units of the sum",
)


def units_of(check: Check) -> Units:
    """The units of a check's errors."""
    if check.case.quantization is None:
        return REAL
    if check.of_sums:
        return SUMS
    steps = f"steps of the output ({number(check.case.quantization.output_scale, 4)})"
    return Units(
        name="steps",
        whole=steps,
        least=0.5,
        best="0.5 steps",
        exact="the real number",
        right="nearest",
        largest=steps,
        axis=f"error in {steps}",
    )
