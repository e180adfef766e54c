"""An output: what an implementation gave, and what it met on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from convcheck.results.standing import Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

Index = tuple[int, ...]


@dataclass(frozen=True)
class Dtypes:
    """dtypes as an operation really met them; None where they cannot be observed."""

    input: str | None = None
    """What the operation received as its input, after any cast on the way in."""
    kernel: str | None = None
    compute: str | None = None
    """The operation's own type."""
    output: str | None = None


@dataclass(frozen=True)
class Output:
    """What an implementation gave, or why it gave nothing."""

    name: str
    """The implementation as typed."""
    call: str
    """The real call, ``tf.nn.conv2d``."""
    array: Array | None = None
    """Shape (N, *spatial, O) as it came out."""
    status: Status | None = None
    """None for an array that is still to be judged; else why there is none."""
    message: str | None = None
    """Why there is no array, in the framework's own words; after a crash the last stderr lines."""
    dtypes: Dtypes = Dtypes()
    versions: dict[str, str] = field(default_factory=dict)
    device: str | None = None
    seconds: float | None = None
    """Seconds of the call, the framework's start apart."""
    fixes: dict[str, str] = field(default_factory=dict)
    """Experiment -> how a user of this framework makes it: ``dtype``."""
    accumulate: str | None = None
    """The format of its sums as declared; None for what ``truth.arithmetic.declared`` takes."""
    formulas: tuple[str, ...] = ()
    """Of a quantized case: the requantization formulas that it may use; () where none is
    declared."""


@dataclass(frozen=True)
class ImplementationInfo:
    """An implementation, and whether it can run here."""

    name: str
    call: str
    available: bool
    message: str | None
    versions: dict[str, str]
    device: str | None
    options: tuple[str, ...]
    """The lower-case keys it takes."""
    install: str
    """The command that installs what it needs."""
    quantized_options: dict[str, tuple[str, ...]] | None = None
    """The keys that it takes of quantized cases, and their values; None where it computes none."""
