"""Why outputs differ: each cause is tested by computing the convolution that it describes.

An output that leaves its bound is held against every changed convolution of the catalogue, then
against pairs of them; what has no exact form is named only where its own scaling fits. An output
inside its bound is asked for a narrower format, an offset or a scale that hides there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from convcheck.case.case import Case
from convcheck.results import (
    PASSES,
    Difference,
    Experiment,
    Finding,
    Judgement,
    Status,
    Verdict,
)
from convcheck.truth.arithmetic import Arithmetic, declared
from convcheck.verdict.casts import Run, casts
from convcheck.verdict.departure import departure, places_in_words
from convcheck.verdict.estimated import estimated
from convcheck.verdict.explanations.fixes import fix_for
from convcheck.verdict.explanations.variant import Variant
from convcheck.verdict.inside import hidden
from convcheck.verdict.judge import Judged
from convcheck.verdict.nonfinite import not_finite
from convcheck.verdict.pairs import pairs
from convcheck.verdict.precision import parsed, precision
from convcheck.verdict.proof import Weighed, weigh
from convcheck.verdict.sample import Sample
from convcheck.verdict.scaling import scaled
from convcheck.verdict.search import Suspect, equal, single

if TYPE_CHECKING:
    from convcheck.results import Array

__all__ = ["Run", "diagnose"]

RANKS = {"proved": 0, "supported": 1, "unexplained": 2}


def diagnose(case: Case, judged: Judged, run: Run) -> tuple[Finding, ...]:
    """Findings about the outputs of a case, best first."""
    found: list[Finding] = []
    for judgement in judged.judgements:
        found += _departs(case, judgement, judged.sample)
    for judgement in judged.judgements:
        found += casts(case, judgement, judged, run)
    found += _orders(judged, found)
    return tuple(sorted(found, key=lambda finding: RANKS[finding.status]))


def _departs(case: Case, judgement: Judgement, small: Sample | None) -> Iterator[Finding]:
    out = judgement.output.array
    if out is None:
        return
    if judgement.status in PASSES:
        yield from precision(case, judgement)
        if judgement.arithmetic == judgement.declared and small is not None:
            yield from hidden(case, small, judgement, arithmetic_of(judgement, out))
    elif judgement.status is Status.NON_FINITE:
        yield not_finite(case, judgement)
    elif judgement.status in (Status.OUTSIDE_BOUND, Status.WRONG_SHAPE):
        yield from _outside(case, judgement, out, arithmetic_of(judgement, out))


def arithmetic_of(judgement: Judgement, out: Array) -> Arithmetic:
    """The arithmetic that the output was held to; for another shape, what it would be."""
    if judgement.declared is not None:
        return parsed(judgement.declared)
    return declared(judgement.output.dtypes.compute or out.dtype.name, out.dtype.name)


def _outside(
    case: Case, judgement: Judgement, out: Array, arithmetic: Arithmetic
) -> Iterator[Finding]:
    worst = judgement.error.worst_index if judgement.error else None
    suspect = Suspect(case, out, arithmetic, [worst])
    found = _explained(suspect, judgement, single(suspect))
    if found is None:
        narrow = list(precision(case, judgement))
        if narrow:
            yield from narrow
            return
        found = _explained(suspect, judgement, estimated(suspect))
    if found is None and suspect.computable:
        found = _explained(suspect, judgement, pairs(suspect))
    if found is None and arithmetic.output.is_narrow:
        found = _with_narrow_sums(suspect, judgement)
    if found is not None:
        yield found
        return
    if judgement.status is Status.WRONG_SHAPE:
        yield _unexplained(judgement, judgement.message or "it has another shape")
        return
    yield from _without_form(case, judgement, out, arithmetic)


def _with_narrow_sums(suspect: Suspect, judgement: Judgement) -> Finding | None:
    """A single cause together with partial sums kept in a narrow format."""
    arithmetic = replace(suspect.arithmetic, accumulator=suspect.arithmetic.output)
    if suspect.case.terms * arithmetic.block * arithmetic.accumulator.u >= 1:
        return None
    narrow = replace(suspect, arithmetic=arithmetic)
    found = _explained(narrow, judgement, single(narrow))
    if found is None:
        return None
    return replace(
        found,
        cause=f"{found.cause}+low-precision-accumulation",
        also=tuple(f"{cause}+low-precision-accumulation" for cause in found.also),
        status="supported",
        summary=f"{found.summary}, and keeps partial sums in {arithmetic.output}",
    )


def _explained(
    suspect: Suspect, judgement: Judgement, variants: Sequence[Variant]
) -> Finding | None:
    """What holds on the whole output, as one finding."""
    case, out, arithmetic = suspect.case, suspect.out, suspect.arithmetic
    groups: list[list[Variant]] = []
    for variant in variants:
        same = next((g for g in groups if equal(suspect, g[0], variant)), None)
        if same is None:
            groups.append([variant])
        else:
            same.append(variant)
    held: list[tuple[list[Variant], float, Weighed]] = []
    for group in groups:
        confirmed = suspect.confirm(group[0])
        weighed = weigh(case, group[0], out, arithmetic) if confirmed.holds else None
        if weighed is not None and weighed.explains:
            held.append((group, confirmed.left, weighed))
    if not held:
        return None
    (best, *_), left, weighed = held[0]
    others = [variant.cause for group, *_ in held for variant in group]
    proved = len(held) == 1 and weighed.proves
    return Finding(
        cause=best.cause,
        implementation=judgement.output.name,
        status="proved" if proved else "supported",
        summary=f"{judgement.output.call} computes {best.detail}",
        evidence=(Experiment(best.detail, left),),
        fix=fix_for(best, case, judgement.output),
        also=tuple(cause for cause in dict.fromkeys(others) if cause != best.cause),
        departs=True,
    )


def _without_form(
    case: Case, judgement: Judgement, out: Array, arithmetic: Arithmetic
) -> Iterator[Finding]:
    found = departure(case, judgement, out, arithmetic)
    words = f"{judgement.message}, by up to {_largest(judgement)}"
    if where := places_in_words(case, out, found):
        words += f": {where}"
    first = next(scaled(case, out, arithmetic, found), None) if len(found.ratios) else None
    if first is None:
        yield _unexplained(judgement, words)
        return
    yield Finding(
        cause=first.cause,
        implementation=judgement.output.name,
        status="supported",
        summary=f"{judgement.output.call}: {first.detail}"
        + ("" if first.cause.startswith("corrupted") else f"; {words}"),
        fix=fix_for(Variant(first.cause, first.detail), case, judgement.output),
        departs=True,
    )


def _largest(judgement: Judgement) -> str:
    return f"{judgement.error.max_abs:.3g}" if judgement.error else "?"


def _unexplained(judgement: Judgement, words: str) -> Finding:
    return Finding(
        cause="unexplained",
        implementation=judgement.output.name,
        status="unexplained",
        summary=f"no known cause gives what {judgement.output.call} gave; {words}",
        fix="record the case with --save and look at one wrong output by hand",
        departs=True,
    )


def _orders(judged: Judged, found: Sequence[Finding]) -> Iterator[Finding]:
    """Sound outputs of the same arithmetic that differ: nothing but the order of their sums."""
    by_name = {judgement.output.name: judgement for judgement in judged.judgements}
    told = {finding.implementation for finding in found}
    for pair in judged.differences:
        a, b = by_name.get(pair.a), by_name.get(pair.b)
        if a is None or b is None or not _only_order(pair, a, b) or told & {pair.a, pair.b}:
            continue
        far, near = sorted((a, b), key=lambda j: j.error.sum_abs if j.error else 0.0, reverse=True)
        told.add(far.output.name)
        yield Finding(
            cause="summation-order",
            implementation=far.output.name,
            status="supported",
            summary=f"{far.output.call} and {near.output.call} both compute in {far.declared} and "
            "stay inside its bound: they add the same products in another order",
            fix=fix_for(Variant("summation-order", ""), None, far.output),
        )


def _only_order(pair: Difference, a: Judgement, b: Judgement) -> bool:
    sound = pair.verdict is Verdict.ROUNDING and a.status in PASSES and b.status in PASSES
    return sound and bool(pair.unequal) and a.declared == b.declared
