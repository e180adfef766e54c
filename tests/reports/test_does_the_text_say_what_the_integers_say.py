"""Does the text report of integers say how near they are, in which unit, and by which formula?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from convcheck.reports.context import Context
from convcheck.reports.registry import FORMATS
from convcheck.reports.text import render
from convcheck.results import BudgetPart, Check, Experiment, Finding
from tests.reports.quantized import (
    BUILTIN,
    REFERENCE,
    SUMS,
    XNNPACK,
    demonstration,
    integers,
    judged,
)
from tests.reports.results import check_of


def text(check: Check, width: int = 140) -> str:
    return render(check, Context(width=width))


def line_with(words: str, shown: str) -> str:
    (line,) = [line for line in shown.splitlines() if words in line]
    return line


def test_are_the_engines_of_litert_told_apart_where_m_is_0_3():
    shown = text(check_of("quantized"))
    for row, standing, formula in (
        ("call of xnnpack", "all nearest", "F1"),
        ("call of builtin", "2 of 5 nearest, at most 0.7 steps off", "DU"),
        ("call of reference", "0 of 5 nearest, at most 0.7 steps off", "D"),
    ):
        line = line_with(f"  {row}  ", shown)
        assert standing in line
        assert line.split(standing)[1].split()[0].rstrip(",") == formula
    why = " ".join(shown.split()).partition("requantization-rounding (proved): ")[2]
    for words in (
        "call of xnnpack: one rounding of a float32 product, to even at ties (F1); ",
        "call of builtin: two roundings, both up at ties (DU/Mdbl); ",
        "call of reference: two roundings, the second one away from zero at ties (D/Mdbl). At ",
        "At (0, 0, 0, 0) the sum is 1, the real value 0.3000000",
        ": F1 gives 0, DU/Mdbl gives 1.",
    ):
        assert words in why
    assert why.count("one rounding of") == why.count("away from zero") == 1


def test_is_the_element_of_the_report_told_with_both_formulas():
    """TensorFlow 102943: float32 makes exactly 6.5 of 6.5000005."""
    shown = text(check_of("quantized-report"))
    assert "input = 0.05296 q" in shown
    assert "output = 0.1148 (q + 126)" in shown
    xnnpack, reference = (
        line_with(f"  call of {who}  ", shown) for who in ("xnnpack", "reference")
    )
    assert "at most 0.5000005 steps off" in xnnpack
    assert xnnpack.split("off")[1].split()[:2] == ["F1,", "F2,"]
    assert "all nearest" in reference
    assert "F1" not in reference
    assert "sum 1 step   largest 1 at (0, 0, 0, 0)   1 of 1 outputs differ" in shown
    plain = " ".join(shown.split())
    assert "call of reference is nearer" in plain
    assert "At (0, 0, 0, 0) the sum is 585, the real value" in plain
    assert "F1 gives -120, D/Mdbl gives -119." in plain


@pytest.mark.parametrize("form", ["text", "markdown", "html", "junit", "github"])
@pytest.mark.parametrize("kind", ["quantized", "quantized-different", "quantized-report"])
def test_is_no_figure_called_ulps(form, kind):
    shown = FORMATS[form].render(check_of(kind), Context())
    body = shown.partition("<body")[2].partition("<script")[0] or shown
    assert "ULP" not in body
    assert "of the largest output" not in body
    assert " step" in body


def test_are_sums_called_sums_and_no_steps():
    shown = text(check_of("quantized-wrong-sums"))
    assert "4 of 5 right, at most 2 off" in shown
    assert "sum 2   largest 2" in shown
    assert "all right" in text(check_of("quantized-sums"))


def test_are_pairs_with_what_is_not_there_told_once_beside_sums():
    case = demonstration()
    absent = [integers(name, None, message="not here") for name in ("c", "d")]
    rows = (integers("a", XNNPACK), integers("b", BUILTIN), integers("s", SUMS, "int32"))
    shown = text(judged(case, *rows, *absent))
    assert "call of a and call of b:   sum 3 steps" in shown
    assert shown.count("no output to compare: call of c and call of d") == 1
    assert "could not be taken" not in shown


def test_is_a_row_without_output_told_as_ever():
    assert "crashed: died with SIGSEGV" in text(check_of("quantized-crashed"))
    assert "unavailable: no litert here" in text(check_of("quantized-absent"))


def test_does_no_formula_read_as_none():
    shown = text(check_of("quantized-different"))
    line = line_with("  call of b  ", shown)
    assert "at most 30.7 steps off; 1 of 5 outputs leave their bound" in line
    assert line.endswith("  no formula")


def test_is_said_what_a_formula_does_unless_a_finding_says_it():
    check = replace(check_of("quantized-report"), findings=())
    words = "one rounding of a float32 product, to even at ties"
    other = "two roundings, the second one away from zero at ties"
    why = Finding("requantization-rounding", "xnnpack", "proved", f"F1: {words}; D/Mdbl: {other}")
    assert "explain requantization" not in text(replace(check, findings=(why,)))
    assert f"F1: {words}" in text(check)


def test_is_no_sum_of_roundings_told_beside_a_formula_that_gives_every_output():
    """In steps, of outputs that are all as they should be: it reads as what is left."""
    words = "call of xnnpack computes the kernel flipped; F1 then gives every output"
    for left, told in ((762.0, False), (0.0, True)):  # of sums, which nothing rounds, 0
        why = Finding(
            "kernel-flip",
            "xnnpack",
            "proved",
            words,
            evidence=(Experiment("flipped", left),),
            departs=True,
        )
        shown = text(replace(check_of("quantized"), findings=(why,)))
        assert "F1 then gives every output" in " ".join(shown.split())
        assert ("the summed error is" in " ".join(shown.split())) == told


def test_is_it_said_that_a_side_may_be_of_another_formula_too():
    case = demonstration()
    one, two = integers("a", XNNPACK, formulas=("F1",)), integers("b", REFERENCE)
    shown = " ".join(text(judged(case, one, two)).split())
    why = shown.partition("requantization-rounding (proved): ")[2].partition(" At (")[0]
    first, second = why.split("; ")
    assert first.endswith("(F1)")
    assert second.endswith(", or another formula that gives the same.")


def test_is_no_formula_told_of_a_row_that_may_be_several():
    case = demonstration()
    may = ("D/Mdbl", "DU/Mdbl", "MIX8/Mdbl")
    shown = text(judged(case, integers("a", REFERENCE, formulas=may)))
    assert line_with("  call of a  ", shown).split("off")[1].split() == ["D,", "MIX8,", "MIX16"]
    assert "explain requantization" not in shown
    shown = text(judged(case, integers("a", BUILTIN, formulas=may)))
    assert "DU: two roundings, both up at ties" in shown


@pytest.mark.parametrize(
    ("alike", "words"),
    [
        ((("F1", "F2", "FB"),), "cannot tell apart F1, F2, FB. Try --input separating."),
        (
            (("D/Mdbl", "D/Mf"), ("F1", "F2")),
            "cannot tell apart D/Mdbl, D/Mf; nor F1, F2. Try --input separating.",
        ),
        (
            (("D/Mdbl", "D/Mf", "DU/Mdbl", "DU/Mf"),),
            "cannot tell apart D, DU. Try --input separating.",
        ),
    ],
)
def test_is_said_which_formulas_the_case_cannot_tell_apart(alike, words):
    shown = " ".join(text(replace(check_of("quantized"), alike=alike)).split())
    assert f"blind This case {words}" in shown


@pytest.mark.parametrize(
    ("hints", "words"),
    [
        ({}, "cannot show missing-bias, bias-scale, saturated-pairs."),
        (
            {"missing-bias": "--bias random", "bias-scale": "--bias random"},
            "cannot show missing-bias, bias-scale (try --bias random), saturated-pairs.",
        ),
        (
            dict.fromkeys(("missing-bias", "bias-scale", "saturated-pairs"), "--bias random"),
            "cannot show missing-bias, bias-scale, saturated-pairs. Try --bias random.",
        ),
    ],
)
def test_is_a_cause_that_no_option_shows_named_without_one(hints, words):
    blind = ("missing-bias", "bias-scale", "saturated-pairs")
    check = replace(check_of("quantized"), blind_spots=blind, hints=hints)
    assert f"This case {words}" in " ".join(text(check).split())


def test_is_no_other_input_proposed_where_it_would_not_help():
    check = replace(check_of("quantized"), alike=(("F1", "F2"),))
    case = check.case
    separating = replace(case, input=replace(case.input, source="separating"))
    assert "Try" not in text(replace(check, case=separating))
    recorded = judged(demonstration(), integers("file:a.npy", XNNPACK))
    assert "Try" not in text(replace(recorded, alike=(("F1", "F2"),)))


def test_is_the_budget_told_once_where_all_share_it():
    def parts(who: str, excess: float) -> list[BudgetPart]:
        shared = {"input": 1.25, "weights": 0.5, "bias": 0.0, "rounding": 0.75, "excess": excess}
        return [BudgetPart(who, part, size) for part, size in shared.items()]

    check = replace(check_of("quantized-limit"), budget=(*parts("a", 0.0), *parts("b", 0.125)))
    shown = " ".join(text(check).split())
    assert (
        "input 1.25, weights 0.5, rounding that nobody can avoid 0.75, "
        "beyond that 0 (call of a), 0.125 (call of b)" in shown
    )
    assert "bias 0" not in shown


def test_are_scales_by_channel_told_as_a_range():
    check = check_of("quantized")
    q = check.case.quantization
    assert q is not None
    several = replace(
        q,
        kernel_scales=(0.02, 0.0125),
        kernel_zero_points=(3, -1),
        input_zero_point=-128,
        output_zero_point=7,
        activation="relu6",
    )
    shown = text(replace(check, case=replace(check.case, quantization=several)))
    assert "input = 0.3 (q + 128)" in shown
    assert "kernel = 0.0125 to 0.02 (q - z), z -1 to 3, by channel" in shown
    assert "output = 1 (q - 7)" in shown
    assert "activation relu6" in shown
