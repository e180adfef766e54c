"""What the commands about one case do once their options are right: start runtimes and check.

This module imports NumPy. A command imports it last, inside its function, so that ``--help`` and
every mistake answer without.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from convcheck import __version__, check
from convcheck.case.bundle import pack
from convcheck.case.case import Case
from convcheck.cli import output_files, progress
from convcheck.cli.options import Reporting
from convcheck.implementations.name import Name
from convcheck.inventory import inventory
from convcheck.results import Check, Listed, Output
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits


def compare(
    case: Case, names: Sequence[Name], limits: Limits, reporting: Reporting, *, timeout: float
) -> Check:
    """Run a case through these implementations."""
    with _runtimes(names, reporting, timeout) as runtimes:
        return check.check(case, names, runtimes, limits, maps=reporting.plot is not None)


def verify(
    case: Case,
    recorded: Sequence[Output],
    names: Sequence[Name],
    absent: Sequence[Output],
    limits: Limits,
    reporting: Reporting,
    *,
    timeout: float,
) -> Check:
    """Run a recorded case again; ``recorded``, ``names`` and ``absent`` as ``check.verify`` has."""
    maps = reporting.plot is not None
    with _runtimes(names, reporting, timeout) as runtimes:
        return check.verify(case, recorded, names, absent, runtimes, limits, maps=maps)


def implementations(names: Sequence[Name], reporting: Reporting, *, timeout: float) -> list[Listed]:
    """Run a tiny convolution through each of these implementations."""
    with _runtimes(names, reporting, timeout) as runtimes:
        return inventory(names, runtimes)


def save(path: str, case: Case, result: Check) -> None:
    """Record the case and what each implementation gave, for ``verify``."""
    outputs = [judgement.output for judgement in result.judgements]
    output_files.write_whole(path, pack(case, outputs, __version__))


@contextlib.contextmanager
def _runtimes(names: Sequence[Name], reporting: Reporting, timeout: float) -> Iterator[Runtimes]:
    with (
        progress.waiting_for(names, quiet=reporting.quiet),
        Runtimes(timeout=timeout, verbose=reporting.verbose) as runtimes,
    ):
        yield runtimes
