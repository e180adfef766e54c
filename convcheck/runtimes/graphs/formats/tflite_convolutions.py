"""Which operators of a .tflite model are convolutions, and how they are declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from convcheck.runtimes.graphs.graph import Convolution, Graph, Operator


def words(kind: type) -> dict[int, str]:
    """The members of an enumeration of the schema, by their numbers."""
    return {value: name for name, value in vars(kind).items() if isinstance(value, int)}


ACTIVATIONS = words(schema.ActivationFunctionType)


def convolutions(graph: Graph, options: Mapping[tuple[str, ...], Any]) -> Iterator[Convolution]:
    """The convolutions and dense layers of a graph; ``options`` go by what an operator gives."""
    for place, one in enumerate(graph.operators):
        make = _MAKERS.get(one.kind)
        if make is None or (one.kind == "FULLY_CONNECTED" and one.inputs[1] in graph.varying):
            continue
        said = options[one.outputs]
        fused = ACTIVATIONS.get(getattr(said, "fusedActivationFunction", 0), "NONE")
        yield replace(make(place, one, said), activation="" if fused == "NONE" else fused.lower())


def _dense(place: int, one: Operator, _: Any) -> Convolution:
    x, kernel, bias = (*one.inputs, "")[:3]
    return Convolution(place, x, kernel, bias or None, one.outputs[0], "NC", "OI")


def _forward(place: int, one: Operator, options: Any) -> Convolution:
    x, kernel, bias = (*one.inputs, "")[:3]
    layouts = {"CONV_2D": "OHWI", "DEPTHWISE_CONV_2D": "1HWO", "CONV_3D": "HWIO"}
    return Convolution(
        place,
        x,
        kernel,
        bias or None,
        one.outputs[0],
        "NHWC",
        layouts[one.kind],
        **_geometry(options, one.kind),
    )


def _transposed(place: int, one: Operator, options: Any) -> Convolution:
    _, kernel, x, bias = (*one.inputs, "")[:4]
    layout = "OHWI" if one.kind == "TRANSPOSE_CONV" else "HWOI"
    return Convolution(
        place,
        x,
        kernel,
        bias or None,
        one.outputs[0],
        "NHWC",
        layout,
        transposed=True,
        **_geometry(options, one.kind),
    )


_MAKERS = {
    "CONV_2D": _forward,
    "DEPTHWISE_CONV_2D": _forward,
    "CONV_3D": _forward,
    "TRANSPOSE_CONV": _transposed,
    "CONV_3D_TRANSPOSE": _transposed,
    "FULLY_CONNECTED": _dense,
}


def _geometry(options: Any, kind: str) -> dict[str, Any]:
    axes = "DHW" if "3D" in kind else "HW"
    return {
        "strides": tuple(getattr(options, f"stride{axis}") for axis in axes),
        "dilations": tuple(getattr(options, f"dilation{axis}Factor", 1) for axis in axes),
        "padding": "valid" if options.padding == schema.Padding.VALID else "same",
    }
