"""A case or an output as the head and arrays of a frame, and back."""

from __future__ import annotations

from dataclasses import asdict, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from convcheck.case.case import Case
from convcheck.case.passes import Gradient
from convcheck.case.spec import ConvSpec
from convcheck.quantized.any_case import Asked, arrays_of, operands_of
from convcheck.results import Dtypes, Output
from convcheck.runtimes.intact import read_only
from convcheck.runtimes.replies import check_output
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.implementations.interface import Computed
    from convcheck.results import Array

Message = tuple[dict[str, Any], dict[str, "Array | None"]]
"""A frame's head and its arrays by name; see ``frames.py``."""

_OUTPUT_FIELDS = (
    "name",
    "call",
    "versions",
    "device",
    "seconds",
    "fixes",
    "accumulate",
    "formulas",
)

_BY_CHANNEL = ("kernel_scale", "kernel_zero_point")
"""Parameters that are arrays: a kernel may have thousands of channels."""


def case_to_message(given: Asked) -> Message:
    """The head and arrays that carry a case.

    Left out are its ``sources``, and the real numbers that a quantized one was made of.
    """
    case = operands_of(given)
    head: dict[str, Any] = {"spec": asdict(case.spec), "data_format": case.data_format}
    arrays = arrays_of(given)
    if isinstance(given, Gradient):
        head["gradient"] = given.kind
    elif not isinstance(given, Case):
        p = given.parameters
        told = {field.name: getattr(p, field.name) for field in fields(p)}
        arrays |= {name: told.pop(name) for name in _BY_CHANNEL}
        head["parameters"] = {**told, "input_scale": float(p.i), "output_scale": float(p.o)}
    return head, arrays


def any_case_from_message(head: dict[str, Any], arrays: dict[str, Array]) -> Asked:
    """The case that a message carries, quantized or not, or the gradient."""
    case = case_from_message(head, arrays)
    if "gradient" in head:
        return Gradient(head["gradient"], case, read_only(arrays["output_gradient"]))
    if "parameters" not in head:
        return case
    # They import NumPy, without which a worker starts.
    from convcheck.quantized.case import QuantizedCase
    from convcheck.quantized.parameters import Parameters

    by_channel: dict[str, Any] = {name: arrays[name] for name in _BY_CHANNEL}
    return QuantizedCase(case, Parameters(**head["parameters"], **by_channel))


def case_from_message(head: dict[str, Any], arrays: dict[str, Array]) -> Case:
    """The arrays and geometry that a message carries, the arrays read-only."""
    geometry = dict(head["spec"])
    return Case(
        spec=ConvSpec.make(geometry.pop("kernel_size"), **geometry),
        input=read_only(arrays["input"]),
        kernel=read_only(arrays["kernel"]),
        bias=read_only(arrays["bias"]) if "bias" in arrays else None,
        data_format=head["data_format"],
    )


def output_of(
    name: str, computed: Computed, versions: dict[str, str], seconds: float | None = None
) -> Output:
    """What the implementation ``name`` computed, as the output that is judged."""
    return Output(
        name=name,
        call=computed.call,
        array=computed.array,
        dtypes=computed.dtypes,
        versions=versions,
        device=computed.device,
        seconds=seconds,
        fixes=computed.fixes,
        accumulate=computed.accumulate,
        formulas=tuple(computed.formulas),
    )


def output_to_message(output: Output) -> Message:
    """The head and array that carry an output, which must have one.

    Raises WrongReply for an output with something of another type in it.
    """
    head = {field: getattr(output, field) for field in _OUTPUT_FIELDS}
    head["dtypes"] = asdict(output.dtypes) if is_dataclass(output.dtypes) else output.dtypes
    arrays = {"output": output.array}
    check_output(head, arrays)
    return head, arrays


def output_from_message(head: dict[str, Any], arrays: dict[str, Array]) -> Output:
    """The output that a message carries. Raises WrongReply for a message that carries none."""
    check_output(head, arrays)
    return Output(
        name=head["name"],
        call=clean(head["call"]),
        array=arrays["output"],
        dtypes=Dtypes(**head["dtypes"]),
        versions=clean_texts(head["versions"]),
        device=None if head["device"] is None else clean(head["device"]),
        seconds=head["seconds"],
        fixes=clean_texts(head["fixes"]),
        accumulate=head["accumulate"],
        formulas=tuple(head["formulas"]),
    )


def clean_texts(texts: dict[str, str]) -> dict[str, str]:
    """The same with keys and values that are fit for a line of a report."""
    return {clean(key): clean(value) for key, value in texts.items()}
