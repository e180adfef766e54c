"""What a cause is: its hypotheses are changed convolutions, each of which may give the output seen.

One object holds all that the code knows of a cause; its page in ``docs/`` holds what a person
reads (``convcheck explain``). The same objects diagnose outputs, list what a case cannot show
and plant the faults of our own tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from convcheck.case.case import Case
from convcheck.causes import hints
from convcheck.causes.pages import page

if TYPE_CHECKING:
    from convcheck.case.case import Array
    from convcheck.case.passes import Gradient
    from convcheck.results import CaseSummary

Shape = tuple[int, ...]
Changed = Literal["kernel", "reads", "values"]
Fix = Callable[["Case | None", str], str]
"""(case where it is known, framework or "") -> what to change, in that framework's words."""
Addend = Callable[[Shape, "tuple[Array, ...]"], "Array"]
"""(shape of the output, index of some outputs, an array an axis) -> what is added to each."""
Summing = Callable[["Array"], "Array"]
"""Products (outputs, taps, channels of their group), integers -> the sum of each output."""


def unchanged(case: Case) -> Case:
    """The case itself: a hypothesis that changes only what is done with the output."""
    return case


@dataclass(frozen=True)
class PostOp:
    """A known function applied to each number of the output."""

    name: str
    apply: Callable[[Array], Array]
    lipschitz: float = 1.0
    """The output moves by no more than so many times what its argument moves."""
    roundings: int = 0
    """Roundings in the output's format that the function itself may make."""


@dataclass(frozen=True)
class Hypothesis:
    """One changed convolution that would give the output seen."""

    cause: str
    """The cause's name; joined by ``+`` where several are at work."""
    detail: str
    """What was changed, with its parameters."""
    change: Callable[[Case], Case] = unchanged
    """Raises SpecError where a case cannot be changed so."""
    changes: Changed = "reads"
    """What is changed: the kernel alone, where taps read (geometry, input), or output values."""
    post_op: PostOp | None = None
    relayout: Callable[[Array], Array] | None = None
    """From the output seen to the layout of the changed case's output, where they differ."""
    addend: Addend | None = None
    """What is added in place of the bias, where it is not one number for each channel."""
    summing: Summing | None = None
    """How integer products are added up, where some partial sum is not what it should be."""
    channel_permutation: tuple[int, ...] | None = None
    """Channel i of the changed case's output is channel ``channel_permutation[i]`` of the one
    seen."""
    roundings: int = 0
    """Roundings of each input number that the change itself makes."""
    shift: float | None = 0.0
    """The largest constant that the change adds to the input, which they are relative to as well;
    None where it is of the input's own size."""
    n_fitted: int = 0
    """Parameters estimated from the output."""
    n_chosen: int = 0
    """Of these, those that were chosen among a few values; others may be any number."""
    fix: Fix | None = None
    """What to do about it, where that depends on what was changed."""
    alone: bool = False
    """Not sought in pairs with others: too rare there for what the search would cost."""
    members: tuple[Hypothesis, ...] = ()
    """The single changes of a pair."""

    @property
    def by_place(self) -> bool:
        """Whether its outputs are not those of a convolution: computed output by output."""
        return self.addend is not None or self.summing is not None

    def to_case_layout(self, out: Array) -> Array:
        """The output as the changed case would have it. Raises ValueError where it cannot."""
        if self.relayout is not None:
            out = self.relayout(out)
        permutation = self.channel_permutation
        if permutation is None:
            return out
        if out.shape[-1:] != (len(permutation),):
            raise ValueError(f"there are not {len(permutation)} channels to put in order")
        return out[..., list(permutation)]

    def then(self, other: Hypothesis) -> Hypothesis:
        """Both changes, this one first; at most one may change what is done with the output."""
        first, second = self.change, other.change
        return replace(
            self,
            cause=f"{self.cause}+{other.cause}",
            detail=f"{self.detail}, and {other.detail}",
            change=lambda case: second(first(case)),
            post_op=self.post_op or other.post_op,
            relayout=self.relayout or other.relayout,
            channel_permutation=self.channel_permutation or other.channel_permutation,
            roundings=self.roundings + other.roundings,
            shift=_larger(self.shift, other.shift),
            n_fitted=self.n_fitted + other.n_fitted,
            n_chosen=self.n_chosen + other.n_chosen,
            fix=None,
            members=(self, other),
        )


def _larger(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else max(a, b)


def never(case: Case) -> bool:
    """No exact form: such a cause has no hypotheses, and is no blind spot."""
    return False


def always(case: Case) -> bool:
    """The cause makes sense for every case."""
    return True


def no_hypotheses(case: Case, shape: Shape) -> Iterator[Hypothesis]:
    """For causes that are found by the size of their errors, or by running again."""
    return iter(())


def no_gradients(asked: Gradient, shape: Shape) -> Iterator[Hypothesis]:
    """For causes that do not concern gradients alone."""
    return iter(())


def say(words: str) -> Fix:
    """A fix that is the same for every case and framework."""
    return lambda case, framework: words


@dataclass(frozen=True)
class Cause:
    """Why an output is not what it should be."""

    name: str
    fix: Fix | None = None
    """None where each experiment or hypothesis brings its own."""
    applies: Callable[[Case], bool] = never
    """Whether its hypotheses make sense for the case: without a bias none can be missing."""
    hypotheses: Callable[[Case, Shape], Iterator[Hypothesis]] = no_hypotheses
    """The changed convolutions, for an output of that shape; commonest first."""
    gradients: Callable[[Gradient, Shape], Iterator[Hypothesis]] = no_gradients
    """What else it may make of a gradient of that shape than its hypotheses about the convolution
    say: changes of the convolution that the gradient is."""
    hint: Callable[[CaseSummary], str] = hints.operands
    """Options that would show the cause, where the case given cannot."""

    @property
    def has_exact_form(self) -> bool:
        """Whether it is tested by computing the convolution that it describes."""
        return self.hypotheses is not no_hypotheses or self.gradients is not no_gradients

    @property
    def group(self) -> str:
        """The group that its page stands in."""
        return page(self.name).group
