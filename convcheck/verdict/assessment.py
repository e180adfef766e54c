"""One output under test: its error statistics under each arithmetic that it may have run in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.bands import Band
from convcheck.case.case import Case
from convcheck.results import PASSES, BudgetPart, Judgement, Output, Status
from convcheck.truth.arithmetic import (
    FLOAT32,
    FLOAT64,
    Arithmetic,
    DetectedArithmetic,
    Format,
    declared,
    format_of,
    is_on_grid,
    narrowest_grid,
    rounded,
    tightness,
)
from convcheck.truth.formats import INT16, INT32, INT64, UINT64
from convcheck.truth.winograd.tiling import Tiling
from convcheck.verdict.budget import BudgetStatistics
from convcheck.verdict.references import ReferenceCache
from convcheck.verdict.statistics import ErrorMaps, ErrorStatistics

if TYPE_CHECKING:
    from convcheck.results import Array
    from convcheck.truth.bound import Bound
    from convcheck.truth.reference import Reference


@dataclass
class CandidateAssessment:
    """One arithmetic that an output is held to, and the statistics so far."""

    arithmetic: Arithmetic
    errors: ErrorStatistics
    budget: BudgetStatistics

    @property
    def status(self) -> Status:
        """What the statistics come to."""
        return _status(self.errors)[0]


class OutputAssessment:
    """An output of the right shape, held against exact band by band."""

    def __init__(self, output: Output, case: Case, tiling: Tiling | None, *, maps: bool) -> None:
        assert output.array is not None
        self.output = output
        self.tiling = tiling
        self.array: Array = output.array
        self.format = format_of(self.array.dtype)
        self._candidates = [
            CandidateAssessment(
                replace(arithmetic, tiling=tiling),
                ErrorStatistics(
                    arithmetic.output if not self.format.is_integer else self.format,
                    ErrorMaps(self.array.shape) if maps else None,
                ),
                BudgetStatistics(),
            )
            for arithmetic in candidate_arithmetics(output, case, self.format)
        ]

    def needs_exact(self, case: Case) -> bool:
        """Whether float64 with a certified error cannot serve: wide outputs, casts, grids."""
        return self.format.precision > FLOAT32.precision or any(
            candidate.arithmetic.output != self.format
            or rounded(case, candidate.arithmetic) is not case
            for candidate in self._candidates
        )

    def update(self, references: ReferenceCache, band: Band) -> None:
        """Add one band."""
        out = self.array[band.window]
        for candidate in self._candidates:
            arithmetic = candidate.arithmetic
            reference, bound = reference_and_bound(references, arithmetic, self.format)
            candidate.errors.add_forward_error(out, references.given, band)
            candidate.errors.add_bound_ratio(out, reference, bound, band)
            candidate.budget.add(out, references, arithmetic)

    def judgement(self, output: Output) -> Judgement:
        """What the statistics come to, for this output or one of the same values."""
        chosen = self._chosen()
        status, message = _status(chosen.errors, self.tiling)
        passes = status in PASSES
        return Judgement(
            output=output,
            status=status,
            declared=chosen.arithmetic,
            arithmetic=DetectedArithmetic(chosen.arithmetic) if passes else None,
            error=chosen.errors.summary(),
            message=message,
            maps=chosen.errors.maps.frozen() if chosen.errors.maps else None,
            violations=chosen.errors.violations(),
            residuals=chosen.errors.residuals(),
            undetectable=chosen.errors.zero_hidden / chosen.errors.total,
            same_values_as=None if output is self.output else self.output.name,
        )

    def judges(self, output: Output, tiling: Tiling | None) -> bool:
        """Whether judging this one judges that one too: equal values, of equal dtypes and tiles."""
        other = output.array
        return (
            other is not None
            and tiling == self.tiling
            and other.dtype == self.array.dtype
            and output.dtypes.compute == self.output.dtypes.compute
            and output.accumulate == self.output.accumulate
            and np.array_equal(self.array, other, equal_nan=not self.format.is_integer)
        )

    def budget(self, name: str) -> list[BudgetPart]:
        """The parts of its error, for an output of this name."""
        return self._chosen().budget.parts(name)

    def _chosen(self) -> CandidateAssessment:
        """The tightest arithmetic that holds, else the one with the widest bound.

        Zeros stand on every grid: where they do not hold, they tell nothing of a narrower output.
        """
        holding = (one for one in self._candidates if one.status in PASSES)
        last = self._candidates
        if not self.array.any():
            last = [one for one in last if one.arithmetic.output == self.format] or last
        return next(holding, last[-1])


def reference_and_bound(
    references: ReferenceCache, arithmetic: Arithmetic, stored: Format
) -> tuple[Reference, Bound]:
    """What an output in this format is held to under an arithmetic."""
    reference, bound = references.for_arithmetic(arithmetic)
    if arithmetic.output != stored and not stored.is_integer:
        # Where exact is on the narrow grid itself, rounding to it changes nothing.
        _, own = references.for_arithmetic(replace(arithmetic, output=stored))
        same = is_on_grid(reference.value, arithmetic.output) & (reference.tail == 0.0)
        bound = replace(bound, limit=np.where(same, own.limit, bound.limit))
    return reference, bound


def candidate_arithmetics(output: Output, case: Case, stored: Format) -> list[Arithmetic]:
    """What was observed or declared; of a recorded output every consistent choice, tightest first.

    What a recording leaves open are independent choices: each float64 operand as it is or cast to
    float32, the accumulator, and as the output's format the narrowest grid that holds the whole
    array beside its own. None is narrower than that grid, or than float32 where the grid is.
    """
    array, compute = output.array, output.dtypes.compute
    if compute is None and output.accumulate is not None:
        compute = stored.name
    recorded = output.dtypes.input is None
    grid = narrowest_grid(array) if recorded and array is not None else None
    outputs = [stored, *([] if grid is None else [grid])]
    if compute is not None:
        given = declared(compute, stored.name, output.accumulate)
        return [given, *(replace(given, output=fmt, own_bias=stored) for fmt in outputs[1:])]
    if stored.is_integer:
        return [_integer_arithmetic(case, stored)]
    kept = grid or stored
    own = [format_of(dtype) for dtype in case.dtypes]
    inputs, kernels = (_choices(stored if fmt.is_integer else fmt, kept) for fmt in own)
    found = []
    for x, kernel in product(inputs, kernels):
        for accumulator in _choices(max(x, kernel, FLOAT32, key=_precision), kept):
            for fmt, bias in product(outputs, (None, accumulator)):
                one = None if x == kernel else kernel
                if bias is not None and (case.bias is None or bias == fmt):
                    continue
                found.append(Arithmetic(x, accumulator, fmt, "nearest-even", one, bias))
    return sorted(dict.fromkeys(found), key=tightness)


def _choices(fmt: Format, kept: Format) -> list[Format]:
    """The formats that may have stood in for one, where an output holds what ``kept`` does."""
    if fmt == FLOAT64:
        return [FLOAT64, FLOAT32] if kept.precision <= FLOAT32.precision else [FLOAT64]
    if kept.is_narrow or kept.precision <= fmt.precision:
        return [fmt]
    # Widened, which changes no number; or as they are, in float32 sums of tensor cores.
    return [kept, fmt] if fmt.is_narrow and kept == FLOAT32 else [kept]


def _precision(fmt: Format) -> int:
    return fmt.precision


def _integer_arithmetic(case: Case, stored: Format) -> Arithmetic:
    """Integers that hold every operand and the output: a uint8 output may be of int8 operands.

    Operands in floating point are held to the output's own integers, which cut fractions off. A
    format takes in another where it reaches as far both ways; none takes in uint64 and a sign,
    and there int64 does for all but the largest numbers.
    """
    if any(dtype.kind not in "iu" for dtype in case.dtypes):
        return declared(stored.name, stored.name)
    arrays = [case.input, case.kernel] + ([] if case.bias is None else [case.bias])
    held = [stored, *(format_of(array.dtype) for array in arrays if array.dtype.kind in "iu")]
    wide = next(
        (
            fmt
            for fmt in (stored, INT16, INT32, INT64, UINT64)
            if all(fmt.lowest <= one.lowest and one.largest <= fmt.largest for one in held)
        ),
        INT64,
    )
    return Arithmetic(wide, wide, stored)


def _outputs(number: int) -> str:
    return "1 output is" if number == 1 else f"{number:,} outputs are"


def _status(errors: ErrorStatistics, tiling: Tiling | None = None) -> tuple[Status, str | None]:
    if errors.non_finite:
        return (
            Status.NON_FINITE,
            f"{_outputs(errors.non_finite)} NaN or infinite where exact is not",
        )
    if errors.outside:
        return (
            Status.OUTSIDE_BOUND,
            f"{errors.outside:,} of {errors.total:,} outputs leave "
            + ("their bound" if tiling is None else f"the bound of {tiling}"),
        )
    if errors.undecided:
        return (
            Status.UNDECIDED,
            f"no bound exists for {errors.undecided:,} of {errors.total:,} outputs: "
            "too many terms for the accumulator's precision, or it may overflow",
        )
    if errors.correct == errors.total:
        return Status.EXACT, None
    return Status.WITHIN_BOUND, None
