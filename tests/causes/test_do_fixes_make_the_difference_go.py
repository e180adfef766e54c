"""Is the code of each fix run in the framework it speaks of, and does it make the difference go?

Whole calls are run on the suite's specs. Statements are checked by what they undo: the changed
convolution, given what the statement makes of the arrays, gives the case's own result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.calls import LABELS, call
from convcheck.causes.catalogue import BY_NAME, CATALOGUE
from convcheck.causes.cause import Cause, Hypothesis, never
from convcheck.causes.fixes import fix_of
from convcheck.errors import SpecError
from convcheck.implementations.name import Name, parse
from convcheck.results import PASSES, Dtypes, Judgement, Output
from convcheck.testing import EXPECTED, NamedSpec, specs
from convcheck.truth.arithmetic import declared
from convcheck.truth.plain import plain_sums
from convcheck.verdict.judge import judge
from convcheck.verdict.references import ReferenceCache
from tests.conformance.refusals import REFUSALS
from tests.diagnosis.planting import diagnosed, recorded

from .fixing import codes, outcomes
from .run_fixes import Job

pytestmark = pytest.mark.slow

Needs = Callable[[str], Name]

FRAMEWORKS = ("torch", "tf", "keras", "jax", "onnxruntime", "scipy")
ALIKE = [spec for spec in specs() if spec.dtypes[0] == spec.dtypes[1]]
WORDS = {"input-channel-dropped": "what is lost cannot be put back"}
"""Causes with hypotheses that no statement undoes."""
WHOLE_CALLS = set(
    """
    same-padding-side padding-mode causal-padding border-mode spatial-shift stride-phase
    dilation-ignored dilation-as-stride dilation-off-by-one transpose-crop output-padding
    missing-bias bias-axis bias-order bias-twice bias-missing-in-channels bias-precision activation
    clipped integer-overflow accumulator-wrap saturated-pairs
    """.split()
)
"""Causes whose fix is the right call."""


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
WITH_FORM = [one for one in CATALOGUE if one.has_exact_form and one.applies is not never]
"""Those of gradients alone have none that undoes an array."""


Planned = tuple[Case, Hypothesis, Job]


@pytest.mark.parametrize("framework", ["", "torch"])
def test_does_each_statement_undo_its_hypothesis(framework: str, needs: Needs) -> None:
    """A recorded file's fixes speak NumPy first of all, torch's its own words where they differ."""
    wanted = framework or "numpy"
    if framework:
        needs(framework)
    planned: list[Planned] = []
    for cause in WITH_FORM:
        some = list(_statements(cause, framework, wanted))
        planned += some
        assert some or framework or cause.name in WHOLE_CALLS | WORDS.keys(), cause.name
    for one, result in zip(planned, outcomes(wanted, [job for *_, job in planned]), strict=True):
        case, hypothesis, job = one
        assert not isinstance(result, str), (hypothesis.detail, job.code, result)
        undone = _undone(case, hypothesis, job, result)
        assert _is_the_case_s(case, undone), (case.spec, hypothesis.detail, job.code)


@cache
def _reference(case: Case) -> Any:
    """Exact and its bound in float32, computed once for all hypotheses of a case."""
    return ReferenceCache(case, exact_everywhere=True).for_arithmetic(
        declared("float32", "float32")
    )


def _is_the_case_s(case: Case, y: Any) -> bool:
    reference, bound = _reference(case)
    return bool(reference.within(y.astype("f4"), bound).all())


def _statements(cause: Cause, framework: str, wanted: str) -> Iterator[Planned]:
    """What the fixes of a cause say in these words; its whole calls must be those of the case."""
    output = Output(framework or "file:y", framework or "file:y")
    for case in (one for one in CASES if cause.applies(one)):
        for hypothesis in cause.hypotheses(case, case.output_shape):
            fix = fix_of(hypothesis, case, output)
            assert fix
            ways = codes(fix)
            assert ways or cause.name in WORDS or hypothesis.shift is None, fix
            for label, code in ways:
                if " = " not in code.split("(")[0]:
                    dtypes = (None, "float64")
                    own = [call(case, name, dt) for name in ("torch", "tf") for dt in dtypes]
                    assert f"{label}: {code}" in own
                elif label == wanted:
                    job = _job(case, hypothesis, code)
                    if job is not None:
                        yield case, hypothesis, job


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
    assert not _is_the_case_s(case, _undone(case, flip, idle, result))


def small(dtype: str, largest: int, **keys: Any) -> Case:
    rng = np.random.default_rng(3)
    case = case_of(2, (6, 5), **keys)

    def drawn(array: Any) -> Any:
        return rng.integers(-largest, largest + 1, array.shape).astype(dtype)

    assert case.bias is not None
    return replace(case, input=drawn(case.input), kernel=drawn(case.kernel), bias=drawn(case.bias))


@pytest.mark.parametrize("framework", ["torch", "tf", "keras", "jax"])
@pytest.mark.slow
def test_does_float64_hold_integer_sums_that_wrapped(framework: str, needs: Needs) -> None:
    needs(framework)
    cases = [small("int8", 100), small("int32", 2**24)]
    for case, result in zip(cases, _fixed("integer-overflow", framework, cases), strict=True):
        whole = _wide(case)
        assert np.abs(whole).max() > np.iinfo(case.kernel.dtype).max
        np.testing.assert_array_equal(result.astype("f8"), whole)


def _fixed(name: str, framework: str, cases: Sequence[Case]) -> list[Any]:
    """What the call of a cause's fix gives for each case."""
    fix = BY_NAME[name].fix
    assert fix is not None
    ways = [codes(fix(case, framework)) for case in cases]
    assert {label for ((label, _),) in ways} == {LABELS[framework]}
    jobs = [
        Job(code, case.input, case.kernel, case.bias)
        for case, ((_, code),) in zip(cases, ways, strict=True)
    ]
    found = []
    for job, result in zip(jobs, outcomes(LABELS[framework], jobs), strict=True):
        assert not isinstance(result, str), (job.code, result)
        found.append(result["y"])
    return found


def half(scale: float, **keys: Any) -> Case:
    case = case_of(2, (9, 8), **keys)
    return replace(
        case,
        input=(case.input * scale).astype("f2"),
        kernel=(case.kernel * scale).astype("f2"),
        bias=np.zeros(4, "f2"),
    )


@pytest.mark.parametrize("framework", ["torch", "tf", "keras", "jax", "onnxruntime"])
@pytest.mark.slow
def test_does_float32_hold_sums_that_float16_does_not(framework: str, needs: Needs) -> None:
    needs(framework)
    narrow = [
        half(1.0, transposed=True, channels=16, size=(3, 3)),
        half(1.0, groups=4, channels=4, size=(5, 5)),
    ]
    for case, y in zip(
        narrow, _fixed("low-precision-accumulation", framework, narrow), strict=True
    ):
        assert judgement_of(case, y.astype("f2"), "float32").status in PASSES
    large = half(300.0, channels=16, size=(3, 3))
    (y,) = _fixed("non-finite", framework, [large])
    assert np.abs(y).max() > np.finfo("f2").max
    assert judgement_of(large, y, "float32").status in PASSES


def estimated(case: Case) -> dict[str, tuple[str, Any]]:
    """Name -> the array that a fix undoes, and an output with a number of its own."""
    y = _wide(case)
    each = np.array([0.9, 1.0, 1.125, 1.3])
    x, kernel = (
        replace(case, input=case.input * 0.5 + 0.25),
        replace(case, kernel=case.kernel * 3),
    )
    return {
        "output-scale": ("y", 0.713 * y),
        "channel-scale": ("y", each * y),
        "channel-scale+output-offset": ("y", each * y + np.array([0.5, 0.0, 0.25, -1.0])),
        "input-normalization": ("x", _wide(x)),
        "kernel-scale": ("x", _wide(replace(kernel, bias=None))),
    }


@pytest.mark.parametrize("name", estimated(CASES[1]))
def test_does_a_fix_with_an_estimated_number_undo_it(name: str) -> None:
    case = case_of(2, (14, 15), size=(3, 3), filters=4)
    case = replace(case, **{k: getattr(case, k).astype("f4") for k in ("input", "kernel", "bias")})
    role, wrong = estimated(case)[name]
    if name == "kernel-scale":
        case = replace(case, bias=None)
    _, (finding, *_) = diagnosed(case, recorded(wrong.astype("f4"), np.dtype("f4")))
    assert name in (finding.cause, *finding.also)
    (code,) = (code for label, code in codes(finding.fix or "") if label == "numpy")
    assert code.startswith(f"{role} = ")
    job = Job(code, case.input, case.kernel, case.bias, wrong)
    (result,) = outcomes("numpy", [job])
    assert not isinstance(result, str)
    if role == "y":
        assert judgement_of(case, result["y"].astype("f4")).status in PASSES
    else:  # given to whoever changes it
        again = estimated(replace(case, input=result["x"]))[name][1]
        assert judgement_of(case, again.astype("f4")).status in PASSES


def test_is_a_framework_without_a_call_told_the_others() -> None:
    case = CASES[5]
    grown = BY_NAME["transpose-crop"]
    assert grown.fix is not None
    for framework in ("", "scipy"):
        assert [label for label, _ in codes(grown.fix(case, framework))] == ["torch", "tensorflow"]
    for name in ("xla", "litert"):
        assert [label for label, _ in codes(grown.fix(case, name))] == ["tensorflow"]
    assert parse("xla").text in LABELS
