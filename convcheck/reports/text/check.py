"""The text report of one case."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from convcheck.reports.blind import blind_line
from convcheck.reports.context import Context
from convcheck.reports.figures import count, number, plain_axes
from convcheck.reports.text.pairs import pairs
from convcheck.reports.text.terminal import (
    as_text,
    headline,
    new_console,
    print_sections,
    settings_section,
)
from convcheck.reports.wording import label
from convcheck.results import (
    BROKEN,
    CaseSummary,
    Check,
    Finding,
    Judgement,
    Status,
    Verdict,
)
from convcheck.verdict.equal import equally_wrong


def render(check: Check, context: Context) -> str:
    """The report as text, with terminal colours where asked for."""
    console = new_console(color=context.color)
    console.print(_case(check.case), soft_wrap=True)
    console.print()
    console.print(Padding(_implementations(check), (0, 0, 0, 2)))
    for pair in pairs(check):
        console.print(pair, soft_wrap=isinstance(pair, Text))
    console.print()
    console.print(_headline(check))
    print_sections(console, [*_sections(check), *settings_section(context.settings)])
    return as_text(console)


def _case(case: CaseSummary) -> Text:
    parts = [
        f"{case.input.source} {case.input.shape} {case.input.dtype}",
        f"{case.kernel.source} {case.kernel.shape} {case.kernel.dtype}",
    ]
    geometry = [f"strides {plain_axes(case.spec.strides)}", f"padding {_padding(case)}"]
    if set(case.spec.dilations) != {1}:
        geometry.append(f"dilations {plain_axes(case.spec.dilations)}")
    if case.spec.groups != 1:
        geometry.append(f"groups {case.spec.groups}")
    if case.spec.transposed:
        geometry.insert(0, "transposed")
    if case.spec.output_padding:
        geometry.append(f"output padding {plain_axes(case.spec.output_padding)}")
    if case.bias:
        geometry.append(f"bias {case.bias.source} {case.bias.dtype}")
    if case.data_format != "NHWC":
        geometry.append(case.data_format)
    return Text("  *  ".join(parts) + "     " + ", ".join(geometry))


def _padding(case: CaseSummary) -> str:
    if isinstance(case.spec.padding, str):
        return case.spec.padding
    return ",".join(f"{before}:{after}" for before, after in case.spec.padding)


def _implementations(check: Check) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    rows = [_dtypes(judgement, check.case) for judgement in check.judgements]
    plain = all(len(set(row)) == 1 for row in rows)  # no dtype changes on the way
    for column in ("", "computes") if plain else ("", "input", "kernel", "computes", "output"):
        table.add_column(column, no_wrap=True)
    table.add_column("against the exact result", overflow="fold")
    for judgement, row in zip(check.judgements, rows, strict=True):
        table.add_row(label(judgement), *(row[:1] if plain else row), _standing(judgement))
    if any("*" in cell for row in rows for cell in row):
        table.add_row("", "", "", "", "", Text("* cast on the way in", style="dim"))
    return table


def _dtypes(judgement: Judgement, case: CaseSummary) -> list[str]:
    """What an operation met on the way: input, kernel, its own type, output."""
    seen = judgement.output.dtypes
    operands = (seen.input, case.input.dtype), (seen.kernel, case.kernel.dtype)
    received = [(now or "") + ("*" if now and now != given else "") for now, given in operands]
    computes = seen.compute
    if computes is None and judgement.declared is not None:  # a recording: what it is held to
        computes = str(judgement.declared.operands)
    return [*received, computes or "", seen.output or ""]


def _standing(judgement: Judgement) -> Text:
    """How an output stands against the exact result."""
    error = judgement.error
    if error is None:
        return Text(f"{judgement.status.value}: {judgement.message}", style="yellow")
    share = error.correctly_rounded / error.total
    rounded = f"{count(error.correctly_rounded)} of {count(error.total)} correctly rounded"
    if judgement.status is Status.EXACT:
        return Text("all correctly rounded", style="green")
    words = f"{_percent(share)} correctly rounded" if error.total > 1000 else rounded
    over = error.max_over_bound
    if over is not None and math.isfinite(over):
        words += f", at most {number(over)} of its bound"
    if judgement.message:
        words += f"; {judgement.message}"
    passed = judgement.status in (Status.EXACT, Status.WITHIN_BOUND)
    return Text(words, style="" if passed else "red")


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < share < 1 else f"{share:.0%}".replace("%", " %")


def _headline(check: Check) -> Text:
    return headline(check.verdict).append("     " + _reading(check))


def _reading(check: Check) -> str:
    """The verdict in a sentence."""
    alone = len(check.judgements) == 1
    if check.verdict is Verdict.IDENTICAL:
        return "every output is correctly rounded" if alone else "every output has the same value"
    if check.verdict is Verdict.ROUNDING:
        return "no output is further from exact than its arithmetic may be" + _nearer(check)
    if check.verdict is Verdict.UNDECIDED:
        return "something could not run or be judged"
    if equally_wrong(check.judgements, check.differences) and not any(
        pair.verdict is Verdict.DIFFERENT for pair in check.differences
    ):
        return (
            "equal, but not this convolution: the options probably do not describe what was "
            "computed"
        )
    failed = [label(j) for j in check.judgements if j.status in BROKEN]
    if not failed:
        return "NaN or infinite on one side, a number on the other"
    return f"more than rounding: {', '.join(failed)} cannot be this convolution" + _nearer(check)


def _nearer(check: Check) -> str:
    measured = [(j.error.sum_abs, label(j)) for j in check.judgements if j.error]
    if len(measured) < 2:
        return ""
    (best, name), (second, _) = sorted(measured)[:2]
    return f"; {name} is {'nearer' if len(measured) == 2 else 'nearest'}" if best < second else ""


def _sections(check: Check) -> Iterator[tuple[str, Text]]:
    if check.accepted:
        yield "accepts", Text(f"{', '.join(check.accepted)}: the difference is wholly explained")
    for failure in check.failures:
        yield "fails", Text(failure, style="red")
    reported = set()
    for finding in check.findings:
        why = _why(finding)
        if why.plain not in reported:  # a recorded output and its successor share their causes
            yield "why" if check.verdict is not Verdict.IDENTICAL else "note", why
            yield from _fixes(finding)
        reported.add(why.plain)
    if check.verdict is not Verdict.IDENTICAL and (words := _budget(check)):
        yield "budget", Text(words)
    if words := blind_line(check):
        yield "blind", Text(words)
    for words in _undetectable(check):
        yield "blind", Text(words)
    for warning in check.warnings:
        yield "note", Text(warning, style="yellow")


def _undetectable(check: Check) -> Iterator[str]:
    """Where the bound is so wide that a 0 would not be noticed, from 1 % of the outputs on."""
    shares: dict[str, list[str]] = {}
    for judgement in check.judgements:
        if judgement.undetectable >= 0.01:
            shares.setdefault(_percent(judgement.undetectable), []).append(label(judgement))
    for share, names in shares.items():
        yield (
            f"At {share} of the outputs the bound is wider than the value, a 0 there would not be "
            f"seen ({', '.join(names)})."
        )


def _why(finding: Finding) -> Text:
    text = Text()
    text.append(finding.cause, style="bold")
    status = "" if finding.status == finding.cause else f" ({finding.status})"
    text.append(f"{status}: {finding.summary}.")
    if finding.departs and finding.evidence:
        left = number(finding.evidence[0].sum_abs)
        text.append(f" Against that convolution the summed error is {left}.")
    if finding.also:
        text.append(f" The same result here: {', '.join(finding.also)}.")
    return text


def _fixes(finding: Finding) -> Iterator[tuple[str, Text]]:
    """What was tried and what it left of the difference; else what should help."""
    tried = [e for e in finding.evidence if e.fix or not finding.departs]
    changes = [(e.fix or f"tried: {e.experiment}", e.sum_abs) for e in tried]
    width = max((len(change) for change, _ in changes), default=0)
    for i, (change, left) in enumerate(changes):
        yield "" if i else "fix", Text(f"{change:<{width}}   then the sum is {number(left)}")
    if not changes and finding.fix:
        yield "fix", Text(finding.fix)


def _budget(check: Check) -> str:
    """What each step makes of the difference, where a cast takes part in it."""
    if not any(part.part != "accumulation" for part in check.budget):
        return ""
    words = []
    for judgement in check.judgements:
        mine = [p for p in check.budget if p.implementation == judgement.output.name]
        accumulator = str(judgement.declared.accumulator) if judgement.declared else ""
        steps = [
            f"{accumulator + ' ' if p.part == 'accumulation' else ''}{p.part} "
            f"{number(p.sum_abs, 4)}"
            for p in mine
        ]
        if steps:
            words.append(f"{label(judgement)}: {', '.join(steps)}")
    return "summed error of each step; they partly cancel.  " + ";  ".join(words)
