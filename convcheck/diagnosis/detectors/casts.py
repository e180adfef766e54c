"""Casts on the way in: seen by the dtypes that arrived, proved by running again without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case import inputs
from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.case.dtypes import dtype_named
from convcheck.case.passes import operand_words
from convcheck.diagnosis.observation import Observation, Rerun
from convcheck.results import PASSES, Difference, Experiment, Finding, Output, Verdict
from convcheck.verdict.evidence import status_if_shown
from convcheck.verdict.judge import judge

if TYPE_CHECKING:
    from convcheck.results import Array

_VARIABLE = {"input": "batch", "kernel": "kernel"}
BLOCK = 1 << 20
"""Numbers cast at a time: a copy of a whole image may not fit memory."""


def detect(observation: Observation) -> Iterator[Finding]:
    """Operands that an implementation silently cast on the way in, and lost digits of."""
    output, case = observation.judgement.output, observation.case
    told = set()
    for role, dtype in (("input", output.dtypes.input), ("kernel", output.dtypes.kernel)):
        operand = getattr(case, role)
        if dtype is None or not _loses(operand, dtype):
            continue
        cast = _cast_operand(case, role, dtype)
        if cast in told:  # an output gradient follows the operand that the layer casts
            continue
        told.add(cast)
        pair = _partner(observation)
        experiments = _undo(observation, pair, cast, dtype) if pair else []
        proved = pair is not None and any(_settles(e, pair) for e in experiments)
        yield Finding(
            cause=f"{cast}-autocast",
            implementation=output.name,
            status=status_if_shown(proved),
            summary=_silent_cast(output, operand.dtype.name, _word(case, role), dtype)
            + _share(observation, role),
            evidence=tuple(experiments),
            fix=next((e.fix for e in experiments if e.fix), None),
        )


def detect_recorded(observation: Observation) -> Iterator[Finding]:
    """Operands that a recorded output was computed with narrower than they were given."""
    judgement, output = observation.judgement, observation.judgement.output
    arithmetic = judgement.declared
    recorded = output.dtypes.input is None and output.dtypes.kernel is None
    if not recorded or arithmetic is None or judgement.status not in PASSES:
        return
    for role, fmt in (("input", arithmetic.operands), ("kernel", arithmetic.kernel_format)):
        operand = getattr(observation.case, role)
        if fmt.is_integer or not _loses(operand, fmt.dtype.name):
            continue
        word, cast = _word(observation.case, role), _cast_operand(observation.case, role, str(fmt))
        yield Finding(
            cause=f"{cast}-autocast",
            implementation=output.name,
            status="supported",
            summary=f"{output.call} is what the {operand.dtype.name} {word} gives, cast to {fmt}"
            + _share(observation, role),
            fix=f'cast the {cast}: {_VARIABLE[cast]}.astype("{fmt}")',
        )


def _word(case: Case, role: str) -> str:
    """What stands as input, or kernel, of the case."""
    words = operand_words(case.pass_, transposed=case.forward.spec.transposed)
    return words[("input", "kernel").index(role)]


def _cast_operand(case: Case, role: str, dtype: str) -> str:
    """Which operand of the forward convolution is cast, and an output gradient after it."""
    word = _word(case, role)
    if word in _VARIABLE:
        return word
    return "input" if _loses(case.forward.input, dtype) else "kernel"


def _silent_cast(output: Output, given: str, role: str, dtype: str) -> str:
    if output.dtypes.compute == dtype:
        return f"{output.call} computes in {dtype}: it casts the {given} {role}"
    return f"{output.call} casts the {given} {role} to {dtype}"


def _share(observation: Observation, role: str) -> str:
    """What the cast makes of the summed error, in words."""
    name = observation.judgement.output.name
    for part in observation.others.budget:
        if part.implementation == name and part.part == f"{role} cast":
            return f", which makes {part.sum_abs:.4g} of its summed error"
    return ""


def _loses(operand: Array, dtype: str) -> bool:
    """Whether a cast to this dtype changes any value: what is given may fit it."""
    if operand.dtype.name == dtype:
        return False
    flat = np.ascontiguousarray(operand).reshape(-1)
    for start in range(0, flat.size, BLOCK):
        part = flat[start : start + BLOCK]
        back = inputs.cast(inputs.cast(part, dtype_named(dtype)), operand.dtype)
        if not np.array_equal(back, part, equal_nan=operand.dtype.kind == "f"):
            return True
    return False


def _partner(observation: Observation) -> Difference | None:
    """The first pair in which this output differs from another."""
    name = observation.judgement.output.name
    return next(
        (
            pair
            for pair in observation.others.differences
            if name in (pair.a, pair.b) and pair.unequal
        ),
        None,
    )


def _undo(observation: Observation, pair: Difference, role: str, dtype: str) -> list[Experiment]:
    """Run the pair again with the cast undone, in the two ways that a user can."""
    case, rerun = observation.case, observation.others.rerun
    output = observation.judgement.output
    wide = getattr(case.forward, role).dtype.name
    variable = _VARIABLE[role]
    tried = [
        (
            f"{output.name} with {wide}",
            _sum_of_pair(case, pair, rerun, option=(output.name, wide)),
            output.fixes.get("dtype", "").format(dtype=wide) or None,
        ),
        (
            f"the {role} cast to {dtype} before both",
            _sum_of_pair(case, pair, rerun, cast=(role, dtype)),
            f'cast the {role}: {variable}.astype("{dtype}")',
        ),
    ]
    # A cast may have made up for an accumulation: what leaves more than there was is no fix.
    most = np.inf if pair.sum_abs is None else pair.sum_abs
    return [
        Experiment(experiment, left, fix)
        for experiment, left, fix in tried
        if left is not None and left <= most
    ]


def _sum_of_pair(
    case: Case,
    pair: Difference,
    rerun: Rerun,
    *,
    option: tuple[str, str] | None = None,
    cast: tuple[str, str] | None = None,
) -> float | None:
    """Summed absolute difference of a pair that is run again; None where it is no longer sound.

    Band by band, so that an experiment needs no more memory than what it is made on.
    """
    total = 0.0
    parts = [case] if case.gradient is not None else (band.case for band in bands(case))
    for part in parts:
        changed = _with_cast(part, *cast) if cast else part
        outputs = []
        for name in (pair.a, pair.b):
            output = rerun(
                changed, name, ("dtype", option[1]) if option and option[0] == name else None
            )
            if output is None or output.array is None:
                return None
            outputs.append(replace(output, name=name))
        judged = judge(changed, outputs)
        left = judged.differences[0].sum_abs
        if left is None or any(j.status not in PASSES for j in judged.judgements):
            return None
        total += left
    return total


def _with_cast(case: Case, role: str, dtype: str) -> Case:
    if case.gradient is not None:  # the output is then of this dtype, and so its gradient
        g = inputs.cast(case.gradient.output_gradient, dtype_named(dtype))
        forward = _with_cast(case.forward, role, dtype)
        return replace(case.gradient, forward=forward, output_gradient=g).case
    changed = inputs.cast(getattr(case, role), dtype_named(dtype))
    return replace(case, input=changed) if role == "input" else replace(case, kernel=changed)


def _settles(experiment: Experiment, pair: Difference) -> bool:
    different = pair.verdict is not Verdict.IDENTICAL
    return different and experiment.sum_abs < (pair.sum_abs or 0.0)
