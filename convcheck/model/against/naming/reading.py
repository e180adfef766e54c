"""What one model computes of some numbers, found by computing it.

A family is a kind of operator, such as pools. It reads both models' outputs of the same inputs: two
readings of one family say what each of them does, and so what differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from convcheck.model.measured import in_units

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass(frozen=True, eq=False)
class Seen:
    """What a model gives, channels last, and how exactly it is known."""

    values: Array
    unit: Array
    """Of natural rounding, by channel."""
    limit: float
    """Units that rounding alone may reach."""
    limited: Callable[[Array], Array]
    """Numbers as far as a quantized tensor can hold them."""

    def is_(self, candidate: Array) -> bool:
        """Whether these numbers are those, up to rounding."""
        if candidate.shape != self.values.shape:
            return False
        return in_units(self.limited(candidate), self.values, self.unit) <= self.limit

    def part(self, channels: slice) -> Seen:
        """Some of its channels."""
        return Seen(self.values[..., channels], self.unit[channels], self.limit, self.limited)


@dataclass(frozen=True, eq=False)
class Given:
    """What an operator reads: all that varies, channels last, and the constants around it."""

    arrays: Sequence[Array]
    constants: Sequence[Array] = ()
    """Vectors and numbers that it, and what follows it, are computed with."""
    first: bool = False
    """Whether it is the model's own input."""
    role: str = ""

    @property
    def only(self) -> Array | None:
        """The one array that it reads; None where there are several."""
        return self.arrays[0] if len(self.arrays) == 1 else None


@dataclass(frozen=True, eq=False)
class Reading:
    """What turns the inputs into the output."""

    kind: str
    """Which of the family's operators."""
    value: Any
    """Its parameters."""
    words: str
    """A verb and its object: ``clips at 6``."""
    plain: bool = False
    """Whether it leaves the input as it is."""


@dataclass(frozen=True)
class Named:
    """A cause and what else it might be."""

    cause: str
    also: tuple[str, ...] = ()
    words: tuple[str, str] | None = None
    """What A does and what B does, where that says more than the readings."""

    @property
    def every(self) -> tuple[str, ...]:
        """All causes that it may be, the likeliest first."""
        return (self.cause, *self.also)


@dataclass(frozen=True)
class Family:
    """A kind of operator."""

    readings: Callable[[Given, Seen], Iterator[Reading]]
    """All that give the output seen, the plainest first."""
    named: Callable[[Reading, Reading, Given], Named | None]
    """What it is called where two models do these; None where that is no difference."""
