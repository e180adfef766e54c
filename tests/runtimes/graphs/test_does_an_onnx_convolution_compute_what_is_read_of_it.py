"""Is what is read of an ONNX convolution, its padding and kernel in numbers, what it computes?"""

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from convcheck.case.case import Case
from convcheck.model.network import network_of
from convcheck.runtimes.graphs.formats import onnx
from convcheck.runtimes.graphs.layouts import numbers
from convcheck.truth.exact import exact

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1, 4, 9, 8)).astype(np.float32)
KERNEL = RNG.normal(size=(6, 4, 3, 4)).astype(np.float32)
TRANSPOSED = RNG.normal(size=(4, 6, 3, 4)).astype(np.float32)
BIAS = RNG.normal(size=6).astype(np.float32)

PLAIN = {
    "valid": {"auto_pad": "VALID"},
    "same upper": {"auto_pad": "SAME_UPPER", "strides": [2, 3]},
    "same lower": {"auto_pad": "SAME_LOWER", "strides": [2, 3]},
    "same lower of stride 1": {"auto_pad": "SAME_LOWER"},
    "pads": {"pads": [1, 0, 2, 3], "strides": [3, 1], "dilations": [2, 1]},
    "nothing said": {},
}
UP = {
    "pads": {"pads": [1, 0, 0, 2], "strides": [2, 3]},
    "output padding": {"pads": [1, 1, 1, 1], "strides": [2, 3], "output_padding": [1, 2]},
    "output shape": {"strides": [2, 3], "output_shape": [18, 24]},
    "odd output shape": {"strides": [2, 2], "output_shape": [18, 17]},
    "larger output shape": {"strides": [2, 3], "output_shape": [20, 26]},
    "same upper": {"auto_pad": "SAME_UPPER", "strides": [2, 3]},
    "same lower": {"auto_pad": "SAME_LOWER", "strides": [2, 3]},
    "same upper of an output shape": {"auto_pad": "SAME_UPPER", "strides": [2, 2]}
    | {"output_shape": [18, 17]},
    "dilations": {"dilations": [2, 2], "pads": [1, 2, 1, 2]},
}


def opsets(number):
    return [helper.make_opsetid("", number), helper.make_opsetid("com.microsoft", 1)]


def model(tmp_path, nodes, initializers, opset=17, x=X):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in initializers.items()],
    )
    made = helper.make_model(graph, opset_imports=opsets(opset), ir_version=8)
    path = tmp_path / "model.onnx"
    path.write_bytes(made.SerializeToString())
    return onnx.open_model(str(path))


def check_first_layer(opened, x=X):
    """(the first layer, what it gives by what is read of it, what ONNX Runtime gives)."""
    layer, graph = network_of(opened, {"x": x}).layers[0], opened.graph
    values = opened.run({"x": x}, [layer.input, layer.output])
    read = layer.input_of(numbers(graph, layer.input, values[layer.input]))
    case = Case(
        layer.spec,
        np.ascontiguousarray(read.astype(np.float64)),
        np.ascontiguousarray(layer.kernel.astype(np.float64)),
        layer.bias if layer.bias is None else layer.bias.astype(np.float64),
    )
    expected = exact(case).hi
    given = layer.output_of(numbers(graph, layer.output, values[layer.output]))
    return layer, expected, given


@pytest.mark.parametrize("said", PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("opset", [13, 20])
def test_is_a_convolution_read_as_it_computes(tmp_path, said, opset):
    node = helper.make_node("Conv", ["x", "w", "b"], ["y"], **said)
    opened = model(tmp_path, [node], {"w": KERNEL, "b": BIAS}, opset)
    layer, expected, given = check_first_layer(opened)
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-4)
    assert layer.spec.groups == 1


@pytest.mark.parametrize("said", UP.values(), ids=UP)
def test_is_a_transposed_convolution_read_as_it_computes(tmp_path, said):
    node = helper.make_node("ConvTranspose", ["x", "w", "b"], ["y"], **said)
    opened = model(tmp_path, [node], {"w": TRANSPOSED, "b": BIAS})
    layer, expected, given = check_first_layer(opened)
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-4)
    assert layer.spec.transposed


def quantized(array, scale, zero=0, dtype=np.int8):
    limits = np.iinfo(dtype)
    return np.clip(np.rint(array / scale) + zero, limits.min, limits.max).astype(dtype)


SCALES = np.float32(np.abs(KERNEL).max(axis=(1, 2, 3)) / 63)
"""For 7 bits, so that no pair of products saturates."""
INTEGERS = quantized(KERNEL, SCALES[:, None, None, None])
STEP, ZERO = np.float32(0.04), np.uint8(120)
SUMS = np.rint(BIAS / (STEP * SCALES)).astype(np.int32)
QUANTIZE = helper.make_node("QuantizeLinear", ["x", "xs", "xz"], ["xq"])
OPERANDS = {"xs": STEP, "xz": ZERO, "w": INTEGERS, "ws": SCALES, "wz": np.zeros(6, np.int8)}
OUTPUT = {"ys": np.float32(0.5), "yz": np.uint8(128), "b": SUMS}


def test_is_a_convolution_of_integers_read_as_it_computes(tmp_path):
    inputs = "xq xs xz w ws wz ys yz b".split()
    node = helper.make_node("QLinearConv", inputs, ["yq"], pads=[1, 1, 1, 1])
    last = helper.make_node("DequantizeLinear", ["yq", "ys", "yz"], ["y"])
    operands = OPERANDS | OUTPUT
    opened = model(tmp_path, [QUANTIZE, node, last], operands)
    layer, expected, given = check_first_layer(opened)
    assert np.abs(given - np.clip(expected, -64, 63.5)).max() <= 0.2501  # half a step
    np.testing.assert_allclose(layer.bias, SUMS * STEP * SCALES, rtol=1e-6)
    assert opened.graph.quantization["w"].scales == tuple(map(float, SCALES))
    assert opened.graph.quantization["xq"].zero_points == (120,)
    assert opened.graph.quantization["yq"].dtype == "uint8"


def test_is_a_convolution_between_quantizations_read_as_it_computes(tmp_path):
    nodes = [
        QUANTIZE,
        helper.make_node("DequantizeLinear", ["xq", "xs", "xz"], ["xf"]),
        helper.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wf"], axis=0),
        helper.make_node("DequantizeLinear", ["b", "bs"], ["bf"], axis=0),
        helper.make_node("Conv", ["xf", "wf", "bf"], ["conv"], strides=[2, 1]),
        helper.make_node("QuantizeLinear", ["conv", "ys", "yz"], ["yq"]),
        helper.make_node("DequantizeLinear", ["yq", "ys", "yz"], ["y"]),
    ]
    opened = model(tmp_path, nodes, OPERANDS | OUTPUT | {"bs": STEP * SCALES})
    layer, expected, given = check_first_layer(opened)
    assert np.abs(given - np.clip(expected, -64, 63.5)).max() <= 0.2501
    assert set(opened.graph.quantization) == {"xq", "w", "b", "yq"}
    assert opened.graph.quantization["w"].axis == 0
    assert layer.kernel.shape == (3, 4, 4, 6)
    np.testing.assert_allclose(layer.bias, SUMS * STEP * SCALES, rtol=1e-6)


def test_are_sums_of_integers_read_as_they_are_computed(tmp_path):
    nodes = [
        QUANTIZE,
        helper.make_node("ConvInteger", ["xq", "w", "xz"], ["sums"]),
        helper.make_node("Cast", ["sums"], ["y"], to=TensorProto.FLOAT),
    ]
    _, expected, given = check_first_layer(model(tmp_path, nodes, OPERANDS))
    assert np.array_equal(given, expected)


def test_are_constants_that_are_operators_constants(tmp_path):
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array))
        for name, array in {"w": KERNEL, "b": BIAS}.items()
    ]
    nodes.append(helper.make_node("Conv", ["x", "w", "b"], ["y"], pads=[1, 1, 1, 1]))
    layer, expected, given = check_first_layer(model(tmp_path, nodes, {}))
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-4)
    assert np.array_equal(layer.bias, BIAS)


@pytest.mark.parametrize("said", [{}, {"transB": 1}], ids=["as it is", "transposed"])
def test_is_a_dense_layer_a_pointwise_convolution(tmp_path, said):
    matrix = RNG.normal(size=(288, 6)).astype(np.float32)
    held = matrix.T.copy() if said else matrix
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w", "b"], ["y"], **said),
    ]
    layer, expected, given = check_first_layer(model(tmp_path, nodes, {"w": held, "b": BIAS}))
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-4)
    assert np.array_equal(layer.kernel[0], matrix)
    assert layer.flattened == (4, 9, 8)


def test_is_a_dense_layer_of_integers_read_as_it_computes(tmp_path):
    matrix = RNG.normal(size=(6, 288)).astype(np.float32)
    scales = np.float32(np.abs(matrix).max(axis=1) / 63)
    operands = OPERANDS | {"w": quantized(matrix, scales[:, None]), "ws": scales}
    operands |= {"b": np.rint(BIAS / (STEP * scales)).astype(np.int32), "ys": np.float32(0.5)}
    nodes = [
        QUANTIZE,
        helper.make_node("Flatten", ["xq"], ["flat"]),
        helper.make_node(
            "QGemm",
            "flat xs xz w ws wz b ys yz".split(),
            ["yq"],
            domain="com.microsoft",
            transB=1,
        ),
        helper.make_node("DequantizeLinear", ["yq", "ys", "yz"], ["y"]),
    ]
    opened = model(tmp_path, nodes, operands | {"yz": np.uint8(128)})
    layer, expected, given = check_first_layer(opened)
    assert np.abs(given - np.clip(expected, -64, 63.5)).max() <= 0.2501
    assert layer.kernel.shape == (1, 288, 6)


LIMITS = {"relu6": (0.0, 6.0), "relu": (0.0, np.inf), "clip": (-1.0, 1.0)}


@pytest.mark.parametrize("role", LIMITS)
def test_is_a_clip_what_its_limits_make_of_it(tmp_path, role):
    low, high = map(np.float32, LIMITS[role])
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["conv"]),
        helper.make_node("Clip", ["conv", "low", "high"], ["y"]),
    ]
    opened = model(tmp_path, nodes, {"w": KERNEL, "low": low, "high": high})
    assert opened.graph.operators[1].role == role
