"""Is the code of each fix run in the framework it speaks of, and does it make the difference go?

Whole calls are run on the suite's specs. Statements are checked by what they undo: the changed
convolution, given what the statement makes of the arrays, gives the case's own result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.calls import LABELS, call
from convcheck.causes.catalogue import CATALOGUE
from convcheck.causes.cause import Hypothesis
from convcheck.causes.fixes import fix_of
from convcheck.errors import SpecError
from convcheck.implementations.name import Name, parse
from convcheck.results import PASSES, Dtypes, Judgement, Output
from convcheck.testing import EXPECTED, NamedSpec, specs
from convcheck.truth.plain import plain_sums
from convcheck.verdict.judge import judge
from tests.conformance.refusals import REFUSALS

from .fixing import codes, outcomes
from .run_fixes import Job

Needs = Callable[[str], Name]

FRAMEWORKS = ("torch", "tf", "keras", "jax", "onnxruntime", "scipy")
ALIKE = [spec for spec in specs() if spec.dtypes[0] == spec.dtypes[1]]
WORDS = {
    "input-channel-dropped": "what is lost cannot be put back",
    "integer-overflow": "nor what has wrapped: it is computed in float64, see below",
}
"""Causes with hypotheses that no statement undoes."""


def judgement_of(case: Case, array: Any, compute: str | None = None) -> Judgement:
    dtypes = Dtypes(compute=compute or array.dtype.name)
    return judge(case, [Output("fixed", "fixed", array, dtypes=dtypes)]).judgements[0]


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_does_each_call_compute_its_case(framework: str, every: int, needs: Needs) -> None:
    needs(framework)
    some: list[NamedSpec] = []
    jobs = []
    for spec in ALIKE[::every]:
        text = call(spec.case, framework)
        if text is not None:
            ((label, code),) = codes(text)
            assert label == LABELS[framework]
            case = spec.case
            jobs.append(Job(code, case.input, case.kernel, case.bias, data_format=case.data_format))
            some.append(spec)
    results = outcomes(LABELS[framework], jobs)
    passed = 0
    for spec, job, result in zip(some, jobs, results, strict=True):
        if isinstance(result, str):
            refused = any(one.covers(spec) for one in REFUSALS[framework])
            assert refused, (spec.id, job.code, result)
            continue
        found = judgement_of(spec.case, result["y"])
        known = any(
            e.implementation == framework and e.covers(spec) and found.status in e.statuses
            for e in EXPECTED
        )
        assert found.status in PASSES or known, (spec.id, job.code, found.message)
        passed += found.status in PASSES
    assert passed > len(jobs) // 2


def case_of(rank: int, sides: tuple[int, ...], **keys: Any) -> Case:
    """Numbers of float32 held in float64, so that undoing a scale costs nothing."""
    rng = np.random.default_rng(rank)
    channels, filters = keys.pop("channels", 3), keys.pop("filters", 4)
    size = keys.pop("size", (3, 2, 3)[:rank])
    spec = ConvSpec.make(size, **keys)
    ends = (filters, channels) if spec.transposed else (channels, filters)
    ends = (ends[0] // spec.groups, ends[1])
    arrays = [
        rng.standard_normal(shape).astype("f4").astype("f8")
        for shape in ((2, *sides, channels), (*size, *ends), (filters,))
    ]
    return Case(spec, *arrays)


def every_case() -> Iterator[Case]:
    for rank, sides in ((1, (9,)), (2, (7, 8)), (3, (5, 6, 4))):
        yield case_of(rank, sides, strides=2)
        yield case_of(rank, sides, size=(3,) * rank, channels=4, dilations=2)
        yield case_of(rank, sides, channels=6, filters=4, groups=2)
        yield case_of(rank, sides, channels=4, filters=4, groups=2, size=(3,) * rank)
        yield case_of(rank, sides, channels=4, filters=8, groups=4)
        yield case_of(rank, sides, transposed=True, strides=2, channels=4)
        yield case_of(rank, sides, transposed=True, strides=3, channels=6, filters=8, groups=2)


CASES = list(every_case())
WITH_FORM = [cause for cause in CATALOGUE if cause.has_exact_form]


@pytest.mark.parametrize("cause", WITH_FORM, ids=lambda cause: cause.name)
@pytest.mark.parametrize("framework", ["", "torch"])
def test_does_each_statement_undo_its_hypothesis(cause: Any, framework: str, needs: Needs) -> None:
    output = Output(framework or "file:y", framework or "file:y")
    planned: list[tuple[Case, Hypothesis, str, Job]] = []
    for case in (one for one in CASES if cause.applies(one)):
        for hypothesis in cause.hypotheses(case, case.output_shape):
            fix = fix_of(hypothesis, case, output)
            assert fix
            ways = codes(fix)
            if not ways:
                assert cause.name in WORDS or hypothesis.shift is None, fix
            for label, code in ways:
                if " = " in code.split("(")[0]:
                    job = _job(case, hypothesis, code)
                    planned += [(case, hypothesis, label, job)] if job else []
                else:
                    dtype = "float64" if cause.name == "integer-overflow" else None
                    own = [call(case, name, dtype) for name in ("torch", "tf")]
                    assert f"{label}: {code}" in own
    for label in sorted({label for *_, label, _ in planned}):
        if label != "numpy":
            needs(label)
        some = [one for one in planned if one[2] == label]
        for (case, hypothesis, _, job), result in zip(
            some, outcomes(label, [job for *_, job in some]), strict=True
        ):
            assert not isinstance(result, str), (hypothesis.detail, job.code, result)
            undone = _undone(case, hypothesis, job, result)
            found = judgement_of(case, undone.astype("f4"))
            assert found.status in PASSES, (case.spec, hypothesis.detail, job.code, found.message)


def _job(case: Case, hypothesis: Hypothesis, code: str) -> Job | None:
    """None where the hypothesis makes no case of this one."""
    y = None
    try:
        changed = hypothesis.change(case)
    except SpecError:
        return None
    if code.startswith("y"):
        y = _wide(changed)
        if hypothesis.post_op is not None:
            y = hypothesis.post_op.apply(y)
        if hypothesis.channel_permutation is not None:
            y = y[..., np.argsort(hypothesis.channel_permutation)]
        if hypothesis.relayout is not None:
            flat = hypothesis.relayout(np.arange(y.size).reshape(case.output_shape))
            y = y.ravel()[np.argsort(flat, axis=None)].reshape(case.output_shape)
    return Job(code, case.input, case.kernel, case.bias, y)


def _undone(case: Case, hypothesis: Hypothesis, job: Job, result: dict[str, Any]) -> Any:
    if job.y is not None:
        return result["y"]
    kernel, spec = result["kernel"], case.spec
    if kernel.shape != case.kernel.shape:  # undone to the changed size
        spec = replace(spec, kernel_size=kernel.shape[: spec.rank])
    return _wide(hypothesis.change(replace(case, spec=spec, input=result["x"], kernel=kernel)))


def _wide(case: Case) -> Any:
    y = plain_sums(case, case.input.astype("f8"), case.kernel.astype("f8"))
    return y if case.bias is None else y + case.bias


def test_is_a_statement_that_undoes_nothing_noticed() -> None:
    case = CASES[0]
    flip = next(h for c in WITH_FORM if c.name == "kernel-flip" for h in c.hypotheses(case, ()))
    idle = Job("x = x", case.input, case.kernel, case.bias)
    ((result),) = outcomes("numpy", [idle])
    assert not isinstance(result, str)
    undone = _undone(case, flip, idle, result)
    assert judgement_of(case, undone.astype("f4")).status not in PASSES


def small(dtype: str, largest: int, **keys: Any) -> Case:
    rng = np.random.default_rng(3)
    case = case_of(2, (6, 5), **keys)

    def drawn(array: Any) -> Any:
        return rng.integers(-largest, largest + 1, array.shape).astype(dtype)

    assert case.bias is not None
    return replace(case, input=drawn(case.input), kernel=drawn(case.kernel), bias=drawn(case.bias))


@pytest.mark.parametrize("framework", ["torch", "tf", "keras", "jax"])
@pytest.mark.parametrize("dtype", ["int8", "int32"])
def test_does_float64_hold_integer_sums_that_wrapped(
    framework: str, dtype: str, needs: Needs
) -> None:
    needs(framework)
    largest = 100 if dtype == "int8" else 2**24
    case = small(dtype, largest)
    overflow = next(c for c in CATALOGUE if c.name == "integer-overflow")
    assert overflow.fix is not None
    ((label, code),) = codes(overflow.fix(case, framework))
    job = Job(code, case.input, case.kernel, case.bias)
    (result,) = outcomes(label, [job])
    assert not isinstance(result, str), (code, result)
    whole = _wide(case)
    assert np.abs(whole).max() > np.iinfo(dtype).max
    np.testing.assert_array_equal(result["y"].astype("f8"), whole)


FLOAT16 = [
    ("low-precision-accumulation", {"transposed": True, "channels": 16, "size": (3, 3)}, 1.0),
    ("low-precision-accumulation", {"groups": 4, "channels": 4, "size": (5, 5)}, 1.0),
    ("non-finite", {"channels": 16, "size": (3, 3)}, 300.0),
]


@pytest.mark.parametrize("framework", ["torch", "tf", "keras", "jax", "onnxruntime"])
@pytest.mark.parametrize(("name", "keys", "scale"), FLOAT16)
def test_does_float32_hold_sums_that_float16_does_not(
    framework: str, name: str, keys: dict[str, Any], scale: float, needs: Needs
) -> None:
    needs(framework)
    case = case_of(2, (9, 8), **keys)
    case = replace(
        case,
        input=(case.input * scale).astype("f2"),
        kernel=(case.kernel * scale).astype("f2"),
        bias=np.zeros(4, "f2"),
    )
    cause = next(c for c in CATALOGUE if c.name == name)
    assert cause.fix is not None
    ((label, code),) = codes(cause.fix(case, framework))
    (result,) = outcomes(label, [Job(code, case.input, case.kernel, case.bias)])
    assert not isinstance(result, str), (code, result)
    assert np.isfinite(result["y"]).all()
    back = result["y"].astype("f2") if name.startswith("low") else result["y"]
    assert judgement_of(case, back, "float32").status in PASSES


def test_is_a_framework_without_a_call_told_the_others() -> None:
    case = CASES[5]
    grown = next(c for c in CATALOGUE if c.name == "transpose-crop")
    assert grown.fix is not None
    for framework in ("", "scipy"):
        assert [label for label, _ in codes(grown.fix(case, framework))] == ["torch", "tensorflow"]
    for name in ("xla", "litert"):
        assert [label for label, _ in codes(grown.fix(case, name))] == ["tensorflow"]
    assert parse("xla").text in LABELS
