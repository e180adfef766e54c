"""Is a layer called by its own name, whatever operators and wrappers stand around it?"""

import pytest

from convcheck.model.names import short_names
from convcheck.runtimes.graphs.graph import Operator


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("net/conv2d_1/convolution", "conv2d_1"),
        ("net/conv2d/Conv2D/SpaceToBatchND", "conv2d"),
        ("PartitionedCall/net/conv2d/convolution;net/bias/BiasAdd", "conv2d"),
        ("net/sep/separable_conv2d/depthwise", "sep"),
        ("net/block/conv/Relu", "block/conv"),
        ("net/dense/MatMul_2", "dense"),
        # MobileNetV2 has layers whose names are operators' elsewhere.
        ("net/Conv1/convolution", "Conv1"),
        ("net/Conv_1/convolution", "Conv_1"),
    ],
)
def test_is_a_layer_called_by_its_own_name(path, name):
    operators = [operator(path), operator("net/other_conv/convolution")]
    assert short_names(operators)[0] == name


def test_is_an_operator_without_a_path_called_as_it_is():
    assert short_names([operator("Conv_12"), operator("")]) == ["Conv_12", "Conv"]


def operator(name):
    return Operator(name=name, kind="Conv", role="convolution", inputs=(), outputs=())
