"""Is the same finding about several implementations one sentence, which names each of them?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from convcheck.cases import CasesCheck, NamedCheck
from convcheck.model.results import LayerCheck, ModelCheck
from convcheck.reports.content.findings import told
from convcheck.reports.context import Context
from convcheck.reports.labels import labels
from convcheck.reports.registry import FORMATS
from convcheck.reports.text import render
from convcheck.results import Experiment, Finding, worst
from convcheck.spelling import listed
from tests.reports.checks import made, output, right, small_case

Y = right(small_case())


def check_of(*names, findings=(), values=None):
    outputs = [output(name, Y + i) for i, name in enumerate(names)] if values is None else values
    check = made(*outputs)
    verdict = worst([pair.verdict for pair in check.differences])
    return replace(check, verdict=verdict, findings=tuple(findings))


def flip(name, left=0.25, **settings):
    settings = {"status": "proved", "fix": "kernel = kernel[::-1]", **settings}
    return Finding(
        "kernel-flip", name, summary=f"call of {name} computes the kernel flipped",
        evidence=(Experiment("the kernel flipped", left),), departs=True, **settings,
    )  # fmt: skip


def order(far, near):
    return Finding(
        "summation-order", far, "supported", beside=near, fix="nothing to fix",
        summary=f"call of {far} and call of {near} both compute in float64/float64/float64 and "
        "stay inside its bound: they add the same products in another order",
    )  # fmt: skip


def words(check, width=100):
    return " ".join(render(check, Context(width=width)).split())


def summaries(check):
    names = labels(check.judgements)
    return [one.summary.replace("\ue000", " ") for one in told(check, names)]


def test_is_one_finding_as_it_was_found():
    assert summaries(check_of("a", "b", findings=[flip("b")])) == [
        "call of b computes the kernel flipped. Against that convolution the summed error is 0.25"
    ]


def test_do_three_share_a_sentence_with_right_verbs():
    text = words(check_of(*"abcd", findings=map(flip, "bcd")))
    assert (
        "why kernel-flip (proved): each of call of b, call of c and call of d computes the kernel "
        "flipped. Against that convolution the summed error is 0.25."
    ) in text
    assert text.count("kernel-flip (proved)") == 1
    assert text.count("kernel = kernel[::-1]") == 1


def test_is_no_number_lost_that_differs():
    text = words(check_of(*"abc", findings=[flip("a"), flip("b"), flip("c", left=0.5)]))
    assert "the summed error is 0.25 (call of a, call of b), 0.5 (call of c)." in text


@pytest.mark.parametrize(
    "other",
    [flip("b", status="supported"), flip("b", also=("kernel-transpose",)),
     replace(flip("b"), summary="call of b computes the kernel turned"),
     replace(flip("b"), cause="kernel-transpose"), replace(flip("b"), departs=False)],
    ids=["status", "also", "words", "cause", "departs"],
)  # fmt: skip
def test_does_another_finding_stay_one_of_its_own(other):
    assert len(summaries(check_of(*"ab", findings=[flip("a"), other]))) == 2


def test_are_fixes_that_differ_both_told():
    fixes = [flip("a", fix="in torch"), flip("b", fix="in tf"), flip("c", fix="in torch")]
    text = words(check_of(*"abc", findings=fixes))
    assert text.count("in torch") == text.count("in tf") == 1


def test_does_a_fix_with_a_name_name_all():
    fixes = [flip(name, fix=f"flip it; or as call of {name} has it: code") for name in "ab"]
    assert "or as each of call of a and call of b has it: code" in words(
        check_of(*"ab", findings=fixes)
    )


def test_are_experiments_told_once_with_what_each_left():
    def cast(name, left):
        fix = Experiment("cast before both", left, "cast the input")
        own = Experiment(f"{name} with float64", 0.0)
        return Finding(
            "input-autocast", name, "proved", f"call of {name} casts the input", (own, fix)
        )

    text = words(check_of(*"ab", findings=[cast("a", 0.0), cast("b", 0.125)]))
    assert "cast the input then the sum is 0 (call of a), 0.125 (call of b)" in text
    assert "tried: a with float64 then the sum is 0" in text
    assert "tried: b with float64 then the sum is 0" in text


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("call of {}: 3 of 9 outputs are damaged", "call of a and call of b: 3 of 9"),
        ("no known cause gives what call of {} gave; far", "what call of a and call of b gave; fa"),
        ("call of {} gave NaN", "each of call of a and call of b gave NaN"),
        ("something of no name", "something of no name"),
    ],
)
def test_is_each_kind_of_sentence_right(summary, expected):
    found = [Finding("x", name, "supported", summary.format(name)) for name in "ab"]
    (sentence,) = summaries(check_of(*"ab", findings=found))
    assert expected in sentence


def test_is_a_file_called_by_its_label_and_two_of_one_name_told_apart():
    values = [replace(output(f"file:deep/{f}/x.npy", Y), call="x.npy") for f in "ab"]
    found = [
        Finding(
            "kernel-flip", one.name, "proved", "x.npy computes the kernel flipped", departs=True
        )
        for one in values
    ]
    (sentence,) = summaries(check_of(values=values, findings=found))
    assert sentence == "each of a/x.npy and b/x.npy computes the kernel flipped"


def test_is_a_recording_told_with_its_successor():
    values = [replace(output(name, Y), call="tf.nn.conv2d") for name in ("tf (recorded)", "tf")]
    found = [
        Finding("input-autocast", one.name, "supported", "tf.nn.conv2d casts the input")
        for one in values
    ]
    (sentence,) = summaries(check_of(values=values, findings=found))
    assert sentence == "tf.nn.conv2d (here and recorded) casts the input"


@pytest.mark.parametrize(
    ("values", "findings", "expected"),
    [
        ({"a": 0, "b": 1}, ["ab"], "call of a and call of b both compute in {} and stay inside its "
         "bound: they add the same products in another order"),
        ({"a": 0, "b": 1, "c": 2}, ["ab", "bc"], "call of a, call of b and call of c all compute "
         "in {} and stay inside its bound: they add the same products in another order each"),
        ({"a": 0, "b": 0, "c": 2}, ["ac", "bc"], "call of a and call of b agree; call of c adds "
         "the same products in another order. All compute in {} and stay inside its bound"),
        ({"a": 0, "b": 0, "c": 2, "d": 3}, ["ac", "bc", "cd"], "call of a and call of b agree; "
         "call of c and call of d each add the same products in another order. All compute in {} "
         "and stay inside its bound"),
        ({"a": 0, "b": 0, "c": 2, "d": 2}, ["ac"], "call of a and call of b agree, as do call of "
         "c and call of d; they add the same products in another order. All compute in {} and "
         "stay inside its bound"),
    ],
    ids=["two", "three", "two agree", "two agree, two do not", "two pairs"],
)  # fmt: skip
def test_do_those_that_agree_stand_together(values, findings, expected):
    check = check_of(
        values=[output(name, Y + i) for name, i in values.items()],
        findings=[order(*pair) for pair in findings],
    )
    assert summaries(check) == [expected.format("float64/float64/float64")]


def test_is_it_said_who_agrees_unless_a_finding_says_so():
    values = [output("a", Y), output("b", Y), output("c", Y + 1)]
    assert "call of a and call of b agree" in words(check_of(values=values))
    said = words(check_of(values=values, findings=[order("c", "a")]))
    assert said.count("call of a and call of b agree") == 1
    for alone in ([output("a", Y), output("b", Y)], [output("a", Y), output("b", Y + 1)]):
        assert "agree" not in words(check_of(values=alone))


def test_do_pairs_without_an_output_take_one_line():
    values = [output("a", Y), output("b", Y + 1), output("c", None), output("d", None)]
    text = words(check_of(values=values), width=24)  # too narrow for a matrix
    assert "no output to compare: call of c and call of d" in text
    assert "could not be taken" not in text


def test_do_models_and_cases_name_all_implementations_too():
    check = check_of(*"abc", findings=map(flip, "bc"))
    model = ModelCheck("m.keras", "random", {}, (LayerCheck("conv", "Conv2D", check),))
    cases = CasesCheck((NamedCheck("one", check), NamedCheck("two", check)))
    for result, where in ((model, "in conv"), (cases, "in one, two")):
        text = words(result)
        assert f"kernel-flip (proved) {where}: each of call of b and call of c computes" in text
        assert text.count("kernel = kernel[::-1]") == 1


def test_does_json_keep_one_finding_each():
    check = check_of(*"abc", findings=[flip("a"), flip("b"), order("c", "b")])
    text = FORMATS["json"].render(check, Context())
    assert text.count('"cause": "kernel-flip"') == 2
    assert '"beside"' not in text


def test_is_a_long_list_wrapped_and_nothing_broken():
    names = [f"implementation{i}" for i in range(20)]
    text = render(check_of(*names, findings=map(flip, names)), Context(width=60))
    assert max(map(len, text.splitlines())) <= 60
    assert all(f"call of {name}" in text for name in names)


def test_is_a_list_of_names_english():
    assert [listed("abc"[:n]) for n in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
