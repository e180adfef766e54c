"""The Conv and ConvTranspose cases of the onnx package's own backend tests, read from the package.

Attributes as in ONNX's operator documentation (Conv-22, ConvTranspose-22): ``pads`` are all starts
and then all ends; SAME_UPPER is what TensorFlow calls SAME, SAME_LOWER puts the odd one before.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.implementations.layouts import channels_last

KINDS = ("node", "simple", "pytorch-converted", "pytorch-operator")


@dataclass(frozen=True)
class Recorded:
    """A case and the output that the package expects of it."""

    name: str
    case: Case
    expected: Any


class Elsewhere(Exception):
    """A test of something else than one convolution."""


@cache
def recorded() -> tuple[tuple[Recorded, ...], dict[str, str]]:
    """Cases of one convolution, and the name of each other test with Conv in it, with why."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own tests overflow on purpose
        from onnx.backend.test.loader import load_model_tests

        tests = [test for kind in KINDS for test in load_model_tests(kind=kind)]
    found, others = [], {}
    for test in tests:
        model, arrays, expected = _read(test)
        name = f"{test.kind}/{test.name}"
        try:
            if any("Conv" in node.op_type for node in model.graph.node):
                found.append(Recorded(name, _case(model.graph, arrays), channels_last(expected)))
        except Elsewhere as reason:
            others[name] = str(reason)
    return tuple(found), others


def _read(test: Any) -> tuple[Any, list[Any], Any]:
    """Model, inputs and first output."""
    import onnx

    if test.model is not None:
        ((inputs, outputs), *_) = test.data_sets or [([], [None])]
        return test.model, list(inputs), outputs[0]
    folder = Path(test.model_dir)
    data = folder / "test_data_set_0"
    inputs = [_tensor(data / f"input_{i}.pb") for i in range(len(list(data.glob("input_*.pb"))))]
    return onnx.load(folder / "model.onnx"), inputs, _tensor(data / "output_0.pb")


def _tensor(path: Path) -> Any:
    import onnx

    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    try:
        return onnx.numpy_helper.to_array(tensor)
    except Exception:  # a sequence, which no convolution takes
        return None


def _case(graph: Any, inputs: list[Any]) -> Case:
    from onnx import helper, numpy_helper

    kinds = [node.op_type for node in graph.node]
    if len(kinds) > 1:
        raise Elsewhere(f"a convolution among {len(kinds)} nodes")
    if kinds[0] not in ("Conv", "ConvTranspose"):
        raise Elsewhere(f"{kinds[0]} is another operator")
    node = graph.node[0]
    values = dict(zip((given.name for given in graph.input), inputs, strict=False))
    values |= {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
    x, weight, *bias = (values[name] for name in node.input)
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    return Case(
        spec=_spec(kinds[0] == "ConvTranspose", attributes, x.shape[2:], weight.shape[2:]),
        input=np.ascontiguousarray(channels_last(x)),
        kernel=np.ascontiguousarray(weight.transpose(*range(2, weight.ndim), 1, 0)),
        bias=bias[0] if bias else None,
    )


def _spec(
    transposed: bool, attributes: dict[str, Any], spatial: tuple[int, ...], size: tuple[int, ...]
) -> ConvSpec:
    rank = len(size)
    keys: dict[str, Any] = {
        "strides": attributes.get("strides", [1] * rank),
        "dilations": attributes.get("dilations", [1] * rank),
        "groups": attributes.get("group", 1),
        "transposed": transposed,
        "output_padding": attributes.get("output_padding"),
    }
    auto_pad = attributes.get("auto_pad", b"NOTSET").decode()
    pads = attributes.get("pads", [0] * 2 * rank)
    keys["padding"] = tuple(zip(pads[:rank], pads[rank:], strict=True)) if any(pads) else "valid"
    if "output_shape" in attributes:
        whole = _full(spatial, size, keys)
        crops = [full - out for full, out in zip(whole, attributes["output_shape"], strict=True)]
        keys["padding"] = tuple(_halves(max(crop, 0), auto_pad) for crop in crops)
        keys["output_padding"] = [max(-crop, 0) for crop in crops]
    elif auto_pad in ("SAME_UPPER", "VALID"):
        keys["padding"] = {"SAME_UPPER": "same"}.get(auto_pad, "valid")
    elif auto_pad == "SAME_LOWER":
        same = ConvSpec.make(size, **{**keys, "padding": "same"}).pads((1, *spatial, 1))
        keys["padding"] = tuple((after, before) for before, after in same)
    return ConvSpec.make(size, **keys)


def _full(spatial: tuple[int, ...], size: tuple[int, ...], keys: dict[str, Any]) -> list[int]:
    """The output before it is cropped."""
    axes = zip(spatial, size, keys["strides"], keys["dilations"], strict=True)
    return [(i - 1) * s + d * (k - 1) + 1 for i, k, s, d in axes]


def _halves(crop: int, auto_pad: str) -> tuple[int, int]:
    """ConvTranspose gives an odd one to the end for SAME_UPPER, else to the start."""
    less, more = crop // 2, crop - crop // 2
    return (less, more) if auto_pad == "SAME_UPPER" else (more, less)
