"""The JSON report of what can run here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from convcheck.reports.context import Context
from convcheck.results import ImplementationInfo

SCHEMA = "convcheck.implementations/1"


def document(listed: Sequence[ImplementationInfo], context: Context) -> dict[str, Any]:
    """The schema's name, ``settings``, and a row for each of ``implementations``."""
    return {
        "schema": SCHEMA,
        "settings": [asdict(setting) for setting in context.settings],
        "implementations": [asdict(row) for row in listed],
    }
