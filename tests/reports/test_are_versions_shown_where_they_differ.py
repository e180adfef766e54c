"""Do versions stand in the text of a case that was verified, and wherever two differ?"""

from __future__ import annotations

import pytest

from convcheck.reports.context import Context
from convcheck.reports.text import render
from tests.reports.checks import made, output, right, small_case


def versions(*rows):
    """The section of a report, one row for each (name, versions)."""
    y = right(small_case())
    check = made(*(output(name, y, versions=found) for name, found in rows))
    lines = render(check, Context(width=200)).splitlines()
    return [line.split(maxsplit=1)[1] for line in lines if line.startswith("  versions")]


@pytest.mark.parametrize(
    ("there", "here", "words"),
    [
        ({"tensorflow": "2.20.0"}, {"tensorflow": "2.21.0"}, "tensorflow 2.20.0 → 2.21.0"),
        ({"tensorflow": "2.20.0"}, {"tensorflow": "2.20.0"}, "tensorflow 2.20.0"),
        ({"tensorflow": "2.20.0"}, {}, "tensorflow 2.20.0 → not here"),
        ({"a": "1", "cpu:model": "X"}, {"a": "1", "cpu:model": "Y"}, "a 1, processor X → Y"),
        ({"a": "1", "cpu:threads": "1"}, {"a": "1", "cpu:threads": "2"}, "a 1"),
    ],
)
def test_is_each_version_of_a_verified_case_shown(there, here, words):
    assert versions(("tf (recorded)", there), ("tf", here)) == [words]


def test_are_versions_shown_that_two_implementations_do_not_share():
    found = versions(
        ("tf", {"tensorflow": "2.20.0", "numpy": "2"}),
        ("tf@old", {"tensorflow": "2.15.0", "numpy": "2"}),
        ("keras", {"tensorflow": "2.20.0", "keras": "3"}),
    )
    assert found == ["tensorflow 2.20.0 (call of tf, call of keras), 2.15.0 (tf@old)"]
    assert versions(("tf", {"numpy": "2"}), ("scipy", {"numpy": "2", "scipy": "1"})) == []


def test_is_the_version_shown_of_what_only_runs_here():
    rows = [("tf (recorded)", {"tensorflow": "1"}), ("tf", {"tensorflow": "2"})]
    assert versions(*rows, ("torch", {"torch": "2.4"})) == ["tensorflow 1 → 2, torch 2.4"]
