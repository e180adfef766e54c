"""Does the Python interface take quantized integers as the command line does, and say why not?"""

from __future__ import annotations

import json
import re
import time
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

import convcheck
from convcheck import leaving
from convcheck.api import quantized_failure, sessions
from convcheck.cli.main import command
from convcheck.errors import SpecError
from convcheck.quantized.requantize.names import FORMULA_NAMES
from convcheck.results import Status, Verdict
from tests.quantized import by_definition
from tests.quantized.by_definition import Element

ZX, ZO = 3, -5
I, O = np.float32(0.05), np.float32(1.3)  # noqa: E741
SCALES = np.array([0.02, 0.0313, 0.007], np.float32)
PARAMETERS: dict[str, Any] = {
    "input_scale": I,
    "input_zero_point": ZX,
    "kernel_scale": SCALES,
    "output_scale": O,
    "output_zero_point": ZO,
}
M03 = {"input_scale": 0.3, "kernel_scale": 1.0, "output_scale": 1.0}
"""Smallest demonstration of QUANTIZED.md: M = 0.3."""
TF_102943 = {
    "input_scale": 0.05296124517917633,
    "kernel_scale": 0.024093778803944588,
    "output_scale": 0.11484327912330627,
    "output_zero_point": -126,
}


@pytest.fixture
def operands() -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(0)
    return (
        rng.integers(-128, 128, (1, 5, 4, 2)).astype(np.int8),
        rng.integers(-127, 128, (3, 2, 2, 3)).astype(np.int8),
        rng.integers(-500, 500, 3).astype(np.int32),
    )


def sums_of(x: Any, w: Any, b: Any) -> Any:
    """The sums, VALID, from Python's integers."""
    out = np.zeros((1, 3, 3, 3), object)
    for row, column, channel in product(range(3), range(3), range(3)):
        products = (
            (int(x[0, row + r, column + c, k]) - ZX) * int(w[r, c, k, channel])
            for r, c, k in product(range(3), range(2), range(2))
        )
        out[0, row, column, channel] = sum(products) + int(b[channel])
    return out


def outputs_of(operands: Any, name: str) -> Any:
    """What a formula gives by its text, element by element."""
    sums = sums_of(*operands)
    compute = by_definition.FORMULAS[name]
    out = np.zeros(sums.shape, np.int8)
    for flat, index in enumerate(np.ndindex(sums.shape)):
        channel = index[-1]
        b = int(operands[2][channel])
        one = Element(
            products=sums[index] - b,
            i=I,
            w=SCALES[channel],
            o=O,
            zo=ZO,
            b=b,
            beta=np.float32(b * (float(I) * float(SCALES[channel]))),
            channel=channel,
            filters=3,
            flat=flat,
            size=sums.size,
        )
        v = compute(one)
        out[index] = min(max(v + ZO, -128), 127)
    return out


def check(actual: Any, operands: Any, **changes: Any) -> None:
    x, w, b = operands
    given = {**PARAMETERS, "bias": b, "padding": "valid", **changes}
    convcheck.assert_equivalent_quantized(actual, x, w, **given)


def pointwise(actual: list[int], acc: list[int], **given: Any) -> None:
    """Of a 1x1 kernel of one: the sums are the input, and the bias where they are larger."""
    x = np.clip(acc, -128, 127).astype(np.int8)
    rest = np.array(acc, np.int64) - x
    kernel = np.ones((1, 1, 1, len(acc)), np.int8)
    convcheck.assert_equivalent_quantized(
        np.array(actual, np.int8).reshape(1, 1, 1, -1),
        np.ones((1, 1, 1, 1), np.int8),
        kernel * x,
        bias=rest.astype(np.int32),
        **{"input_zero_point": 0, "output_zero_point": 0, **given},
    )


@pytest.mark.parametrize("name", [name for name in FORMULA_NAMES if name != "I64/Mdbl"])
def test_does_every_formula_pass_and_equal_itself(operands: Any, name: str) -> None:
    actual = outputs_of(operands, name)
    check(actual, operands)
    check(actual, operands, rounding=name)


@pytest.mark.parametrize(
    ("given", "acc", "outputs"),
    [
        (
            M03,
            [1, 11, 31, -1, -31],
            {"F1": [0, 3, 9, 0, -9], "DU/Mdbl": [1, 4, 10, 0, -9], "D/Mdbl": [1, 4, 10, -1, -10]},
        ),
        (TF_102943, [585], {"F1": [-120], "D/Mdbl": [-119]}),
    ],
)
def test_are_known_disagreements_told_apart_by_the_formula(
    given: dict[str, Any], acc: list[int], outputs: dict[str, list[int]]
) -> None:
    for name, actual in outputs.items():
        pointwise(actual, acc, **given)
        pointwise(actual, acc, **given, rounding=name)
        for other in set(outputs) - {name}:
            with pytest.raises(AssertionError, match=f"not what {other} gives") as caught:
                pointwise(actual, acc, **given, rounding=other)
            assert re.search("gives? all of it", str(caught.value))


def test_does_the_failure_say_where_what_and_which_formulas(operands: Any) -> None:
    wrong = outputs_of(operands, "D/Mdbl")
    wrong[0, 1, 2, 1] += 1
    wrong[0, 2, 0, 0] -= 4
    with pytest.raises(AssertionError) as caught:
        check(wrong, operands)
    words = str(caught.value)
    sums = sums_of(*operands)
    assert "2 of 27 outputs leave their bound; no formula gives all of it" in words
    assert "all but 2" in words
    for place, index in (("first", (0, 1, 2, 1)), ("worst", (0, 2, 0, 0))):
        channel = index[-1]
        m = Fraction(float(I)) * Fraction(float(SCALES[channel])) / Fraction(float(O))
        real = float(sums[index] * m + ZO)
        line = next(line for line in words.splitlines() if line.startswith(f"{place} at"))
        assert f"{place} at {index}: it is {wrong[index]}; the sum is {sums[index]:,}" in line
        assert f"the real value {real:.9g}" in line
        assert f"rounded to {round(real)}" in line
    assert "DIFFERENT" in words


def test_does_the_failure_name_what_each_formula_gives() -> None:
    with pytest.raises(AssertionError) as caught:
        pointwise([-119], [585], **TF_102943, rounding="F1")
    words = str(caught.value)
    assert "1 of 1 outputs differ; D, DU, MIX8, MIX16 and I64/Mdbl give all of it" in words
    assert "the sum is 585, the real value -119.4999995, rounded" in words  # nearly a tie
    assert "rounded to -120 (F1, F2" in words
    assert "-119 (D, DU, MIX8, MIX16, I64/Mdbl)" in words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda y: y[:, 1:], r"its shape is \(1, 2, 3, 3\), expected \(1, 3, 3, 3\)"),
        (lambda y: y.astype(np.float32), "its dtype is float32; expected int8, as the input, or"),
        (lambda y: y.astype(np.uint8), "its dtype is uint8; expected int8"),
        (lambda y: y + 1, "27 of 27 outputs leave their bound"),
    ],
)
def test_does_a_wrong_array_fail(operands: Any, change: Any, words: str) -> None:
    right = outputs_of(operands, "F1")
    assert right.max() < 127
    with pytest.raises(AssertionError, match=words):
        check(change(right), operands)


@pytest.mark.parametrize(
    "changes",
    [
        {"input_zero_point": 4},
        {"kernel_zero_point": 1},
        {"output_zero_point": -4},
        {"input_scale": 0.051},
        {"kernel_scale": SCALES[::-1]},
        {"kernel_scale": 0.02},
        {"activation": "relu"},
        {"bias": None},
        {"padding": "same"},
    ],
)
def test_does_each_parameter_count(
    operands: Any, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantized_failure, "why", lambda *_: "the message is tested elsewhere")
    right = outputs_of(operands, "F1")
    check(right, operands)
    with pytest.raises(AssertionError):
        check(right, operands, **changes)


def test_are_sums_themselves_exact(operands: Any) -> None:
    sums = sums_of(*operands).astype(np.int32)
    check(sums, operands)
    check(sums - operands[2], operands)  # as they are before the bias
    sums[0, 1, 1, 2] += 1
    with pytest.raises(AssertionError) as caught:
        check(sums, operands)
    assert "1 of 27 outputs are not the exact sums; first at (0, 1, 1, 2): it is" in str(
        caught.value
    )
    with pytest.raises(convcheck.UsageError, match="the sums themselves, and rounding says how"):
        check(sums, operands, rounding="F1")


def test_is_a_sum_that_wraps_no_convolution() -> None:
    """127 * 127 + 2^31 - 1 is 21.5 outputs here, and -21.5 in 32 bits: every formula gives -21."""
    x = np.full((1, 1, 1, 1), 127, np.int8)
    given: dict[str, Any] = {**M03, "input_scale": 1e-8, "input_zero_point": 0}
    given |= {"output_zero_point": 0, "bias": np.array([2**31 - 1], np.int32)}
    for rounding in ("D/Mdbl", "F1", None):
        with pytest.raises(AssertionError, match="wrap") as caught:
            convcheck.assert_equivalent_quantized(
                np.full_like(x, -21), x, x, rounding=rounding, **given
            )
        first, *_ = str(caught.value).splitlines()
        assert ("1 of 1 outputs a sum or a shift wraps" in first) == (rounding is not None)
    convcheck.assert_equivalent_quantized(np.full_like(x, 21), x, x, **given)  # in 64 bits


def test_are_other_layouts_and_arrays_taken(operands: Any) -> None:
    class Tensor:
        """As TensorFlow and JAX have them."""

        def __init__(self, values: Any) -> None:
            self.values = values

        def numpy(self) -> Any:
            return self.values

    x, w, b = operands
    actual = outputs_of(operands, "F1")
    given = {**PARAMETERS, "kernel_scale": Tensor(SCALES), "bias": Tensor(b), "padding": "valid"}
    arrays = (np.moveaxis(actual, -1, 1), np.moveaxis(x, -1, 1), w.transpose(3, 2, 0, 1))
    convcheck.assert_equivalent_quantized(
        *map(Tensor, arrays), **given, input_layout="NCHW", kernel_layout="OIHW", rounding="F1"
    )
    with pytest.raises(SpecError, match="input_layout NCHW kernel_layout OIHW"):
        convcheck.assert_equivalent_quantized(*arrays, **given)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"input_scale": 0}, "^input_scale is 0; expected a number above 0"),
        ({"output_scale": -1.0}, "^output_scale is -1; expected"),
        ({"kernel_scale": [1, np.nan, 1]}, "^kernel_scale of channel 1 is nan"),
        ({"kernel_scale": [1, 2]}, "^2 kernel scales for a kernel of 3 output channels"),
        ({"input_zero_point": 128}, "^input_zero_point of int8 is 128; expected -128 to 127"),
        ({"kernel_zero_point": 0.5}, "^kernel_zero_point is 0.5; expected an integer"),
        ({"input_scale": [1, 2]}, "^input_scale has shape"),
        ({"activation": "tanh"}, "the activation is 'tanh'; expected none, relu"),
        ({"rounding": "F3"}, "rounding is 'F3', which names no formula; did you mean|known are"),
        ({"bias": np.zeros(3)}, "the bias is float64; expected int32, int64, float32"),
        ({"bias": np.zeros(2, np.int32)}, r"bias of shape \(2,\), expected \(3,\)"),
    ],
)
def test_is_a_mistake_told_in_python_s_words(
    operands: Any, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(convcheck.UsageError, match=words) as caught:
        check(np.zeros((1, 3, 3, 3), np.int8), operands, **changes)
    assert "--" not in str(caught.value)


def test_are_real_operands_refused(operands: Any) -> None:
    x, w, b = operands
    with pytest.raises(convcheck.UsageError, match="the input is float32; expected int8, uint8 or"):
        check(outputs_of(operands, "F1"), (x.astype(np.float32), w, b))


def test_is_a_small_array_checked_in_milliseconds(operands: Any) -> None:
    """No framework, no process: a test suite may have thousands of them."""
    actual = outputs_of(operands, "D/Mdbl")
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        check(actual, operands)
        seconds.append(time.perf_counter() - begin)
    assert min(seconds) < 0.03


def test_is_the_case_of_a_failure_left_to_be_looked_at(operands: Any, tmp_path: Any) -> None:
    wrong = outputs_of(operands, "F1")
    wrong[0, 0, 0, 0] += 1
    with leaving.into(lambda: tmp_path), pytest.raises(AssertionError) as caught:
        check(wrong, operands)
    words = str(caught.value)
    assert f"look at it: {tmp_path}/page.html" in words
    assert f"convcheck verify {tmp_path}/case.npz -i litert" in words
    assert (tmp_path / "page.html").stat().st_size > 10_000
    assert (tmp_path / "case.npz").exists()


def f1(input: Any, kernel: Any, *, bias: Any, strides: Any, **given: Any) -> Any:  # noqa: A002
    """A user's kernel of one tap."""
    x = input.astype(np.int64) - given["input_zero_point"]
    acc = x @ (kernel[0, 0].astype(np.int64) - given["kernel_zero_point"])
    if bias is not None:
        acc += bias
    scale = given["input_scale"] * given["kernel_scale"] / given["output_scale"]
    v = np.rint(acc.astype(np.float32) * scale).astype(np.int64) + given["output_zero_point"]
    info = np.iinfo(input.dtype)
    return np.clip(v, info.min, info.max).astype(input.dtype)


def truncating(*arrays: Any, **given: Any) -> Any:
    """One too few everywhere."""
    return f1(*arrays, **given) - np.int8(1)


def test_are_functions_compared_as_integers() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((1, 4, 4, 3)).astype(np.float32)
    kernel = rng.standard_normal((1, 1, 3, 5)).astype(np.float32)
    for scheme in ("int8", "uint8"):
        found = convcheck.compare(x, kernel, implementations=f1, quantize=scheme)
        (judgement,) = found.judgements
        assert judgement.requantization is not None
        assert "F1" in judgement.requantization.reproduced_by
        assert found.exit_code == 0
        assert found.case.quantization is not None
        assert found.case.quantization.made
        assert found.case.bias is not None
        assert (found.case.bias.source, found.case.bias.dtype) == ("zeros", "int32")
    found = convcheck.compare(x, kernel, implementations=[f1, truncating], quantize="int8")
    assert found.verdict is Verdict.DIFFERENT
    assert found.judgements[1].status is Status.OUTSIDE_BOUND
    assert "<html" in found.to_html()


def test_is_it_the_document_of_the_command_line(
    operands: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    x, w, b = operands
    for name, array in {"x": x, "w": w, "b": b, "y": outputs_of(operands, "DU/Mdbl")}.items():
        np.save(f"{name}.npy", array)
    np.save("s.npy", SCALES)
    given = [f"--{k.replace('_', '-')}={v}" for k, v in PARAMETERS.items() if k != "kernel_scale"]
    arrays = ["--input", "x.npy", "--kernel", "w.npy", "--bias", "b.npy", "--padding", "valid"]
    asked = ["-i", "file:y.npy", "--kernel-scale", "s.npy", "--format", "json"]
    assert command(["compare", *arrays, *given, *asked]) == 0
    printed = json.loads(capsys.readouterr().out)
    with convcheck.session() as session:
        for _ in range(2):
            found = session.compare(
                x, w, bias=b, padding="valid", implementations="file:y.npy", **PARAMETERS
            )
            mine = json.loads(found.to_json())
            for key in ("verdict", "implementations", "differences", "findings", "blind_spots"):
                assert mine[key] == printed[key]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, ["tf", "keras"]),
        ({"quantize": "int8"}, ["litert", "litert?engine=reference"]),
        ({"quantize": "int8", "implementations": "numpy?rounding=F1"}, ["numpy?rounding=F1"]),
    ],
)
def test_are_the_default_implementations_those_that_compute_integers(
    given: dict[str, Any], names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[str] = []

    def remember(plan: Any, *_: object) -> None:
        run.extend(name.text for name in plan.names)
        raise convcheck.UsageError("enough")

    monkeypatch.setattr(sessions, "check", remember)
    with pytest.raises(convcheck.UsageError, match="enough"):
        convcheck.compare(np.ones((1, 4, 4, 1)), np.ones((3, 3, 1, 1)), **given)
    assert run == names


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"input_scale": 1.0}, "kernel_scale and output_scale are missing: recorded integers need"),
        ({"activation": "relu"}, "activation relu clamps integers; give quantize int8 with it"),
        ({"quantize": "int8", "input_scale": 1.0}, "input_scale says what recorded integers"),
        ({"quantize": "int4"}, "quantize is 'int4'; expected int8, uint8, int16x8"),
        ({"implementations": "numpy?rounding=F1"}, "no options; with quantize it does"),
        (
            {"implementations": "torch?device=cpu", "quantize": "int8"},
            "it takes engine; without quantize it does",
        ),
    ],
)
def test_are_contradictions_told_in_python_s_words(given: dict[str, Any], words: str) -> None:
    with pytest.raises(convcheck.UsageError, match=words) as caught:
        convcheck.compare(np.ones((1, 4, 4, 1)), np.ones((3, 3, 1, 1)), **given)
    assert "--" not in str(caught.value)


def test_is_a_kernel_that_stands_for_zeros_warned_of() -> None:
    x = np.random.default_rng(2).standard_normal((1, 4, 4, 3)).astype(np.float32)
    for scheme in ("int8", "uint8"):
        found = convcheck.compare(x, np.zeros((1, 1, 3, 2)), implementations=f1, quantize=scheme)
        assert found.verdict is Verdict.IDENTICAL
        assert any("a kernel of zeros shows next to nothing" in one for one in found.warnings)
        assert found.case.quantization is not None
        assert found.case.quantization.output_scale == 1  # of a range without extent
    integers = np.full((1, 4, 4, 3), 7, np.int8)
    given = {**PARAMETERS, "kernel_scale": 0.1, "implementations": f1}
    for zero_point, warned in ((5, True), (4, False)):
        kernel = np.full((1, 1, 3, 2), 5, np.int8)
        found = convcheck.compare(integers, kernel, kernel_zero_point=zero_point, **given)
        assert any("kernel of zeros" in one for one in found.warnings) == warned
