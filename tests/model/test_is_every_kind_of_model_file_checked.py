"""Is each convolution of a SavedModel, .tflite and .onnx file found, and judged as what it is?"""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from convcheck.reports.context import Context
from convcheck.reports.json.model import document
from convcheck.results import Verdict
from tests.model.conftest import HERE

pytestmark = pytest.mark.slow

ROOT = HERE.parents[1]
PASS = (Verdict.IDENTICAL, Verdict.ROUNDING)


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """A folder of the nets that are needed here, built by a process of its own."""
    folder = tmp_path_factory.mktemp("kinds")
    code = (
        "import sys; from pathlib import Path; from tests.model import nets\n"
        "model = nets.build(nets.mobilenet); folder = Path(sys.argv[1])\n"
        "model.export(folder / 'mobilenet.saved', format='tf_saved_model', verbose=0)\n"
        "(folder / 'mobilenet.int8.tflite').write_bytes(nets.tflite(model, 'int8'))\n"
        "resnet = nets.build(nets.resnet)\n"
        "(folder / 'resnet.dynamic.tflite').write_bytes(nets.tflite(resnet, 'dynamic'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_are_a_saved_models_convolutions_held_against_tf(nets, checked):
    result = checked(nets / "mobilenet.saved")
    kinds = ["Conv2D", *["DepthwiseConv2dNative", "Conv2D"] * 3]
    assert [layer.kind for layer in result.layers] == kinds
    assert result.verdict in PASS
    assert "tensorflow" in result.versions
    assert all(len(layer.check.judgements) == 2 for layer in result.layers)


def test_is_each_quantized_layer_reproduced_by_a_formula_of_its_engine(nets, checked):
    result = checked(nets / "mobilenet.int8.tflite")
    assert len(result.layers) == 7  # the dense layer is no convolution
    for layer in result.layers:
        (own,) = layer.check.judgements  # tf computes no integers, and leaves nothing undecided
        assert own.output.call == f"LiteRT {layer.kind} (builtin)"
        assert set(own.requantization.reproduced_by) & set(own.output.formulas)
        assert layer.check.case.quantization.activation == "relu6"
    assert result.verdict in PASS
    assert [note.layers for note in result.notes] == [tuple(one.name for one in result.layers)]
    assert document(result, Context())["notes"][0]["layers"]


def test_is_another_formula_told_apart_from_the_files_own(nets, checked):
    result = checked(nets / "mobilenet.int8.tflite", "numpy")
    assert not result.notes
    found = {(one.cause, one.status) for layer in result.layers for one in layer.check.findings}
    assert ("requantization-rounding", "proved") in found


def test_is_a_layer_of_dynamic_range_judged_by_what_it_makes_of_its_input(nets, checked):
    result = checked(nets / "resnet.dynamic.tflite")
    hybrid = [one for one in result.layers if one.kind.endswith(" hybrid")]
    assert len(hybrid) == 3
    assert result.verdict in PASS
    assert [note.layers for note in result.notes] == [tuple(one.name for one in hybrid)]


def test_is_a_layer_that_a_row_computes_wrongly_found(nets, checked, tmp_path):
    (tmp_path / "flipped.py").write_text(
        "import numpy as np\n"
        "def conv(x, kernel, **given):\n"
        "    x = np.pad(x, [(0, 0), (0, 1), (0, 1), (0, 0)])\n"
        "    places = [(i, j) for i in range(3) for j in range(3)]\n"
        "    return sum(\n"
        "        x[:, i : i + 23 : 2, j : j + 23 : 2] @ kernel[2 - i, 2 - j] for i, j in places\n"
        "    )\n"
    )
    name = f"python:{tmp_path / 'flipped.py'}:conv"
    (layer,) = checked(nets / "mobilenet.saved", name, layers="conv2d_1").layers
    found = {(one.cause, one.status) for one in layer.check.findings}
    assert layer.check.verdict is Verdict.DIFFERENT
    assert ("kernel-flip", "proved") in found


@pytest.mark.skipif(
    find_spec("onnx") is None and os.environ.get("CONVCHECK_ALL_FRAMEWORKS") != "1",
    reason="onnx is not installed",
)
@pytest.mark.parametrize("kind", ["QLinearConv", "QDQ", "ConvInteger"])
def test_is_an_onnx_files_quantized_layer_one_of_integers(kind, checked, tmp_path):
    path = onnx_file(tmp_path, kind)
    (layer,) = checked(path, "numpy", input="random").layers
    assert layer.check.case.quantization is not None
    assert all(one.requantization is not None for one in layer.check.judgements[:1])
    assert layer.check.verdict in PASS


def onnx_file(folder, kind):
    """A file of one quantized convolution with weights of 7 bits, so that no pair saturates."""
    import onnx
    from onnx import helper, numpy_helper

    rng = np.random.default_rng(5)
    constants = {
        "xs": np.float32(0.05), "xz": np.uint8(120), "ys": np.float32(0.2), "yz": np.uint8(100),
        "w": rng.integers(-63, 64, (4, 3, 3, 3)).astype(np.int8),
        "ws": np.float32(0.01), "wz": np.int8(0),
        "b": rng.integers(-900, 900, 4).astype(np.int32), "bs": np.float32(0.05 * 0.01),
        "bz": np.int32(0),
    }  # fmt: skip
    node = helper.make_node
    nodes = [node("QuantizeLinear", ["x", "xs", "xz"], ["q"])]
    if kind == "QLinearConv":
        operands = ["q", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"]
        nodes.append(node("QLinearConv", operands, ["y"], pads=[1] * 4))
    elif kind == "ConvInteger":
        nodes.append(node("ConvInteger", ["q", "w", "xz", "wz"], ["y"], pads=[1] * 4))
    else:
        nodes += [node("DequantizeLinear", [n, f"{n[-1]}s", f"{n[-1]}z"], [f"{n}f"]) for n in "wb"]
        nodes.append(node("DequantizeLinear", ["q", "xs", "xz"], ["qf"]))
        nodes.append(node("Conv", ["qf", "wf", "bf"], ["yf"], pads=[1] * 4))
        nodes.append(node("QuantizeLinear", ["yf", "ys", "yz"], ["y"]))
    dtype = onnx.TensorProto.INT32 if kind == "ConvInteger" else onnx.TensorProto.UINT8
    used = {name for one in nodes for name in one.input}
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 3, 8, 8])],
        [helper.make_tensor_value_info("y", dtype, [1, 4, 8, 8])],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items() if k in used],
    )
    opsets = [helper.make_opsetid("", 17)]
    path = folder / f"{kind}.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), str(path))
    return path
