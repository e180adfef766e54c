"""The JSON reports: stable, versioned, described by the schemas beside this file."""

from __future__ import annotations

import json
import math
from typing import Any

from convcheck.reports.by_result import file_for
from convcheck.reports.context import Context


def render(result: object, context: Context) -> str:
    """One JSON document. ``null`` where there is no number; "nan", "inf", "-inf" as text."""
    return json.dumps(_plain(document(result, context)), indent=2, allow_nan=False)


def document(result: object, context: Context) -> dict[str, Any]:
    """The report as nested dicts. Raises TypeError for what has no report."""
    found: dict[str, Any] = file_for(__name__, result).document(result, context)
    return found


def _plain(value: Any) -> Any:
    """Enums as their values, non-finite numbers as text."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return getattr(value, "value", value)
