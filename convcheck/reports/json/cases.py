"""The JSON report of several cases, described by cases.schema.json."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from convcheck.cases import CasesCheck, NamedCheck
from convcheck.reports.context import Context
from convcheck.reports.json import check
from convcheck.version import __version__

SCHEMA = "convcheck.cases/1"


def document(result: CasesCheck, context: Context) -> dict[str, Any]:
    """The report as nested dicts."""
    return {
        "schema": SCHEMA,
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "reproduce": context.reproduce,
        "settings": [asdict(setting) for setting in context.settings],
        "convcheck_version": __version__,
        "names": [case.name for case in result.cases],
        "cases": [check.document(case.check, _context(case, context)) for case in result.cases],
    }


def _context(case: NamedCheck, context: Context) -> Context:
    """How this case alone would have been asked for."""
    settings = tuple(one for one in context.settings if one.name not in case.own)
    return replace(context, reproduce=case.reproduce, settings=settings)
