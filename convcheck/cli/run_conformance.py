"""What ``convcheck conformance`` does once its options are right: start runtimes and run the suite.

This module imports NumPy. The command imports it last, inside its function, so that ``--help`` and
every mistake answer without.
"""

from __future__ import annotations

from collections.abc import Sequence

from convcheck.cli import progress
from convcheck.cli.options import Timeouts
from convcheck.cli.reporting import Reporting
from convcheck.implementations.name import Name
from convcheck.runtimes.host import Runtimes
from convcheck.testing.outcome import ConformanceCheck
from convcheck.testing.run import chosen_specs, outcome, run


def conformance(
    names: Sequence[Name],
    reporting: Reporting,
    *,
    named: bool,
    patterns: Sequence[str],
    pass_: str,
    exit_first: bool,
    reasons: bool,
    timeouts: Timeouts,
) -> ConformanceCheck:
    """Run the specs that the patterns choose; ``named`` by the user, these must run."""
    chosen = chosen_specs(patterns, pass_)
    with (
        progress.steps(quiet=reporting.quiet) as step,
        Runtimes(**vars(timeouts), verbose=reporting.verbose) as runtimes,
    ):
        tested, stopped = run(names, chosen, runtimes, exit_first=exit_first, progress=step)
    return outcome(tested, named=named, patterns=patterns, stopped=stopped, reasons=reasons)
