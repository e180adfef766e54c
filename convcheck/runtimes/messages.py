"""A case or an output as the head and arrays of a frame, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.results import Dtypes, Output

if TYPE_CHECKING:
    from convcheck.implementations.interface import Computed
    from convcheck.results import Array

Message = tuple[dict[str, Any], dict[str, "Array | None"]]
"""A frame's head and its arrays by name; see ``frames.py``."""

_OUTPUT_FIELDS = ("name", "call", "versions", "device", "seconds", "fixes")


def case_to_message(case: Case) -> Message:
    """The head and arrays that carry this case; its ``sources`` are left out."""
    head = {"spec": asdict(case.spec), "data_format": case.data_format}
    return head, {"input": case.input, "kernel": case.kernel, "bias": case.bias}


def case_from_message(head: dict[str, Any], arrays: dict[str, Array]) -> Case:
    """The case that a message carries."""
    geometry = dict(head["spec"])
    return Case(
        spec=ConvSpec.make(geometry.pop("kernel_size"), **geometry),
        input=arrays["input"],
        kernel=arrays["kernel"],
        bias=arrays.get("bias"),
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
    )


def output_to_message(output: Output) -> Message:
    """The head and array that carry an output; it must have an array."""
    head = {field: getattr(output, field) for field in _OUTPUT_FIELDS}
    return {**head, "dtypes": asdict(output.dtypes)}, {"output": output.array}


def output_from_message(head: dict[str, Any], arrays: dict[str, Array]) -> Output:
    """The output that a message carries.

    Raises KeyError or TypeError for a message that carries none.
    """
    return Output(
        **{field: head[field] for field in _OUTPUT_FIELDS},
        dtypes=Dtypes(**head["dtypes"]),
        array=arrays["output"],
    )
