"""Serves requests about the order of an implementation's sums, in the process that hosts it.

    order-begin  name, formats     begin a search on the case that was sent; {"expected": about how
                                   many experiments}
    order-step   name, seconds     compute experiments for so long, one at least; {"experiments",
                                   "expected", "spent": seconds in all, "done", "problem"}
    order-found  name              what was found, as arrays; {"experiments"}

A search needs hundreds of small convolutions: so they are no runs of their own. What computes them
is the call that computes the case, in the same process, with the same threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.errors import ConvcheckError
from convcheck.orders.search import Experiment, Search
from convcheck.orders.units import Formats
from convcheck.runtimes.intact import read_only

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.implementations.interface import Computed
    from convcheck.runtimes.messages import Message


class NoSearch(ConvcheckError):
    """A request about a search that this process has not begun."""


class OrderRequestHandler:
    """Serves one request after another; keeps a search for each name."""

    def __init__(self) -> None:
        self._running: dict[str, _Running] = {}

    def begin(self, head: dict[str, Any], case: Case, compute: Callable[[Case], Computed]) -> None:
        """Begin a search; what was found for this name before is forgotten."""
        formats = Formats(
            tuple(head["input"]), tuple(head["kernel"]), head["accumulator"], head["output"]
        )
        self._running[head["name"]] = _Running(case, Search(case, formats), compute)

    def handle(self, operation: str, head: dict[str, Any]) -> Message:
        """The reply to any other request."""
        running = self._running.get(head["name"])
        if running is None:
            raise NoSearch("no search was begun")
        if operation == "order-found":
            found = running.search.found()
            del self._running[head["name"]]
            return {"experiments": found.experiments}, dict(found.to_arrays())
        done = running.go_on(head["seconds"])
        search = running.search
        return {
            "experiments": search.asked,
            "expected": search.expected,
            "spent": running.spent,
            "done": done,
            "problem": search.problem,
        }, {}


class _Running:
    """A search, and what computes its experiments."""

    def __init__(self, case: Case, search: Search, compute: Callable[[Case], Computed]) -> None:
        self.search = search
        self.spent = 0.0
        self._case = case
        self._compute = compute
        self._experiments: Iterator[Experiment] = search.experiments()
        self._inputs: dict[float, Array] = {}

    def go_on(self, seconds: float) -> bool:
        """Compute for so long, one experiment at least; whether there are no more."""
        begin = time.perf_counter()
        try:
            for experiment in self._experiments:
                self._do(experiment)
                if time.perf_counter() - begin >= seconds:
                    return False
            return True
        finally:
            self.spent += time.perf_counter() - begin

    def _do(self, experiment: Experiment) -> None:
        case = self._case
        bias = case.bias
        if bias is not None:
            bias = read_only(np.full(bias.shape, experiment.bias, bias.dtype))
        changed = replace(
            case,
            input=self._input(experiment.input),
            kernel=read_only(self.search.products.kernel_of(experiment.kernel)),
            bias=bias,
        )
        output = self._compute(changed).array
        if output.shape != case.output_shape:
            raise ConvcheckError(f"gave shape {output.shape} for an experiment")
        self.search.take(np.ascontiguousarray(output))

    def _input(self, number: float) -> Array:
        """The same array for all experiments with this input."""
        if number not in self._inputs:
            like = self._case.input
            self._inputs = {number: read_only(np.full(like.shape, number, like.dtype))}
        return self._inputs[number]
