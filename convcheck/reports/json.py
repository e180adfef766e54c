"""The JSON report: stable, versioned, described by compare.schema.json beside this file."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from convcheck import __version__
from convcheck.results import Check, Finding, Judgement

SCHEMA = "convcheck.compare/1"


def render(check: Check, reproduce: str) -> str:
    """One JSON document. ``null`` where there is no number; "nan", "inf", "-inf" as text."""
    return json.dumps(plain(document(check, reproduce)), indent=2, allow_nan=False)


def document(check: Check, reproduce: str) -> dict[str, Any]:
    """The report as nested dicts."""
    return {
        "schema": SCHEMA,
        "verdict": check.verdict.value,
        "exit_code": check.exit_code,
        "accepted": list(check.accepted),
        "reproduce": reproduce,
        "convcheck_version": __version__,
        "case": asdict(check.case),
        "implementations": [_implementation(j) for j in check.judgements],
        "differences": [asdict(d) for d in check.differences],
        "budget": [asdict(part) for part in check.budget],
        "findings": [_finding(finding) for finding in check.findings],
        "blind_spots": list(check.blind_spots),
        "warnings": [*check.failures, *check.warnings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    found = asdict(finding)
    del found["departs"]  # what it is about can be read from the implementation's status
    return found


def _implementation(judgement: Judgement) -> dict[str, Any]:
    output = judgement.output
    error = asdict(judgement.error) if judgement.error else None
    if error is not None:
        del error["total"]
    return {
        "name": output.name,
        "call": output.call,
        "status": judgement.status.value,
        "message": judgement.message,
        "versions": output.versions,
        "device": output.device,
        "seconds": output.seconds,
        "dtypes": asdict(output.dtypes),
        "declared": _text(judgement.declared),
        "arithmetic": _text(judgement.arithmetic),
        "error": error,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def plain(value: Any) -> Any:
    """Enums as their values, non-finite numbers as text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return getattr(value, "value", value)
