"""What the reports say of one case."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.text import Text

from convcheck.case.passes import OUTPUT_GRADIENT, operand_words
from convcheck.reports.content.blocks import (
    Block,
    Gap,
    Line,
    Sections,
    Table,
    glued,
)
from convcheck.reports.content.headline import headline
from convcheck.reports.content.pairs import pairs
from convcheck.reports.content.quantized.sections import (
    quantization_line,
    quantized_rows,
    standing_of_integers,
)
from convcheck.reports.content.sections import sections
from convcheck.reports.content.settings import settings_section
from convcheck.reports.context import Context
from convcheck.reports.figures import count, number, percent, plain_axes
from convcheck.reports.labels import labels
from convcheck.reports.wording import ACCEPTED, HEADLINES, LIMIT_EXCEEDED, headline_words, told
from convcheck.results import (
    BROKEN,
    CaseSummary,
    Check,
    Judgement,
    Operand,
    Status,
    Verdict,
)
from convcheck.verdict.equal import equally_wrong


def content(check: Check, context: Context) -> Iterator[Block]:
    """The case, the implementations, their differences, the verdict, then why and what to do."""
    names = labels(check.judgements)
    yield case_line(check.case)
    if check.case.quantization is None:
        yield Gap()
        yield from _implementations(check, names)
    else:
        yield quantization_line(check.case.quantization)
        yield Gap()
        yield quantized_rows(check, names)
    yield from pairs(check, names)
    yield Gap()
    yield headline(check.verdict, check.exit_code, _reading(check, names))
    parts = sections(check, names, verbose=context.verbose)
    yield Sections([*parts, *settings_section(context.settings)])


def case_line(case: CaseSummary) -> Line:
    """Operands and geometry."""
    x, kernel = (
        Text(glued(f"{operand.source} {operand.shape} {operand.dtype}"))
        for operand in (case.input, case.kernel)
    )
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
    operands = [x, Text("*" + glued("  ")) + kernel]
    if case.output_gradient is not None:
        g = case.output_gradient
        operands.append(Text(glued(f"output gradient {g.source} {g.shape} {g.dtype}")))
        geometry.insert(0, case.pass_)
    return Line(operands, Text(", ".join(map(glued, geometry))))


def _padding(case: CaseSummary) -> str:
    if isinstance(case.spec.padding, str):
        return case.spec.padding
    return ",".join(f"{before}:{after}" for before, after in case.spec.padding)


def _implementations(check: Check, names: dict[str, str]) -> Iterator[Block]:
    rows = [_dtypes(judgement, check.case) for judgement in check.judgements]
    plain = all(len(set(row)) == 1 for row in rows)  # no dtype changes on the way
    words = [word for word, _ in operands_of(check.case)]
    columns = ("computes",) if plain else (*words, "computes", "output")
    header = ["", *columns, glued("against the exact result")]
    table = Table(header, together=range(1, len(header) - 1))
    for judgement, row in zip(check.judgements, rows, strict=True):
        name = glued(names[judgement.output.name])
        table.add(name, *(row[:1] if plain else row), standing(judgement))
    yield table
    if any("*" in cell for row in rows for cell in row):
        yield Line([Text("* cast on the way in", style="dim")], indent=2)


def operands_of(case: CaseSummary) -> list[tuple[str, Operand]]:
    """What stands as input and as kernel of what is computed, each with its word."""
    g = case.output_gradient or case.input  # of a forward pass it is not looked at
    by_word = {"input": case.input, "kernel": case.kernel, OUTPUT_GRADIENT: g, "ones": g}
    words = operand_words(case.pass_, transposed=case.spec.transposed)
    return [(word, by_word[word]) for word in words]


def _dtypes(judgement: Judgement, case: CaseSummary) -> list[str]:
    """What an operation met on the way: input, kernel, its own type, output."""
    seen = judgement.output.dtypes
    given = [operand.dtype for _, operand in operands_of(case)]
    operands = zip((seen.input, seen.kernel), given, strict=True)
    received = [(now or "") + ("*" if now and now != was else "") for now, was in operands]
    computes = seen.compute
    if computes is None and judgement.declared is not None:  # a recording: what it is held to
        computes = str(judgement.declared.operands)
    return [*received, computes or "", seen.output or ""]


def standing(judgement: Judgement) -> Text:
    """How an output stands against exact."""
    if judgement.requantization is not None:
        return standing_of_integers(judgement)
    error = judgement.error
    if error is None:
        return Text(f"{judgement.status.value}: {told(judgement)}", style="yellow")
    share = error.correctly_rounded / error.total
    rounded = f"{count(error.correctly_rounded)} of {count(error.total)} correctly rounded"
    if judgement.status is Status.EXACT:
        return Text("all correctly rounded", style="green")
    words = f"{percent(share)} correctly rounded" if error.total > 1000 else rounded
    over = error.max_over_bound
    if over is not None and math.isfinite(over):
        words += f", at most {number(over)} of {_bound_of(judgement)}"
    if judgement.message:
        words += f"; {judgement.message}"
    passed = judgement.status in (Status.EXACT, Status.WITHIN_BOUND)
    return Text(words, style="" if passed else "red")


def _bound_of(judgement: Judgement) -> str:
    tiling = judgement.declared.tiling if judgement.declared else None
    said = tiling is None or judgement.message  # which says whose bound it leaves
    return "its bound" if said else f"the bound of {tiling}"


def _reading(check: Check, names: dict[str, str]) -> str:
    """The outcome in a sentence."""
    words = headline_words(check.verdict, check.exit_code)
    if words == ACCEPTED:
        return f"the difference is wholly explained by {', '.join(check.accepted)}"
    if words == LIMIT_EXCEEDED:
        return f"{HEADLINES[check.verdict].lower()}, but not within what was asked for"
    alone = len(check.judgements) == 1 or not check.differences
    real = check.case.quantization is None
    if check.verdict is Verdict.IDENTICAL:
        right = "right" if check.of_sums else "the nearest integer"
        right = "correctly rounded" if real else right
        return f"every output is {right}" if alone else "every output has the same value"
    if check.verdict is Verdict.ROUNDING:
        exact = "exact" if real else "the real number"
        arithmetic = "arithmetic" if real else "rounding"
        words = f"no output is further from {exact} than its {arithmetic} may be"
        return words + _nearer(check, names)
    if check.verdict is Verdict.UNDECIDED:
        return "something could not run or be judged"
    if equally_wrong(check.judgements, check.differences) and not any(
        pair.verdict is Verdict.DIFFERENT for pair in check.differences
    ):
        return (
            "equal, but not this convolution: the options probably do not describe what was "
            "computed"
        )
    this = "convolution" if check.case.output_gradient is None else "gradient"
    failed = [names[j.output.name] for j in check.judgements if j.status in BROKEN]
    if not failed:
        return "NaN or infinite on one side, a number on the other"
    who = ", ".join(map(glued, failed))
    return f"more than rounding: {who} cannot be this {this}" + _nearer(check, names)


def _nearer(check: Check, names: dict[str, str]) -> str:
    measured = [(j.error.sum_abs, names[j.output.name]) for j in check.judgements if j.error]
    units = {bool(j.requantization and j.requantization.holds_sums) for j in check.judgements}
    if len(measured) < 2 or len(units) > 1:
        return ""
    (best, name), (second, _) = sorted(measured)[:2]
    return (
        f"; {glued(name)} is {'nearer' if len(measured) == 2 else 'nearest'}"
        if best < second
        else ""
    )
