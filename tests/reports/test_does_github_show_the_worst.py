"""Does GitHub show the worst annotations, and learn how many are left out?"""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcheck.reports.context import Context
from convcheck.reports.github import MOST, data, property_value
from convcheck.reports.harmless import harmless
from convcheck.reports.registry import FORMATS
from tests.reports.results import RESULTS, inventory, large_model, result_of
from tests.reports.runner import commands

CONTEXT = Context(reproduce="convcheck model net.keras")


def render(result):
    return FORMATS["github"].render(result, CONTEXT)


def test_are_the_ten_worst_of_each_type_shown_and_the_others_counted():
    text = render(large_model(300))
    found = list(commands(text))
    assert Counter(one.name for one in found) == {"error": 10, "warning": 10}
    errors = [one for one in found if one.name == "error"]
    worst = [i for i in range(300) if i % 3][:MOST]
    assert [one.properties["title"] for one in errors] == [f"convcheck: block/{i}" for i in worst]
    for kind, count in (("error", 200), ("warning", 100)):
        last = [one for one in found if one.name == kind][-1]
        assert f"\n{count - MOST} more {kind}s are left out" in last.data
        assert sum("left out" in one.data for one in found if one.name == kind) == 1


def test_is_nothing_left_out_where_ten_are_all():
    text = render(large_model(15))
    assert Counter(one.name for one in commands(text)) == {"error": 10, "warning": 5}
    assert "left out" not in text


def test_does_an_annotation_say_what_why_and_where():
    (error, *_) = commands(render(result_of("suite-does-not")))
    assert error.properties == {"title": "convcheck: conv-4"}
    assert error.data.splitlines() == [
        "mine: outside-bound",
        "kernel-flip (proved): it flips",
        "fix: do not",
        "again: convcheck compare",
        "(conformance of mine)",
    ]


def test_is_what_another_outcome_tells_no_warning_of_its_own():
    found = list(commands(render(result_of("crashed"))))
    assert [one.properties["title"] for one in found] == ["convcheck: call of b against exact"]


def test_is_a_layer_that_is_not_checked_a_warning_beside_the_notice():
    found = list(commands(render(result_of("model"))))
    assert [one.name for one in found] == ["warning", "warning", "notice"]
    assert "ConvLSTM2D is not checked: it is compiled" in found[0].data


def test_is_what_is_expected_no_warning():
    for result in (result_of("suite-conforms"), result_of("suite-absent-unasked"), inventory()):
        assert [one.name for one in commands(render(result))] == ["notice"]


@pytest.mark.parametrize("name", RESULTS)
def test_are_the_last_lines_the_verdict_and_the_command(name):
    *before, verdict, again = render(result_of(name)).splitlines()
    assert all(line.startswith("::") for line in before)
    assert re.fullmatch(r"convcheck: [A-Z ]+(: .*)? \((\d+ [a-z ]+(, )?)+\)", verdict)
    assert again == "convcheck: again with convcheck model net.keras"


ANY = st.text(st.characters(codec="utf-8", exclude_characters="\r\n")) | st.sampled_from(
    ["%0A", "%25", "%3A,", "a::b", "::error::", "%%0D", "title=x,file=y"]
)


@settings(deadline=None, max_examples=60)
@given(ANY, st.lists(ANY))
def test_does_the_runner_read_back_what_was_escaped(title, lines):
    message = "\r\n".join(lines)
    line = f"::error title={property_value(title)}::{data(message)}"
    (found,) = commands(line)
    assert (found.name, found.data) == ("error", message)
    assert found.properties == {"title": title}


PIECES = ["::", ":", "error", "warning x=1", " ", "\t", "\n", "##", "#", "[", "]", "vso", "\x1b[1m"]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_can_no_line_of_a_harmless_text_be_a_command(text):
    assert not list(commands(harmless(text)))
    assert harmless(text).replace(" ", "") == text.replace(" ", "")
    assert harmless(harmless(text)) == harmless(text)


def test_is_a_command_behind_a_colour_none_either():
    """Whoever shows the log may take the colours away first."""
    assert harmless("a\n\x1b[1m ::error::x") == "a\n\x1b[1m : :error::x"


NO_COMMANDS = ["std::string is no command", "a ::error:: later", "::selection {}"]


@pytest.mark.parametrize("text", NO_COMMANDS)
def test_is_a_text_that_is_no_command_left_as_it_is(text):
    assert harmless(text) == text
