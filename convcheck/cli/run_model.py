"""What ``convcheck model`` does once its options are right: start runtimes and check each layer.

This module imports NumPy. The command imports it last, inside its function, so that ``--help`` and
every mistake answer without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcheck.cli import progress
from convcheck.cli.options import Timeouts
from convcheck.cli.reporting import Reporting
from convcheck.implementations.name import Name
from convcheck.model.against.check import check_against
from convcheck.model.against.request import AgainstRequest
from convcheck.model.against.results import AgainstCheck
from convcheck.model.check import Look, ModelRequest, check_model
from convcheck.model.results import ModelCheck
from convcheck.model.saving import save
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits


def model(
    path: str,
    names: Sequence[Name],
    limits: Limits,
    reporting: Reporting,
    *,
    timeouts: Timeouts,
    look: Look | None = None,
    **request: Any,
) -> ModelCheck:
    """Check every convolution of a model file; ``request`` are fields of ``ModelRequest``."""
    wanted = ModelRequest(path, **request)
    with (
        progress.steps(quiet=reporting.quiet) as step,
        Runtimes(**vars(timeouts), verbose=reporting.verbose) as runtimes,
    ):
        return check_model(
            wanted,
            names,
            runtimes,
            limits,
            timeout=timeouts.timeout,
            save=save,
            progress=step,
            look=look,
        )


def against(
    wanted: AgainstRequest, limits: Limits, reporting: Reporting, *, timeouts: Timeouts
) -> AgainstCheck:
    """Hold two models against each other, each in a process of its own."""
    with (
        progress.steps(quiet=reporting.quiet) as step,
        Runtimes(**vars(timeouts), verbose=reporting.verbose) as of_a,
        Runtimes(**vars(timeouts), verbose=reporting.verbose) as of_b,
    ):
        return check_against(wanted, (of_a, of_b), limits, progress=step)
