"""Sound outputs of the same arithmetic that differ: nothing but the order of their sums.

Proved where both orders were found by probing alone, and the case's own products, added up in them,
give every output of both sides; the operands as rounded and the formats are the same, some output
is added in another order, and neither replay is likely by chance (``orders.evidence``).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from convcheck.causes.fixes import fix_for
from convcheck.diagnosis.observation import Observation, Surroundings
from convcheck.orders.evidence import ENOUGH, evidence
from convcheck.orders.replay import Replay, same
from convcheck.results import PASSES, Difference, Finding, Judgement, Verdict
from convcheck.verdict.evidence import status_if_shown

CAUSE = "summation-order"


def detect(observation: Observation) -> Iterator[Finding]:
    """The farther output of a pair of which nothing else was found."""
    for far, near in _pairs(observation.others):
        if far.output.name != observation.judgement.output.name:
            continue
        replays = observation.others.replays
        a, b = replays.get(far.output.name), replays.get(near.output.name)
        proved = a is not None and b is not None and is_proved(a, b)
        how = ", found by probing and replayed bit for bit" if proved else ""
        if any(one is not None and one.is_no_sum for one in (a, b)):
            how = " or in another way"  # probing shows no order that they are added in
        yield Finding(
            cause=CAUSE,
            implementation=far.output.name,
            status=status_if_shown(proved),
            summary=f"{far.output.call} and {near.output.call} both compute in {far.declared} and "
            f"stay inside its bound: they add the same products in another order{how}",
            fix=fix_for(CAUSE, None, far.output),
            beside=near.output.name,
        )


def is_proved(a: Replay, b: Replay) -> bool:
    """Whether two outputs differ by the order of their sums and by nothing else."""
    return (
        a.is_whole
        and b.is_whole
        and a.sums == b.sums
        and _same_operands(a, b)
        and _other_orders(a, b)
        and all(evidence(one) >= ENOUGH for one in (a, b))
    )


def _same_operands(a: Replay, b: Replay) -> bool:
    mine, other = a.products.case, b.products.case
    operands = [(getattr(mine, role), getattr(other, role)) for role in ("input", "kernel", "bias")]
    return all(x is y or (x is not None and bool(same(x, y).all())) for x, y in operands)


def _other_orders(a: Replay, b: Replay) -> bool:
    """Whether any output is added in two orders."""
    count = len(b.found.orders)
    both = np.unique(a.found.of.astype(np.int64) * count + b.found.of).tolist()
    pairs = (divmod(one, count) for one in both)
    return any(a.found.orders[i] != b.found.orders[j] for i, j in pairs)


def _pairs(others: Surroundings) -> Iterator[tuple[Judgement, Judgement]]:
    """(far from exact, near) of each pair that differs by order alone; each output far once."""
    by_name = {judgement.output.name: judgement for judgement in others.judgements}
    explained = {found.implementation for found in others.findings if found.cause != CAUSE}
    for pair in others.differences:
        a, b = by_name.get(pair.a), by_name.get(pair.b)
        if a is None or b is None or not _only_order(pair, a, b) or explained & {pair.a, pair.b}:
            continue
        far, near = sorted((a, b), key=lambda j: j.error.sum_abs if j.error else 0.0, reverse=True)
        explained.add(far.output.name)
        yield far, near


def _only_order(pair: Difference, a: Judgement, b: Judgement) -> bool:
    sound = pair.verdict is Verdict.ROUNDING and a.status in PASSES and b.status in PASSES
    return sound and bool(pair.unequal) and a.declared == b.declared
