"""Which file of a format's folder reports a result: named by its type, loaded when it is needed."""

from __future__ import annotations

import importlib
from types import ModuleType

FILES = {
    "Check": "check",
    "CasesCheck": "cases",
    "ConformanceCheck": "conformance",
    "ModelCheck": "model",
    "AgainstCheck": "against",
    "SweepCheck": "sweep",
    "list": "implementations",
}
"""Type of a result -> file in each format's folder; a list is that of the implementations."""


def file_for(package: str, result: object) -> ModuleType:
    """The module of a format's folder for a result. Raises TypeError for what has no report."""
    kind = type(result).__name__
    if kind not in FILES:
        raise TypeError(f"there is no report of a {kind}")
    return importlib.import_module(f"{package}.{FILES[kind]}")
