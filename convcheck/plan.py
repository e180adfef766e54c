"""What a check runs, judges and compares. Loads no NumPy: the command line may import it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from convcheck.case.dtypes import DTYPES
from convcheck.implementations.name import Name, parse
from convcheck.results import Output

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.quantized.case import QuantizedCase


def as_recorded(output: Output) -> Output:
    """An output of a bundle as a row of a report: what is recorded, not what is computed here."""
    accumulate = None
    if output.name.startswith("file:"):  # its options are all that says what computed it
        declared = parse(output.name).option("accumulate")
        accumulate = declared if declared in DTYPES else None
    return replace(output, name=f"{output.name} (recorded)", accumulate=accumulate)


@dataclass(frozen=True)
class OrderSearch:
    """How hard to look for the order of each implementation's sums."""

    orders: bool | None = None
    """Always, or never; None: only of outputs that differ, where it takes next to no time."""
    orders_timeout: float = 600.0
    """For all implementations together."""


@dataclass(frozen=True)
class RecordedRun:
    """An output that was recorded, and what becomes of it here."""

    recorded: Output
    name: Name | None = None
    """Who computes it again; None where nobody can."""
    absent: Output | None = None
    """The row of an implementation that is not here; None for a recorded file."""


@dataclass(frozen=True)
class Plan:
    """What a check runs, judges and compares."""

    case: Case
    names: Sequence[Name]
    """Run here."""
    given: Sequence[Output] = ()
    """There already: recorded, and so of this case alone."""
    computed: Sequence[Output] = ()
    """There already: functions of this process gave them for this case."""
    absent: Sequence[Output] = ()
    """Rows of what cannot run."""
    pairs: Sequence[tuple[str, str]] | None = None
    """Names to compare; each with each where None."""
    quantized: QuantizedCase | None = None
    """What is checked where its numbers are integers: ``case`` is theirs."""
    verifies: bool = False
    """Whether each pair is a recording and what computes it again: to be equal is then enough."""

    orders: OrderSearch | None = None
    """Whether the order of sums is looked for."""

    @property
    def has_recorded(self) -> bool:
        """Whether any output was recorded, and so belongs to this case alone."""
        return bool(self.given) or any(name.base == "file:" for name in self.names)

    @staticmethod
    def against(case: Case, given: Output, names: Sequence[Name]) -> Plan:
        """Each implementation compared with an output that is there already."""
        return Plan(case, names, [given], pairs=[(given.name, name.text) for name in names])

    @staticmethod
    def verifying(
        case: Case,
        runs: Sequence[RecordedRun],
        chosen: Sequence[Name] | None = None,
        quantized: QuantizedCase | None = None,
    ) -> Plan:
        """Each recorded output compared with the same implementation's here.

        What runs are the names of ``runs``, unless ``chosen`` are given: of these, one that
        computes no recorded output again is only judged.
        """
        absent = [run.absent for run in runs if run.absent is not None]
        here = [(run.recorded.name, run.name.text) for run in runs if run.name is not None]
        there = [(run.recorded.name, run.absent.name) for run in runs if run.absent is not None]
        return Plan(
            case,
            chosen or [run.name for run in runs if run.name is not None],
            [run.recorded for run in runs],
            absent=absent,
            pairs=[*here, *there],
            quantized=quantized,
            verifies=True,
        )
