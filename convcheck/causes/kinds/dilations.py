"""Strides and dilations taken for other ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product
from typing import Any

from convcheck.case.case import Case
from convcheck.causes import hints
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
        yield from _padding_follows(case, "dilation-ignored", (1,) * spec.rank, out)


def _padding_follows(
    case: Case, cause: str, dilations: tuple[int, ...], out: Sequence[int]
) -> Iterator[Hypothesis]:
    """Other dilations, and as many zeros around as keep the windows' middles where they were.

    So who computes the padding from the dilation he has (``padding=dilation`` with three taps).
    SAME does so by itself. A window that changes by an odd number has two middles.
    """
    spec = case.spec
    each = zip(dilations, spec.dilations, spec.kernel_size, strict=True)
    grown = [(new - old) * (taps - 1) for new, old, taps in each]
    now = [before for before, _ in case.pads]
    for half in dict.fromkeys((tuple(g // 2 for g in grown), tuple(-(-g // 2) for g in grown))):
        first = [before + more for before, more in zip(now, half, strict=True)]
        yield Hypothesis(
            cause,
            f"dilations of {_comma(dilations)} in place of {_comma(case.spec.dilations)}, "
            "with the padding that follows",
            partial(_dilated_from, dilations=dilations, before=first, out=out),
            alone=True,
        )


def _dilated_from(
    case: Case, dilations: tuple[int, ...], before: Sequence[int], out: Sequence[int]
) -> Case:
    # SAME has room for any window; the padding wanted replaces it.
    return moved(with_spec(case, dilations=dilations, padding="same"), before, out)


def _comma(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _off_by_one(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    """One more or one less along the axes with several taps, or along one of them."""
    spec = case.spec
    several = [axis for axis, k in enumerate(spec.kernel_size) if k > 1]
    for by, some in product((1, -1), _all_or_one(several)):
        changed = tuple(d + (by if i in some else 0) for i, d in enumerate(spec.dilations))
        if min(changed) < 1 or changed == (1,) * spec.rank:  # dilation-ignored has that
            continue
        detail = f"dilations of {_comma(changed)} in place of {_comma(spec.dilations)}"
        yield Hypothesis(
            "dilation-off-by-one",
            detail,
            partial(with_spec, dilations=changed),
            alone=len(some) < len(several),
        )
        if len(shape) == spec.rank + 2:
            yield from _padding_follows(case, "dilation-off-by-one", changed, shape[1:-1])


def _all_or_one(axes: Sequence[int]) -> list[Sequence[int]]:
    return [axes, *([axis] for axis in axes if len(axes) > 1)]


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
DILATION_OFF_BY_ONE = Cause(
    "dilation-off-by-one",
    fix=dilation_fix,
    applies=lambda case: max(case.spec.kernel_size) > 1,
    hypotheses=_off_by_one,
    hint=hints.window,
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
