"""In which order each implementation adds, and how far that explains a difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convcheck.reports.content.blocks import glued
from convcheck.reports.figures import count
from convcheck.results import Check, Difference, Judgement, SumOrder
from convcheck.results.order import NOT_A_SUM, NOT_SOUGHT, PARTLY, REPLAYED
from convcheck.spelling import listed

Names = Mapping[str, str]
MOST_PAIRS = 4
"""From so many on they are counted."""


def order_lines(check: Check, names: Names) -> Iterator[str]:
    """A line for the orders that were replayed, for others, and for what that explains."""
    if words := " ".join(_found(check, names)):
        yield words
    if words := " ".join(_explained(check, names)):
        yield words


def _found(check: Check, names: Names) -> Iterator[str]:
    known = [(one, one.order) for one in check.judgements if one.order is not None]
    replayed = [(one, order) for one, order in known if order.status == REPLAYED]
    if replayed:
        who = _who([one for one, _ in replayed], names, all_of=len(check.judgements))
        totals = dict.fromkeys(count(order.total) for _, order in replayed)
        (total, *_) = totals
        yield f"{who} replayed bit for bit: {glued(f'{total} of {total}')} outputs."
    described = [(one, order) for one, order in known if order.words]
    if sentences := [
        f"{glued(names[one.output.name])} {_what(one, order)}" for one, order in described
    ]:
        yield f"{'; '.join(sentences)}."
    for one, order in known:
        if order.status in (PARTLY, NOT_A_SUM):
            yield _not_whole(glued(names[one.output.name]), order)
    why: dict[str, list[Judgement]] = {}
    for one, order in known:
        if order.status == NOT_SOUGHT:
            why.setdefault(order.message or "", []).append(one)
    for message, ones in why.items():
        whose = "" if len(ones) == len(check.judgements) else f" of {_list(ones, names)}"
        yield f"Not sought{whose}: {message}{_in_about(ones)}."


def _in_about(ones: list[Judgement]) -> str:
    """How long a search would take that was left out for it."""
    expected = max((one.order and one.order.expected_seconds) or 0.0 for one in ones)
    return f", in about {expected:.0f} s" if expected else ""


def _what(one: Judgement, order: SumOrder) -> str:
    words = order.words or ""
    whole = order.status == REPLAYED
    if not whole:  # the case's own operands may be added otherwise
        words += " in the experiments"
    formats, _, bias = (order.formats or "").partition(", ")
    accumulator = formats.partition("/")[0]
    declared = None if one.declared is None else str(one.declared.accumulator)
    if whole and accumulator and declared is not None and accumulator != declared:
        words += f", in {accumulator}"
    if bias:
        words += f", the {bias}"
    if order.trees > 1:
        others = f"{count(order.trees - 1)} other trees" if order.trees > 2 else "another tree"
        words += f", at {count(order.elsewhere)} outputs in {others}"
    return words


def _not_whole(who: str, order: SumOrder) -> str:
    equal = glued(f"{count(order.outputs_equal)} of {count(order.total)}")
    if order.status == NOT_A_SUM:
        return (
            f"{who} is no sum of its products, two at a time, as transforms, blocks and "
            "orders that change are none; "
            f"{equal} outputs come out of one all the same."
        )
    places = ", ".join(glued(str(place)) for place in order.left_over)
    where = f"; not {places}" if places else ""
    return f"{who}: {equal} outputs replayed bit for bit{where}."


def _explained(check: Check, names: Names) -> Iterator[str]:
    """Pairs of which both sides are replayed whole: nothing of their difference is left."""
    whole = {
        one.output.name: one
        for one in check.judgements
        if one.order is not None and one.order.status == REPLAYED
    }
    pairs: dict[str, list[Difference]] = {}
    for pair in check.differences:
        if pair.unequal and pair.a in whole and pair.b in whole:
            pairs.setdefault(_parts(whole[pair.a], whole[pair.b]), []).append(pair)
    unequal = [pair for pair in check.differences if pair.unequal]
    for parts, of in pairs.items():
        if len(of) == len(unequal):
            which = "The difference" if len(of) == 1 else "Each difference"
        elif len(of) < MOST_PAIRS:
            who = (f"{_label(pair.a, names)} and {_label(pair.b, names)}" for pair in of)
            which = f"The difference between {'; between '.join(who)}"
        else:
            which = f"The difference of {len(of)} pairs"
        yield f"{which} is {parts}, to the last bit."


def _parts(a: Judgement, b: Judgement) -> str:
    """What a difference is made of: casts that one side makes, and the sums."""
    assert a.order is not None
    assert b.order is not None
    on_one_side = set(a.order.casts) ^ set(b.order.casts)
    casts = dict.fromkeys(f"{role} cast" for role, _ in sorted(on_one_side))
    if casts:
        return f"{listed(list(casts))} plus replayed sums"
    alike = a.order.formats == b.order.formats
    return "the order of the sums alone" if alike else "replayed sums alone"


def _who(ones: list[Judgement], names: Names, *, all_of: int) -> str:
    if len(ones) == all_of > 1:
        return "both" if all_of == 2 else "all"
    return _list(ones, names)


def _list(ones: list[Judgement], names: Names) -> str:
    return listed([_label(one.output.name, names) for one in ones])


def _label(name: str, names: Names) -> str:
    return glued(names.get(name, name))
