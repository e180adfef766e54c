"""Judges outputs and finds out why they differ; again where that shows them another bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from convcheck.case.case import Case
from convcheck.check.orders.find import Orders
from convcheck.diagnosis.diagnose import Diagnosis, diagnose
from convcheck.diagnosis.observation import Rerun
from convcheck.results import Output
from convcheck.truth.winograd.tiling import Tiling
from convcheck.verdict.judge import Judged, Pairs, judge
from convcheck.verdict.references import ReferenceCache


def judge_and_diagnose(
    case: Case,
    outputs: Sequence[Output],
    rerun: Rerun,
    find_orders: Callable[[Judged], Orders] = lambda judged: Orders(),
    *,
    pairs: Pairs | None = None,
    references: ReferenceCache | None = None,
    maps: bool = False,
    seek_pairs: bool = True,
    step: Callable[[str], None] = lambda what: None,
) -> tuple[Judged, Diagnosis, Orders]:
    """Each output and each pair, why they differ, and the orders of their sums that were found.

    Where an output was shown to be by Winograd's algorithm, all are judged once more, that one by
    the algorithm's own bound: statuses, pairs and causes then follow from it.
    """
    step("judging the outputs")
    judged = judge(case, outputs, pairs=pairs, references=references, maps=maps)
    orders = find_orders(judged)
    step("finding out why they differ")
    found = diagnose(case, judged, rerun, replays=orders.replays, seek_pairs=seek_pairs)
    if not found.tilings:
        return judged, found, orders
    tilings = _shared(judged, found.tilings)
    judged = judge(case, outputs, pairs=pairs, references=references, tilings=tilings, maps=maps)
    again = diagnose(
        case,
        judged,
        rerun,
        replays=orders.replays,
        footprints=found.footprints,
        seek_pairs=seek_pairs,
    )
    return judged, again, orders


def _shared(judged: Judged, tilings: Mapping[str, Tiling]) -> dict[str, Tiling]:
    """The same for outputs of the same values: what a recording holds, its implementation gave."""
    values = {one.output.name: one.same_values_as or one.output.name for one in judged.judgements}
    shown = {values[name]: tiling for name, tiling in tilings.items()}
    return {name: shown[same] for name, same in values.items() if same in shown}
