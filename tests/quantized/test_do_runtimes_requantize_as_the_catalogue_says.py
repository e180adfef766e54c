"""Is every runtime here reproduced by its formula, and by no other, to the last bit?

Each row of the table runs at least 20,000 elements that were built so that formulas differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.diagnosis.quantized.diagnose import diagnose_integers
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.requantize.names import FLOAT
from convcheck.quantized.separating import separating, spread_scales
from convcheck.quantized.sums import exact_sums, saturated_pair_sums
from convcheck.results import Output, Status
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.quantized.assess import judge_quantized
from tests.quantized.engines import computed, has_vnni, ran
from tests.quantized.ordinary import ordinary

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not has_vnni(), reason="measured with AVX512-VNNI; kernels of other processors differ"
    ),
]
ELEMENTS = 20_000
INTEGERS = tuple(f"{kind}/{m}" for kind in ("D", "DU", "MIX8", "MIX16") for m in ("Mdbl", "Mf"))
FLOATS = ("F1", "F2", "FB", "ON", "ON'", "ON+128")
DEPTHWISE, TRANSPOSED = {"depthwise": True}, {"transposed": True}
I, O = np.float32(0.0237), np.float32(0.0517)  # noqa: E741
TWICE_INVERTED = np.float32(0.024100002)
"""An input scale that is not the reciprocal of its reciprocal."""


@dataclass(frozen=True)
class Row:
    """What computes what, and the formula that reproduces it."""

    name: str
    formula: str
    dtypes: tuple[str, str] = ("int8", "int8")
    by_tensor: bool = False
    shape: dict[str, bool] = field(default_factory=dict)
    bias: str = "int"
    """``int``, ``int32`` (with int16 activations), ``real`` or ``none``."""
    alike: tuple[str, ...] = ()
    """Formulas that no case of this kind tells from it."""

    def __str__(self) -> str:
        kind = next(iter(self.shape), "conv")
        scales = "by-tensor" if self.by_tensor else "by-channel"
        return "-".join((self.name, *self.dtypes, scales, kind, self.bias, self.formula))


def _litert(engine: str, formula: str, **keys: Any) -> Row:
    return Row(f"litert?engine={engine}", formula, **keys)


def _uint8(engine: str, formula: str, shape: dict[str, bool]) -> Row:
    return _litert(engine, formula, shape=shape, dtypes=("uint8", "uint8"), by_tensor=True)


def _int16(engine: str, formula: str, shape: dict[str, bool], bias: str = "int") -> Row:
    return _litert(engine, formula, shape=shape, dtypes=("int16", "int8"), bias=bias)


def _onnx(mode: str, dtypes: tuple[str, str], shape: dict[str, bool]) -> Row:
    bias = "int" if mode == "qlinear" else "real"
    return Row(f"onnxruntime?mode={mode}", "F1", dtypes=dtypes, shape=shape, bias=bias)


def _torch(engine: str, formula: str, **keys: Any) -> Row:
    return Row(f"torch?engine={engine}", formula, **{"dtypes": ("uint8", "int8"), **keys})


def rows() -> Iterator[Row]:
    for shape in ({}, DEPTHWISE, TRANSPOSED):
        yield _litert("xnnpack", "F1", shape=shape)
        yield _litert("builtin", "MIX8/Mdbl" if shape else "DU/Mdbl", shape=shape)
        yield _litert("reference", "D/Mdbl", shape=shape)
        yield _int16("builtin", "I64/Mdbl", shape)
        yield _int16("reference", "I64/Mdbl", shape)
    for shape in ({}, TRANSPOSED):
        yield _uint8("xnnpack", "F1", shape)
        yield _int16("builtin", "MIX8/Mdbl" if shape else "DU/Mdbl", shape, bias="int32")
        yield _int16("reference", "D/Mdbl", shape, bias="int32")
    yield _uint8("builtin", "DU/Mf", {})
    yield _uint8("builtin", "MIX16/Mf", TRANSPOSED)
    yield _uint8("builtin", "D/Mf", DEPTHWISE)
    for shape in ({}, DEPTHWISE):
        for dtypes in (("uint8", "int8"), ("uint8", "uint8"), ("int8", "int8")):
            yield _onnx("qlinear", dtypes, shape)
        yield _onnx("qdq", ("uint8", "int8"), shape)
        yield _onnx("qdq", ("int8", "int8"), shape)
        yield _torch("fbgemm", "FB", shape=shape, bias="real")
        yield _torch("onednn", "ON", shape=shape, bias="real")
        # The x86 engine leaves convolutions of more than 100 groups to fbgemm.
        yield _torch("x86", "FB" if shape else "ON", shape=shape, bias="real")
        yield _torch("qnnpack", "Q2", shape=shape, bias="real")
    for engine, formula, alike in (
        ("fbgemm", "F1", ("FB",)),
        ("x86", "ON", ()),
        ("onednn", "ON", ()),
        ("qnnpack", "F2", ()),
        ("pt2e", "ON'", ()),
    ):
        yield _torch(engine, formula, bias="none", alike=alike)
    yield _torch("fbgemm", "FB", bias="real", by_tensor=True)
    yield _torch("pt2e", "ON'", bias="real")
    for engine in ("x86", "onednn"):
        yield _torch(engine, "ON+128", dtypes=("int8", "int8"), bias="real")


def names_for(row: Row) -> list[str]:
    """Formulas to tell apart: those that the row's kind of case tells from its own."""
    if row.dtypes[0] == "int16":
        names = [n for n in INTEGERS if n.endswith("Mdbl")]
        return names if row.bias == "int32" else [*names, "I64/Mdbl"]
    names = (
        [*INTEGERS, *FLOATS] if row.name.startswith("litert") else ["D/Mdbl", "DU/Mdbl", *FLOATS]
    )
    return [*dict.fromkeys([*names, row.formula])]


def cases_of(row: Row) -> list[QuantizedCase]:
    """Cases of as many elements as a row asks for."""
    dtype, kernel_dtype = row.dtypes
    zeros = {"int8": (3, -5), "uint8": (3, 130), "int16": (0, 0)}[dtype]
    i = TWICE_INVERTED if row.name.startswith("torch") else I
    found: list[QuantizedCase] = []
    total = seed = 0
    while total < ELEMENTS:
        seed += 1
        p = Parameters(
            input_scale=i,
            kernel_scale=spread_scales(float(i), float(O), 1 if row.by_tensor else 64, seed=seed),
            output_scale=O,
            input_zero_point=zeros[0],
            output_zero_point=zeros[1],
            # Kernels by channel have no zero point.
            kernel_zero_point=131 if kernel_dtype == "uint8" else 0,
            input_dtype=dtype,
            kernel_dtype=kernel_dtype,
        )
        q = separating(
            p, names_for(row), bias=row.bias != "none", per_pair=400, seed=seed, **row.shape
        ).quantized
        found.append(replace(q, case=replace(q.case, bias=_bias(row, q))))
        total += q.case.output_shape[-1]
    return found


def _bias(row: Row, quantized: QuantizedCase) -> Any:
    if row.bias == "real":
        return quantized.real_bias
    if row.bias == "int32":
        assert quantized.case.bias is not None
        return np.clip(quantized.case.bias, -(2**31), 2**31 - 1).astype(np.int32)
    return quantized.case.bias


@pytest.mark.parametrize("row", list(rows()), ids=str)
def test_is_a_runtime_reproduced_by_its_formula_alone(row: Row, runtimes: Runtimes) -> None:
    cases = cases_of(row)
    outputs = computed(runtimes, row.name, cases)
    wrong = dict.fromkeys(names_for(row), 0)
    total = 0
    for quantized, out in zip(cases, outputs, strict=True):
        sums = exact_sums(quantized)
        for name in wrong:
            given = FORMULAS[name].output(sums, quantized.parameters)
            wrong[name] += int(np.count_nonzero(given != out))
        total += out.size
    print(row, total, wrong)
    assert total >= ELEMENTS
    assert wrong[row.formula] == 0, wrong
    alike = {row.formula, *row.alike}
    assert {name for name, count in wrong.items() if count == 0} == alike, wrong


GEOMETRIES = {
    "conv": {},
    "groups": {"groups": 2},
    "depthwise": {"groups": 8},
    "transposed": {"transposed": True},
}


@pytest.mark.parametrize("activation", ["none", "relu", "relu6", "relu_n1_to_1"])
@pytest.mark.parametrize("kind", ["conv", "depthwise", "transposed"])
@pytest.mark.parametrize("engine", ["xnnpack", "builtin", "reference"])
def test_does_litert_add_up_strides_and_padding_as_we_do(
    engine: str, kind: str, activation: str, runtimes: Runtimes
) -> None:
    quantized = ordinary(("int8", "int8"), **GEOMETRIES[kind])
    # 6/4 is a tie: -11 + 2 in TFLite's kernels, rint(-9.5) in XNNPACK.
    limits = {"none": 0.9, "relu": 0.9, "relu6": 4.0, "relu_n1_to_1": 2.0}
    p = replace(
        quantized.parameters,
        activation=activation,
        output_scale=limits[activation],
        output_zero_point=-11,
    )
    quantized = replace(quantized, parameters=p)
    (out,) = computed(runtimes, f"litert?engine={engine}", [quantized])
    names = {
        "xnnpack": "F1",
        "reference": "D/Mdbl",
        "builtin": "DU/Mdbl" if kind == "conv" else "MIX8/Mdbl",
    }
    assert np.array_equal(out, FORMULAS[names[engine]].output(exact_sums(quantized), p))


@pytest.mark.parametrize("kind", ["conv", "groups", "depthwise"])
def test_do_onnx_runtime_and_torch_add_up_strides_and_padding_as_we_do(
    kind: str, runtimes: Runtimes
) -> None:
    pads = GEOMETRIES[kind] | {"padding": 1}
    quantized = ordinary(**pads)
    sums = exact_sums(quantized)
    (out,) = computed(runtimes, "onnxruntime?mode=qlinear", [quantized])
    assert np.array_equal(out, FORMULAS["F1"].output(sums, quantized.parameters))
    real = replace(quantized, case=replace(quantized.case, bias=quantized.real_bias))
    for engine, name in (("fbgemm", "FB"), ("x86", "ON"), ("onednn", "ON"), ("qnnpack", "Q2")):
        (out,) = computed(runtimes, f"torch?engine={engine}", [real])
        sums = exact_sums(real)
        if engine == "fbgemm" and kind == "depthwise":
            sums = replace(sums, products=saturated_pair_sums(real, "taps"))
        assert np.array_equal(out, FORMULAS[name].output(sums, real.parameters)), engine


def test_is_conv_integer_the_sum_itself(runtimes: Runtimes) -> None:
    cases = [
        replace(q, parameters=replace(q.parameters, kernel_scale=0.01))
        for q in (ordinary(), ordinary(("uint8", "uint8")), ordinary(padding="valid", strides=1))
    ] * 10
    outputs = computed(runtimes, "onnxruntime?mode=integer", cases)
    for quantized, out in zip(cases, outputs, strict=True):
        assert np.array_equal(out, exact_sums(quantized).products)
    assert sum(out.size for out in outputs) > ELEMENTS


def test_is_an_unfused_graph_a_float_convolution_rounded_once_more(runtimes: Runtimes) -> None:
    # One tap and no bias: every x with 100 kernel values, so that the float sum is one product.
    x = np.arange(256).astype(np.uint8).reshape(1, 16, 16, 1)
    kernel = np.linspace(-127, 127, 100).astype(np.int8).reshape(1, 1, 1, 100)
    scales = spread_scales(float(I), float(O), 100, smallest=2.0**-8, seed=2)
    p = Parameters(I, scales, O, 3, 0, 130, input_dtype="uint8")
    quantized = QuantizedCase(Case(ConvSpec.make((1, 1)), x, kernel), p)
    (out,) = computed(runtimes, "onnxruntime?mode=qdq-unfused", [quantized])
    real = (x.astype(np.float32) - np.float32(3)) * I * (kernel.astype(np.float32) * scales)[0, 0]
    assert np.array_equal(out, np.clip(np.rint(real / O) + 130, 0, 255))
    assert out.size >= ELEMENTS


@pytest.mark.parametrize("bias", [None, np.int32, np.float32])
def test_is_an_unfused_graph_within_the_bound_of_a_float_convolution(
    bias: Any, runtimes: Runtimes
) -> None:
    rng = np.random.default_rng(2)
    cases = []
    for padding in ("same", "valid"):
        x = rng.integers(-128, 128, (1, 30, 30, 32)).astype(np.int8)
        kernel = rng.integers(-127, 128, (3, 3, 32, 16)).astype(np.int8)
        given = None if bias is None else rng.integers(-5000, 5000, 16).astype(bias)
        p = Parameters(I, spread_scales(float(I), 9.0, 16, smallest=2.0**-12), 9.0, 30, 0, -7)
        cases.append(
            QuantizedCase(Case(ConvSpec.make((3, 3), padding=padding), x, kernel, given), p)
        )
    for quantized, out in zip(
        cases, computed(runtimes, "onnxruntime?mode=qdq-unfused", cases), strict=True
    ):
        output = Output("a", "a", out, formulas=(FLOAT,))
        (judged,) = judge_quantized(quantized, exact_sums(quantized), [output]).judgements
        assert judged.requantization is not None
        assert judged.requantization.within == (FLOAT,)


@pytest.mark.parametrize(
    ("groups", "engine", "saturates"),
    [(8, "fbgemm", True), (128, "fbgemm", True), (12, "fbgemm", False), (128, "x86", True)],
)
def test_does_fbgemm_saturate_pairs_of_taps_of_3x3_depthwise_kernels(
    groups: int, engine: str, saturates: bool, runtimes: Runtimes
) -> None:
    rng = np.random.default_rng(groups)
    case = Case(
        ConvSpec.make((3, 3), padding=1, groups=groups),
        rng.integers(128, 256, (2, 9, 11, groups)).astype(np.uint8),
        rng.choice([-127, -90, 110, 127], (3, 3, 1, groups)).astype(np.int8),
    )
    p = Parameters(0.02, rng.uniform(0.001, 0.01, groups), 1.0, 40, 0, 128, "none", "uint8")
    quantized = QuantizedCase(case, p)
    (out,) = computed(runtimes, f"torch?engine={engine}", [quantized])
    sums = exact_sums(quantized)
    saturated = replace(sums, products=saturated_pair_sums(quantized, "taps"))
    assert np.array_equal(out, FORMULAS["FB"].output(saturated if saturates else sums, p))
    assert (FORMULAS["FB"].output(saturated, p) != FORMULAS["FB"].output(sums, p)).mean() > 0.3


def test_does_onednn_without_vnni_saturate_pairs(runtimes: Runtimes) -> None:
    rng = np.random.default_rng(9)
    cases = []
    for groups, channels in ((1, 8), (1, 5), (2, 8)):
        spec = ConvSpec.make((3, 3), padding=1, groups=groups)
        case = Case(
            spec,
            rng.integers(128, 256, (2, 16, 16, channels)).astype(np.uint8),
            rng.choice([-127, -90, 110, 127], (3, 3, channels // groups, 16)).astype(np.int8),
        )
        scales = rng.uniform(0.001, 0.01, 16)
        cases.append(
            QuantizedCase(case, Parameters(0.02, scales, 1.7, 40, 0, 128, "none", "uint8"))
        )
    outputs = computed(runtimes, "torch?engine=onednn&ONEDNN_MAX_CPU_ISA=AVX2", cases)
    for quantized, out in zip(cases, outputs, strict=True):
        sums = exact_sums(quantized)
        saturated = replace(sums, products=saturated_pair_sums(quantized))
        assert (sums.products != saturated.products).mean() > 0.5
        assert np.array_equal(out, FORMULAS["ON"].output(saturated, quantized.parameters))
        judged = judge_quantized(quantized, sums, [Output("torch", "torch", out)])
        assert judged.judgements[0].status is Status.OUTSIDE_BOUND
        (found,) = diagnose_integers(quantized, sums, judged).findings
        assert (found.cause, found.status, found.also) == ("saturated-pairs", "proved", ())


def test_does_xnnpack_leave_some_operators_to_the_builtin_kernels(runtimes: Runtimes) -> None:
    for row in (_int16("xnnpack", "D/Mdbl", {}), _uint8("xnnpack", "D/Mdbl", DEPTHWISE)):
        quantized = cases_of(row)[0]
        asked = ran(runtimes, row.name, quantized)
        assert "XNNPACK leaves this" in (asked.message or "")
        assert "(builtin)" in ran(runtimes, "litert", quantized).call


def test_does_a_depthwise_convolution_without_a_bias_cost_its_row_alone(
    runtimes: Runtimes,
) -> None:
    quantized = ordinary(("int8", "int8"), groups=8)
    without = replace(quantized, case=replace(quantized.case, bias=None))
    died = ran(runtimes, "litert?engine=builtin", without)
    assert died.status is Status.CRASHED
    assert "SIGSEGV" in (died.message or "")
    for text in ("litert?engine=reference", "onnxruntime"):
        assert ran(runtimes, text, without).array is not None
