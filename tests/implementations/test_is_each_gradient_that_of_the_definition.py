"""Is what each implementation computes as a gradient the gradient, exactly, in integers?"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.passes import (
    BIAS_GRADIENT,
    GRADIENTS,
    INPUT_GRADIENT,
    KERNEL_GRADIENT,
    Gradient,
)
from convcheck.implementations.asked import computed_by
from convcheck.implementations.name import Name, parse
from convcheck.implementations.registry import row_of
from convcheck.implementations.rows import DIFFERENTIATING, ROWS
from convcheck.results import Dtypes, Output, Status
from convcheck.runtimes.host import Runtimes
from tests.case.gradients_by_definition import wanted

from .conftest import installed
from .small_cases import CASES

Needs = Callable[[str], Name]

LABELS = [
    *("plain", "strided", "groups, strided", "depthwise, multiplier", "bias", "NCHW, groups"),
    *("1-D, explicit pads", "3-D, strided", "transposed, explicit pads", "transposed 3-D"),
    *("float64", "bfloat16"),
]
FRAMEWORKS = "tf tf?mode=graph xla keras keras?mode=graph torch jax numpy".split()
BACKENDS = ["keras?KERAS_BACKEND=torch", "keras?KERAS_BACKEND=jax"]
ON_BACKENDS = ["strided", "depthwise, multiplier", "transposed, explicit pads"]
RUNS = [*itertools.product(FRAMEWORKS, LABELS), *itertools.product(BACKENDS, ON_BACKENDS)]
NO_TRANSPOSED = "NotImplementedError: sliding_window_view has no transposed convolution"


def of(case: Case, kind: str, dtype: str | None = None) -> Gradient:
    """The gradient for an output gradient that no flip or shift of any axis leaves unchanged."""
    g = np.random.default_rng(case.output_shape).integers(-2, 3, case.output_shape)
    return Gradient(kind, case, g.astype(dtype or case.input.dtype))


def assert_right(output: Output, asked: Gradient) -> None:
    assert output.array is not None, f"{output.status}: {output.message}"
    assert output.array.shape == asked.shape
    np.testing.assert_array_equal(output.array.astype(np.float64), wanted(asked))


@pytest.mark.parametrize(("text", "label"), RUNS)
def test_is_each_gradient_that_of_the_definition(
    text: str, label: str, needs: Needs, runtimes: Runtimes
) -> None:
    name = needs(text)
    for kind in GRADIENTS:
        asked = of(CASES[label], kind)
        (output,) = runtimes.run_all(asked, [name])()
        if text == "numpy" and label.startswith("transposed"):
            assert (output.status, output.message) == (Status.UNAVAILABLE, NO_TRANSPOSED)
        else:
            assert_right(output, asked)
            assert output.device is not None


def test_is_each_gradient_computed_beside_the_others(needs: Needs, runtimes: Runtimes) -> None:
    names = [needs(text) for text in ("tf", "torch", "jax", "numpy")]
    asked = of(CASES["depthwise, strided"], KERNEL_GRADIENT)
    outputs = runtimes.run_all(asked, names)()
    assert [output.name for output in outputs] == ["tf", "torch", "jax", "numpy"]
    for output in outputs:
        assert_right(output, asked)
    forward = runtimes.run_all(asked.forward, names)()
    assert {output.array.shape for output in forward if output.array is not None} == {
        asked.forward.output_shape
    }


@pytest.mark.parametrize("text", ["tf", "torch", "jax", "keras", "numpy"])
def test_would_a_gradient_of_the_other_operand_be_noticed(
    text: str, needs: Needs, runtimes: Runtimes
) -> None:
    """The kernel's gradient has as many numbers as the flipped one's, and another order."""
    asked = of(CASES["plain"], KERNEL_GRADIENT)
    output = runtimes.run(asked, needs(text))
    flipped = Gradient(asked.kind, asked.forward, asked.output_gradient[:, ::-1])
    with pytest.raises(AssertionError, match="not equal"):
        assert_right(output, flipped)


F64, F32, F16, BF16 = "float64", "float32", "float16", "bfloat16"
MET = [
    # (what computes, the case, what of it, dtypes of what is input and kernel there, and came out)
    *(
        (text, "bfloat16", kind, (BF16, None if kind == BIAS_GRADIENT else BF16, BF16, BF16))
        for text in ("tf", "tf?mode=graph", "torch", "jax", "xla")
        for kind in GRADIENTS
    ),
    ("tf", "depthwise", INPUT_GRADIENT, (F32, F32, F32, F32)),
    ("tf", "depthwise", KERNEL_GRADIENT, (F32, F32, F32, F32)),
    ("tf", "3-D", KERNEL_GRADIENT, (F32, F32, F32, F32)),
    ("tf", "1-D", INPUT_GRADIENT, (F32, F32, F32, F32)),
    ("tf", "transposed", INPUT_GRADIENT, (F32, F32, F32, F32)),
    ("tf", "transposed", KERNEL_GRADIENT, (F32, F32, F32, F32)),
    # TensorFlow takes kernel and bias to the input's type, as it does forward.
    ("tf", "float32 with a float64 kernel", KERNEL_GRADIENT, (F32, F32, F32, F32)),
    ("tf", "float32 with a float64 kernel", BIAS_GRADIENT, (F32, None, F32, F32)),
    ("tf", "float64 with a float32 kernel", KERNEL_GRADIENT, (F64, F64, F64, F64)),
    # A tape gives what is watched its own dtype again, whatever the layer cast it to: the input as
    # it was given, and the weights as the policy keeps them.
    ("keras", "float64", INPUT_GRADIENT, (F32, F32, F32, F64)),
    ("keras", "float64", KERNEL_GRADIENT, (F32, F32, F32, F32)),
    ("keras", "plain", BIAS_GRADIENT, (F32, None, F32, F32)),
    ("keras?dtype=mixed_bfloat16", "float64", KERNEL_GRADIENT, (BF16, BF16, BF16, F32)),
    ("keras?dtype=float64", "float64", KERNEL_GRADIENT, (F64, F64, F64, F64)),
    ("keras?KERAS_BACKEND=torch", "plain", BIAS_GRADIENT, (F32, None, F32, F32)),
    ("keras?KERAS_BACKEND=jax", "plain", KERNEL_GRADIENT, (F32, F32, F32, F32)),
    # JAX has no float64 unless it is let.
    ("jax", "float64", KERNEL_GRADIENT, (F32, F32, F32, F32)),
    ("jax?x64=1", "float64", KERNEL_GRADIENT, (F64, F64, F64, F64)),
    ("torch", "transposed", KERNEL_GRADIENT, (F32, F32, F32, F32)),
    ("numpy", "float16", KERNEL_GRADIENT, (F16, F16, F16, F16)),
]


@pytest.mark.parametrize(("text", "label", "kind", "met"), MET)
def test_are_the_dtypes_that_reach_the_gradients_operation_reported(
    text: str,
    label: str,
    kind: str,
    met: tuple[str, str | None, str, str],
    needs: Needs,
    runtimes: Runtimes,
) -> None:
    output = runtimes.run(of(CASES[label], kind), needs(text))
    assert output.array is not None, output.message
    assert output.dtypes == Dtypes(*met)
    assert output.array.dtype.name == met[-1]


@pytest.mark.parametrize(("text", "dtype"), [("tf", F32), ("torch", F32), ("jax?x64=1", F32)])
def test_does_an_output_gradient_get_the_outputs_dtype(
    text: str, dtype: str, needs: Needs, runtimes: Runtimes
) -> None:
    """The case is float32, and the output gradient float64 with a number between two of those."""
    asked = of(CASES["plain"], BIAS_GRADIENT, F64)
    odd = asked.output_gradient.copy()
    odd[0, 0, 0] = 1 + 2.0**-30
    output = runtimes.run(Gradient(BIAS_GRADIENT, asked.forward, odd), needs(text))
    assert output.array is not None, output.message
    assert output.dtypes.input == dtype
    np.testing.assert_array_equal(output.array, odd.astype(dtype).sum((0, 1, 2)))


CALLS = [
    ("tf", "plain", KERNEL_GRADIENT, "tf.GradientTape over tf.nn.conv2d"),
    ("tf", "plain", BIAS_GRADIENT, "tf.GradientTape over tf.nn.conv2d + tf.nn.bias_add"),
    ("xla", "plain", INPUT_GRADIENT, "xla tf.GradientTape over tf.nn.conv2d"),
    ("keras", "explicit pads", INPUT_GRADIENT, "tf.GradientTape over keras ZeroPadding2D + Conv2D"),
    ("torch", "plain", KERNEL_GRADIENT, "torch.autograd over torch.nn.functional.conv2d"),
    ("jax", "plain", KERNEL_GRADIENT, "jax.vjp of jax.lax.conv_general_dilated"),
    ("numpy", "plain", INPUT_GRADIENT, "numpy tensordot for each tap + slicing"),
]


@pytest.mark.parametrize(("text", "label", "kind", "call"), CALLS)
def test_is_the_call_that_is_differentiated_named(
    text: str, label: str, kind: str, call: str, needs: Needs, runtimes: Runtimes
) -> None:
    assert runtimes.run(of(CASES[label], kind), needs(text)).call == call


@pytest.mark.parametrize("text", ["scipy", "onnxruntime", "litert"])
def test_does_what_computes_no_gradients_say_so(
    text: str, needs: Needs, runtimes: Runtimes
) -> None:
    output = runtimes.run(of(CASES["plain"], INPUT_GRADIENT), needs(text))
    assert output.status is Status.UNAVAILABLE
    assert output.message == (
        f"{text} computes no gradients; tf, keras, xla, torch, jax and numpy do"
    )


def test_are_those_said_to_compute_gradients_those_that_do() -> None:
    installed("tensorflow", "keras", "torch", "jax", "scipy", "onnxruntime", "ai_edge_litert")
    for base, row in ROWS.items():
        source = row.module.replace(".", "/") + ".py"
        with open(source) as file:
            offers = "\ndef gradient(" in file.read()
        assert offers == (base in DIFFERENTIATING or base.endswith(":")), base


REFUSED = [
    ("tf", "int32", "tf.GradientTape gives no {} of int32 numbers"),
    ("jax", "int32", "jax.vjp gives no {} of int32 numbers"),
    ("torch", "int32", "RuntimeError: only Tensors of floating point dtype can require gradients"),
    (
        "keras?KERAS_BACKEND=numpy",
        "plain",
        "KERAS_BACKEND=numpy computes no gradients; tensorflow,",
    ),
    ("keras?mode=predict", "plain", "model.predict computes no gradients; leave mode=predict out"),
]


@pytest.mark.parametrize(("text", "label", "reason"), REFUSED)
@pytest.mark.parametrize("kind", GRADIENTS)
def test_is_the_reason_said_where_there_is_no_gradient(
    text: str, label: str, reason: str, kind: str, needs: Needs, runtimes: Runtimes
) -> None:
    if "KERAS_BACKEND=numpy" in text:
        needs("jax")  # with which Keras's NumPy backend convolves
    output = runtimes.run(of(CASES[label], kind), needs(text))
    assert output.status is Status.UNAVAILABLE
    assert (output.message or "").startswith(reason.format(kind.replace("-", " ")))


def test_is_a_gradient_of_integers_computed_where_they_have_one() -> None:
    """NumPy differentiates nothing: it adds up whatever numbers it is given."""
    asked = of(CASES["int32"], KERNEL_GRADIENT)
    name = parse("numpy")
    found = computed_by(row_of(name).load(), asked, name)
    assert found.array.dtype == np.int32
    np.testing.assert_array_equal(found.array, wanted(asked))
