"""The differences between outputs: a line for one pair, a matrix for many."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from rich.text import Text

from convcheck.case.passes import own_index
from convcheck.reports.content.blocks import Block, Gap, Line, Table, TableOrLines, glued
from convcheck.reports.figures import count, number
from convcheck.results import Check, Difference, Verdict
from convcheck.spelling import listed
from convcheck.verdict.equal import agreeing

STEPS = " steps"
"""Of the output: what figures of integers are in."""
_SIGNS = {
    Verdict.IDENTICAL: ("same", "green"),
    Verdict.ROUNDING: ("", ""),
    Verdict.DIFFERENT: ("≠", "red"),
    Verdict.UNDECIDED: ("?", "yellow"),
}


def pairs(check: Check, names: Mapping[str, str]) -> Iterator[Block]:
    """Blocks about the pairs, none for an implementation alone."""
    rows = len(check.judgements)
    if len(check.differences) == 1:
        yield pair_line(check, check.differences[0], "difference")
        return
    if not check.differences:
        return
    yield Gap()
    if len(check.differences) < rows * (rows - 1) // 2:  # some pairs were chosen
        if check.case.quantization is None:
            yield from (_of_pair(pair, names, check) for pair in check.differences)
        else:  # sums beside outputs make no pair, and what is not there is told once
            yield from _lines(check, names)
    else:
        yield TableOrLines(_matrix(check, names), [*_lines(check, names)])
        yield from _agreeing(check, names)


def _lines(check: Check, names: Mapping[str, str]) -> Iterator[Line]:
    """Each pair; those of an implementation that gave nothing in one line."""
    absent = [j.output.name for j in check.judgements if j.output.array is None]
    for pair in check.differences:
        if not {pair.a, pair.b} & set(absent):
            yield _of_pair(pair, names, check)
    if absent:
        who = listed([glued(names[name]) for name in absent])
        yield Line([Text(f"no output to compare: {who}")], indent=2)


def _agreeing(check: Check, names: Mapping[str, str]) -> Iterator[Line]:
    """Who gave the same, where no finding says so: one sentence in place of many cells."""
    told = {name for f in check.findings if f.beside for name in (f.implementation, f.beside)}
    groups = [group for group in agreeing(check.differences) if len(group) > 1]
    if check.verdict is Verdict.IDENTICAL or all(told.intersection(group) for group in groups):
        return
    first, *others = (listed([glued(names[name]) for name in group]) for group in groups)
    yield Line([Text(", as do ".join([f"{first} agree", *others]))], indent=2)


def _of_pair(pair: Difference, names: Mapping[str, str], check: Check) -> Line:
    return pair_line(check, pair, f"{glued(names[pair.a])} and {glued(names[pair.b])}:")


def pair_line(check: Check, pair: Difference, title: str) -> Line:
    """The title, then by how much and where the outputs of a pair differ."""
    parts = [Text(title)]
    if pair.sum_abs is None:
        parts.append(Text(glued("could not be taken")))
    else:
        parts.append(Text(glued(sum_words(check, pair, 6)), style="bold"))
    if pair.sum_abs is not None and pair.unequal:
        place = own_index(check.case.pass_, pair.worst_index or ())
        largest = glued(f"largest {number(pair.max_abs, 4)} at {place}")
        share = (pair.max_abs or math.nan) / (pair.largest_output or math.nan)
        if math.isfinite(share) and check.case.quantization is None:
            largest += f", {glued(f'{number(share, 2)} of the largest output')}"
        parts.append(Text(largest))
        parts.append(Text(glued(f"{count(pair.unequal)} of {count(pair.total)} outputs differ")))
    return Line(parts, separator="   ", indent=2)


def sum_words(check: Check, pair: Difference, digits: int = 3) -> str:
    """``sum 0``, ``sum 1.23``, ``sum 31 steps``."""
    unit = _unit(check, pair) if pair.sum_abs else ""
    unit = unit.removesuffix("s") if pair.sum_abs == 1 else unit
    return f"sum {number(pair.sum_abs, digits)}{unit}"


def _unit(check: Check, pair: Difference) -> str:
    """Of quantized outputs steps; real numbers, and sums of integers, are what they are."""
    kinds = [j.requantization for j in check.judgements if j.output.name in (pair.a, pair.b)]
    return STEPS if any(found and not found.holds_sums for found in kinds) else ""


def _matrix(check: Check, names: Mapping[str, str]) -> Table:
    own = [judgement.output.name for judgement in check.judgements]
    # As typed, which is short, but of a file the label, which is shorter.
    names = {name: names[name] if name.startswith("file:") else name for name in own}
    units = {_unit(check, pair) for pair in check.differences}
    unit = " in steps" if units == {STEPS} else ""
    header = [f"summed |a - b|{unit}", *(names[name] for name in own[1:])]
    table = Table(list(map(glued, header)), right=range(1, len(own)))
    found = {(pair.a, pair.b): pair for pair in check.differences}
    for i, a in enumerate(own[:-1]):
        cells = [Text() for _ in own[1 : i + 1]]
        table.add(glued(names[a]), *cells, *(_cell(found[a, b]) for b in own[i + 1 :]))
    return table


def _cell(pair: Difference) -> Text:
    sign, style = _SIGNS[pair.verdict]
    figure = "" if pair.sum_abs is None or sign == "same" else number(pair.sum_abs)
    return Text(glued(f"{figure} {sign}".strip()), style=style)
