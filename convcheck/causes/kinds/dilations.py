"""Strides and dilations taken for other ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

from convcheck.case.case import Case
from convcheck.causes.cause import Cause, Hypothesis, Shape
from convcheck.causes.geometry_fixes import dilation_fix, pads_fix
from convcheck.causes.kinds.kernels import AXES
from convcheck.causes.moved import moved, some_axes, with_pads, with_spec


def _undilated(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    spec = case.spec
    dilated = [axis for axis, d in enumerate(spec.dilations) if d > 1]
    for some in some_axes(dilated):
        changed = tuple(1 if i in some else d for i, d in enumerate(spec.dilations))
        yield Hypothesis(
            "dilation-ignored",
            f"the dilation of {_named(case, some)} taken for 1",
            partial(with_spec, dilations=changed),
        )
    now, out = [before for before, _ in case.pads], shape[1:-1]
    if len(out) == spec.rank:
        yield Hypothesis(
            "dilation-ignored",
            "dilations taken for 1, the padding kept",
            lambda c: moved(with_spec(c, dilations=1), now, out),
        )


def _named(case: Case, axes: Sequence[int]) -> str:
    return " and ".join(AXES[case.spec.rank][axis] for axis in axes)


def _as_strides(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    strides, dilations = case.spec.strides, case.spec.dilations
    both = tuple(s * d for s, d in zip(strides, dilations, strict=True))
    for detail, s, d in (
        ("dilations used as strides", dilations, 1),
        ("strides and dilations exchanged", dilations, strides),
        ("dilations used as strides too", dilations, dilations),
        ("strides times dilations used as strides", both, 1),
    ):
        if (s, d) == (strides, dilations):
            continue
        yield Hypothesis(
            "dilation-as-stride",
            detail,
            partial(with_spec, strides=s, dilations=d),
        )
        if case.spec.padding == "same":
            yield Hypothesis(
                "dilation-as-stride",
                f"{detail}, the padding kept",
                partial(_padding_kept, strides=s, dilations=d),
            )


def _padding_kept(case: Case, strides: Any, dilations: Any) -> Case:
    pads = [(max(before, 0), max(after, 0)) for before, after in case.pads]
    return with_pads(with_spec(case, strides=strides, dilations=dilations), pads)


def _phases(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    now = [before for before, _ in case.pads]
    strides = case.spec.strides
    plain = with_spec(case, strides=1).pads
    for phase in range(max(strides)):
        to = [(plain[i][0] if s > 1 else now[i]) - min(phase, s - 1) for i, s in enumerate(strides)]
        if to != now:
            yield Hypothesis(
                "stride-phase",
                f"every stride-th output of stride 1 kept, from number {phase} on",
                partial(moved, before=to),
            )
    for later in product(*(range(s) for s in strides)):
        to = [b - p for b, p in zip(now, later, strict=True)]
        if any(later):
            yield Hypothesis(
                "stride-phase",
                f"windows start {later} later than stride by stride from the first",
                partial(moved, before=to),
            )


DILATION_IGNORED = Cause(
    "dilation-ignored",
    fix=dilation_fix,
    applies=lambda case: max(case.spec.dilations) > 1,
    hypotheses=_undilated,
)
DILATION_AS_STRIDE = Cause(
    "dilation-as-stride",
    fix=dilation_fix,
    applies=lambda case: max(case.spec.dilations) > 1,
    hypotheses=_as_strides,
)
STRIDE_PHASE = Cause(
    "stride-phase",
    fix=pads_fix,
    applies=lambda case: max(case.spec.strides) > 1 and not case.spec.transposed,
    hypotheses=_phases,
)
