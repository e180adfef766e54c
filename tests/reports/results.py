"""Results of every kind for tests of how they are shown, judged as the commands judge them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.cases import CasesCheck, NamedCheck
from convcheck.check import check
from convcheck.model.results import EndToEnd, LayerCheck, Missed, ModelCheck
from convcheck.plan import Plan
from convcheck.results import Check, ImplementationInfo, Output, Status, Verdict
from convcheck.runtimes.host import Runtimes
from convcheck.testing.outcome import Alike, ConformanceCheck, Known, SpecResult, SuiteResult
from convcheck.verdict.limits import Limits
from tests.reports import against, quantized, sweeps
from tests.reports.checks import output, right, small_case


def checked(*outputs: Output, limits: Limits | None = None, case: Case | None = None) -> Check:
    """These outputs as ``compare`` judges them."""
    return _check(Plan(case or small_case(), [], computed=outputs), limits)


def verified(
    recorded: Sequence[Output], now: Sequence[Output], *, limits: Limits | None = None
) -> Check:
    """These outputs as ``verify`` judges them; of each name one was recorded, and one is new."""
    given = [replace(one, name=f"{one.name} (recorded)") for one in recorded]
    pairs = [(f"{one.name} (recorded)", one.name) for one in now]
    return _check(Plan(small_case(), [], given, now, pairs=pairs, verifies=True), limits)


def _check(plan: Plan, limits: Limits | None) -> Check:
    with Runtimes() as runtimes:
        return check(plan, runtimes, limits or Limits())


def lonely(case: Case) -> np.ndarray:
    """The right output of a case of one tap."""
    return case.input @ case.kernel.reshape(case.kernel.shape[-2:])


def of_rank(rank: int) -> Check:
    shape = (1, *(4, 3, 2)[:rank], 2)
    x = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    kernel = np.ones((*(1,) * rank, 2, 3), np.float64)
    case = Case(ConvSpec.make((1,) * rank), x, kernel, sources=("x.npy", "k.npy", "none"))
    y = lonely(case)
    return checked(output("a", y), output("b", y + 1), case=case)


def wrong(value: float) -> np.ndarray:
    y = right(small_case())
    y[0, 1, 2, 1] = value
    return y


def pair_of(b: np.ndarray | None, limits: Limits | None = None, **more: object) -> Check:
    return checked(output("a", right(small_case())), output("b", b, **more), limits=limits)


def undecided() -> Check:
    """No bound: nobody can say."""
    found = pair_of(right(small_case()).astype("f4"))
    rows = [replace(one, status=Status.UNDECIDED, message="no bound") for one in found.judgements]
    (pair,) = found.differences
    pairs = (replace(pair, verdict=Verdict.UNDECIDED),)
    return replace(found, verdict=Verdict.UNDECIDED, judgements=tuple(rows), differences=pairs)


def exact() -> np.ndarray:
    return right(small_case())


def off() -> np.ndarray:
    return exact() + 1


ACCEPT = Limits(accept=("output-offset",))
CHECKS: dict[str, Callable[[], Check]] = {
    "identical": lambda: pair_of(exact()),
    "rounding": lambda: pair_of(exact().astype("f4")),
    "different": lambda: pair_of(wrong(100.0)),
    "nan": lambda: pair_of(wrong(np.nan)),
    "inf": lambda: pair_of(wrong(-np.inf)),
    "wrong-shape": lambda: pair_of(exact()[:, :2]),
    "crashed": lambda: pair_of(None, status=Status.CRASHED, message="died with SIGSEGV"),
    "timed-out": lambda: pair_of(None, status=Status.TIMED_OUT, message="gave nothing in 1 s"),
    "unavailable": lambda: pair_of(None, message="ModuleNotFoundError: No module named 'b'"),
    "undecided": undecided,
    "accepted": lambda: pair_of(off(), ACCEPT),
    "accepted-and-crashed": lambda: checked(
        *(output("a", exact()), output("b", off()), output("c", None, status=Status.CRASHED)),
        limits=ACCEPT,
    ),
    "wrong-beside-crashed": lambda: checked(
        output("a", off()), output("b", None, status=Status.CRASHED)
    ),
    "limit": lambda: pair_of(exact().astype("f4"), Limits(identical=True, max_sum=0.0)),
    "limit-and-different": lambda: pair_of(off(), Limits(identical=True, strict=True)),
    "limit-and-crashed": lambda: pair_of(None, Limits(identical=True), status=Status.CRASHED),
    "both-wrong": lambda: checked(output("a", off()), output("b", off())),
    "many": lambda: checked(*(output(n, exact() + (n == "d")) for n in "abcd"), output("e", None)),
    "alone": lambda: checked(output("a", exact())),
    "alone-and-wrong": lambda: checked(output("a", off())),
    "alone-and-crashed": lambda: checked(output("a", None, status=Status.CRASHED)),
    "rank-1": lambda: of_rank(1),
    "rank-3": lambda: of_rank(3),
    "non-ascii": lambda: checked(output("größe", exact()), output("畳み込み", off())),
    "verified": lambda: verified([output("a", exact())], [output("a", exact())]),
    "verified-though-wrong": lambda: verified([output("a", off())], [output("a", off())]),
    "verified-beside-undecided": lambda: verified(
        [output("a", off()), output("b", exact())], [output("a", off()), output("b", None)]
    ),
    "verified-beside-different": lambda: verified(
        [output("a", off()), output("b", exact())], [output("a", off()), output("b", off())]
    ),
    "changed": lambda: verified([output("a", exact())], [output("a", off())]),
    "recorded-beside-different": lambda: verified(
        [output("a", exact()), output("c", off())], [output("a", off())]
    ),
    "recorded-beside": lambda: verified(
        [output("a", exact()), output("b", None, status=Status.CRASHED), output("c", off())],
        [output("a", exact())],
    ),
    **quantized.CHECKS,
}
"""A check of each kind."""


@cache
def check_of(kind: str) -> Check:
    """The check of this kind, made once."""
    return CHECKS[kind]()


def model(*kinds: str, **more: object) -> ModelCheck:
    """A model whose layers came out like these."""
    layers = [LayerCheck(f"block/{kind}", "Conv2D", check_of(kind)) for kind in kinds]
    return ModelCheck("net.keras", "random (1, 4, 4, 3)", {"keras": "3"}, tuple(layers), **more)  # type: ignore[arg-type]


def cases(*kinds: str) -> CasesCheck:
    return CasesCheck(
        tuple(
            NamedCheck(f"{kind}.npz", check_of(kind), f"convcheck verify {kind}.npz")
            for kind in kinds
        )
    )


def suite(code: int, *results: SpecResult, **more: object) -> ConformanceCheck:
    counts = {"specs": len(results)}
    one = SuiteResult("mine", {"numpy": "2"}, counts, code, results=results, **more)  # type: ignore[arg-type]
    return ConformanceCheck((one,), code)


def conformance() -> dict[str, ConformanceCheck]:
    fine = SpecResult("conv-1", "exact", None, 0.0, None)
    refused = SpecResult("conv-2", "unavailable", "no groups", None, None)
    known = SpecResult("conv-3", "outside-bound", "it is known", 2.0, None)
    bad = SpecResult("conv-4", "outside-bound", "by far", 9.0, "conv-4: mine: outside-bound")
    news = SpecResult("conv-5", "exact", None, 0.0, "conv-5: no longer fails as expected")
    crash = SpecResult("conv-6", "crashed", "died", None, "conv-6: mine: crashed: died")
    alike = (
        Alike("kernel-flip", "proved", ("conv-4",), "it flips", "do not", "convcheck compare"),
    )
    expected = (Known("upstream bug", "it is wrong", "https://example.org", ("conv-3",)),)
    return {
        "conforms": suite(0, fine, refused, known, known=expected),
        "does-not": suite(1, fine, bad, crash, failures=alike),
        "news": suite(3, fine, news),
        "crashes": suite(3, crash),
        "absent": suite(3, none_ran="mine computes none of the specs: it is not here"),
        "absent-unasked": replace(suite(3, none_ran="mine is not here"), exit_code=0),
        "stopped": replace(suite(1, bad, failures=alike), stopped=True),
    }


MISSED = (Missed("block/lstm", "ConvLSTM2D", "it is compiled"),)
MODES = (EndToEnd("predict", 0.1, 0.01, 0.001, 3, 9), EndToEnd("xla", message="no XLA here"))


RESULTS: dict[str, Callable[[], object]] = {
    **{kind: lambda kind=kind: check_of(kind) for kind in CHECKS},
    "model": lambda: model("identical", "rounding", missed=MISSED, end_to_end=MODES),
    "model-different": lambda: model("rounding", "different", "crashed", "limit", missed=MISSED),
    "model-undecided": lambda: model("crashed", "undecided", "identical"),
    "model-accepted": lambda: model("accepted", "rounding"),
    "model-empty": lambda: model(missed=MISSED),
    "model-allowed-empty": lambda: model(allow_empty=True),
    "cases": lambda: cases("identical", "rounding"),
    "cases-different": lambda: cases("identical", "different", "crashed"),
    "cases-limit": lambda: cases("identical", "limit"),
    "cases-quantized": lambda: cases("quantized", "quantized-different", "rounding"),
    "cases-undecided": lambda: cases("verified-though-wrong", "crashed"),
    **against.RESULTS,
    "against-with-calls": lambda: against.different(check_of("different"), check_of("rounding")),
    **{f"suite-{name}": lambda made=made: made for name, made in conformance().items()},
    **{f"sweep-{name}": make for name, make in sweeps.RESULTS.items()},
}
"""A result of each kind and outcome that has an exit code."""


@cache
def result_of(name: str) -> object:
    """The result of this name, made once."""
    return RESULTS[name]()


def large_model(layers: int = 300, *, words: int = 0) -> ModelCheck:
    """Two of three layers are different, each by another size, the others crashed.

    Layer 1 is the worst, layer 2 the next. ``words`` make each message longer.
    """
    different, crashed = check_of("different"), check_of("crashed")
    made = []
    for i in range(layers):
        long = f"message {i}" + " größer <b> | `x`" * words
        check, size = (different, float(2 + layers - i)) if i % 3 else (crashed, None)
        fine, bad = check.judgements
        error = bad.error and replace(bad.error, max_over_bound=size)
        rows = (fine, replace(bad, error=error, message=long))
        made.append(
            LayerCheck(
                *(f"block/{i}", "Conv2D"), replace(check, judgements=rows, warnings=(f"{long}.",))
            )
        )
    return ModelCheck("net.keras", "random", {}, tuple(made))


def inventory() -> list[ImplementationInfo]:
    return [
        ImplementationInfo("tf", "tf.nn.conv2d", True, None, {"tensorflow": "2"}, "CPU", (), ""),
        ImplementationInfo(
            *("numpy", "np.tensordot", True, None, {"numpy": "2"}, "CPU", (), ""),
            quantized_options={"rounding": ("F1", "D/Mdbl")},
        ),
        ImplementationInfo(
            *("torch", "torch.nn", False, "ModuleNotFoundError: torch", {}, None, ()),
            "pip install torch",
        ),
    ]
