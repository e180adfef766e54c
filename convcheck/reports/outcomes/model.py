"""The outcomes of a model: each convolution, what is not checked, each way to call the whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convcheck.model.results import ModelCheck
from convcheck.reports.content.model import end_to_end_words
from convcheck.reports.outcomes.check import whole
from convcheck.reports.outcomes.outcome import Outcome, State
from convcheck.runtimes.hardware import packages


def outcomes(result: ModelCheck) -> Iterator[Outcome]:
    """Each layer with the limits that it exceeds, then what could not be looked at."""
    group, versions = result.model, packages(result.versions)
    for layer in result.layers:
        for one in whole(layer.check, group, layer.name):
            yield replace(one, versions={**versions, **one.versions})
    if not result.layers:
        state = State.SKIPPED if result.allow_empty else State.ERROR
        words = "nothing to check: no convolution ran"
        yield Outcome(group, "convolutions", state, words, minor=result.allow_empty)
    for missed in result.missed:
        words = f"{missed.kind} is not checked: {missed.reason}"
        yield Outcome(group, missed.name, State.SKIPPED, words)
    for mode in result.end_to_end:
        state = State.PASSED if mode.message is None else State.SKIPPED
        name = f"the whole model, {mode.mode}"
        yield Outcome(group, name, state, end_to_end_words(mode), seconds=mode.seconds)
