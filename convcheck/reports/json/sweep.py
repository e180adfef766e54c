"""The JSON report of a sweep, described by sweep.schema.json."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from convcheck.reports.content.sweep.failures import largest_first
from convcheck.reports.context import Context
from convcheck.results import Verdict
from convcheck.version import __version__

if TYPE_CHECKING:
    from convcheck.sweep.results import Axis, Failure, SweepCheck

SCHEMA = "convcheck.sweep/1"


def document(result: SweepCheck, context: Context) -> dict[str, Any]:
    """The report as nested dicts."""
    failures = largest_first(result)
    return {
        "schema": SCHEMA,
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "reproduce": context.reproduce,
        "settings": [asdict(setting) for setting in context.settings],
        "convcheck_version": __version__,
        "source": result.source,
        "total": result.total,
        "counts": {**{one.value: 0 for one in Verdict}, **result.counts},
        "skipped": result.skipped,
        "impossible": result.impossible,
        "unfinished": result.unfinished,
        "limits": list(result.limits),
        "failures": [_failure(one) for one in failures],
        "groups": [_group(one) for one in failures],
        "implementations": [asdict(one) for one in result.implementations],
        "none_ran": list(result.none_ran),
        "relations": [asdict(one) for one in result.relations],
        "properties": [asdict(one) for one in result.properties],
        "changes": None if result.changes is None else [asdict(one) for one in result.changes],
        "against": result.against,
        "axes": None if result.axes is None else _axes(result.axes),
        "results": result.results,
        "versions": dict(result.versions),
        "seconds": result.seconds,
    }


def _failure(failure: Failure) -> dict[str, Any]:
    """The case that a group is told by."""
    return {
        **asdict(failure.fault),
        "number": failure.number,
        "cases": len(failure.numbers),
        "reproduce": failure.reproduce,
        "shrunk": failure.shrunk.command if failure.shrunk else None,
        "tried": failure.shrunk.tried if failure.shrunk else None,
    }


def _group(failure: Failure) -> dict[str, Any]:
    """All cases of a group, and what they have in common."""
    return {
        "implementation": failure.fault.implementation,
        "cause": failure.fault.cause,
        "causes": list(failure.causes),
        "numbers": list(failure.numbers),
        "common": list(failure.common),
        "passing_alike": failure.passing_alike,
    }


def _axes(axes: Axis) -> dict[str, Any]:
    cells = [{"values": list(key), "counts": dict(counts)} for key, counts in axes.cells.items()]
    return {"names": list(axes.names), "cells": cells}
