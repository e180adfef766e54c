"""The JSON report of a model, described by model.schema.json."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from convcheck.model.results import LayerCheck, ModelCheck
from convcheck.reports.context import Context
from convcheck.reports.json import check
from convcheck.version import __version__

SCHEMA = "convcheck.model/1"
_FROM_COMPARE = (
    "case", "implementations", "differences", "budget", "findings", "blind_spots", "warnings",
)  # fmt: skip


def document(result: ModelCheck, context: Context) -> dict[str, Any]:
    """The report as nested dicts."""
    return {
        "schema": SCHEMA,
        "model": result.model,
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "accepted": sorted({cause for one in result.layers for cause in one.check.accepted}),
        "reproduce": context.reproduce,
        "settings": [asdict(setting) for setting in context.settings],
        "convcheck_version": __version__,
        "versions": result.versions,
        "input": result.input,
        "end_to_end": [asdict(mode) for mode in result.end_to_end],
        "layers": [_layer(layer) for layer in result.layers],
        "left_out": result.left_out,
        "not_reached": [asdict(one) for one in result.missed],
        "notes": [asdict(note) for note in result.notes],
        "saved_case": asdict(result.saved) if result.saved else None,
    }


def _layer(layer: LayerCheck) -> dict[str, Any]:
    whole = check.document(layer.check, Context())
    return {
        "name": layer.name,
        "kind": layer.kind,
        "verdict": layer.check.verdict.value,
        **{key: whole[key] for key in _FROM_COMPARE},
    }
