"""An output of another shape: is it what other options give?

Most such outputs were recorded with a stride or a padding that the command does not say. Asked
before an output is called unexplained; other layouts are the cause ``layout-reshape``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.cause import Hypothesis
from convcheck.diagnosis.confirm import changed_case
from convcheck.diagnosis.detectors.unexplained import CAUSE
from convcheck.diagnosis.observation import Observation
from convcheck.diagnosis.probe_points import MORE
from convcheck.errors import SpecError
from convcheck.results import Finding, Status

LONGEST = 4
"""Strides and dilations up to which other options are tried."""
MOST = 3
"""Options that are named where no values tell them apart."""


def detect(observation: Observation) -> Iterator[Finding]:
    """An output whose shape fits other options than those given."""
    if observation.status is not Status.WRONG_SHAPE:
        return
    case, out, output = observation.case, observation.out, observation.judgement.output
    fitting = [h for h in _hypotheses(case) if changed_case(case, h, out)]
    if not fitting:
        return
    words = f"{output.call} gave shape {out.shape} in place of {case.output_shape}"
    same = [h for h in fitting if _is_of(observation, h)]
    if same:
        summary = f"{words}: {same[0].detail} gives that shape, and the values looked at are its"
    else:
        names = ", ".join(h.detail for h in fitting[:MOST])
        summary = f"{words}: that shape fits {names}, but the values looked at do not"
    chosen = (same or fitting)[0].detail
    yield Finding(
        cause=CAUSE,
        implementation=output.name,
        status="unexplained",
        summary=summary,
        fix=f"describe what was computed: {chosen}" if same else None,
        departs=True,
    )


def _is_of(observation: Observation, hypothesis: Hypothesis) -> bool:
    return observation.survives(hypothesis, MORE)


def _hypotheses(case: Case) -> Iterator[Hypothesis]:
    """One other option, then two."""
    seen = {case.axes}
    for words, change in _other_specs(case.spec):
        hypothesis = Hypothesis(CAUSE, words, change=partial(_with_spec, change=change))
        try:
            axes = hypothesis.change(case).axes
        except SpecError:
            continue
        if axes not in seen:
            seen.add(axes)
            yield hypothesis


def _with_spec(case: Case, change: Callable[[ConvSpec], ConvSpec]) -> Case:
    return replace(case, spec=change(case.spec))


def _other_specs(spec: ConvSpec) -> Iterator[tuple[str, Callable[[ConvSpec], ConvSpec]]]:
    rank, numbers = spec.rank, range(1, LONGEST + 1)
    strides = [(f"--strides {n}", {"strides": (n,) * rank}) for n in numbers]
    dilations = [(f"--dilations {n}", {"dilations": (n,) * rank}) for n in numbers]
    paddings: list[tuple[str, dict[str, Any]]] = [
        (f"--padding {word}", {"padding": word}) for word in ("same", "valid")
    ]
    halves = [(d * (k - 1) + 1) // 2 for k, d in zip(spec.kernel_size, spec.dilations, strict=True)]
    text = ",".join(map(str, halves)) if len(set(halves)) > 1 else str(halves[0])
    paddings.append((f"--padding {text}", {"padding": tuple((h, h) for h in halves)}))
    for words, fields in (*strides, *paddings, *dilations):
        yield words, partial(_changed, fields=fields)
    for first, second in product((*strides, *dilations), paddings):
        yield f"{first[0]} {second[0]}", partial(_changed, fields={**first[1], **second[1]})


def _changed(spec: ConvSpec, fields: dict[str, Any]) -> ConvSpec:
    return replace(spec, **fields)
