"""Why outputs differ: each cause is tested by computing the convolution that it describes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from convcheck.case import inputs
from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.results import PASSES, Difference, Experiment, Finding, Judgement, Output, Verdict
from convcheck.verdict.judge import Judged, judge

if TYPE_CHECKING:
    from convcheck.results import Array


class Run(Protocol):
    """Compute a changed case; None where the implementation takes no such option."""

    def __call__(
        self, case: Case, name: str, option: tuple[str, str] | None = None, /
    ) -> Output | None: ...


def diagnose(case: Case, judged: Judged, run: Run) -> tuple[Finding, ...]:
    """Findings about the outputs of a case, best first."""
    return tuple(
        finding
        for judgement in judged.judgements
        for finding in _casts(case, judgement, judged, run)
    )


def _casts(case: Case, judgement: Judgement, judged: Judged, run: Run) -> Iterator[Finding]:
    """Operands that an implementation silently cast on the way in, and lost digits of."""
    seen = judgement.output.dtypes
    for role, operand, dtype in (
        ("input", case.input, seen.input),
        ("kernel", case.kernel, seen.kernel),
    ):
        if dtype is None or not _loses(operand, dtype):
            continue
        partner = _partner(judgement, judged)
        experiments = _undo(case, judgement, partner, role, dtype, run) if partner else []
        proved = any(_settles(e, partner) for e in experiments) if partner else False
        yield Finding(
            cause=f"{role}-autocast",
            implementation=judgement.output.name,
            status="proved" if proved else "supported",
            summary=f"{judgement.output.call} casts the {operand.dtype.name} {role} to {dtype}",
            evidence=tuple(experiments),
            fix=next((e.fix for e in experiments if e.fix), None),
        )


def _loses(operand: Array, dtype: str) -> bool:
    """Whether a cast to this dtype changes any value: what is given may fit it."""
    if operand.dtype.name == dtype:
        return False
    cast = inputs.cast(operand, dtype_named(dtype))
    return not np.array_equal(
        cast.astype(operand.dtype), operand, equal_nan=operand.dtype.kind == "f"
    )


def _partner(judgement: Judgement, judged: Judged) -> Difference | None:
    """The first pair in which this output differs from another."""
    name = judgement.output.name
    return next(
        (pair for pair in judged.differences if name in (pair.a, pair.b) and pair.unequal),
        None,
    )


def _undo(
    case: Case, judgement: Judgement, pair: Difference, role: str, dtype: str, run: Run
) -> list[Experiment]:
    """Run the pair again with the cast undone, in the two ways that a user can."""
    output = judgement.output
    operand = getattr(case, role)
    cast = inputs.cast(operand, dtype_named(dtype))
    narrow = replace(case, input=cast) if role == "input" else replace(case, kernel=cast)
    wide = operand.dtype.name
    variable = "batch" if role == "input" else "kernel"
    tried = [
        (
            f"{output.name} with {wide}",
            _run_pair(case, pair, run, widened=(output.name, wide)),
            output.fixes.get("dtype", "").format(dtype=wide) or None,
        ),
        (
            f"the {role} cast to {dtype} before both",
            _run_pair(narrow, pair, run),
            f'cast the {role}: {variable}.astype("{dtype}")',
        ),
    ]
    return [
        Experiment(experiment, difference.sum_abs, fix)
        for experiment, difference, fix in tried
        if difference is not None and difference.sum_abs is not None
    ]


def _run_pair(
    case: Case, pair: Difference, run: Run, widened: tuple[str, str] | None = None
) -> Difference | None:
    outputs = []
    for name in (pair.a, pair.b):
        wide = widened is not None and widened[0] == name
        output = run(case, name, ("dtype", widened[1]) if wide and widened else None)
        if output is None or output.array is None:
            return None
        outputs.append(replace(output, name=name))
    judged = judge(case, outputs)
    if any(judgement.status not in PASSES for judgement in judged.judgements):
        return None
    return judged.differences[0]


def _settles(experiment: Experiment, pair: Difference | None) -> bool:
    return (
        pair is not None
        and pair.verdict is not Verdict.IDENTICAL
        and experiment.sum_abs < (pair.sum_abs or 0.0)
    )
