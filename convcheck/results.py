"""What a check found: frozen data, standard library only, so that every package may import it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from convcheck.case.spec import ConvSpec
    from convcheck.truth.arithmetic import Arithmetic, DetectedArithmetic

    Array = NDArray[Any]

Index = tuple[int, ...]


class Status(str, Enum):
    """What became of one implementation."""

    EXACT = "exact"
    WITHIN_BOUND = "within-bound"
    OUTSIDE_BOUND = "outside-bound"
    NON_FINITE = "non-finite"
    WRONG_SHAPE = "wrong-shape"
    CRASHED = "crashed"
    TIMED_OUT = "timed-out"
    UNAVAILABLE = "unavailable"
    UNDECIDED = "undecided"


class Verdict(str, Enum):
    """What a pair of outputs, or a whole check, comes to. Worst first."""

    DIFFERENT = "different"
    UNDECIDED = "undecided"
    ROUNDING = "rounding"
    IDENTICAL = "identical"


EXIT_CODES = {Verdict.IDENTICAL: 0, Verdict.ROUNDING: 0, Verdict.DIFFERENT: 1, Verdict.UNDECIDED: 3}

PASSES = frozenset({Status.EXACT, Status.WITHIN_BOUND})
BROKEN = frozenset({Status.OUTSIDE_BOUND, Status.NON_FINITE, Status.WRONG_SHAPE})
"""An output of such a status is not this convolution."""


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict that counts among several: different, undecided, rounding, identical."""
    return min(verdicts, key=list(Verdict).index, default=Verdict.IDENTICAL)


@dataclass(frozen=True)
class Dtypes:
    """dtypes as an operation really met them; None where they cannot be observed."""

    input: str | None = None
    """What the operation received as its input, after any cast on the way in."""
    kernel: str | None = None
    compute: str | None = None
    """The operation's own type."""
    output: str | None = None


@dataclass(frozen=True)
class Output:
    """What an implementation gave, or why it gave nothing."""

    name: str
    """The implementation as typed."""
    call: str
    """The real call, ``tf.nn.conv2d``."""
    array: Array | None = None
    """Shape (N, *spatial, O) as it came out."""
    status: Status | None = None
    """None for an array that is still to be judged; else why there is none."""
    message: str | None = None
    """Why there is no array, in the framework's own words; after a crash the last stderr lines."""
    dtypes: Dtypes = Dtypes()
    versions: dict[str, str] = field(default_factory=dict)
    device: str | None = None
    seconds: float | None = None
    """Seconds of the call, the framework's start apart."""
    fixes: dict[str, str] = field(default_factory=dict)
    """Experiment -> how a user of this framework makes it: ``dtype``."""
    accumulate: str | None = None
    """The format of its sums as declared; None for what ``truth.arithmetic.declared`` takes."""


@dataclass(frozen=True)
class ImplementationInfo:
    """An implementation, and whether it can run here."""

    name: str
    call: str
    available: bool
    message: str | None
    versions: dict[str, str]
    device: str | None
    options: tuple[str, ...]
    """The lower-case keys it takes."""
    install: str
    """The command that installs what it needs."""


@dataclass(frozen=True)
class ErrorSummary:
    """How far an output is from exact."""

    sum_abs: float
    max_abs: float
    max_ulps: float
    """In ULPs of the output's format."""
    correctly_rounded: int
    """Elements that equal exact rounded to nearest in the output's format."""
    total: int
    max_over_bound: float | None
    """Largest error over its bound, against exact of the operands as the arithmetic rounds them."""
    rms_over_unit: float | None
    worst_index: Index | None
    """Where error over bound is largest."""


@dataclass(frozen=True)
class Maps:
    """Errors of every output, for a picture; kept only when one is asked for."""

    ulps: Array
    """Error against exact in ULPs of the output's format."""
    over_bound: Array


@dataclass(frozen=True)
class BoundViolations:
    """Outputs that left their bound."""

    index: tuple[Array, ...]
    """Where they are, an array for each axis."""
    over_bound: Array
    """|out - y| / B, above 1; infinite where B is 0."""
    over_unit: Array
    """|out - y| / U, in roundings; infinite where U is 0."""
    rms_of_others: float
    """Root mean square of |out - y| / U over the outputs that hold their bound."""


@dataclass(frozen=True)
class Residuals:
    """Errors of an output in units of U, about one rounding."""

    rms_by_channel: Array
    counted: int
    """Outputs that they are of."""
    largest: float
    worst_index: Index | None
    """Where the largest is."""


@dataclass(frozen=True)
class Judgement:
    """An output held against exact."""

    output: Output
    status: Status
    declared: Arithmetic | None = None
    """The arithmetic that the implementation says it uses: operands/accumulator/output."""
    arithmetic: DetectedArithmetic | None = None
    """The tightest arithmetic that explains the output."""
    error: ErrorSummary | None = None
    message: str | None = None
    """Why nothing could be judged, or where it left its bound."""
    maps: Maps | None = None
    violations: BoundViolations | None = None
    """None where no output left its bound, or too many to keep."""
    residuals: Residuals | None = None
    undetectable: float = 0.0
    """Share of the outputs whose bound is so wide that a 0 in their place would lie inside it."""
    same_values_as: str | None = None
    """An earlier output of the same values and dtypes: what was found for it holds here."""
    helps: str | None = None
    """Options with which an implementation that refused has run."""


@dataclass(frozen=True)
class Difference:
    """Two outputs held against each other."""

    a: str
    b: str
    verdict: Verdict
    sum_abs: float | None = None
    max_abs: float | None = None
    max_ulps: float | None = None
    """In ULPs of the coarser of the two formats."""
    unequal: int | None = None
    total: int | None = None
    worst_index: Index | None = None
    """Where |a - b| is largest."""
    largest_output: float | None = None
    """The largest finite magnitude in either output."""


@dataclass(frozen=True)
class BudgetPart:
    """One step of a computation and the summed absolute error that it makes."""

    implementation: str
    part: str
    """``input cast``, ``kernel cast`` or ``accumulation``."""
    sum_abs: float


@dataclass(frozen=True)
class Experiment:
    """A convolution computed to test an explanation."""

    experiment: str
    sum_abs: float
    """Summed absolute difference that was left."""
    fix: str | None = None
    """How a user makes the same change."""


@dataclass(frozen=True)
class Finding:
    """Why an output is what it is."""

    cause: str
    implementation: str
    status: str
    """``proved``, ``supported`` or ``unexplained``."""
    summary: str
    evidence: tuple[Experiment, ...] = ()
    fix: str | None = None
    also: tuple[str, ...] = ()
    """Causes that this case cannot tell from ``cause``."""
    departs: bool = False
    """Whether it is why an output leaves its bound, or has another shape."""
    beside: str | None = None
    """The other implementation of a pair that it is about."""


@dataclass(frozen=True)
class Operand:
    """One array of a case, described."""

    source: str
    shape: tuple[int, ...]
    dtype: str


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
    hints: dict[str, str] = field(default_factory=dict)
    """Blind spot -> options that would show it."""
    warnings: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    """Limits asked for (``--identical``, ``--max-sum``) that are exceeded."""
    accepted: tuple[str, ...] = ()
    """Causes that were accepted and that wholly explain a difference."""

    @property
    def exit_code(self) -> int:
        """0 the same, 1 different or a limit exceeded, 3 undecided; accepted causes do not fail."""
        verdict = EXIT_CODES[self.verdict]
        if self.accepted and self.verdict is Verdict.DIFFERENT:
            left = [pair.verdict is Verdict.UNDECIDED for pair in self.differences]
            verdict = EXIT_CODES[Verdict.UNDECIDED] if any(left) else 0
        return 1 if self.failures else verdict
