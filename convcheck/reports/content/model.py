"""What the reports say of a model: a row for each layer, what stands out, why, what to do."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from convcheck.case.passes import FORWARD
from convcheck.model.results import EndToEnd, LayerCheck, ModelCheck
from convcheck.quantized.requantize.words import short_names
from convcheck.reports.content.blocks import (
    Block,
    Gap,
    Headline,
    Line,
    Sections,
    Table,
    glued,
)
from convcheck.reports.content.headline import COLORS, headline
from convcheck.reports.content.settings import settings_section
from convcheck.reports.content.several import apart_words, causes, saved_case, some_of
from convcheck.reports.context import Context
from convcheck.reports.figures import number
from convcheck.reports.geometry import geometry
from convcheck.reports.wording import ACCEPTED, LIMIT_EXCEEDED, headline_words, told
from convcheck.results import CaseSummary, Check, Finding, Judgement, Status, Verdict
from convcheck.runtimes.hardware import packages
from convcheck.verdict.equal import equally_wrong

_STYLES = {**COLORS, Verdict.DIFFERENT: "bold red"}


def content(result: ModelCheck, context: Context) -> Iterator[Block]:
    """The model, a row for each convolution, the verdict over all, then why and what to do."""
    yield _what(result)
    yield Gap()
    if result.layers:
        yield _layers(result)
        yield Gap()
    yield _headline(result)
    yield Sections([*_sections(result), *settings_section(context.settings)])
    yield from saved_case(result.saved)


def _what(result: ModelCheck) -> Line:
    versions = [f"{name} {version}" for name, version in packages(result.versions).items()]
    parts = [result.model, f"*  {result.input}", ", ".join(versions)]
    passes = {layer.check.case.pass_ for layer in result.layers}
    parts += [f"{one}, for random output gradients" for one in passes - {FORWARD}]
    return Line([Text(glued(part)) for part in parts])


def _layers(result: ModelCheck) -> Table:
    marks = _marks(result)
    header = ["", "layer", "kind", "geometry", "verdict", "of bound", "arithmetic", "cause"]
    table = Table(list(map(glued, header)), right=[5])
    for i, layer in enumerate(result.layers):
        verdict = layer.check.verdict
        table.add(
            Text(marks.get(i, ""), style="bold red"),
            glued(layer.name),
            glued(layer.kind.partition(" ")[0]),  # the path of a separable layer's part says which
            glued(_geometry(layer.check.case)),
            Text(verdict.value, style=_STYLES[verdict]),
            number(layer.over_bound or None),
            _arithmetic(layer),
            _cause(layer),
            style="bold" if i in marks else "",
        )
    return table


def _marks(result: ModelCheck) -> dict[int, str]:
    """Row -> what makes it stand out: the first layer that does not pass, and the worst."""
    failing = [i for i, layer in enumerate(result.layers) if layer.check.exit_code == 1]
    undecided = [i for i, layer in enumerate(result.layers) if layer.check.exit_code]
    if not failing:  # what could not run has no size
        return {undecided[0]: "first"} if undecided else {}
    worst = max(failing, key=lambda i: result.layers[i].over_bound)
    return {failing[0]: "first", worst: "worst"} if worst != failing[0] else {worst: "worst"}


def _geometry(case: CaseSummary) -> str:
    return geometry(case.spec, case.input.shape, case.filters)


def _arithmetic(layer: LayerCheck) -> str:
    found = dict.fromkeys(
        _short(str(judgement.arithmetic))
        for judgement in layer.check.judgements
        if judgement.arithmetic
    )
    formulas = dict.fromkeys(_formula(judgement) for judgement in layer.check.judgements)
    return ", ".join([*found, *filter(None, formulas)])


def _formula(judgement: Judgement) -> str:
    """The formula that gives every output: of those that the runtime may have used, where any."""
    told = judgement.requantization
    if told is None or told.holds_sums:
        return ""
    declared = [name for name in told.reproduced_by if name in judgement.output.formulas]
    first, *more = [*short_names(declared or told.reproduced_by), ""]
    return f"{first} …" if len(more) > 1 else first


def _short(arithmetic: str) -> str:
    parts = set(arithmetic.split("/"))
    return parts.pop() if len(parts) == 1 else arithmetic


def _cause(layer: LayerCheck) -> str:
    found = list(dict.fromkeys(finding.cause for finding in _findings(layer.check)))
    if found:
        return ", ".join(found)
    silent = (Status.CRASHED, Status.TIMED_OUT, Status.UNAVAILABLE, Status.WRONG_SHAPE)
    return next(
        (f"{j.output.name} {j.status.value}" for j in layer.check.judgements if j.status in silent),
        "",
    )


def _findings(check: Check) -> list[Finding]:
    """What is worth reporting: the order of a sum is every sound layer's."""
    return [finding for finding in check.findings if finding.cause != "summation-order"]


def _headline(result: ModelCheck) -> Headline:
    if not result.layers:
        found = len(result.missed)
        why = (
            f"none of {_convolutions(found)} could be looked at" if found else "no convolution ran"
        )
        if result.allow_empty:
            return Headline("NOTHING TO CHECK", "", why)
        return Headline("NOTHING TO CHECK", "yellow", f"{why}; --allow-empty lets that pass")
    left = f"; {result.left_out} more left out by --layers" if result.left_out else ""
    return headline(result.verdict, result.exit_code, _reading(result) + left)


def _reading(result: ModelCheck) -> str:
    all_of_them = _convolutions(len(result.layers))
    words = headline_words(result.verdict, result.exit_code)
    if result.failing:
        which = f"{len(result.failing)} of {all_of_them}"
        return f"{which} exceed a limit that was asked for" if words == LIMIT_EXCEEDED else which
    if words == ACCEPTED:
        return f"{all_of_them}, every difference was accepted or is rounding"
    if result.verdict is Verdict.IDENTICAL:
        return f"{all_of_them}, every output has the same value everywhere"
    return f"{all_of_them}, every difference is rounding or was accepted"


def _convolutions(total: int) -> str:
    return f"{total} convolution" + ("" if total == 1 else "s")


def _sections(result: ModelCheck) -> Iterator[tuple[str, Text]]:
    marks = _marks(result)
    for i, mark in marks.items():
        alone = mark == "worst" and len(marks) == 1 and len(result.failing) > 1
        for line, text in enumerate(_failure(result.layers[i], first=alone)):
            yield "" if line else mark, text
    worst_first = sorted(result.layers, key=lambda one: -one.over_bound)
    yield from causes([(layer.name, layer.check) for layer in worst_first], _findings)
    yield from _warnings(result)
    for missed in result.missed:
        yield (
            "missed",
            Text(f"{missed.name} ({missed.kind}) is not checked: {missed.reason}", style="yellow"),
        )
    for i, mode in enumerate(result.end_to_end):
        yield "" if i else "model", Text(f"{mode.mode:<8} {end_to_end_words(mode)}")


def _failure(layer: LayerCheck, *, first: bool) -> Iterator[Text]:
    """What is wrong with a layer: how large, then which limits it exceeds."""
    text = Text(layer.name, style="bold")
    if first:
        text.append(", the first too", style="not bold")
    yield text
    for pair in layer.check.differences:
        if pair.verdict is Verdict.DIFFERENT and pair.sum_abs is not None:
            yield Text(
                f"{pair.b}: sum {number(pair.sum_abs, 6)}, largest {number(pair.max_abs, 4)} "
                f"at {pair.worst_index}, {pair.unequal:,} of {pair.total:,} outputs differ"
            )
    for pair in equally_wrong(layer.check.judgements, layer.check.differences):
        yield Text(f"{pair.b}: equal to {pair.a}, but neither is this convolution")
    reported = set()
    for judgement in layer.check.judgements:
        if judgement.message and judgement.message not in reported:
            yield Text(f"{judgement.output.call}: {told(judgement)}")
        reported.add(judgement.message)
    for failure in layer.check.failures:
        yield Text(failure, style="red")


def _warnings(result: ModelCheck) -> Iterator[tuple[str, Text]]:
    found: dict[str, list[str]] = {}
    for layer in result.layers:
        for warning in layer.check.warnings:
            found.setdefault(warning, []).append(layer.name)
    for note in result.notes:
        yield "note", Text(f"{some_of(note.layers)}: {note.words}")
    for warning, names in found.items():
        yield "note", Text(f"{some_of(names)}: {warning}", style="yellow")


def end_to_end_words(mode: EndToEnd) -> str:
    """How the whole model's output in another mode differs from the eager call's."""
    return f"against the eager call: {apart_words(mode)}"
