"""Results of every kind, some of them strange, with the excerpts that a page shows of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import ml_dtypes
import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.cases import CasesCheck, NamedCheck
from convcheck.cli.excerpts import Excerpts
from convcheck.excerpt.take import take
from convcheck.model.results import EndToEnd, LayerCheck, Missed, ModelCheck, SavedCase
from convcheck.reports.context import Context, Setting
from convcheck.results import (
    Check,
    Experiment,
    Finding,
    ImplementationInfo,
    Status,
    Verdict,
)
from convcheck.testing.outcome import Alike, ConformanceCheck, SuiteResult
from convcheck.truth.exact import exact
from tests.reports import against, quantized, sweeps
from tests.reports.checks import made, output

Shown = tuple[Any, Context]
"""A result, and the context that it is shown in."""


def case_of(shape: tuple[int, ...], filters: int = 2, seed: int = 0, **spec: Any) -> Case:
    rng = np.random.default_rng(seed)
    rank, groups = len(shape) - 2, spec.get("groups", 1)
    ends = (shape[-1] // groups, filters)
    if spec.get("transposed"):
        ends = (filters // groups, shape[-1])
    kernel = rng.standard_normal((3,) * rank + ends)
    sources = ("x.npy", "k.npy", "none")
    return Case(
        ConvSpec.make((3,) * rank, **spec), rng.standard_normal(shape), kernel, sources=sources
    )


def outputs(case: Case, change: Callable[[np.ndarray], Any] = lambda y: None):
    """A right output, and one in float32 that is changed."""
    y = exact(case).hi
    single = y.astype(np.float32)
    change(single)
    return output("a", y), output("b", single)


def context_of(case: Case, check: Check, most: int = 100_000) -> Context:
    found = take(case, check, most)
    return Context(reproduce="convcheck compare", excerpts={} if found is None else {"": found})


def shown(case: Case, *rows: Any, most: int = 100_000, **more: Any) -> Shown:
    check = replace(made(*rows, case=case, maps=True), **more)
    return check, context_of(case, check, most)


def of_integers(*rows: Any, **more: Any) -> Shown:
    """A quantized image."""
    case = quantized.image()
    check = replace(quantized.judged(case, *rows), **more)
    return check, context_of(case.case, check)


def quantized_cases() -> dict[str, Shown]:
    case = quantized.image()
    one, two = quantized.of_formulas(case, "F1", "D/Mdbl")
    wrong = replace(two, array=two.array[:, ::-1])
    return {
        "quantized": of_integers(one, two, alike=(("F1", "F2"),)),
        "quantized, different": of_integers(one, wrong),
        "quantized, sums beside": of_integers(one, quantized.sums_of(case)),
        "quantized, sums alone": of_integers(quantized.sums_of(case)),
        "quantized, nothing": of_integers(output("a", None), output("b", None)),
    }


def strange(y: np.ndarray) -> None:
    y.flat[:4] = np.nan, np.inf, -np.inf, 1e30


FLIP = Finding(
    "kernel-flip",
    "b",
    "proved",
    "the kernel is flipped",
    (Experiment("flipped", 0.0, "kernel[::-1, ::-1]"), Experiment("cast", 3.5)),
    fix="kernel[::-1, ::-1]",
    also=("kernel-transpose",),
    departs=True,
)


@cache
def cases() -> dict[str, Shown]:
    """One case each."""
    flat, small = case_of((1, 9, 11, 3)), case_of((2, 5, 6, 2))
    y = exact(small).hi
    integers = Case(
        ConvSpec.make((2, 2)),
        np.arange(60, dtype=np.uint8).reshape(1, 5, 4, 3),
        np.ones((2, 2, 3, 2), np.int8),
    )
    return {
        "identical": shown(small, output("a", y), output("b", y)),
        "rounding": shown(flat, *outputs(flat), hints={"kernel-flip": "--kernel random"}),
        "different": shown(flat, *outputs(flat, lambda y: np.negative(y, out=y)), findings=(FLIP,)),
        "nan": shown(flat, *outputs(flat, strange)),
        "all nan": shown(flat, *outputs(flat, lambda y: y.fill(np.nan))),
        "wrong shape": shown(small, output("a", y), output("b", y[:, 1:])),
        "no shape fits": shown(small, output("a", y[:1]), output("b", y[:, 1:])),
        "rank 1": shown((c := case_of((2, 40, 2))), *outputs(c)),
        "rank 1, nan": shown((c := case_of((2, 40, 2))), *outputs(c, strange)),
        "rank 3": shown((c := case_of((1, 5, 6, 7, 2))), *outputs(c)),
        "transposed": shown((c := case_of((1, 6, 7, 2), transposed=True, strides=2)), *outputs(c)),
        "groups": shown((c := case_of((1, 6, 7, 4), 4, groups=2)), *outputs(c)),
        "integers": shown(integers, output("a", exact(integers).hi.astype(np.int32))),
        "bfloat16": shown(flat, output("a", exact(flat).hi.astype(ml_dtypes.bfloat16))),
        "one element": shown((c := case_of((1, 1, 1, 1), 1)), *outputs(c)),
        "too large": shown(flat, *outputs(flat), most=100),
        "non-ASCII": shown(flat, output("größe 畳み込み", exact(flat).hi), output("😀", None)),
        "crashed": shown(
            small,
            output("a", None, status=Status.CRASHED, message="Segmentation fault"),
            output("b", y),
            output("c", None, message="ValueError: no. " * 40),
            verdict=Verdict.UNDECIDED,
            failures=("--max-sum 1 is exceeded",),
            warnings=("a kernel of zeros",),
        ),
        **quantized_cases(),
        "without numbers": (made(*outputs(small), case=small), Context()),
        "settings": (
            made(*outputs(small), case=small),
            Context(settings=(Setting("--strict", "true", "CONVCHECK_STRICT"),)),
        ),
    }


def model(layers: int = 3, **more: Any) -> Shown:
    taken, found = Excerpts(), []
    for i in range(layers):
        case = case_of((1, 8, 8, 4), 4, seed=i)
        wrong = i % 3 == 1
        check = made(*outputs(case, np.square if wrong else lambda y: None), case=case, maps=True)
        if wrong:
            y = outputs(case)
            broken = replace(y[1], array=-y[1].array)
            check = made(y[0], broken, case=case, maps=True)
            check = replace(check, findings=(FLIP,))
        taken.add(case, check, layers - i)
        found.append(LayerCheck(f"block/{i}", "Conv2D", check))
    result = ModelCheck("net.keras", "random (1, 8, 8, 4)", {"keras": "3.1"}, tuple(found), **more)
    return result, Context(reproduce="convcheck model net.keras", excerpts=taken.found)


@cache
def others() -> dict[str, Shown]:
    """Several cases in one result, and results without cases."""
    picked = cases()
    named = tuple(
        NamedCheck(f"{name}.npz", picked[name][0], f"convcheck verify '{name}.npz'")
        for name in ("rounding", "different", "crashed", "identical")
    )
    failing = Alike(
        "kernel-flip", "proved", ("spec-1", "spec-2"), "flipped", "k[::-1]", "convcheck"
    )
    suites = (
        SuiteResult("torch", {"torch": "2.2"}, {"within": 3, "outside": 2}, 1, (failing,)),
        SuiteResult("jax", {}, {}, 3, none_ran="no jax here"),
    )
    return {
        "cases": (CasesCheck(named), Context()),
        "model": model(
            missed=(Missed("lost", "Conv1D", "never called"),),
            end_to_end=(EndToEnd("xla", 1.0, 0.5, 0.1, 3, 10, 0.2),),
            saved=SavedCase("block/1", "block.1.case", "convcheck compare --input 'a b.npy'"),
        ),
        "two models": (against.different(picked["different"][0], picked["crashed"][0]), Context()),
        "two sound models": (against.sound(), Context(reproduce="convcheck model a --against b")),
        "two models of 53": (against.large(), Context()),
        "two models, nothing": (against.empty(), Context()),
        "no layers": (ModelCheck("net.keras", "random", {}, ()), Context()),
        "conformance": (ConformanceCheck(suites), Context(reproduce="convcheck conformance")),
        **{
            # Nothing is left out of a page, as with -v.
            f"sweep, {name}": (make(), Context(reproduce="convcheck sweep", verbose=True))
            for name, make in sweeps.RESULTS.items()
        },
        "implementations": (
            [
                ImplementationInfo("tf", "tf.nn", True, None, {"tf": "2"}, "CPU", ("device",), ""),
                ImplementationInfo("x", "x", False, "ModuleNotFoundError", {}, None, (), "pip x"),
            ],
            Context(),
        ),
    }


def everything() -> dict[str, Shown]:
    return {**cases(), **others()}
