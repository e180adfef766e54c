"""The table of two models: a row for each pair of convolutions, then one for each output."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from convcheck.model.against.results import AgainstCheck, PairCheck, SegmentCheck
from convcheck.reports.content.against.places import marked_rows
from convcheck.reports.content.blocks import Fitting, Table, glued
from convcheck.reports.content.headline import COLORS
from convcheck.reports.geometry import geometries, geometry_and_kind
from convcheck.reports.shortened import shortened
from convcheck.results import Verdict, worst

_STYLES = {**COLORS, Verdict.DIFFERENT: "bold red"}
_WIDTHS = (
    *((longest, True) for longest in (40, 32, 26)),
    *((longest, False) for longest in (40, 32, 26, 22, 20, 18, 16, 14)),
)
"""Characters of a name, and whether geometries are shown: from wide terminals to narrow ones."""


def tables(result: AgainstCheck) -> Fitting:
    """The table for terminals of ever fewer columns."""
    failing = [i for i, codes in enumerate(_verdicts(result)) if Verdict.DIFFERENT in codes]
    return Fitting([table(result, *one) for one in _WIDTHS], notable=failing)


def table(result: AgainstCheck, longest: int, with_geometry: bool) -> Table:
    """A row for each pair, then one for each output of the models."""
    pairs, outputs = result.pairs, outputs_of(result)
    names = shortened([one.a for one in pairs], longest) + ["output"] * len(outputs)
    others = shortened([one.b for one in pairs], longest) + ["output"] * len(outputs)
    has_others = any(pair.a != pair.b for pair in pairs)
    has_geometry = with_geometry or any(map(_is_other, pairs))
    header = ["", "A", *["B"] * has_others, *["geometry"] * has_geometry, "weights", "own calls"]
    found = Table(list(map(glued, [*header, "before it"])))
    marks = marked_rows(result)
    before = segments_before(result)
    for i, (name, other) in enumerate(zip(names, others, strict=True)):
        pair = pairs[i] if i < len(pairs) else None
        segment = before.get(pair.a) if pair else outputs[i - len(pairs)]
        found.add(
            Text(marks.get(i, ""), style="bold red"),
            glued(name),
            *([glued("" if pair is None or pair.a == pair.b else other)] if has_others else []),
            *([geometry_of(pair, whole=with_geometry)] if has_geometry else []),
            _weights(pair),
            verdict_text(own_calls(pair)),
            verdict_text(None if segment is None else segment.verdict),
            style="bold" if i in marks else "",
        )
    return found


def outputs_of(result: AgainstCheck) -> list[SegmentCheck]:
    """The segments that give the models' outputs."""
    known = {pair.a for pair in result.pairs}
    return [one for one in result.segments if one.before[0] not in known]


def segments_before(result: AgainstCheck) -> dict[str, SegmentCheck]:
    """A's convolution -> the segment that gives its input."""
    return {one.before[0]: one for one in result.segments}


def geometry_of(pair: PairCheck | None, *, whole: bool) -> Text:
    """A's geometry, and what B has in place of it; not ``whole``: only that it is another one."""
    if pair is None:
        return Text()
    words = geometry_words(pair) if whole else "other" if _is_other(pair) else ""
    return Text(glued(words), "bold red" if _is_other(pair) else "")


def _is_other(pair: PairCheck) -> bool:
    return pair.verdict is Verdict.DIFFERENT and not pair.same_geometry


def geometry_words(pair: PairCheck) -> str:
    """The same without a style. What reads the same is the same, however it is written."""
    a, b = zip(pair.specs, pair.input_shapes, pair.filters, strict=True)
    return geometry_and_kind(*a) if pair.same_geometry else geometries(a, b)


def own_calls(pair: PairCheck | None) -> Verdict | None:
    """What the models' own calls of a pair come to, held against exact."""
    return worst([one.verdict for one in pair.checks]) if pair and pair.checks else None


def verdict_text(verdict: Verdict | None) -> Text:
    """A verdict in its colour; "" where there is none."""
    return Text() if verdict is None else Text(verdict.value, style=_STYLES[verdict])


def _weights(pair: PairCheck | None) -> Text:
    if pair is None:
        return Text()
    return Text(glued(pair.weights), "bold red" if pair.weights == "different" else "")


def _verdicts(result: AgainstCheck) -> Sequence[set[Verdict]]:
    """Of each row what it says of the pair, and of what lies before it."""
    before = segments_before(result)
    rows = [
        {pair.verdict, *([before[pair.a].verdict] if pair.a in before else [])}
        for pair in result.pairs
    ]
    return rows + [{one.verdict} for one in outputs_of(result)]
