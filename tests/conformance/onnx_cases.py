"""The Conv and ConvTranspose cases of the onnx package's own backend tests, read from the package.

Attributes as in ONNX's operator documentation (Conv-22, ConvTranspose-22): ``pads`` are all starts
and then all ends; SAME_UPPER is what TensorFlow calls SAME, SAME_LOWER puts the odd one before.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.implementations.frameworks.layouts import channels_first, channels_last

KINDS = ("node", "simple", "pytorch-converted", "pytorch-operator")


@dataclass(frozen=True)
class Recorded:
    """A case and the output that the package expects of it."""

    name: str
    case: Case
    expected: Any
    node: Any = None


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
                case = _case(model.graph, arrays)
                node = model.graph.node[0]
                found.append(Recorded(name, case, channels_last(expected), node))
        except Elsewhere as reason:
            others[name] = str(reason)
    return tuple(found), others


DRAWN = ("float32", "float64")


@cache
def drawn() -> tuple[Recorded, ...]:
    """Each of the package's convolutions on random numbers, as its reference evaluator computes."""
    from onnx import TensorProto, helper, numpy_helper
    from onnx.reference import ReferenceEvaluator

    kinds = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE}
    found = []
    for number, one in enumerate(recorded()[0]):
        for dtype in DRAWN:
            rng = np.random.default_rng([number, len(dtype)])
            case = replace(
                one.case,
                input=rng.standard_normal(one.case.input.shape).astype(dtype),
                kernel=rng.standard_normal(one.case.kernel.shape).astype(dtype),
                bias=None
                if one.case.bias is None
                else rng.standard_normal(one.case.bias.shape).astype(dtype),
            )
            arrays = {
                "x": channels_first(case.input),
                "w": case.kernel.transpose(-1, -2, *range(case.kernel.ndim - 2)),
            } | ({} if case.bias is None else {"b": case.bias})
            node = helper.make_node(one.node.op_type, list(arrays), ["y"])
            node.attribute.extend(one.node.attribute)
            graph = helper.make_graph(
                [node],
                "drawn",
                [helper.make_tensor_value_info("x", kinds[dtype], arrays["x"].shape)],
                [helper.make_tensor_value_info("y", kinds[dtype], None)],
                [
                    numpy_helper.from_array(np.ascontiguousarray(array), name)
                    for name, array in arrays.items()
                    if name != "x"
                ],
            )
            model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)])
            (y,) = ReferenceEvaluator(model).run(None, {"x": np.ascontiguousarray(arrays["x"])})
            found.append(Recorded(f"{one.name}-{dtype}", case, channels_last(y), one.node))
    return tuple(found)


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
        same = ConvSpec.make(size, **{**keys, "padding": "same"}).axes((1, *spatial, 1))
        keys["padding"] = tuple((axis.after, axis.before) for axis in same)
    return ConvSpec.make(size, **keys)


def _full(spatial: tuple[int, ...], size: tuple[int, ...], keys: dict[str, Any]) -> list[int]:
    """The output before it is cropped."""
    axes = zip(spatial, size, keys["strides"], keys["dilations"], strict=True)
    return [(i - 1) * s + d * (k - 1) + 1 for i, k, s, d in axes]


def _halves(crop: int, auto_pad: str) -> tuple[int, int]:
    """ConvTranspose gives an odd one to the end for SAME_UPPER, else to the start."""
    less, more = crop // 2, crop - crop // 2
    return (less, more) if auto_pad == "SAME_UPPER" else (more, less)
