"""Is each quantized call the convolution of its case, whatever the geometry, and said so?

Without what rounds them apart: the sums are those of Python integers in another test, and each
formula what its text says. ``test_do_runtimes_requantize_as_the_catalogue_says`` has the inputs on
which formulas differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import exact_sums
from convcheck.results import Status
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.quantized.assess import judge_quantized
from tests.quantized.engines import has_vnni, ran
from tests.quantized.ordinary import ordinary

U8S8, S8S8, U8U8 = ("uint8", "int8"), ("int8", "int8"), ("uint8", "uint8")
S16S8 = ("int16", "int8")
LITERT, ONNX = "litert?engine=", "onnxruntime?mode="
FORWARD = {
    "plain": {"strides": 1},
    "strided": {},
    "uneven pads": {"padding": ((0, 1), (2, 1))},
    "dilated depthwise": {"groups": 8, "strides": 1, "dilations": 2},
    "rank 1": {"rank": 1},
    "rank 1, uneven pads": {"rank": 1, "padding": ((2, 1),)},
    "rectified": {"activation": "relu"},
    "no bias": {"bias": None},
    "real bias": {"bias": "float32"},
}
BACKWARD = {
    "transposed": {"transposed": True},
    "transposed, one cropped": {"transposed": True, "padding": 1},
    "transposed, valid": {"transposed": True, "padding": "valid"},
    "transposed, rank 1": {"transposed": True, "rank": 1},
    "transposed, no bias": {"transposed": True, "bias": None},
}


def computed() -> Iterator[tuple[str, tuple[str, str], str, dict, str]]:
    """(name, dtypes, geometry, its keys, formula or form of the sum)"""
    for engine in ("xnnpack", "builtin", "reference"):
        for label, keys in (FORWARD | BACKWARD).items():
            if label != "no bias":
                for dtypes, multiplier in ((S8S8, "Mdbl"), (U8U8, "Mf")):
                    if (engine, dtypes, label) == ("xnnpack", U8U8, "dilated depthwise"):
                        continue  # it leaves this one to the builtin kernels
                    formula = "F1" if engine == "xnnpack" else f"D/{multiplier}"
                    yield f"{LITERT}{engine}", dtypes, label, keys, formula
    for label, keys in (FORWARD | BACKWARD).items():
        if label not in ("no bias", "rectified"):
            wide = keys if "bias" in keys else keys | {"bias": "int64"}
            yield "litert", S16S8, label, wide, "I64/Mdbl"
    for label, keys in FORWARD.items():
        for dtypes in (U8S8, S8S8, U8U8):
            yield f"{ONNX}integer", dtypes, label, keys, "products"
            if label != "rectified":
                yield f"{ONNX}qlinear", dtypes, label, keys, "F1"
                yield f"{ONNX}qdq", dtypes, label, keys, "F1"
        for engine, formula in (("fbgemm", "FB"), ("onednn", "ON"), ("qnnpack", "Q2")):
            yield f"torch?engine={engine}", U8S8, label, keys, formula
        yield "torch?engine=pt2e", U8S8, label, keys, "ON'"
        # As ``--quantize`` makes them; torch is given the same sums in its own dtypes.
        for engine, formula in (("fbgemm", "FB"), ("x86", "ON+128"), ("qnnpack", "Q2")):
            yield f"torch?engine={engine}", S8S8, label, keys, formula
        for engine, formula in (("fbgemm", "FB"), ("x86", "FB"), ("qnnpack", "Q2")):
            yield f"torch?engine={engine}", U8U8, label, keys, formula
    for text, formula in ((f"{ONNX}qlinear", "F1"), ("torch", "ON"), ("torch?engine=fbgemm", "FB")):
        yield text, U8S8, "rank 3", {"rank": 3}, formula
    for rounding in FORMULAS:
        yield f"numpy?rounding={rounding}", U8S8, "strided", {}, rounding


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "dtypes", "keys", "formula"),
    [
        pytest.param(text, dtypes, keys, formula, id="-".join((text, *dtypes, label)))
        for text, dtypes, label, keys, formula in computed()
    ],
)
def test_is_a_call_the_convolution_of_its_case(text, dtypes, keys, formula, runtimes) -> None:
    mixed = text.startswith(ONNX) and dtypes == U8S8 and formula != "products"
    if (text.startswith("torch") or mixed) and not has_vnni():
        pytest.skip("oneDNN and MLAS saturate pairs on processors without VNNI")
    quantized = ordinary(dtypes, **keys)
    output = ran(runtimes, text, quantized)
    assert output.array is not None, output.message
    sums = exact_sums(quantized)
    if formula == "products":
        assert output.array.dtype == np.int32
        assert np.array_equal(output.array, sums.products)
        return
    assert output.array.dtype == dtypes[0]
    wrong = np.abs(FORMULAS[formula].output(sums, quantized.parameters) - output.array)
    if text.startswith(LITERT) and formula.startswith("D/"):  # or another of two roundings
        assert wrong.max() <= 1
        assert np.count_nonzero(wrong) < 0.01 * wrong.size
    else:
        assert not wrong.any()
    assert formula in output.formulas
    assert output.dtypes.output == dtypes[0]
    computed_in = U8S8 if text.startswith("torch") else dtypes
    assert (output.dtypes.input, output.dtypes.kernel) == computed_in


CALLS = [
    ("litert", S8S8, {}, "LiteRT CONV_2D (XNNPACK)"),
    ("litert", S16S8, {"bias": "int64"}, "LiteRT CONV_2D (builtin)"),
    (f"{LITERT}reference", S8S8, {"groups": 8}, "LiteRT DEPTHWISE_CONV_2D (reference)"),
    (
        f"{LITERT}builtin",
        S8S8,
        {"rank": 1, "padding": ((2, 0),), "bias": "float32"},
        "LiteRT CONV_2D (builtin), height 1, of the padded input, bias rounded to integers",
    ),
    ("onnxruntime", S8S8, {}, "onnxruntime QLinearConv"),
    ("onnxruntime", S8S8, {"bias": "float32"}, "QLinearConv, bias rounded to integers"),
    (f"{ONNX}qdq-unfused", S8S8, {}, "onnxruntime DequantizeLinear + Conv + QuantizeLinear"),
    ("torch", U8S8, {"activation": "relu"}, "torch.ops.quantized.conv2d_relu (x86)"),
    ("torch", U8S8, {"padding": ((0, 1), (0, 1))}, "conv2d (x86), of the padded input"),
    ("numpy", S8S8, {}, "numpy, exact sums, F1"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("text", "dtypes", "keys", "words"), CALLS)
def test_does_the_call_say_what_ran(text, dtypes, keys, words, runtimes: Runtimes) -> None:
    output = ran(runtimes, text, ordinary(dtypes, **keys))
    assert output.call.endswith(words), output


REFUSALS = [
    ("litert", S8S8, {"bias": None}, "needs a bias; --bias zeros"),
    ("litert", U8S8, {}, "no convolution of uint8 inputs and int8 kernels; it has int8 and int8"),
    ("litert", S8S8, {"rank": 3}, "no quantized 3D convolution"),
    ("litert", S8S8, {"transposed": True, "dilations": 2}, "neither groups nor dilations"),
    (
        "litert",
        S8S8,
        {"transposed": True, "padding": 1, "output_padding": 1},
        "takes the pads of SAME or VALID",
    ),
    (f"{LITERT}xnnpack", U8U8, {"groups": 8}, "XNNPACK leaves this DEPTHWISE_CONV_2D to the"),
    ("onnxruntime", S8S8, {"transposed": True}, "ONNX has no transposed convolution of integers"),
    ("onnxruntime", S16S8, {}, "ONNX has no QLinearConv of int16; onnxruntime?mode=qdq-unfused"),
    ("onnxruntime", S8S8, {"activation": "relu6"}, "a QLinearConv has no activation"),
    (f"{ONNX}qdq", S8S8, {"activation": "relu6"}, "does not fuse this graph to a QLinearConv"),
    ("torch", S16S8, {"bias": "int64"}, "take activations of 8 bits"),
    ("torch?engine=pt2e", S8S8, {}, "takes uint8 inputs and int8 kernels whose zero point is 0"),
    ("torch?engine=pt2e", U8U8, {}, "takes uint8 inputs and int8 kernels whose zero point is 0"),
    ("torch", U8S8, {"activation": "relu6"}, "torch fuses no relu6"),
    ("torch", U8S8, {"transposed": True}, "torch's transposed quantized convolution"),
    ("torch?engine=pt2e", U8S8, {"rank": 3}, "computes 1D and 2D convolutions"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("text", "dtypes", "keys", "words"), REFUSALS)
def test_is_it_said_what_an_implementation_does_not_do(
    text, dtypes, keys, words, runtimes: Runtimes
) -> None:
    output = ran(runtimes, text, ordinary(dtypes, **keys))
    assert output.status is Status.UNAVAILABLE
    assert words in (output.message or "")
    assert "Error" not in (output.message or "")


@pytest.mark.slow
def test_is_a_bias_that_onnx_does_not_hold_kept_whole(runtimes: Runtimes) -> None:
    quantized = ordinary(S16S8, bias="int64")
    wide = np.full_like(quantized.case.bias, 2**31 + 2**16)
    wide = replace(quantized, case=replace(quantized.case, bias=wide))
    output = ran(runtimes, f"{ONNX}qdq-unfused", wide)
    (judgement,) = judge_quantized(wide, exact_sums(wide), [output]).judgements
    assert judgement.status in (Status.EXACT, Status.WITHIN_BOUND)
    assert output.call.endswith("bias as real numbers")


@pytest.mark.slow
def test_is_a_bias_that_onnx_does_not_hold_refused_by_its_integer_operator(
    runtimes: Runtimes,
) -> None:
    quantized = ordinary(S8S8, bias="int64")
    case = replace(quantized.case, bias=quantized.case.bias - 2**31)
    output = ran(runtimes, "onnxruntime", replace(quantized, case=case))
    assert output.status is Status.UNAVAILABLE
    assert "a bias of int32 for QLinearConv" in (output.message or "")
