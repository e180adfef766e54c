"""The JSON report of the conformance suite, described by conformance.schema.json."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from convcheck.reports.context import Context
from convcheck.version import __version__

if TYPE_CHECKING:
    from convcheck.testing.outcome import ConformanceCheck

SCHEMA = "convcheck.conformance/1"


def document(result: ConformanceCheck, context: Context) -> dict[str, Any]:
    """The report as nested dicts."""
    return {
        "schema": SCHEMA,
        "exit_code": result.exit_code,
        "reproduce": context.reproduce,
        "settings": [asdict(setting) for setting in context.settings],
        "convcheck_version": __version__,
        "filter": list(result.patterns),
        "stopped": result.stopped,
        "implementations": [asdict(one) for one in result.tested],
    }
