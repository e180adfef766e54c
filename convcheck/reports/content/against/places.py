"""Where two models differ: which values part there, the cause, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from convcheck.model.against.results import AgainstCheck, PairCheck, Place, SegmentCheck
from convcheck.reports.content.several import some_of
from convcheck.reports.figures import number
from convcheck.reports.geometry import geometry_and_kind
from convcheck.reports.wording import status_words
from convcheck.results import Finding, Status, Verdict

UNITS = (
    "one unit is the most that a channel changes where each value at its beginning is moved by one "
    "step in its last place (convcheck explain units)"
)
_SOUND = (Status.EXACT, Status.WITHIN_BOUND)


def place_sections(result: AgainstCheck) -> Iterator[tuple[str, Text]]:
    """The first place and the worst, then the first of each other cause; the rest by its name."""
    told: list[Place] = []
    others: list[Place] = []
    causes: set[str] = set()
    for i, (place, label) in enumerate(labels_of(result)):
        if i and label != "worst" and causes.issuperset(causes_of(place)):
            others.append(place)
            continue
        told.append(place)
        causes.update(causes_of(place))
        yield label, where(place, label, first=i == 0)
        yield from _told(result, place)
    yield from _others(others)
    if any(place.segments for place in told):
        yield "units", Text(UNITS)


def labels_of(result: AgainstCheck) -> list[tuple[Place, str]]:
    """The places in run order, each with its label: ``first``, ``worst``, ``then``."""
    order = in_run_order(result)
    worst = max(order, key=lambda place: place.size, default=None)
    return [
        (place, "worst" if place is worst and len(order) > 1 else "then" if i else "first")
        for i, place in enumerate(order)
    ]


def where(place: Place, label: str, *, first: bool) -> Text:
    """Where it is, and whether the worst is the first too."""
    text = Text(place.where, style="bold")
    if first and label == "worst":
        text.append(", the first too", style="not bold")
    return text


def in_run_order(result: AgainstCheck) -> list[Place]:
    """The places by the first row that shows them: before a convolution, then at it."""

    def key(place: Place) -> tuple[int, bool]:
        return min(rows_of(result, place), default=0), bool(place.pairs)

    return sorted(result.places, key=key)


def rows_of(result: AgainstCheck, place: Place) -> list[int]:
    """The rows of the table that show a place; those of the outputs follow the pairs'."""
    known = {pair.a: i for i, pair in enumerate(result.pairs)}
    outputs = [i for i, one in enumerate(result.segments) if one.before[0] not in known]
    shown = set(place.pairs)
    for i in place.segments:
        name = result.segments[i].before[0]
        shown.add(known[name] if name in known else len(known) + outputs.index(i))
    return sorted(shown)


def marked_rows(result: AgainstCheck) -> dict[int, str]:
    """Row -> what makes it stand out: where the models part first, and where most."""
    marks: dict[int, str] = {}
    for i, (place, label) in enumerate(labels_of(result)):
        if i == 0 or label == "worst":
            for row in rows_of(result, place)[:1]:
                marks[row] = label if label == "worst" else "first"
    return marks


def facts(result: AgainstCheck, place: Place) -> Iterator[str]:
    """What was seen there, in sentences: of a pair, or of what lies between convolutions."""
    for i in place.pairs:
        yield from pair_facts(result.pairs[i])
    if place.segments:
        yield _of_segment(result.segments[place.segments[0]])
        others = [result.segments[i].before[0] for i in place.segments[1:]]
        if others:
            names = ["the output" if name == "output" else name for name in others]
            yield f"It shows before {some_of(names)} too."


def finding_words(finding: Finding) -> Text:
    """A cause, how sure it is, and what it means."""
    text = Text(finding.cause, style="bold")
    text.append(f"{status_words(finding)}: {finding.summary}.", style="not bold")
    if finding.also:
        text.append(f" The same result here: {', '.join(finding.also)}.", style="not bold")
    return text


def _told(result: AgainstCheck, place: Place) -> Iterator[tuple[str, Text]]:
    for words in facts(result, place):
        yield "", Text(words)
    for finding in place.findings:
        yield "why", finding_words(finding)
        if finding.fix:
            yield "fix", Text(finding.fix)


def _others(places: Sequence[Place]) -> Iterator[tuple[str, Text]]:
    """What has a cause that was told: which places, by cause."""
    found: dict[str, list[str]] = {}
    for place in places:
        found.setdefault(", ".join(causes_of(place)), []).append(place.where)
    for i, (cause, names) in enumerate(found.items()):
        yield "" if i else "also", Text(f"{cause}: {'; '.join(names[:3])}{_more(names)}")


def _more(names: Sequence[str]) -> str:
    return f"; and {len(names) - 3} more" if len(names) > 3 else ""


def causes_of(place: Place) -> list[str]:
    """The causes of a place, or a word for there being none."""
    return list(dict.fromkeys(one.cause for one in place.findings)) or ["no cause found"]


def pair_facts(pair: PairCheck) -> Iterator[str]:
    """What is other in B's convolution, in sentences; nothing of one that is sound."""
    if pair.verdict is not Verdict.DIFFERENT:
        return
    if not (pair.same_geometry or pair.findings):
        ours, theirs = (
            geometry_and_kind(*side)
            for side in zip(pair.specs, pair.input_shapes, pair.filters, strict=True)
        )
        yield f"A computes {ours}, B {theirs}."
    if pair.weights == "different" and not pair.findings:
        yield "The weights are other ones: neither equal, nor folded, nor a narrower format's."
    for check in pair.checks:
        for one in check.judgements:
            if check.verdict is Verdict.DIFFERENT and one.status not in _SOUND:
                yield f"{one.output.name}'s own call on A's input is {_status(one.status)}."


def _status(status: Status) -> str:
    if status is Status.OUTSIDE_BOUND:
        return "further from its convolution than rounding can explain"
    return str(status.value)


def _of_segment(one: SegmentCheck) -> str:
    """How far apart two models come that begin with the same values."""
    after = some_of(one.after[0])
    given = f"Given the same values after {after}" if after else "Given the same values before it"
    if one.after[0] == ("input",):
        given = "Given the same input"
    what = "B's output" if one.before[0] == "output" else f"what B feeds {one.before[0]}"
    words = f"{given}, {what} is {number(one.units)} units from A's; "
    words += f"rounding alone may reach {number(one.limit)}."
    return f"{words} {_operators(*one.operations)}".rstrip()


def _operators(ours: str | None, theirs: str | None) -> str:
    """At which operators the models part."""
    if ours and theirs:
        return f"They part at A's {ours} and B's {theirs}."
    if ours:
        return f"They part at A's {ours}: nothing in B gives its values."
    return f"They part at B's {theirs}." if theirs else ""
