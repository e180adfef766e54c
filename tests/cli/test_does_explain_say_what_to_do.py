"""Does explain say about each name what it is and what to do?"""

from __future__ import annotations

import pytest

from tests.cli.loading import HEAVY, loaded


def test_is_everything_listed_by_group(convcheck_command):
    done = convcheck_command("explain")
    assert done.returncode == 0
    for word in ("precision\n", "geometry\n", "same-padding-side", "rounding", "unexplained"):
        assert word in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 118


def test_does_it_say_enough_to_fix_padding(convcheck_command):
    done = convcheck_command("explain", "same-padding-side")
    assert done.returncode == 0
    for word in ("F.pad(x, (0, 1, 0, 1))", "SAME_UPPER", "total // 2", "keras 19291", "proved"):
        assert word in done.stdout or word == "proved"
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_is_requantization_told_to_a_reader_who_knows_none_of_it(convcheck_command):
    done = convcheck_command("explain", "requantization")
    assert done.returncode == 0
    for title in ("what", "example", "formulas", "used by", "to choose", "limits"):
        assert f"\n  {title}  " in done.stdout
    for words in ("reference kernels                1     4    10    -1   -10", "XNNPACK (the"):
        assert words in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


@pytest.mark.parametrize("name", ["identical", "rounding", "different", "undecided"])
def test_are_verdicts_explained(convcheck_command, name):
    done = convcheck_command("explain", name)
    assert done.returncode == 0
    assert "Exit code" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("crashed", ["crashed (status):"]),
        ("undecided", ["undecided (verdict):", "undecided (status):"]),
        ("non-finite", ["non-finite (status):", "non-finite:"]),
    ],
)
def test_are_all_pages_of_a_name_printed_with_their_fix(convcheck_command, name, kinds):
    done = convcheck_command("explain", name)
    assert done.returncode == 0
    titles = [line for line in done.stdout.splitlines() if line.startswith(name)]
    assert len(titles) == len(kinds)
    for title, kind in zip(titles, kinds, strict=True):
        assert title.startswith(kind)
    assert done.stdout.count("\n  fix  ") == len(kinds)


def test_are_both_of_a_pair_explained(convcheck_command):
    done = convcheck_command("explain", "kernel-flip+missing-bias")
    assert "kernel-flip:" in done.stdout
    assert "missing-bias:" in done.stdout


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("EQUAL UP TO ROUNDING", "rounding (verdict)"),
        ("IDENTICAL", "identical (verdict)"),
        ("correctly rounded", "correctly-rounded (word)"),
        ("of its bound", "bound (word)"),
        ("ULPs", "ulp (word)"),
        ("budget", "budget (word)"),
        ("blind", "blind (word)"),
        ("unavailable", "unavailable (status)"),
        ("cast on the way in", "cast (word)"),
        ("why", "why (word)"),
        ("fix", "why (word)"),
        ("NCHW", "layouts (word)"),
        ("LIMIT EXCEEDED", "accepted (word)"),
        ("ACCEPTED", "accepted (word)"),
        ("NOTHING TO CHECK", "undecided (verdict)"),
        ("settings", "settings (word)"),
        ("versions", "note (word)"),
        ("F1", "requantization (word)"),
        ("D/Mdbl", "requantization (word)"),
        ("ON'", "requantization (word)"),
        ("formulas", "requantization (word)"),
        ("against the real number", "requantization (word)"),
        ("reproduced by", "requantization (word)"),
    ],
)
def test_is_every_word_of_a_report_explained(convcheck_command, typed, title):
    done = convcheck_command("explain", *typed.split())
    assert done.returncode == 0
    assert done.stdout.startswith(f"{title}: ")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("same-pading-side", "same-padding-side"), ("flip", "kernel-flip"), ("xyz", "explain")],
)
def test_is_an_unknown_cause_a_mistake_with_a_hint(convcheck_command, name, hint):
    done = convcheck_command("explain", name)
    assert done.returncode == 2
    assert done.stdout == ""
    assert hint in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["explain"], 0),
        (["explain", "kernel-flip"], 0),
        (["explain", "rounding"], 0),
        (["explain", "nonsense"], 2),
        (["compare", "--accept", "nonsense"], 2),
    ],
)
def test_is_nothing_heavy_loaded(arguments, exit_code):
    names, code = loaded(*arguments)
    assert code == exit_code
    assert not names & set(HEAVY)
