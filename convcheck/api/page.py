"""The page of a check, with the numbers of its arrays, and what a notebook shows of it."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from convcheck.case.case import Case
from convcheck.excerpt.take import take
from convcheck.quantized.any_case import AnyCase, operands_of
from convcheck.quantized.sums import exact_sums
from convcheck.reports.context import Context
from convcheck.reports.registry import FORMATS
from convcheck.results import Check
from convcheck.verdict.judge import judge
from convcheck.verdict.quantized.assess import judge_quantized

if TYPE_CHECKING:
    from convcheck.excerpt.data import Excerpt

MOST_BYTES = 1_600_000
"""Numbers that a page holds."""
_IN_NOTEBOOK = 400_000
"""A notebook is saved with all its outputs, and may have many."""
_TEXT = "white-space: pre; overflow-x: auto; line-height: 1.2; font-family: monospace"
"""Jupyter's own style takes a proportional font for an output's pre."""


def page(check: Check, case: AnyCase | None, context: Context, most_bytes: int = MOST_BYTES) -> str:
    """The page as one HTML document; without a case it has no numbers.

    Raises UsageError where packages that it needs are not installed.
    """
    FORMATS["html"].check_installed()
    excerpts = {} if case is None else _excerpts(check, case, most_bytes)
    return FORMATS["html"].render(check, replace(context, excerpts=excerpts))


def fragment(check: Check, case: AnyCase | None) -> str:
    """What a notebook shows: the text report, and the page to unfold.

    The page is a frame of its own, so that neither changes the other's looks. Where a viewer
    leaves frames or scripts out, the text is there.
    """
    report = html.escape(FORMATS["text"].render(check, Context()))
    text = f'<pre style="{_TEXT}">{report}</pre>'
    if FORMATS["html"].missing:
        return text
    whole = html.escape(page(check, case, Context(), _IN_NOTEBOOK))
    return (
        f"{text}\n<details><summary>Pictures and numbers</summary>"
        f'<iframe srcdoc="{whole}" title="convcheck" sandbox="allow-scripts" loading="lazy" '
        'style="width: 100%; height: 80vh; min-height: 480px; border: 0"></iframe></details>'
    )


def _excerpts(check: Check, case: AnyCase, most_bytes: int) -> Mapping[str, Excerpt]:
    found = take(operands_of(case), _with_maps(check, case), most_bytes)
    return {} if found is None else {"": found}


def _with_maps(check: Check, case: AnyCase) -> Check:
    """The check with the errors of every output, which are not kept until a page needs them."""
    if any(judgement.maps for judgement in check.judgements):
        return check
    outputs = [j.output for j in check.judgements if j.output.array is not None]
    if isinstance(case, Case):
        declared = {j.output.name: j.declared for j in check.judgements}
        tilings = {name: one.tiling for name, one in declared.items() if one and one.tiling}
        again = judge(case, outputs, pairs=(), tilings=tilings, maps=True).judgements
    else:
        again = judge_quantized(case, exact_sums(case), outputs, pairs=(), maps=True).judgements
    maps = {judgement.output.name: judgement.maps for judgement in again}
    judgements = (replace(one, maps=maps.get(one.output.name)) for one in check.judgements)
    return replace(check, judgements=tuple(judgements))
