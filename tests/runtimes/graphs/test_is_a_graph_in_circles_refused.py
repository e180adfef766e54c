"""Is a graph refused that has no end, or that says twice what a tensor is?"""

import pytest

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.functions import check_functions
from convcheck.runtimes.graphs.graph import Graph, Operator, Tensor
from convcheck.runtimes.graphs.wiring import check_graph

X = Tensor("x", (1, None, 4), "float32")


def graph(*operators, inputs=(X,)):
    """Operators as (what each reads, what it gives)."""
    made = [Operator(f"o{i}", "Add", "add", *both) for i, both in enumerate(operators)]
    return Graph("onnx", "NCHW", inputs, ("y",), tuple(made))


def refused(given, words):
    with pytest.raises(UsageError, match=words):
        check_graph(given)


def test_is_a_sound_one_taken_in_any_order():
    check_graph(graph((("v",), ("y", "")), (("x", "k", ""), ("v", ""))))


def test_is_a_circle_refused():
    refused(graph((("x", "y"), ("v",)), (("v",), ("y",))), "follows from itself")
    refused(graph((("y",), ("y",))), "'o0' follows from itself")


def test_is_a_tensor_given_twice_refused():
    refused(graph((("x",), ("y",)), (("x",), ("y",))), "'y' is given by 2")
    refused(graph((("x",), ("x",))), "'x' is given by 2")
    refused(graph(inputs=(X, X)), "'x' is given by 2")


@pytest.mark.parametrize(
    ("dtype", "shape"), [("object", None), ("texts", (1,)), ("float32", (1, -4)), ("int8", (0,))]
)
def test_is_an_input_of_no_numbers_refused(dtype, shape):
    refused(graph(inputs=(Tensor("\x1b[2Jx", shape, dtype),)), "its input 'x'")


def test_are_functions_that_call_each_other_taken():
    check_functions({"f": ["Relu", "g", "g"], "g": ["Add"] * 10}, ["f"] * 1000)


@pytest.mark.parametrize(
    "functions",
    [{"f": ["f"]}, {"f": ["g"], "g": ["h"], "h": ["f"]}, {"f": ["Relu"], "g": ["g"]}],
)
def test_is_a_function_of_itself_refused(functions):
    with pytest.raises(UsageError, match="calls itself"):
        check_functions(functions, ["f"])


def test_are_functions_refused_that_get_too_long():
    tower = {f"f{i}": [f"f{i + 1}"] * 2 for i in range(5000)} | {"f5000": ["Relu"]}
    with pytest.raises(UsageError, match="more than 1,000,000 operators"):
        check_functions(tower, ["f0"])
    check_functions(tower, ["f4990"])
