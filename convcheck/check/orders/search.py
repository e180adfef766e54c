"""The search for one implementation, and its output added up in the order that is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from convcheck.case.case import Case
from convcheck.check.orders.described import described
from convcheck.check.orders.formats import formats_of, in_carrier, lossy_casts, operands_of
from convcheck.implementations.name import Name
from convcheck.orders.arithmetic import Sums
from convcheck.orders.found import FoundOrders
from convcheck.orders.products import Products
from convcheck.orders.replay import Replay, replay, share_replayed
from convcheck.results import Judgement, SumOrder
from convcheck.results.order import NOT_SOUGHT
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.orders.client import NotFound, Progress, RemoteSearch

SAMPLE = 4096
"""Outputs at which the formats of sums are compared."""
Step = Callable[[str], None]


class OneSearch:
    """The search for one implementation, and what becomes of its output."""

    def __init__(self, case: Case, judgement: Judgement, name: Name, runtimes: Runtimes) -> None:
        self.judgement = judgement
        self.replay: Replay | None = None
        self._case, self._name, self._runtimes = case, name, runtimes
        self._remote: RemoteSearch | None = None
        self._progress = Progress(0, 0, 0.0)
        self._message = ""
        self._expected: float | None = None

    @property
    def seconds_in_all(self) -> float:
        """About what the search takes."""
        return self._progress.seconds_in_all

    def begin(self, seconds: float = 0.0) -> None:
        """Compute experiments for so long, one at least, which shows how long they take."""
        formats = formats_of(self._case, self.judgement)
        if not formats.are_known:
            self._message = "integers add up to the same in any order"
            return
        try:
            self._remote = RemoteSearch(self._runtimes, self._case, self._name, formats)
            self._remote.steps(seconds, self._hear)
        except NotFound as error:
            self.give_up(str(error))

    @property
    def needs_more(self) -> bool:
        """Whether it was begun, and would go on."""
        return self._remote is not None and self.replay is None

    def run(self, seconds: float, step: Step) -> float:
        """Search for so many seconds more at most, then add up; returns how many it was."""
        words = partial(_words, step, self._name.text)
        before = self._progress.spent
        if self._remote is None and not self._message:
            words(self._progress)
            self.begin()
        if self._remote is None:
            return 0.0

        def hear(progress: Progress) -> None:
            self._hear(progress)
            words(progress)

        try:
            if self._remote.steps(before + seconds, hear):
                self._add_up(self._remote.found(), step)
                self._message = ""
            else:
                spent, asked = self._progress.spent, self._progress.experiments
                self._message = f"{spent:.3g} s were not enough, for {asked} experiments"
        except NotFound as error:
            self.give_up(str(error))
        return self._progress.spent - before

    def give_up(self, why: str) -> None:
        """Search no further."""
        self._remote = None
        self._message = why

    def leave_out(self, expected: float) -> None:
        """Tell of no search: how far it came depends on the clock, and nothing was found."""
        self.give_up("--orders does")
        self._progress = Progress(0, 0, 0.0)
        self._expected = expected

    def _hear(self, progress: Progress) -> None:
        self._progress = progress

    def _add_up(self, found: FoundOrders, step: Step) -> None:
        step(f"adding up in the order of {self._name.text}'s sums")
        products = Products(operands_of(self._case, self.judgement))
        out = self.judgement.output.array
        assert out is not None
        sums = self._sums(products, found)
        products = Products(in_carrier(products.case, sums))
        self.replay = replay(products, found, out, sums)

    def _sums(self, products: Products, found: FoundOrders) -> Sums:
        """The formats that most outputs of a sample come out in: declared ones, if all do."""
        arithmetic, out = self.judgement.declared, self.judgement.output.array
        assert arithmetic is not None
        assert out is not None
        given = out.dtype.name
        accumulators = dict.fromkeys([str(arithmetic.accumulator), given, "float64"])
        some = np.random.default_rng(0).permutation(np.flatnonzero(found.of >= 0))[:SAMPLE]
        choices = [Sums(name, given) for name in accumulators]
        if self._case.bias is not None and given in ("float16", "bfloat16"):
            choices += [replace(sums, bias_apart=True) for sums in choices]
        return max(choices, key=lambda sums: share_replayed(products, found, out, sums, some))

    def order(self) -> SumOrder:
        """What a report tells."""
        out = self.judgement.output.array
        assert out is not None
        told = SumOrder(
            NOT_SOUGHT,
            out.size,
            probes=self._progress.experiments,
            seconds=self._progress.spent,
            expected_seconds=self._expected,
            message=self._message or None,
        )
        if self.replay is None:
            return told
        casts = lossy_casts(self._case, self.replay.products.case)
        formats = formats_of(self._case, self.judgement)
        exact = formats.products_are_exact(self.replay.sums.accumulator)
        shows = not (exact and self.replay.is_whole)
        return replace(described(told, self.replay, out.shape, fused_shows=shows), casts=casts)


def _words(step: Step, name: str, progress: Progress) -> None:
    of = f", experiment {progress.experiments} of about {progress.expected}"
    step(f"finding the order of {name}'s sums{of if progress.experiments else ''}")
