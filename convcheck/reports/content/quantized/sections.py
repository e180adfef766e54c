"""What the reports say of a quantized case: all of its figures are in steps of the output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from convcheck.quantized.requantize.names import FORMULA_NAMES
from convcheck.quantized.requantize.words import formula_words, short_names
from convcheck.reports.content.blocks import Line, Table, glued
from convcheck.reports.content.findings import each
from convcheck.reports.content.quantized.formulas import named_first, possible_formulas
from convcheck.reports.figures import beyond_half, count, number, percent
from convcheck.reports.wording import told
from convcheck.results import (
    PASSES,
    Check,
    Judgement,
    Quantization,
    Status,
)

_FEW = 0.01
"""Share of the outputs up to which it is said how many are not nearest."""


def quantization_line(q: Quantization) -> Line:
    """What the integers of each array stand for, and what a step is."""
    parts = [
        f"input = {_stands_for([q.input_scale], [q.input_zero_point])}",
        f"kernel = {_stands_for(q.kernel_scales, q.kernel_zero_points)}",
        f"output = {_stands_for([q.output_scale], [q.output_zero_point])}",
        f"a step of the output is {number(q.output_scale, 4)}",
    ]
    if q.activation != "none":
        parts.insert(3, f"activation {q.activation}")
    return Line([Text(glued(part)) for part in parts], separator="   ", indent=2)


def _stands_for(scales: Sequence[float], zeros: Sequence[int]) -> str:
    """Such as ``0.00392 (q + 128)`` or ``0.019 to 0.027 q, by channel``."""
    low, high = number(min(scales), 4), number(max(scales), 4)
    scale = low if low == high else f"{low} to {high}"
    if len(set(zeros)) > 1:
        offset = f"(q - z), z {min(zeros)} to {max(zeros)}"
    elif zeros[0]:
        offset = f"(q {'-' if zeros[0] > 0 else '+'} {abs(zeros[0])})"
    else:
        offset = "q"
    by = ", by channel" if max(len(scales), len(zeros)) > 1 else ""
    return f"{scale} {offset}{by}"


def quantized_rows(check: Check, names: Mapping[str, str]) -> Table:
    """A row for each implementation: how near it is, and which formulas give all of it."""
    table = Table(["", glued("against the real number"), glued("reproduced by")])
    for judgement in check.judgements:
        name = glued(names[judgement.output.name])
        table.add(name, against_real(judgement), reproduced(judgement))
    return table


def against_real(judgement: Judgement) -> Text:
    """How far an output is from the real number that its sums stand for."""
    error, found = judgement.error, judgement.requantization
    if error is None or found is None:
        return Text(f"{judgement.status.value}: {told(judgement)}", style="yellow")
    right = "right" if found.holds_sums else "nearest"
    wrong = error.total - error.correctly_rounded
    if not wrong:
        words = f"all {right}"
    elif wrong <= _FEW * error.total:
        words = f"all but {count(wrong)} {right}"
    elif error.total <= 1000:
        words = f"{count(error.correctly_rounded)} of {count(error.total)} {right}"
    else:
        words = f"{percent(error.correctly_rounded / error.total)} {right}"
    if wrong:
        unit = "" if found.holds_sums else " steps"
        words += f", at most {beyond_half(found.largest_error)}{unit} off"
    if judgement.message:
        words += f"; {judgement.message}"
    if judgement.status is Status.EXACT:
        return Text(words, style="green")
    return Text(words, style="" if judgement.status in PASSES else "red")


def reproduced(judgement: Judgement) -> Text:
    """The formulas that give every element; "" where there is no output."""
    found = judgement.requantization
    if found is None:
        return Text()
    if found.holds_sums:
        return Text("(the sums, as they are)")
    if not found.reproduced_by:
        return Text("no formula", style="" if judgement.status in PASSES else "red")
    if len(found.reproduced_by) == len(FORMULA_NAMES):
        return Text("any formula")
    words = ", ".join(map(glued, named_first(judgement)))
    wrapped = [name for name in found.reproduced_by if name in found.wrapped]
    if wrapped:
        words += f"; 32 bits wrap in {', '.join(map(glued, short_names(wrapped)))}"
    return Text(words)


def standing_of_integers(judgement: Judgement) -> Text:
    """Both in a sentence."""
    words, found = against_real(judgement), judgement.requantization
    if found is None or found.holds_sums:
        return words
    return words.append(f"; reproduced by {reproduced(judgement).plain}")


def formula_sections(check: Check) -> Iterator[tuple[str, Text]]:
    """What the formulas of the table do, unless a finding says it."""
    said = " ".join(finding.summary for finding in check.findings)
    lines = [f"{name}: {formula_words(name)}" for name in _named(check)]
    if any(line.partition(": ")[2] not in said for line in lines):
        for i, line in enumerate([*lines, "convcheck explain requantization tells all of them"]):
            yield "" if i else "formulas", Text(line)


def _named(check: Check) -> list[str]:
    """Of each row the formula that it uses, where only one that it may use reproduces it."""
    possible = [possible_formulas(judgement) for judgement in check.judgements]
    return list(dict.fromkeys(names[0] for names in possible if len(names) == 1))


def alike_line(check: Check) -> str:
    """Which formulas the case cannot tell apart, and what would; "" where it tells all."""
    groups = [", ".join(_short_group(group)) for group in check.alike if len(group) > 1]
    if not groups:
        return ""
    if any(len(group) == len(FORMULA_NAMES) for group in check.alike):
        words = "This case cannot tell any two formulas apart."
    else:
        words = f"This case cannot tell apart {'; nor '.join(groups)}."
    source = check.case.input.source
    recorded = all(j.output.name.startswith("file:") for j in check.judgements)
    if source.startswith("separating") or recorded:
        return words
    return f"{words} Try --input separating."


def _short_group(group: Sequence[str]) -> list[str]:
    short = short_names(group)
    return short if len(short) > 1 else list(group)


_STEPS = {
    "input": "input",
    "weights": "weights",
    "cross": "both at once",
    "bias": "bias",
    "saturation": "saturation",
    "rounding": "rounding that nobody can avoid",
    "excess": "beyond that",
}
"""Part of the budget -> its words."""


def quantized_budget(check: Check, names: Mapping[str, str]) -> str:
    """Where the difference to the real convolution comes from: what all share is told once."""
    by_part: dict[str, dict[str, float]] = {}
    for part in check.budget:
        by_part.setdefault(part.part, {})[part.implementation] = part.sum_abs
    words = [
        f"{_STEPS.get(part, part)} {each(values, names)}"
        for part, values in by_part.items()
        if any(values.values()) or part == "excess"
    ]
    if not words:
        return ""
    q = check.case.quantization
    real = "the convolution of real numbers" if q and q.made else "the real numbers"
    cancel = "; the parts partly cancel" if len(words) > 2 else ""
    return f"summed distance from {real}, in their unit{cancel}.  {', '.join(words)}"
