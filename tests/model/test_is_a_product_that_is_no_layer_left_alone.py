"""Is a product by a vector, or by one matrix for each x, an operator like any other?"""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from convcheck.errors import UsageError  # noqa: E402
from convcheck.model.network import network_of  # noqa: E402
from convcheck.runtimes.graphs.formats.onnx import OnnxModel  # noqa: E402

KERNEL = np.random.default_rng(0).normal(size=(4, 2, 3, 3)).astype(np.float32)


def network(kernel, *, by=None, kind="MatMul", path=""):
    """A convolution with this kernel, then a product by a constant, or none."""
    nodes = [helper.make_node("Conv", ["x", "kernel"], ["y"], name="conv")]
    constants = [numpy_helper.from_array(kernel, "kernel")]
    if by is not None:
        nodes.append(helper.make_node(kind, ["y", "by"], ["z"], name="product"))
        constants.append(numpy_helper.from_array(np.ones(by, np.float32), "by"))
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 6, 5])]
    output = helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "g", inputs, [output], constants)
    opset = [helper.make_opsetid("", 18)]
    model = OnnxModel(helper.make_model(graph, opset_imports=opset, ir_version=9))
    return network_of(model, {"x": np.ones((1, 2, 6, 5), np.float32)}, path)


@pytest.mark.parametrize("by", [(3,), (1, 4, 3, 2), (4, 3, 2)])
def test_is_it_left_alone(by):
    assert [one.kernel.shape for one in network(KERNEL, by=by).layers] == [(3, 3, 2, 4)]


@pytest.mark.parametrize("by", [(3, 7), (1, 3, 7)])
def test_is_a_product_by_one_matrix_a_dense_layer(by):
    assert [one.kernel.shape[-2:] for one in network(KERNEL, by=by).layers] == [(2, 4), (3, 7)]


@pytest.mark.parametrize("empty", [{"kernel": KERNEL[:0]}, {"kernel": KERNEL, "by": (3, 0)}])
def test_is_one_of_no_numbers_refused_in_a_line_that_names_the_file(empty):
    with pytest.raises(UsageError, match=r"^net.onnx: the convolution '\w+' makes no sense"):
        network(**empty, path="net.onnx")
