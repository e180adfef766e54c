"""The outcomes of a model: each convolution, what is not checked, each way to call the whole."""

from __future__ import annotations

from collections.abc import Iterator

from convcheck.model.results import ModelCheck
from convcheck.reports.content.model import end_to_end_words
from convcheck.reports.outcomes.check import whole
from convcheck.reports.outcomes.outcome import Outcome, State


def outcomes(result: ModelCheck) -> Iterator[Outcome]:
    """Each layer with the limits that it exceeds, then what could not be looked at."""
    group = result.model
    for layer in result.layers:
        yield from whole(layer.check, group, layer.name)
    if not result.layers:
        state = State.SKIPPED if result.allow_empty else State.ERROR
        yield Outcome(group, "convolutions", state, "nothing to check: no convolution ran")
    for missed in result.missed:
        words = f"{missed.kind} is not checked: {missed.reason}"
        yield Outcome(group, missed.name, State.SKIPPED, words)
    for mode in result.end_to_end:
        state = State.PASSED if mode.message is None else State.SKIPPED
        name = f"the whole model, {mode.mode}"
        yield Outcome(group, name, state, end_to_end_words(mode), seconds=mode.seconds)
