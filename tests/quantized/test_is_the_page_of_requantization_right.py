"""Is what ``explain requantization`` says of the formulas what they do?"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from convcheck.causes.pages import all_pages
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS
from convcheck.quantized.requantize.words import formula_words
from convcheck.quantized.sums import exact_sums
from tests.reports.quantized import one_tap

(PAGE,) = [one for one in all_pages() if one.name == "requantization"]


def rows(section: str) -> dict[str, list[Fraction]]:
    """What each line of code begins with -> the five numbers at its end."""
    lines = [line.split() for line in PAGE.sections[section].split("\n") if line.startswith(" ")]
    return {" ".join(words[:-5]): list(map(Fraction, words[-5:])) for words in lines}


def test_does_the_example_show_what_the_formulas_give() -> None:
    table = rows("Example")
    sums = tuple(map(int, table["the sum"]))
    case = one_tap(sums, 1, Parameters(0.3, 1.0, 1.0))
    exact = exact_sums(case)
    assert table["the real number, 0.3 * sum"] == [Fraction(3, 10) * one for one in sums]
    for title, name in (
        ("F1 LiteRT's XNNPACK", "F1"),
        ("DU its builtin kernels", "DU/Mdbl"),
        ("D its reference kernels", "D/Mdbl"),
    ):
        assert table[title] == FORMULAS[name].output(exact, case.parameters).ravel().tolist()


def test_does_it_say_of_every_formula_what_reports_say() -> None:
    said = " ".join(PAGE.sections["Formulas"].split())
    for name in FORMULAS:
        base = name.partition("/")[0]
        assert f"- {base}: {formula_words(base)}" in said


@pytest.mark.parametrize("name", [*FORMULAS, "D", "DU", "MIX8", "MIX16", "I64"])
def test_is_every_formula_another_word_for_it(name: str) -> None:
    assert name.lower() in PAGE.also


def test_is_two_roundings_up_to_three_quarters_of_a_step_off() -> None:
    """Where M lies between 1/4 and 1/2, and not beyond: 1/2 + 1/4."""
    worst = 0.0
    for m in np.linspace(0.25, 0.5, 23)[1:-1]:
        case = one_tap(tuple(range(-100, 100)), 1, Parameters(float(m), 1.0, 1.0))
        exact = exact_sums(case)
        given = FORMULAS["D/Mdbl"].output(exact, case.parameters).ravel()
        scale = Fraction(float(np.float32(m)))
        errors = [
            abs(int(v) - scale * int(acc)) for v, acc in zip(given, exact.acc.ravel(), strict=True)
        ]
        worst = max(worst, float(max(errors)))
    assert 0.7 < worst <= 0.75 + 1e-6
