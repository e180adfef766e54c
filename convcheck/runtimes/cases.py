"""A case as a frame's head and arrays, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec

if TYPE_CHECKING:
    from convcheck.case.case import Array


def to_frame(case: Case) -> tuple[dict[str, Any], dict[str, Array | None]]:
    """(head, arrays) that carry this case."""
    spec = case.spec
    head = {
        "kernel_size": spec.kernel_size,
        "strides": spec.strides,
        "padding": spec.padding,
        "dilations": spec.dilations,
        "groups": spec.groups,
        "transposed": spec.transposed,
        "output_padding": spec.output_padding,
        "data_format": case.data_format,
    }
    return head, {"input": case.input, "kernel": case.kernel, "bias": case.bias}


def from_frame(head: dict[str, Any], arrays: dict[str, Array]) -> Case:
    """The case that a frame carries."""
    geometry = {key: value for key, value in head.items() if key != "data_format"}
    return Case(
        spec=ConvSpec.make(geometry.pop("kernel_size"), **geometry),
        input=arrays["input"],
        kernel=arrays["kernel"],
        bias=arrays.get("bias"),
        data_format=head["data_format"],
    )
