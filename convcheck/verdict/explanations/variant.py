"""An explanation: a changed convolution that would give the output seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from convcheck.case.case import Case

if TYPE_CHECKING:
    from convcheck.case.case import Array

Shape = tuple[int, ...]
Part = Literal["kernel", "place", "value"]


def unchanged(case: Case) -> Case:
    """The case itself: an explanation that changes only what is done with the output."""
    return case


@dataclass(frozen=True)
class Step:
    """A known function applied to each number of the output."""

    name: str
    apply: Callable[[Array], Array]
    lipschitz: float = 1.0
    """The output moves by no more than so many times what its argument moves."""
    roundings: int = 0
    """Roundings in the output's format that the step itself may make."""


@dataclass(frozen=True)
class Variant:
    """One changed convolution."""

    cause: str
    detail: str
    """What was changed, with its parameters."""
    change: Callable[[Case], Case] = unchanged
    """Raises SpecError where a case cannot be changed so."""
    part: Part = "place"
    """What is changed: the kernel alone, where taps read (geometry, input), or the output."""
    step: Step | None = None
    view: Callable[[Array], Array] | None = None
    """From the output seen to the layout of the changed case's output, where they differ."""
    order: tuple[int, ...] | None = None
    """Channel i of the changed case's output stands at channel ``order[i]`` of the output seen."""
    roundings: int = 0
    """Roundings of each input number that the change itself makes."""
    shift: float | None = 0.0
    """The largest constant that the change adds to the input, which they are relative to as well;
    None where it is of the input's own size."""
    fitted: int = 0
    """Parameters estimated from the output."""
    fix: str | None = None
    """What to do about it, where that depends on the parameters."""
    members: tuple[Variant, ...] = ()
    """The single changes of a pair."""

    def seen(self, out: Array) -> Array:
        """The output as the changed case would have it. Raises ValueError where it cannot."""
        if self.view is not None:
            out = self.view(out)
        return out if self.order is None else out[..., list(self.order)]

    def then(self, other: Variant) -> Variant:
        """Both changes, this one first; at most one may be a step or a view."""
        first, second = self.change, other.change
        return replace(
            self,
            cause=f"{self.cause}+{other.cause}",
            detail=f"{self.detail}, and {other.detail}",
            change=lambda case: second(first(case)),
            step=self.step or other.step,
            view=self.view or other.view,
            order=self.order or other.order,
            roundings=self.roundings + other.roundings,
            shift=_larger(self.shift, other.shift),
            fitted=self.fitted + other.fitted,
            fix="; ".join(fix for fix in (self.fix, other.fix) if fix) or None,
            members=(self, other),
        )


def _larger(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else max(a, b)


@dataclass(frozen=True)
class Explanation:
    """A cause that has an exact form."""

    cause: str
    applies: Callable[[Case], bool]
    """Whether the cause makes sense for the case: without a bias none can be missing."""
    variants: Callable[[Case, Shape], Iterator[Variant]]
    """The changed convolutions, for an output of that shape; commonest first."""
