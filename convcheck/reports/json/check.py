"""The JSON report of one case, described by compare.schema.json."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from convcheck.case.passes import own_index
from convcheck.reports.context import Context
from convcheck.results import CaseSummary, Check, Finding, Index, Judgement, SumOrder
from convcheck.version import __version__

SCHEMA = "convcheck.compare/2"


def document(check: Check, context: Context) -> dict[str, Any]:
    """The report as nested dicts."""
    return {
        "schema": SCHEMA,
        "verdict": check.verdict.value,
        "exit_code": check.exit_code,
        "accepted": list(check.accepted),
        "reproduce": context.reproduce,
        "settings": [asdict(setting) for setting in context.settings],
        "convcheck_version": __version__,
        "case": _case(check.case),
        "implementations": [_implementation(j, check.case) for j in check.judgements],
        "differences": [
            {**asdict(d), "worst_index": _place(check.case, d.worst_index)}
            for d in check.differences
        ],
        "budget": [asdict(part) for part in check.budget],
        "findings": [finding(one) for one in check.findings],
        "blind_spots": list(check.blind_spots),
        "alike": [list(group) for group in check.alike],
        "undetectable": [
            {"implementation": j.output.name, "fault": "zeroed-output", "share": j.undetectable}
            for j in check.judgements
            if j.undetectable
        ],
        "warnings": [*check.failures, *check.warnings],
    }


def _case(case: CaseSummary) -> dict[str, Any]:
    spec = case.spec
    return {
        "input": asdict(case.input),
        "kernel": asdict(case.kernel),
        "bias": asdict(case.bias) if case.bias else None,
        "strides": spec.strides,
        "padding": spec.padding,
        "pads": case.pads,
        "dilations": spec.dilations,
        "groups": spec.groups,
        "transposed": spec.transposed,
        "output_padding": spec.output_padding,
        "data_format": case.data_format,
        "output_shape": own_index(case.pass_, case.output_shape),
        "terms": case.terms,
        "quantization": asdict(case.quantization) if case.quantization else None,
        "pass": case.pass_,
        "output_gradient": asdict(case.output_gradient) if case.output_gradient else None,
    }


def finding(given: Finding) -> dict[str, Any]:
    """Why an output is what it is."""
    found = asdict(given)
    del found["departs"]  # the implementation's status says the same
    del found["beside"], found["sides"]  # the summary says them
    return found


def _place(case: CaseSummary, index: Index | None) -> Index | None:
    return None if index is None else own_index(case.pass_, index)


def _implementation(judgement: Judgement, case: CaseSummary) -> dict[str, Any]:
    output = judgement.output
    error = asdict(judgement.error) if judgement.error else None
    if error is not None:
        del error["total"]
        error["worst_index"] = _place(case, error["worst_index"])
    return {
        "name": output.name,
        "call": output.call,
        "status": judgement.status.value,
        "message": judgement.message,
        "fix": judgement.helps,
        "versions": output.versions,
        "device": output.device,
        "seconds": output.seconds,
        "dtypes": asdict(output.dtypes),
        "declared": _text(judgement.declared),
        "arithmetic": _text(judgement.arithmetic),
        "error": error,
        "requantization": asdict(judgement.requantization) if judgement.requantization else None,
        "order": _order(judgement.order) if judgement.order else None,
    }


def _order(order: SumOrder) -> dict[str, Any]:
    """The order of an output's sums, the tree itself left out."""
    found = asdict(order)
    del found["shape"]
    return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)
