"""Someone whose int8 convolution is off by one, and who asks which rounding is right."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import User

Needs = Callable[[str], object]
pytestmark = pytest.mark.slow

FILES = """
import numpy as np
np.save("sums.npy", np.int8([1, 11, 31, -1, -31]).reshape(1, 1, 5, 1))
np.save("one.npy", np.ones((1, 1, 1, 1), "int8"))
np.save("x.npy", np.full((1, 1, 1, 1), 117, "int8"))
np.save("w.npy", np.full((1, 1, 1, 1), 5, "int8"))
np.save("phone.npy", np.full((1, 1, 1, 1), -119, "int8"))
"""
M_0_3 = "--input sums.npy --kernel one.npy --input-scale 0.3 --kernel-scale 1 --output-scale 1"
TF_102943 = (
    "--input x.npy --kernel w.npy --input-scale 0.05296124517917633 "
    "--kernel-scale 0.024093778803944588 --output-scale 0.11484327912330627 "
    "--output-zero-point -126"
)
ENGINES = "-i litert -i litert?engine=builtin -i litert?engine=reference"


def row(text: str, label: str) -> str:
    """A row of the table, whatever lines it takes."""
    lines = text.splitlines()
    (at,) = [i for i, line in enumerate(lines) if line.startswith(f"  {label}")][:1]
    more = [line for line in lines[at + 1 : at + 3] if line.startswith(" " * 6)]
    return " ".join(" ".join([lines[at], *more]).split())


def test_do_three_engines_of_litert_say_how_they_round(user: User, needs: Needs) -> None:
    needs("litert")
    user.runs(FILES)
    report = user.asks("compare", *M_0_3.split(), "--bias", "zeros", *ENGINES.split())
    assert (report.code, report.headline) == (0, "EQUAL UP TO ROUNDING")
    assert report.cause == "requantization-rounding"
    table = report.text.partition("summed")[0]
    assert "all nearest F1, " in row(table, "LiteRT CONV_2D (XNNPACK)")
    assert row(table, "litert?engine=builtin").endswith("at most 0.7 steps off DU")
    assert row(table, "litert?engine=reference").endswith("at most 0.7 steps off D, MIX8, MIX16")


def test_is_the_element_of_the_report_explained_on_both_sides(user: User, needs: Needs) -> None:
    needs("litert")
    user.runs(FILES)
    who = ("-i", "litert", "-i", "file:phone.npy")
    report = user.asks("compare", *TF_102943.split(), "--bias", "zeros", *who)
    assert (report.code, report.headline) == (0, "EQUAL UP TO ROUNDING")
    table = report.text.partition("difference")[0]
    xnnpack, phone = row(table, "LiteRT CONV_2D (XNNPACK)"), row(table, "phone.npy")
    assert "0 of 1 nearest, at most 0.5000005 steps off F1, F2" in xnnpack
    assert "all nearest D, " in phone
    assert "F1" not in phone
    (why,) = report.of("why")
    assert "the sum is 585, the real value -119.49999" in why
    assert "F1 gives -120" in why


def test_does_one_run_of_separating_inputs_name_the_formula(user: User, needs: Needs) -> None:
    needs("litert")
    options = "--input separating --quantize int8 -i litert -i litert?engine=reference"
    report = user.asks("compare", *options.split())
    table = report.text.partition("difference")[0]
    assert row(table, "LiteRT CONV_2D (XNNPACK)").endswith(" off F1")
    assert row(table, "litert?engine=reference").endswith(" off D/Mdbl")
    assert report.cause == "requantization-rounding"
