"""Finds the order of each implementation's sums, and adds the case's own products up in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from convcheck.check.orders.search import OneSearch
from convcheck.implementations.name import Name
from convcheck.implementations.registry import row_of
from convcheck.orders.replay import Replay
from convcheck.plan import OrderSearch, Plan
from convcheck.results import Judgement, SumOrder, Verdict
from convcheck.results.order import NOT_SOUGHT
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.judge import Judged

AT_ONCE_SECONDS = 2.0
"""What all searches together may take where nobody asked for them."""
Step = Callable[[str], None]


@dataclass(frozen=True)
class Orders:
    """What was found of the outputs of a check, by implementation."""

    replays: Mapping[str, Replay] = field(default_factory=dict)
    orders: Mapping[str, SumOrder] = field(default_factory=dict)

    def told(self, judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
        """The judgements with what was found of each."""
        return tuple(
            replace(one, order=self.orders.get(one.output.name, one.order)) for one in judgements
        )


def find_orders(plan: Plan, runtimes: Runtimes, judged: Judged, step: Step) -> Orders:
    """Find the orders that the plan asks for.

    Outputs that equal each other, of the same dtypes, are one: what is found holds for all.
    """
    wanted = plan.orders
    if wanted is None or wanted.orders is False:
        return Orders()
    names = {name.text: name for name in plan.names if not row_of(name).in_this_process}
    chosen = list(_chosen(judged, names, wanted))
    if plan.case.gradient is not None:  # experiments would ask for another convolution
        return _of_no_gradient(chosen) if wanted.orders else Orders()
    searches = [
        OneSearch(plan.case, judgement, names[judgement.output.name], runtimes)
        for judgement in chosen
        if judgement.same_values_as not in {one.output.name for one in chosen}
    ]
    (_seek if wanted.orders else _seek_at_once)(searches, wanted, step)
    replays: dict[str, Replay] = {}
    orders: dict[str, SumOrder] = {}
    for one in searches:
        name = one.judgement.output.name
        orders[name] = one.order()
        if one.replay is not None:
            replays[name] = one.replay
    for judgement in chosen:
        name, same = judgement.output.name, judgement.same_values_as
        if name not in orders and same is not None:
            orders[name] = orders[same]
            if same in replays:
                replays[name] = replays[same]
    return Orders(replays, orders)


def _of_no_gradient(chosen: Sequence[Judgement]) -> Orders:
    """What is told where someone asked for what is found of forward passes alone."""
    found = {}
    for one in chosen:
        assert one.output.array is not None
        found[one.output.name] = SumOrder(
            NOT_SOUGHT, one.output.array.size, message="orders are found of forward passes alone"
        )
    return Orders(orders=found)


def _chosen(judged: Judged, names: Mapping[str, Name], wanted: OrderSearch) -> Iterable[Judgement]:
    """Outputs that are sums of rounded products; where nobody asked, those that differ."""
    differ = {
        name
        for pair in judged.differences
        if pair.verdict is Verdict.ROUNDING and pair.unequal
        for name in (pair.a, pair.b)
    }
    for judgement in judged.judgements:
        name = judgement.output.name
        is_sum = judgement.error is not None and judgement.declared is not None
        if is_sum and name in names and (wanted.orders or name in differ):
            yield judgement


def _seek(searches: Sequence[OneSearch], wanted: OrderSearch, step: Step) -> None:
    """Each in turn; time that some leave is shared by those that need more."""
    left, waiting = wanted.orders_timeout, list(searches)
    while waiting and left > 0:
        share = left / len(waiting)
        for search in waiting:
            left -= search.run(share, step)
        waiting = [search for search in waiting if search.needs_more]


def _seek_at_once(searches: Sequence[OneSearch], wanted: OrderSearch, step: Step) -> None:
    """All, if the first experiments of each say that they take next to no time; else none."""
    limit = min(AT_ONCE_SECONDS, wanted.orders_timeout)
    for search in searches:
        search.begin(limit / 20)
    expected = sum(search.seconds_in_all for search in searches)
    for search in searches:
        if expected <= limit:
            limit -= search.run(limit, step)
        elif search.needs_more:
            search.leave_out(expected)
