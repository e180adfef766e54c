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
