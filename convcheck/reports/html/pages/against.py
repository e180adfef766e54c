"""The page about two models: where they differ, both networks drawn, a section for each pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from convcheck.model.against.results import AgainstCheck, PairCheck
from convcheck.reports.content import against as told
from convcheck.reports.content.against import places, table
from convcheck.reports.content.blocks import GLUE, Headline
from convcheck.reports.content.headline import COLORS
from convcheck.reports.context import Context
from convcheck.reports.figures import number
from convcheck.reports.geometry import geometry_and_kind
from convcheck.reports.html.case_view import case_view
from convcheck.reports.html.networks.draw import networks
from convcheck.reports.html.page import CaseView, Page, PairView, PlaceView, Row, SortableTable
from convcheck.reports.wording import HEADLINES
from convcheck.results import Finding, Verdict

_WORST_FIRST = [Verdict.DIFFERENT, Verdict.UNDECIDED, Verdict.ROUNDING, Verdict.IDENTICAL]


def page(result: AgainstCheck, context: Context) -> Page:
    """The blocks of the report; the table can be sorted, and each row leads to its section."""
    headline = told.verdict(result)
    return Page(
        f"{headline.words}: {result.a.path} against {result.b.path}",
        headline,
        list(told.models(result)),
        places=_places(result),
        about_places=f"units: {places.UNITS}" if any(p.segments for p in result.places) else "",
        networks=networks(result),
        more=list(told.rest(result, context)),
        table=_sortable(result) if result.pairs else None,
        pairs=[_pair(result, i, context) for i in range(len(result.pairs))],
        cases_are="pairs of convolutions",
        exit_code=result.exit_code,
    )


def _places(result: AgainstCheck) -> list[PlaceView]:
    """In run order; each has the number that it has in the result."""
    numbers = {id(place): i for i, place in enumerate(result.places)}
    return [
        PlaceView(
            numbers[id(place)],
            label,
            places.where(place, label, first=i == 0).plain,
            list(places.facts(result, place)),
            _told(place.findings),
            [
                (row, result.pairs[row].a)
                for row in places.rows_of(result, place)
                if row < len(result.pairs)
            ],
        )
        for i, (place, label) in enumerate(places.labels_of(result))
    ]


def _told(findings: Sequence[Finding]) -> list[tuple[Finding, Text]]:
    return [(one, places.finding_words(one)) for one in findings]


def _sortable(result: AgainstCheck) -> SortableTable:
    """The rows of the pairs, those first that stand out."""
    whole = table.table(result, 40, with_geometry=True)
    header = [word.replace(GLUE, " ") for word in whole.header]
    rows = [
        Row(i, [Text(str(i + 1)), *cells], [i, *(_value(cell) for cell in cells)])
        for i, cells in enumerate(whole.rows[: len(result.pairs)])
    ]
    rows.sort(key=lambda row: _WORST_FIRST.index(_worst(result, row.number)))
    return SortableTable(["#", *header], [0], header.index("A") + 1, rows)


def _value(cell: Text) -> str | int:
    """A verdict is sorted by how bad it is."""
    plain = cell.plain.replace(GLUE, " ")
    return next((i for i, one in enumerate(_WORST_FIRST) if one.value == plain), plain)


def _worst(result: AgainstCheck, i: int) -> Verdict:
    segment = table.segments_before(result).get(result.pairs[i].a)
    found = [result.pairs[i].verdict, *([segment.verdict] if segment else [])]
    return min(found, key=_WORST_FIRST.index)


def _pair(result: AgainstCheck, i: int, context: Context) -> PairView:
    pair = result.pairs[i]
    return PairView(
        i,
        pair.a if pair.a == pair.b else f"{pair.a} (B: {pair.b})",
        Headline(HEADLINES[pair.verdict], COLORS[pair.verdict]),
        list(_rows(result, pair)),
        _told(pair.findings),
        _calls(pair, i, context),
        is_open=_worst(result, i) in (Verdict.DIFFERENT, Verdict.UNDECIDED),
    )


def _rows(result: AgainstCheck, pair: PairCheck) -> Iterator[tuple[str, str, str]]:
    yield "convolution", pair.a, pair.b
    ours, theirs = (
        geometry_and_kind(*side)
        for side in zip(pair.specs, pair.input_shapes, pair.filters, strict=True)
    )
    yield "geometry", ours, theirs
    yield "weights", f"{pair.weights} in B" if pair.weights != "equal" else "equal", ""
    yield "found by", pair.how, ""
    segment = table.segments_before(result).get(pair.a)
    if segment:
        yield "after", ", ".join(segment.after[0]), ", ".join(segment.after[1])
        words = f"{segment.verdict.value}: {number(segment.units)} units of rounding"
        yield "before it", f"{words}, which alone may reach {number(segment.limit)}", ""
        ours, theirs = (one or "" for one in segment.operations)
        if ours or theirs:
            yield "they part at", ours or "nothing", theirs or "nothing"


def _calls(pair: PairCheck, i: int, context: Context) -> Sequence[tuple[str, CaseView]]:
    """Their own calls; ids are unique since a pair has two at most."""
    alone = len(pair.checks) == 1
    views = []
    for n, check in enumerate(pair.checks):
        who = "Their" if alone else f"{check.judgements[0].output.name}'s"
        view = case_view(check, context, number=2 * i + n, name=pair.a, excerpt=None)
        views.append((f"{who} own {'calls' if alone else 'call'} on A's input", view))
    return views
