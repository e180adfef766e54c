"""Quantized cases with outputs written down by hand, judged as the commands judge them."""

from __future__ import annotations

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.check import check
from convcheck.plan import Plan
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.sums import exact_sums
from convcheck.results import Check, Output, Status
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits
from tests.reports.checks import output

SUMS = (1, 11, 31, -1, -31)
"""Of which two roundings and one make different outputs where M = 0.3."""
XNNPACK = (0, 3, 9, 0, -9)
BUILTIN = (1, 4, 10, 0, -9)
REFERENCE = (1, 4, 10, -1, -10)
"""The outputs that were measured."""


def demonstration() -> QuantizedCase:
    """M = 0.3: a kernel of one tap that holds 1, so that a sum is an input."""
    return one_tap(SUMS, 1, Parameters(0.3, 1.0, 1.0))


def one_tap(inputs: tuple[int, ...], tap: int, p: Parameters) -> QuantizedCase:
    x = np.array(inputs, p.input_dtype).reshape(1, 1, -1, 1)
    kernel = np.full((1, 1, 1, 1), tap, p.kernel_dtype)
    spec = ConvSpec.make((1, 1))
    return QuantizedCase(Case(spec, x, kernel, sources=("x.npy", "w.npy", "none")), p)


def tensorflow_102943() -> QuantizedCase:
    """The one element: a sum of 585."""
    p = Parameters(
        input_scale=0.05296124517917633,
        kernel_scale=0.024093778803944588,
        output_scale=0.11484327912330627,
        output_zero_point=-126,
    )
    return one_tap((117,), 5, p)


def image() -> QuantizedCase:
    """An image with a kernel quantized by channel, a zero point everywhere and a bias."""
    rng = np.random.default_rng(16)
    x = rng.integers(-25, 15, (1, 9, 11, 3)).astype(np.int8)
    kernel = rng.integers(-2, 3, (3, 3, 3, 2)).astype(np.int8)
    bias = np.array([7, -30], np.int32)
    p = Parameters(0.3, [1.0, 0.875], 1.0, -5, 0, -9)
    spec = ConvSpec.make((3, 3), padding="same")
    return QuantizedCase(Case(spec, x, kernel, bias, sources=("x.npy", "w.npy", "b.npy")), p)


def of_formulas(case: QuantizedCase, *names: str) -> list[Output]:
    """What these formulas give, as outputs of implementations that are known to use them."""
    sums = exact_sums(case)
    given = {name: FORMULAS[name].output(sums, case.parameters) for name in names}
    return [
        output(f"by {name}", values.astype(case.parameters.input_dtype), formulas=(name,))
        for name, values in given.items()
    ]


def sums_of(case: QuantizedCase, name: str = "sums") -> Output:
    return output(name, exact_sums(case).acc.astype(np.int32))


def integers(name: str, values: tuple[int, ...] | None, dtype: str = "int8", **more) -> Output:
    if values is None:
        return output(name, None, **more)
    return output(name, np.array(values, dtype).reshape(1, 1, -1, 1), **more)


def judged(case: QuantizedCase, *outputs: Output, limits: Limits | None = None) -> Check:
    plan = Plan(case.case, [], computed=outputs, quantized=case)
    with Runtimes() as runtimes:
        return check(plan, runtimes, limits or Limits(), maps=True)


def of_three() -> Check:
    """What LiteRT's three engines give of the demonstration."""
    return judged(
        demonstration(),
        integers("xnnpack", XNNPACK, formulas=("F1",)),
        integers("builtin", BUILTIN, formulas=("DU/Mdbl",)),
        integers("reference", REFERENCE, formulas=("D/Mdbl",)),
    )


def of_the_report() -> Check:
    """TensorFlow 102943: -120 on one side, -119 on the other."""
    return judged(
        tensorflow_102943(),
        integers("xnnpack", (-120,), formulas=("F1",)),
        integers("reference", (-119,), formulas=("D/Mdbl",)),
    )


WRONG = (0, 3, 40, 0, -9)
CHECKS = {
    "quantized": of_three,
    "quantized-report": of_the_report,
    "quantized-alone": lambda: judged(demonstration(), integers("a", XNNPACK)),
    "quantized-identical": lambda: judged(
        demonstration(), integers("a", XNNPACK), integers("b", XNNPACK)
    ),
    "quantized-different": lambda: judged(
        demonstration(), integers("a", XNNPACK), integers("b", WRONG)
    ),
    "quantized-crashed": lambda: judged(
        demonstration(),
        integers("a", BUILTIN),
        integers("b", None, status=Status.CRASHED, message="died with SIGSEGV"),
    ),
    "quantized-absent": lambda: judged(
        demonstration(), integers("a", REFERENCE), integers("b", None, message="no litert here")
    ),
    "quantized-shape": lambda: judged(
        demonstration(), integers("a", XNNPACK), integers("b", XNNPACK[:3])
    ),
    "quantized-dtype": lambda: judged(
        demonstration(), integers("a", XNNPACK), integers("b", XNNPACK, "float32")
    ),
    "quantized-sums": lambda: judged(
        demonstration(), integers("a", XNNPACK), integers("sums", SUMS, "int32")
    ),
    "quantized-wrong-sums": lambda: judged(
        demonstration(), integers("a", SUMS, "int32"), integers("b", (1, 11, 31, 1, -31), "int32")
    ),
    "quantized-limit": lambda: judged(
        demonstration(),
        integers("a", XNNPACK),
        integers("b", BUILTIN),
        limits=Limits(identical=True, max_sum=1.0),
    ),
}
"""A check of each kind."""
