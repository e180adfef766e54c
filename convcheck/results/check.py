"""A case without its arrays, and everything that was found about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convcheck.results.finding import BudgetPart, Finding
from convcheck.results.judgement import Difference, Judgement
from convcheck.results.standing import EXIT_CODES, Verdict

if TYPE_CHECKING:
    from convcheck.case.spec import ConvSpec


@dataclass(frozen=True)
class Operand:
    """One array of a case, described."""

    source: str
    shape: tuple[int, ...]
    dtype: str


ACTIVATIONS = ("none", "relu", "relu6", "relu_n1_to_1")
"""What a quantized output may be clamped by."""


@dataclass(frozen=True)
class Quantization:
    """What the integers q of a quantized case stand for: scale * (q - zero point)."""

    input_scale: float
    input_zero_point: int
    kernel_scales: tuple[float, ...]
    """One, or one for each output channel."""
    kernel_zero_points: tuple[int, ...]
    output_scale: float
    output_zero_point: int
    activation: str
    """One of ``ACTIVATIONS``."""
    made: bool
    """Whether convcheck quantized real operands; else the integers were given."""


@dataclass(frozen=True)
class CaseSummary:
    """A case without its arrays."""

    input: Operand
    kernel: Operand
    bias: Operand | None
    spec: ConvSpec
    pads: tuple[tuple[int, int], ...]
    """(before, after) by axis, SAME and VALID resolved."""
    data_format: str
    output_shape: tuple[int, ...]
    terms: int
    """Taps of a full window."""
    quantization: Quantization | None = None
    """Of a quantized case, whose operands are integers."""
    pass_: str = "forward"
    """One of ``case.passes.PASSES``: what of the convolution is computed. Of a gradient all above
    is the forward convolution's, but ``output_shape`` and ``terms`` are those of the convolution
    that the gradient is, as outputs, errors and their indices are laid out."""
    output_gradient: Operand | None = None
    """Of a gradient: what the forward outputs are weighted by."""

    @property
    def filters(self) -> int:
        """Channels of the forward output."""
        return self.spec.channels(self.kernel.shape)[1]


@dataclass(frozen=True)
class Check:
    """Everything that was found about one case."""

    case: CaseSummary
    verdict: Verdict
    judgements: tuple[Judgement, ...]
    differences: tuple[Difference, ...]
    findings: tuple[Finding, ...] = ()
    budget: tuple[BudgetPart, ...] = ()
    blind_spots: tuple[str, ...] = ()
    """Causes that leave this case's exact result unchanged, so that it cannot reveal them."""
    alike: tuple[tuple[str, ...], ...] = ()
    """Of a quantized case: groups of requantization formulas that it cannot tell apart."""
    hints: dict[str, str] = field(default_factory=dict)
    """Blind spot -> options that would show it."""
    warnings: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    """Limits asked for (``--identical``, ``--max-sum``) that are exceeded."""
    accepted: tuple[str, ...] = ()
    """Causes that were accepted and that wholly explain a difference."""

    @property
    def of_sums(self) -> bool:
        """Whether every output of a quantized case is the sums themselves, not requantized."""
        found = [one.requantization for one in self.judgements if one.requantization]
        return bool(found) and all(one.holds_sums for one in found)

    def is_comparable(self, judgement: Judgement) -> bool:
        """Whether its output holds numbers of the kind that the check is about.

        Sums beside requantized outputs do not: they are judged, but cannot share a scale.
        """
        found = judgement.requantization
        return found is None or found.holds_sums == self.of_sums

    @property
    def exit_code(self) -> int:
        """0 the same, 1 different or a limit exceeded, 3 undecided; accepted causes do not fail."""
        verdict = EXIT_CODES[self.verdict]
        if self.accepted and self.verdict is Verdict.DIFFERENT:
            left = [pair.verdict is Verdict.UNDECIDED for pair in self.differences]
            verdict = EXIT_CODES[Verdict.UNDECIDED] if any(left) else 0
        return 1 if self.failures else verdict
