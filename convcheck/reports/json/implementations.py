"""The JSON report of what can run here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from convcheck.results import ImplementationInfo

SCHEMA = "convcheck.implementations/1"


def document(listed: Sequence[ImplementationInfo], reproduce: str) -> dict[str, Any]:
    """``{"schema": "convcheck.implementations/1", "implementations": [...]}``."""
    return {"schema": SCHEMA, "implementations": [asdict(row) for row in listed]}
