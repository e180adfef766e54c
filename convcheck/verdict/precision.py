"""Narrower formats than declared, as findings about the arithmetic that really ran."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convcheck.case.bands import bands
from convcheck.case.case import Case
from convcheck.results import PASSES, Finding, Judgement
from convcheck.truth.arithmetic import Arithmetic, format_named, rounded
from convcheck.verdict.arithmetics import LEAST_EVIDENCE, changed
from convcheck.verdict.explanations.fixes import fix_for
from convcheck.verdict.explanations.variant import Variant
from convcheck.verdict.glimpse import columns, read, see, spots
from convcheck.verdict.proof import FILTERS, PLACES, independent

NAMES = {"tfloat32": "tf32"}
LONG = 32
"""Terms from which a narrow accumulator is told from a wide one."""


def precision(case: Case, judgement: Judgement) -> Iterator[Finding]:
    """A finding where the arithmetic that explains an output is not the declared one."""
    if None in (judgement.arithmetic, judgement.declared) or judgement.output.array is None:
        return
    wanted = parsed(str(judgement.declared))
    ways = [parsed(text) for text in str(judgement.arithmetic).split(" or ")]
    first = ways[0]
    if first == wanted:
        return
    causes = list(dict.fromkeys(_cause(way, wanted) for way in ways))
    if causes[0] == "low-precision-accumulation" and not _shows(case, judgement, wanted, first):
        return
    exact_form = first.operands != wanted.operands and (
        first.accumulator.precision >= min(wanted.accumulator.precision, 24)
    )
    inside = judgement.status in PASSES
    proved = (
        not inside
        and exact_form
        and all(_same_numbers(case, first, way) for way in ways if _cause(way, wanted) != causes[0])
        and _weight(case, judgement, wanted, first) >= LEAST_EVIDENCE
    )
    where = "inside its bound" if inside else "which its bound does not allow"
    yield Finding(
        cause=causes[0],
        implementation=judgement.output.name,
        status="proved" if proved else "supported",
        summary=f"{judgement.output.call} declares {judgement.declared} and computes in "
        f"{judgement.arithmetic}, {where}",
        fix=fix_for(Variant(causes[0], ""), case, judgement.output),
        also=tuple(causes[1:]),
        departs=not inside,
    )


def parsed(text: str) -> Arithmetic:
    """An arithmetic from its name."""
    operands, accumulator, output = (format_named(name) for name in text.split("/"))
    return Arithmetic(operands, accumulator, output)


def _cause(way: Arithmetic, wanted: Arithmetic) -> str:
    narrow = way.accumulator.precision < min(wanted.accumulator.precision, 24)
    if narrow:
        return "low-precision-accumulation"
    fmt = way.operands if way.operands != wanted.operands else way.accumulator
    return f"reduced-precision-{NAMES.get(fmt.name, fmt.name)}"


def _same_numbers(case: Case, one: Arithmetic, other: Arithmetic) -> bool:
    """Whether two arithmetics round the operands to the same numbers, so that no output tells."""
    return not any(
        changed(rounded(band.case, one), rounded(band.case, other)) for band in bands(case)
    )


def _shows(case: Case, judgement: Judgement, wanted: Arithmetic, narrow: Arithmetic) -> bool:
    """Whether most errors are of a narrow accumulator's size: its bound alone would hold damage.

    Each of n >= 32 roundings of a partial sum is about u times a share of A, so that together
    they make no less than u · A / 16 at most places; sums handed in wider stand on its grid.
    """
    out = judgement.output.array
    assert out is not None
    if case.terms < LONG:
        return False
    where = spots(case, PLACES, FILTERS)
    given, plain = where.of(out), see(case, where, wanted)
    fmt = narrow.accumulator
    if not np.array_equal(given.astype(fmt.dtype).astype(np.float64), given):
        return False
    size = np.abs(read(case, where, wanted)) @ np.abs(columns(case, where.filters, wanted)[0])
    with np.errstate(all="ignore"):
        return bool(np.nanmedian(np.abs(given - plain.value) / (fmt.u * size)) >= 1 / 16)


def _weight(case: Case, judgement: Judgement, wanted: Arithmetic, first: Arithmetic) -> float:
    """Evidence for operands rounded so, over outputs that share nothing."""
    out = judgement.output.array
    assert out is not None
    where = spots(case, PLACES, FILTERS)
    given, ours, theirs = where.of(out), see(case, where, wanted), see(case, where, first)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.log(np.abs(given - ours.value) / theirs.limit)
    weights = np.nan_to_num(np.where(ours.holds(given), 0.0, gain), posinf=LEAST_EVIDENCE)
    return independent(rounded(case, wanted), where, weights.sum(axis=1))
