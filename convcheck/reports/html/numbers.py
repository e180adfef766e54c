"""The numbers of an excerpt as the page's script reads them: one JSON document for each case.

{"shape": the whole output's, "region": [[start, stop], ...] by its axes,
 "input": {"start", "shape": the whole input's, "dtype", "array": A},
 "kernel": {"dtype", "array": A},
 "group": {"channels", "filters"}, "reads": input position in the block by axis, position and
 tap, -1 for padding, "bias": A | null, "exact": A,
 "outputs": [{"label", "status", "dtype", "fits", "values", "error", "bound", "over", "ulps"}],
 "worst": indices of the whole output, the largest error over its bound first,
 "unit": what errors are in, "ULPs", "steps" or "units"; of a quantized case also
 "sums": A, "formulas": [{"label", "values": A}], "zeros": {"input", "kernel": one, or by filter}}

A = {"dtype", "shape", "data": base64 of zlib of the little-endian bytes, shuffled: the first
     byte of each element, then the second of each, and so on}
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from convcheck.excerpt.data import Encoded, Excerpt, Numbers, OutputNumbers
from convcheck.reports.units import REAL, units_of
from convcheck.results import Check, Judgement


def document(excerpt: Excerpt, check: Check, names: Mapping[str, str]) -> dict[str, Any] | None:
    """The document; None where the excerpt holds no numbers."""
    numbers = excerpt.numbers
    if numbers is None:
        return None
    channels, filters = numbers.group
    outputs = zip(check.judgements, numbers.outputs, strict=True)
    return {
        "shape": excerpt.shape,
        "region": numbers.region,
        "input": {
            "start": numbers.input_start,
            "shape": excerpt.input_shape,
            "dtype": check.case.input.dtype,
            "array": _array(numbers.input),
        },
        "kernel": {"dtype": check.case.kernel.dtype, "array": _array(numbers.kernel)},
        "group": {"channels": channels, "filters": filters},
        "reads": numbers.reads,
        "bias": _array(numbers.bias),
        "exact": _array(numbers.exact),
        "outputs": [_output(j, output, names[j.output.name]) for j, output in outputs],
        "worst": numbers.worst,
        **_of_integers(numbers, check),
    }


def _of_integers(numbers: Numbers, check: Check) -> dict[str, Any]:
    q = check.case.quantization
    if q is None:
        return {"unit": REAL.name}
    start, stop = numbers.region[-1]
    zeros = q.kernel_zero_points
    return {
        "unit": units_of(check).name,
        "sums": _array(numbers.sums),
        "formulas": [{"label": name, "values": _array(one)} for name, one in numbers.formulas],
        "zeros": {
            "input": q.input_zero_point,
            "kernel": zeros if len(zeros) == 1 else zeros[start:stop],
        },
    }


def _output(judgement: Judgement, numbers: OutputNumbers, label: str) -> dict[str, Any]:
    return {
        "label": label,
        "status": judgement.status.value,
        "dtype": numbers.dtype,
        "fits": numbers.values is not None,
        "values": _array(numbers.values),
        "error": _array(numbers.error),
        "bound": _array(numbers.bound),
        "over": _array(numbers.over),
        "ulps": _array(numbers.ulps),
    }


def _array(array: Encoded | None) -> dict[str, Any] | None:
    if array is None:
        return None
    data = base64.b64encode(array.data).decode()
    return {"dtype": array.dtype, "shape": array.shape, "data": data}
