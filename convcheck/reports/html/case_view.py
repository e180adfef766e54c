"""What the page shows of one case: the blocks of its report, and what these leave out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from convcheck.quantized.requantize.words import short_names
from convcheck.reports.content import content
from convcheck.reports.content.findings import Told, told
from convcheck.reports.content.quantized.sections import reproduced
from convcheck.reports.context import Context
from convcheck.reports.figures import beyond_half, count, number, percent
from convcheck.reports.html.page import CaseView
from convcheck.reports.html.tables import first_headline, without_headline
from convcheck.reports.labels import labels
from convcheck.reports.units import REAL, Units, units_of
from convcheck.results import Check, ErrorSummary, Experiment, Judgement
from convcheck.runtimes.hardware import packages

if TYPE_CHECKING:
    from convcheck.excerpt.data import Excerpt


def case_view(
    check: Check, context: Context, *, number: int, name: str = "", excerpt: Excerpt | None
) -> CaseView:
    """Everything about a case; ``name`` tells it from others in the page."""
    own = replace(context, verbose=True, settings=() if name else context.settings)
    blocks = content(check, own)
    headline = first_headline(blocks)
    assert headline is not None
    names = labels(check.judgements)
    view = CaseView(
        number=number,
        name=name,
        headline=headline,
        blocks=without_headline(blocks),
        implementations=list(_implementations(check, names)),
        findings=[(one, list(_evidence(one, names))) for one in told(check, names)],
        blind=_blind(check),
        is_open=not name or check.exit_code != 0,
    )
    if excerpt is None:
        return view
    from convcheck.reports.html import numbers, pictures  # here: they load NumPy

    return replace(
        view,
        pictures=pictures.pictures(excerpt, check, names),
        about_pictures=pictures.about(excerpt, check.case.pass_),
        numbers=numbers.document(excerpt, check, names),
        about_numbers=_about_numbers(excerpt),
    )


def _evidence(one: Told, names: dict[str, str]) -> Iterator[tuple[str, Experiment]]:
    """What was tried, with the implementation's label where it is about several."""
    for finding in one.findings:
        who = names.get(finding.implementation, "") if len(one.findings) > 1 else ""
        yield from ((who, tried) for tried in finding.evidence)


def _implementations(check: Check, names: dict[str, str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Rows of a table with a column for each; a row that says nothing of any is left out."""
    judgements, units = check.judgements, units_of(check)
    outputs = [judgement.output for judgement in judgements]
    errors = [judgement.error for judgement in judgements]
    yield "", [names[output.name] for output in outputs]
    rows = {
        "as typed": [output.name for output in outputs],
        "call": [output.call for output in outputs],
        "status": [judgement.status.value for judgement in judgements],
        "arithmetic": [str(j.arithmetic or "") for j in judgements],
        "held to": [j.declared.full_name if j.declared else "" for j in judgements],
        **(_of_real_numbers(judgements) if units is REAL else _of_integers(judgements, units)),
        "furthest at": [str(e.worst_index or "") if e else "" for e in errors],
        "device": [output.device or "" for output in outputs],
        "seconds": [_seconds(output.seconds) for output in outputs],
        "versions": [_listed(packages(output.versions)) for output in outputs],
        "computed on": [_listed(_machine(output.versions)) for output in outputs],
    }
    yield from ((what, cells) for what, cells in rows.items() if any(cells))


def _of_real_numbers(judgements: Sequence[Judgement]) -> dict[str, list[str]]:
    errors = [judgement.error for judgement in judgements]
    return {
        "correctly rounded": [_rounded(error) for error in errors],
        "summed error": [number(e.sum_abs, 4) if e else "" for e in errors],
        "largest error": [number(e.max_abs, 4) if e else "" for e in errors],
        "largest error in ULPs": [number(e.max_ulps, 4) if e else "" for e in errors],
        "largest error over bound": [number(e.max_over_bound, 4) if e else "" for e in errors],
        "rms error in roundings": [number(e.rms_over_unit) if e else "" for e in errors],
    }


def _of_integers(judgements: Sequence[Judgement], units: Units) -> dict[str, list[str]]:
    """Errors in steps of the output; of sums, beside outputs too, in units of the sum."""
    errors = [judgement.error for judgement in judgements]
    found = [judgement.requantization for judgement in judgements]
    return {
        units.right: [_rounded(error) for error in errors],
        f"summed error in {units.name}": [number(e.sum_abs, 4) if e else "" for e in errors],
        f"largest error in {units.name}": [
            beyond_half(one.largest_error) if one else "" for one in found
        ],
        "largest error over bound": [
            number(e.max_over_bound, 4) if e and e.max_over_bound is not None else ""
            for e in errors
        ],
        "reproduced by": [reproduced(judgement).plain for judgement in judgements],
        "may use": [", ".join(short_names(j.output.formulas)) for j in judgements],
        "a sum or a shift wraps": [
            ", ".join(short_names(one.wrapped)) if one else "" for one in found
        ],
    }


def _rounded(error: ErrorSummary | None) -> str:
    if error is None:
        return ""
    share = percent(error.correctly_rounded / error.total)
    return f"{count(error.correctly_rounded)} of {count(error.total)}, {share}"


def _machine(versions: Mapping[str, str]) -> dict[str, str]:
    """What is no package: the processor, its threads, libraries that were found in the process."""
    apart = packages(dict(versions))
    return {k.rpartition(":")[2]: text for k, text in versions.items() if k not in apart}


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}".strip() for name, version in versions.items())


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else number(seconds)


def _blind(check: Check) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for cause in check.blind_spots:
        found.setdefault(check.hints.get(cause, ""), []).append(cause)
    return found


def _about_numbers(excerpt: Excerpt) -> str:
    """Which part of the outputs the page holds numbers of."""
    if excerpt.numbers is None:
        return "The numbers of this case are too large for the page; only its pictures are here."
    region, total = excerpt.numbers.region, math.prod(excerpt.shape)
    held = math.prod(stop - start for start, stop in region)
    if held == total:
        return f"The page holds the numbers of {_all(total)}."
    parts = (
        ":" if (start, stop) == (0, size) else f"{start}:{stop}" if stop - start > 1 else f"{start}"
        for (start, stop), size in zip(region, excerpt.shape, strict=True)
    )
    return (
        f"The page holds the numbers of {count(held)} of {count(total)} outputs, those of "
        f"[{', '.join(parts)}] around the worst one; the pictures show the rest."
    )


def _all(total: int) -> str:
    return "the one output" if total == 1 else f"all {count(total)} outputs"
