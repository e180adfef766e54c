"""Is a model file a graph, any of whose tensors can be fed and fetched?"""

import numpy as np
import pytest

from convcheck.errors import UsageError
from convcheck.model.network import network_of
from convcheck.runtimes.graphs.formats import onnx, tflite
from tests.model.toy import convolved
from tests.runtimes.graphs.files import BIAS, KERNEL, X, write_onnx, write_tflite

SAME = ((1, 1), (1, 1))
SUMS = convolved(X, KERNEL, SAME, 1)[:, :, ::2]
"""Strides of 1 and 2."""
NCHW = {"x": X.transpose(0, 3, 1, 2)}


@pytest.fixture
def of_onnx(tmp_path):
    return onnx.open_model(write_onnx(tmp_path))


@pytest.fixture
def of_tflite(tmp_path):
    return tflite.open_model(write_tflite(tmp_path))


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_are_the_operators_of_an_onnx_model_those_of_the_file(of_onnx):
    graph = of_onnx.graph
    assert [one.kind for one in graph.operators] == ["Pad", "Conv", "Add", "Relu", "Split", "Add"]
    assert [one.role for one in graph.operators] == ["pad", "", "add", "relu", "split", "add"]
    assert graph.operators[2].inputs == ("conv", "bias")  # past the Identity
    assert graph.inputs[0].shape == (1, 2, None, 5)
    assert graph.outputs == ("z",)
    assert graph.varying == {"x", "padded", "conv", "biased", "active", "y", "rest", "z"}


def test_does_onnx_give_any_tensor(of_onnx):
    found = of_onnx.run(NCHW, ["padded", "kernel", "conv", "same", "x", "biased"])
    close(found["conv"], SUMS.transpose(0, 3, 1, 2))
    close(found["same"], found["conv"])
    assert found["padded"].shape == (1, 2, 8, 7)
    assert found["x"] is NCHW["x"] or np.array_equal(found["x"], NCHW["x"])
    assert np.array_equal(found["kernel"], KERNEL.transpose(3, 2, 0, 1))


def test_does_onnx_take_any_tensor(of_onnx):
    conv = np.zeros((1, 4, 2, 2), np.float32)  # needs no input of the model, and any shape
    found = of_onnx.run({"conv": conv}, ["active", "z"])
    close(found["active"][0, :, 0, 0], np.maximum(BIAS, 0))
    close(found["z"][0, :, 0, 0], [1.5, 0])
    y = np.full((1, 2, 2, 2), 7, np.float32)  # one of two outputs of an operator that still runs
    close(of_onnx.run({"conv": conv, "y": y}, ["z"])["z"][0, :, 0, 0], [8, 7])


def test_is_the_activation_of_a_tflite_operator_an_operator_of_its_own(of_tflite):
    assert [one.kind for one in of_tflite.graph.operators] == ["CONV_2D", "RELU6", "ADD"]
    assert of_tflite.graph.convolutions[0].activation == ""


def test_does_tflite_give_and_take_any_tensor(of_tflite):
    conv, relu, add = (one.outputs[0] for one in of_tflite.graph.operators)
    x = of_tflite.graph.inputs[0].name
    found = of_tflite.run({x: X}, [conv, relu, add, x])
    close(found[conv], SUMS + BIAS)
    close(found[relu], np.clip(SUMS + BIAS, 0, 6))
    close(found[add], found[relu] + BIAS)
    fed = of_tflite.run({conv: np.full((1, 6, 3, 4), 9, np.float32)}, [add])
    close(fed[add][0, 0, 0], 6 + BIAS)


@pytest.mark.parametrize("kind", ["of_onnx", "of_tflite"])
def test_do_padding_and_bias_beside_a_convolution_belong_to_it(kind, request):
    model = request.getfixturevalue(kind)
    feeds = NCHW if kind == "of_onnx" else {model.graph.inputs[0].name: X}
    (layer,) = network_of(model, feeds).layers
    assert layer.spec.strides == (1, 2)
    assert layer.spec.padding == SAME
    assert np.array_equal(layer.kernel, KERNEL)
    assert np.array_equal(layer.bias, BIAS)
    assert layer.input_shape == X.shape
    values = model.run(feeds, [layer.input, layer.output])
    assert np.array_equal(layer.input_of(values[layer.input]), X)
    close(layer.output_of(values[layer.output]), SUMS + BIAS)


def test_is_what_cannot_run_one_clear_error(of_onnx, of_tflite):
    with pytest.raises(UsageError, match="cannot run so"):
        of_onnx.run({"x": np.zeros((1, 3, 6, 5), np.float32)}, ["z"])
    with pytest.raises(UsageError, match="cannot run so"):
        of_tflite.run({"t0": np.zeros((1, 6, 5, 3), np.float32)}, ["t5"])
    with pytest.raises(UsageError, match="cannot run so"):
        of_tflite.run({}, ["t5"])
