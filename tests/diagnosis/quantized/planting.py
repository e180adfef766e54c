"""Quantized cases drawn at random, and faults planted in them by plain NumPy of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.diagnosis.quantized.diagnose import IntegerDiagnosis, diagnose_integers
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import Sums, exact_sums
from convcheck.results import Judgement, Output
from convcheck.verdict.judge import Judged
from convcheck.verdict.quantized.assess import judge_quantized

USED = ("F1", "D/Mdbl", "DU/Mdbl", "MIX8/Mdbl", "FB", "ON", "F2")
"""Formulas of 8 bits that runtimes use."""


def draw(
    rng: np.random.Generator,
    *,
    dtype: str | None = None,
    channels: int | None = None,
    filters: int | None = None,
    groups: int = 1,
    kernel_zero_point: bool = False,
    activation: str = "none",
    bias: bool = True,
    size: int | None = None,
    padding: str | None = None,
    strides: int | None = None,
    dilations: int | None = None,
) -> QuantizedCase:
    """A quantized case whose sums fill the output's range; scales differ by channel."""
    dtype = dtype or str(rng.choice(["int8", "uint8"]))
    kernel_dtype = "uint8" if kernel_zero_point else "int8"
    c = (channels or int(rng.integers(2, 6))) * groups
    o = (filters or int(rng.integers(2, 7))) * groups
    k = size or int(rng.integers(2, 4))
    side = int(rng.integers(12, 18))
    info, kinfo = np.iinfo(dtype), np.iinfo(kernel_dtype)
    x = rng.integers(info.min, info.max + 1, (2, side, side + 1, c)).astype(dtype)
    w = rng.integers(max(kinfo.min, -127), kinfo.max + 1, (k, k, c // groups, o))
    w = w.astype(kernel_dtype)
    i = np.float32(np.exp(rng.uniform(-6, -2)))
    scales = np.exp(rng.uniform(-7, -5, o)).astype(np.float32)
    zeros = [int(rng.integers(10, 60) * rng.choice([-1, 1])) for _ in range(2)]
    zx, zo = (z if dtype == "int8" else z + 128 for z in zeros)
    if strides is None:
        strides = int(rng.integers(1, 3)) if dilations is None else 1
    if dilations is None:
        dilations = 1 if strides > 1 else int(rng.integers(1, 3))
    padding = padding or str(rng.choice(["same", "valid"]))
    spec = ConvSpec.make(
        (k, k), strides=strides, dilations=dilations, padding=padding, groups=groups
    )
    case = Case(spec, x, w, None)
    p = Parameters(
        i, scales, 1.0, zx, int(rng.integers(100, 150)) if kernel_zero_point else 0, zo,
        activation, dtype, kernel_dtype,
    )  # fmt: skip
    plain = exact_sums(QuantizedCase(case, p)).products
    if bias:
        b = np.rint(rng.standard_normal(o) * plain.std()).astype(np.int32)
        case = replace(case, bias=b)
    real = exact_sums(QuantizedCase(case, p)).acc * (float(i) * scales.astype(float))
    # The output's range holds the middle 98 % or so.
    p = replace(p, output_scale=np.float32(2 * np.abs(real).std() / 60))
    if activation in ("relu6", "relu_n1_to_1"):
        p = replace(p, output_scale=np.float32(6 / 60 if activation == "relu6" else 2 / 60))
        ratio = real.std() / (3 if activation == "relu6" else 1)
        p = replace(p, kernel_scale=(scales / ratio).astype(np.float32))
    return QuantizedCase(case, p)


def by_definition(x: Any, w: Any, case: Case, padding: Any = 0, *, strides: Any = None) -> Any:
    """Σ x·w of plain integers, tap by tap, padded with a number."""
    spec = case.spec
    groups, (n, _, _, c), o = spec.groups, x.shape, w.shape[-1]
    _, h_out, w_out, _ = case.output_shape
    padded = np.pad(x.astype(np.int64), [(0, 0), *case.pads, (0, 0)], constant_values=padding)
    s, d = spec.strides if strides is None else strides, spec.dilations
    y = np.zeros((n, h_out, w_out, o), np.int64)
    for a, b in product(range(w.shape[0]), range(w.shape[1])):
        rows = slice(a * d[0], a * d[0] + (h_out - 1) * s[0] + 1, s[0])
        columns = slice(b * d[1], b * d[1] + (w_out - 1) * s[1] + 1, s[1])
        read = padded[:, rows, columns]
        for g in range(groups):
            mine = slice(g * (c // groups), (g + 1) * (c // groups))
            to = slice(g * (o // groups), (g + 1) * (o // groups))
            y[..., to] += read[..., mine] @ w[a, b, :, to].astype(np.int64)
    return y


@dataclass
class Numbers:
    """A case's integers, which faults may change, and what is made of them."""

    case: Case
    p: Parameters
    x: Any
    w: Any
    bias: Any
    """As integers in units of the sum; None where there is none."""
    beta: Any
    """As real numbers in float32."""
    padding: int = 0
    limits: tuple[int, int] | None = None

    @staticmethod
    def of(quantized: QuantizedCase) -> Numbers:
        case, p = quantized.case, quantized.parameters
        x = case.input.astype(np.int64) - p.input_zero_point
        w = case.kernel.astype(np.int64) - np.asarray(p.kernel_zero_point)
        bias = None if case.bias is None else case.bias.astype(np.int64)
        return Numbers(case, p, x, w, bias, quantized.real_bias)

    def products(self) -> Any:
        return by_definition(self.x, self.w, self.case, self.padding)

    def output(self, name: str, products: Any = None) -> Any:
        formula = FORMULAS[name]
        limits = self.limits
        if limits is not None:
            formula = replace(formula, limits=lambda p: limits)
        made = self.products() if products is None else products
        out = formula.output(Sums(made, self.bias, self.beta), self.p)
        return out.astype(self.p.input_dtype)


Fault = Callable[[Numbers, np.random.Generator], "Any"]
"""Changes the numbers, or returns other sums of products."""


def recorded(array: Any, name: str = "it", formulas: tuple[str, ...] = ()) -> Output:
    return Output(name, name, array, formulas=formulas)


def diagnosed(
    quantized: QuantizedCase, *outputs: Output
) -> tuple[tuple[Judgement, ...], IntegerDiagnosis]:
    sums = exact_sums(quantized)
    judged: Judged = judge_quantized(quantized, sums, outputs)
    return judged.judgements, diagnose_integers(quantized, sums, judged)
