"""The JSON report of two models, described by against.schema.json."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from convcheck.case.spec import ConvSpec
from convcheck.model.against.results import AgainstCheck, PairCheck, Place, SegmentCheck
from convcheck.reports.context import Context
from convcheck.reports.json import check
from convcheck.results import Check
from convcheck.version import __version__

SCHEMA = "convcheck.against/1"
_FROM_COMPARE = ("verdict", "case", "implementations", "differences", "findings", "warnings")


def document(result: AgainstCheck, context: Context) -> dict[str, Any]:
    """The report as nested dicts."""
    return {
        "schema": SCHEMA,
        "models": {"a": asdict(result.a), "b": asdict(result.b)},
        "verdict": result.verdict.value,
        "exit_code": result.exit_code,
        "accepted": list(result.accepted),
        "failures": list(result.failures),
        "reproduce": context.reproduce,
        "settings": [asdict(setting) for setting in context.settings],
        "convcheck_version": __version__,
        "pairs": [_pair(one) for one in result.pairs],
        "segments": [_segment(one) for one in result.segments],
        "places": [_place(one) for one in result.places],
        "unmatched": {"a": list(result.unmatched_a), "b": list(result.unmatched_b)},
        "merged": {"a": list(map(list, result.merged_a)), "b": list(map(list, result.merged_b))},
        "left_out": result.left_out,
        "blind_spots": list(result.blind_spots),
        "end_to_end": [asdict(one) for one in result.end_to_end],
        "saved_case": asdict(result.saved) if result.saved else None,
    }


def _pair(pair: PairCheck) -> dict[str, Any]:
    return {
        "a": pair.a,
        "b": pair.b,
        "how": pair.how,
        "geometry": {
            "same": pair.same_geometry,
            "a": _spec(pair.specs[0], pair.input_shapes[0], pair.filters[0]),
            "b": _spec(pair.specs[1], pair.input_shapes[1], pair.filters[1]),
        },
        "weights": pair.weights,
        "verdict": pair.verdict.value,
        "findings": [check.finding(finding) for finding in pair.findings],
        "calls": [_call(one) for one in pair.checks],
    }


def _call(own: Check) -> dict[str, Any]:
    """Of compare's document what says how the models' own calls came out."""
    whole = check.document(own, Context())
    return {key: whole[key] for key in _FROM_COMPARE}


def _spec(spec: ConvSpec, input_shape: tuple[int, ...], filters: int) -> dict[str, Any]:
    return {**asdict(spec), "input_shape": list(input_shape), "filters": filters}


def _segment(one: SegmentCheck) -> dict[str, Any]:
    return {
        "after": list(one.after[0]),
        "before": one.before[0],
        "after_b": list(one.after[1]),
        "before_b": one.before[1],
        "verdict": one.verdict.value,
        "units": one.units,
        "limit": one.limit,
        "operation": one.operations[0],
        "operation_b": one.operations[1],
        "findings": [check.finding(finding) for finding in one.findings],
    }


def _place(place: Place) -> dict[str, Any]:
    return {
        "where": place.where,
        "pairs": list(place.pairs),
        "segments": list(place.segments),
        "findings": [check.finding(finding) for finding in place.findings],
    }
