"""Which operators of a PyTorch program are convolutions, and how they are declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convcheck.runtimes.graphs.graph import Convolution, Graph, Operator

_CONVOLUTIONS = set(
    "conv1d conv2d conv3d convolution conv_transpose1d conv_transpose2d conv_transpose3d".split()
)
_DENSE = {
    "linear": ("input", "weight", "bias", "OI"),
    "addmm": ("mat1", "mat2", "self", "IO"),
    "mm": ("self", "mat2", "", "IO"),
    "matmul": ("self", "other", "", "IO"),
}
"""Operator -> its arguments that are input, kernel and bias, and the kernel's layout."""


def convolutions(graph: Graph) -> Iterator[Convolution]:
    """The convolutions and dense layers of a graph."""
    for place, one in enumerate(graph.operators):
        word = one.kind.split(".")[1] if one.kind.startswith("aten.") else ""
        tensors = dict(zip(one.attributes["inputs"], one.inputs, strict=True))
        if word in _CONVOLUTIONS:
            yield _convolution(place, one, word, tensors)
        elif word in _DENSE:
            x, kernel, bias, layout = _DENSE[word]
            if tensors[kernel] not in graph.varying:
                yield Convolution(
                    place,
                    tensors[x],
                    tensors[kernel],
                    tensors.get(bias),
                    one.outputs[0],
                    "NC",
                    layout,
                )


def _convolution(place: int, one: Operator, word: str, tensors: dict[str, str]) -> Convolution:
    said = one.attributes
    transposed = "transpose" in word or bool(said.get("transposed"))
    padding: Any = said.get("padding", (0,))
    if not isinstance(padding, str):
        padding = tuple((n, n) for n in padding)
    return Convolution(
        operator=place,
        input=tensors["input"],
        kernel=tensors["weight"],
        bias=tensors.get("bias"),
        output=one.outputs[0],
        data_format="NCHW",
        kernel_layout="IOHW" if transposed else "OIHW",
        strides=said.get("stride", ()),
        dilations=said.get("dilation", ()),
        padding=padding,
        groups=said.get("groups", 1),
        transposed=transposed,
        output_padding=said.get("output_padding", ()),
    )
