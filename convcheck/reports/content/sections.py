"""What follows the headline of a case: limits, causes with fixes, budget, blind spots and more."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from convcheck.case.passes import BIAS_GRADIENT, KERNEL_GRADIENT, operand_words
from convcheck.reports.blind import blind_line
from convcheck.reports.content.blocks import glued
from convcheck.reports.content.findings import Told, told, with_labels
from convcheck.reports.content.orders import order_lines
from convcheck.reports.content.quantized.sections import (
    alike_line,
    formula_sections,
    quantized_budget,
)
from convcheck.reports.figures import number, percent
from convcheck.reports.versions import version_words
from convcheck.reports.wording import told as why_not
from convcheck.results import CaseSummary, Check, Verdict

FEW_PRODUCTS = 10_000
"""Of which a gradient may add so many with a bound below most of its values: n * u is 6e-4."""


def sections(
    check: Check, names: dict[str, str], *, verbose: bool = False
) -> Iterator[tuple[str, Text]]:
    """Each with its label: why, fix, budget, order, blind, note."""
    for failure in check.failures:
        yield "fails", Text(with_labels(failure, names), style="red")
    if verbose:
        yield from _whole_names(names)
        yield from _whole_messages(check, names)
    yield from _what_helps(check, names)
    for one in told(check, names):
        why = Text(one.cause, style="bold").append(
            f"{one.status}: {one.summary}.", style="not bold"
        )
        yield "why" if check.verdict is not Verdict.IDENTICAL else "note", why
        yield from _fixes(one)
    if check.verdict is not Verdict.IDENTICAL and (words := _budget(check, names)):
        yield "budget", Text(words)
    for i, words in enumerate(order_lines(check, names)):
        yield "" if i else "order", Text(words)
    yield from formula_sections(check)
    for words in filter(None, (blind_line(check), alike_line(check))):
        yield "blind", Text(words)
    for words in _undetectable(check, names):
        yield "blind", Text(words)
    if words := ", ".join(map(glued, version_words(check, names))):
        yield "versions", Text(words)
    for warning in check.warnings:
        yield "note", Text(with_labels(warning, names), style="yellow")


def _whole_names(names: dict[str, str]) -> Iterator[tuple[str, Text]]:
    """What stands behind the labels that are shorter than what was typed."""
    shorter = [(label, name) for name, label in names.items() if len(label) < len(name)]
    for i, (label, name) in enumerate(shorter):
        yield "" if i else "names", Text(f"{glued(label)} is {glued(name)}")


def _whole_messages(check: Check, names: dict[str, str]) -> Iterator[tuple[str, Text]]:
    """What frameworks said of which the table shows a part."""
    for judgement in check.judgements:
        if judgement.message and judgement.message != why_not(judgement):
            yield "whole", Text(f"{glued(names[judgement.output.name])}: {judgement.message}")


def _what_helps(check: Check, names: dict[str, str]) -> Iterator[tuple[str, Text]]:
    """Options with which those run that refused; each was tried."""
    helped: dict[str, list[str]] = {}
    for judgement in check.judgements:
        if judgement.helps:
            helped.setdefault(judgement.helps, []).append(glued(names[judgement.output.name]))
    for options, who in helped.items():
        runs = "runs" if len(who) == 1 else "run"
        yield "fix", Text(f"{options}   then {', '.join(who)} {runs}")


def _undetectable(check: Check, names: dict[str, str]) -> Iterator[str]:
    """Where the bound is so wide that a 0 would not be noticed, from 1 % of the outputs on."""
    shares: dict[str, list[str]] = {}
    for judgement in check.judgements:
        if judgement.undetectable >= 0.01:
            who = glued(names[judgement.output.name])
            shares.setdefault(percent(judgement.undetectable), []).append(who)
    for share, who_all in shares.items():
        yield (
            f"At {glued(share)} of the outputs the bound is wider than the value, a 0 there would "
            f"not be seen ({', '.join(who_all)}).{_with_fewer_products(check.case)}"
        )


def _with_fewer_products(case: CaseSummary) -> str:
    """Options for a gradient that adds up fewer products, so that its bound is narrower."""
    if case.pass_ not in (KERNEL_GRADIENT, BIAS_GRADIENT) or case.terms <= FEW_PRODUCTS:
        return ""
    images, *spatial, channels = case.input.shape
    images = min(images, 4)
    side = int((FEW_PRODUCTS / images) ** (1 / len(spatial)))
    shape = ",".join(map(str, (images, *(min(side, size) for size in spatial), channels)))
    return f" With fewer products it would: --input random --input-shape {shape}."


def _fixes(one: Told) -> Iterator[tuple[str, Text]]:
    """What was tried, and what it left of the difference; else what should help."""
    width = max((len(change) for change, _ in one.tried), default=0)
    for i, (change, left) in enumerate(one.tried):
        yield "" if i else "fix", Text(f"{change:<{width}}   {glued(left)}")
    for i, fix in enumerate(() if one.tried else one.fixes):
        yield "" if i else "fix", Text(fix)


def _budget(check: Check, names: dict[str, str]) -> str:
    """What each step makes of the difference, where a cast takes part in it."""
    if check.case.quantization is not None:
        return quantized_budget(check, names)
    if not any(part.part != "accumulation" for part in check.budget):
        return ""
    roles = operand_words(check.case.pass_, transposed=check.case.spec.transposed)
    cast = dict(zip(("input cast", "kernel cast"), (f"{role} cast" for role in roles), strict=True))
    words = []
    for judgement in check.judgements:
        mine = [p for p in check.budget if p.implementation == judgement.output.name]
        accumulator = str(judgement.declared.accumulator) if judgement.declared else ""
        steps = [
            f"{accumulator + ' ' if p.part == 'accumulation' else ''}{cast.get(p.part, p.part)} "
            f"{number(p.sum_abs, 4)}"
            for p in mine
        ]
        if steps:
            words.append(f"{names[judgement.output.name]}: {', '.join(steps)}")
    return "summed error of each step; they partly cancel.  " + ";  ".join(words)
