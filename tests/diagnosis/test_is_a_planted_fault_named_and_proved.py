"""Is a planted fault named, and proved where it leaves the bound?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.catalogue import CATALOGUE
from convcheck.causes.cause import never
from convcheck.implementations.name import parse
from convcheck.results import Output
from convcheck.runtimes.host import Runtimes
from tests.diagnosis.many import MANY

from .planting import commit, departs, diagnosed, plain, plant

EXPLANATIONS = {
    explanation.name: explanation
    for explanation in CATALOGUE
    if explanation.has_exact_form and explanation.applies is not never
}
"""Those of gradients alone have a test of their own."""


@pytest.mark.parametrize("cause", EXPLANATIONS)
@pytest.mark.parametrize("count", [2, pytest.param(MANY, marks=pytest.mark.slow)])
def test_is_a_planted_fault_named_first_and_proved(
    cause: str, count: int, runtimes: Runtimes
) -> None:
    """Through TensorFlow's calls; by float64 sums rounded once where it refuses the case or has
    a fault of its own there, as its float16 conv3d has."""

    def compute(changed: Case) -> Output | None:
        output = runtimes.run(changed, parse("tf"))
        return None if output.array is None else output

    missed, unproved, hidden, called = [], [], 0, 0
    tried = 0
    for planted in plant(EXPLANATIONS[cause], 3 * count, compute):
        if tried == count:
            break
        case, output = planted.case, planted.output
        called += output.call != "file"
        if not departs(case, output):
            hidden += 1
            continue
        tried += 1
        _, (first, *_) = diagnosed(case, output)
        story = (planted.label, planted.hypothesis.detail, first.cause, first.status, first.also)
        if cause not in {first.cause, *first.also}:
            missed.append(story)
        elif first.status != "proved":
            unproved.append(story)
    print(
        f"{cause}: {tried} planted, {called} by tf, {hidden} without effect, "
        f"missed {missed}, not proved {unproved}"
    )
    assert tried == count
    assert len(missed) <= 0.05 * count
    assert not unproved


def random_case(padding: object = "same", **keys: object) -> Case:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 24, 24, 3)).astype("f4")
    kernel = rng.standard_normal((3, 3, 3, 4)).astype("f4")
    return Case(ConvSpec.make((3, 3), padding=padding, **keys), x, kernel)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("declared", "computed", "cause"),
    [
        ({"padding": "same"}, {"padding": "valid"}, "padding-mode"),
        ({"padding": "valid"}, {"padding": "same"}, "padding-mode"),
        ({"padding": "same"}, {"padding": 2}, "padding-mode"),
        ({"dilations": 2, "padding": "valid"}, {"strides": 2, "padding": "valid"},
         "dilation-as-stride"),
        ({"dilations": 2, "padding": "valid"}, {"padding": "valid"}, "dilation-ignored"),
    ],
)  # fmt: skip
def test_is_an_output_of_another_shape_explained(declared, computed, cause):
    case = random_case(**declared)
    wrong = plain(replace(case, spec=ConvSpec.make((3, 3), **computed)))
    (judgement,), (finding,) = diagnosed(case, wrong)
    assert judgement.status.value == "wrong-shape"
    assert (finding.cause, finding.status) == (cause, "proved")


def test_is_an_output_in_nchw_named():
    case = random_case()
    out = np.moveaxis(plain(case).array, -1, 1)
    _, (finding,) = diagnosed(case, replace(plain(case), array=out))
    assert (finding.cause, finding.status) == ("layout-reshape", "proved")
    assert "permute" in finding.fix


@pytest.mark.parametrize(
    ("cause", "change", "says"),
    [
        ("output-scale", lambda y: y / 27, "1/27"),
        ("output-scale", lambda y: y * 0.713, "0.713"),
        ("output-offset", lambda y: y + 0.25, "0.25"),
        ("output-offset", lambda y: y + np.arange(4), "each channel"),
    ],
)
def test_is_a_parameter_estimated(cause, change, says):
    case = replace(random_case(), bias=np.ones(4, "f4"))
    good = plain(case)
    out = change(good.array.astype("f8")).astype("f4")
    _, (finding,) = diagnosed(case, replace(good, array=out))
    assert cause in (finding.cause, *finding.also)
    assert finding.status == "proved"
    assert says in finding.summary


@pytest.mark.parametrize(("a", "c"), [(3.7, 0.0), (0.5, -0.25), (1.0, 0.125), (2.345, 0.678)])
def test_is_a_normalization_estimated(a, c):
    case = replace(random_case(), bias=np.ones(4, "f4"))
    wrong = plain(replace(case, input=(a * case.input + c).astype("f4")))
    _, (finding,) = diagnosed(case, wrong)
    assert {"input-normalization", "input-scale"} & {finding.cause, *finding.also}
    assert finding.status == "proved"


def test_is_a_constant_border_estimated():
    case = random_case()
    padded = np.pad(case.input, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=0.5)
    wrong = plain(replace(case, input=padded, spec=replace(case.spec, padding="valid")))
    _, (finding,) = diagnosed(case, wrong)
    assert (finding.cause, finding.status) == ("border-mode", "proved")
    assert "0.5" in finding.summary


@pytest.mark.parametrize("offset", [3e-6, -3e-6])
def test_is_an_offset_found_that_hides_inside_the_bound(offset):
    case = random_case()
    rng = np.random.default_rng(1)
    long = replace(
        case,
        input=rng.standard_normal((4, 24, 24, 64)).astype("f4"),
        kernel=rng.standard_normal((3, 3, 64, 4)).astype("f4") / 24,
    )
    wrong = plain(long)
    (judgement,), findings = diagnosed(long, replace(wrong, array=wrong.array + np.float32(offset)))
    assert judgement.status.value == "within-bound"
    assert [(f.cause, f.status) for f in findings] == [("output-offset", "supported")]


def test_is_each_wrong_output_explained():
    """Two that are equal and wrong: each gets its finding."""
    case = random_case()
    wrong = commit(case, next(EXPLANATIONS["kernel-flip"].hypotheses(case, case.output_shape)))
    assert wrong is not None
    _, findings = diagnosed(case, replace(wrong, name="a"), replace(wrong, name="b"))
    assert [(f.implementation, f.cause) for f in findings] == [
        ("a", "kernel-flip"),
        ("b", "kernel-flip"),
    ]
