"""Does the text say what the figures say?"""

from __future__ import annotations

import numpy as np

from convcheck.reports import text as text_report
from convcheck.reports.context import Context
from convcheck.results import Check, Status
from tests.reports.checks import made, output, right, small_case


def render(check: Check, *, color: bool = False) -> str:
    return text_report.render(check, Context(color=color))


def test_is_a_cast_marked_and_the_nearer_output_named():
    y = right(small_case())
    text = render(made(output("wide", y), output("narrow", y.astype(np.float32))))
    narrow = next(line for line in text.splitlines() if "call of narrow" in line)
    assert narrow.split()[3:7] == ["float32*", "float32", "float32", "float32"]
    assert "* cast on the way in" in text
    assert "EQUAL UP TO ROUNDING" in text
    assert "call of wide is nearer" in text


def test_is_a_wrong_output_shown_with_how_much_and_where():
    y = right(small_case())
    wrong = y.copy()
    wrong[0, 1, 2, 1] += 1.5
    text = render(made(output("good", y), output("bad", wrong)))
    assert "DIFFERENT" in text
    assert "more than rounding: call of bad cannot be this convolution" in text
    assert "sum 1.5" in text
    assert "(0, 1, 2, 1)" in text
    assert "1 of 18 outputs leave their bound" in " ".join(text.split())


def test_is_an_absent_row_shown_with_its_reason():
    y = right(small_case())
    message = "ModuleNotFoundError: No module named 'torch'"
    text = render(made(output("here", y), output("torch", None, message=message)))
    assert "UNDECIDED" in text
    assert "unavailable" in text
    assert "No module named 'torch'" in " ".join(text.split())


def test_is_a_crash_shown_with_its_last_stderr_lines():
    text = render(
        made(
            output("here", right(small_case())),
            output("there", None, status=Status.CRASHED, message="died with SIGSEGV"),
        )
    )
    assert "crashed: died with SIGSEGV" in text


def test_are_many_pairs_a_matrix():
    y = right(small_case())
    outputs = [output(name, y) for name in "abc"] + [output("d", y + 1)]
    lines = render(made(*outputs)).splitlines()
    header = next(line for line in lines if "summed |a - b|" in line)
    assert header.split()[-3:] == ["b", "c", "d"]
    row = next(line for line in lines if line.strip().startswith("a  "))
    assert row.split() == ["a", "same", "same", "18", "≠"]


def test_is_colour_used_only_where_asked_for():
    check = made(output("a", right(small_case())), output("b", right(small_case())))
    assert "\x1b[" in render(check, color=True)
    assert "\x1b[" not in render(check)


def test_is_no_line_wider_than_a_wide_terminal():
    y = right(small_case())
    text = render(made(output("a", y), output("b", y.astype("f4")), output("c", None)))
    assert max(map(len, text.splitlines())) <= 130
