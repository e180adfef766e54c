"""Do the reports of a sweep say what failed, why, for whom and what to do, the worst first?"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import click
import pytest

from convcheck.cli.finish import finish_many
from convcheck.cli.reporting import Reporting
from convcheck.reports.content import content
from convcheck.reports.content.blocks import GLUE, Headline, Table
from convcheck.reports.context import Context
from convcheck.reports.markdown.document import LARGEST
from convcheck.reports.outcomes import outcomes
from convcheck.reports.outcomes.outcome import State
from convcheck.reports.registry import FORMATS
from tests.reports import sweeps
from tests.reports.runner import commands

CONTEXT = Context(reproduce="convcheck sweep --count 2000")


def render(form, result, **more):
    return FORMATS[form].render(result, replace(CONTEXT, **more))


def text(result, **more):
    """The text with its lines joined, so that it may break wherever it likes."""
    return " ".join(render("text", result, **more).split())


def headline(result):
    (found,) = (b for b in content(result, CONTEXT) if isinstance(b, Headline))
    return found.words, found.reading.replace(GLUE, " ")


def tables(result, *, verbose=False):
    """First column's name -> rows."""
    blocks = content(result, replace(CONTEXT, verbose=verbose))
    found = [block for block in blocks if isinstance(block, Table)]
    return {
        block.header[1].replace(GLUE, " "): [
            [cell.plain.replace(GLUE, " ") for cell in row] for row in block.rows
        ]
        for block in found
    }


READINGS = {
    "sound": ("EQUAL UP TO ROUNDING", "no failure in 2,000 cases"),
    "failing": ("DIFFERENT", "46 of 1,970 cases fail, in 4 ways"),
    "limit": ("LIMIT EXCEEDED", "2,000 cases, a limit that was asked for is exceeded"),
    "limit-and-failing": ("DIFFERENT", "46 of 1,970 cases fail, in 4 ways"),
    "undecided": ("UNDECIDED", "no failure in 2,000 cases, but 4 are undecided"),
    "absent": ("UNDECIDED", "no failure in 2,000 cases, but 1 implementation computed none"),
    "unfinished": ("UNDECIDED", "no failure in 800 cases, but 1,200 have no result yet"),
    "crashing-and-failing": ("DIFFERENT", "1 of 1,970 cases fails"),
    "accepted": ("ACCEPTED", "no failure: what 10 of 2,000 cases differ by was accepted"),
    "changed": ("EQUAL UP TO ROUNDING", "no failure in 2,000 cases"),
    "unchanged": ("EQUAL UP TO ROUNDING", "no failure in 2,000 cases"),
    "none": ("UNDECIDED", "no case could be judged"),
    "skipped": ("UNDECIDED", "no case could be judged"),
}


@pytest.mark.parametrize("name", sweeps.RESULTS)
def test_is_the_outcome_said_in_plain_words(name):
    assert headline(sweeps.RESULTS[name]()) == READINGS[name]


def test_is_a_case_that_fails_twice_counted_once():
    twice = (sweeps.FLIP, replace(sweeps.RELATION, numbers=sweeps.FLIP.numbers))
    assert headline(sweeps.failing(failures=twice))[1].startswith("40 of 1,970 cases fail")


def test_is_it_said_what_was_swept_and_what_was_left():
    shown = text(sweeps.failing())
    assert shown.startswith("2,000 random cases, seed 0 DIFFERENT")
    grid = text(sweeps.failing(source="a grid of 2,012 combinations"))
    assert grid.startswith("a grid of 2,012 combinations: 2,000 cases DIFFERENT")
    counts = "1,200 identical, 720 equal up to rounding, 4 undecided, 46 different"
    assert f"cases {counts}; 30 skipped: no implementation can do them" in shown
    assert "12 combinations that are no convolution are not among them" in shown


def test_does_the_largest_group_come_first_with_its_command():
    lines = [line.strip() for line in render("text", sweeps.failing()).splitlines()]
    who = [line.split()[1] for line in lines if line.startswith("fails ")]
    assert who == ["keras:", "torch:", "torch:", "torch:"]
    shown = text(sweeps.failing())
    causes = ["kernel-flip (proved), 40", "negated (proved), 3", "wrong-shape, 2", "unexplained, 1"]
    places = [shown.index(words) for words in causes]
    assert places == sorted(places)
    runs = [line.partition("run")[2].strip() for line in lines if line.startswith("run ")]
    failures = (sweeps.RELATION, sweeps.SHORT, sweeps.ODD)
    assert runs == [sweeps.COMPARE, *(one.reproduce for one in failures)]


@pytest.mark.parametrize(
    ("numbers", "common", "passing", "words"),
    [
        (range(12), ("stride > kernel",), 3,
         "All 12 have stride > kernel; 3 cases that pass have it too."),
        (range(12), ("stride > kernel",), 0,
         "All 12 have stride > kernel; no case that passes has it."),
        (range(2), ("a", "b"), 1, "Both have a, b; 1 case that passes has all of it too."),
        (range(2), ("a", "b"), 0, "Both have a, b; no case that passes has all of it."),
        ([17], ("a",), 0, "It has a; no case that passes has it."),
    ],
)  # fmt: skip
def test_is_it_said_what_all_of_them_have(numbers, common, passing, words):
    failure = replace(
        sweeps.FLIP, numbers=tuple(numbers), number=numbers[0], common=common, passing_alike=passing
    )
    result = sweeps.failing(failures=(failure,))
    assert words in text(result)
    assert "Of others of them it is kernel-transpose." in text(result)
    (told,) = (one for one in outcomes(result) if one.name == "keras: kernel-flip")
    assert words in told.details[0]


def test_is_nothing_said_of_cases_that_have_nothing_in_common():
    shown = text(sweeps.failing(failures=(replace(sweeps.FLIP, common=()),)))
    assert "have" not in shown.partition("run convcheck")[0].partition("fails")[2]


def test_are_many_groups_cut_in_the_text_alone():
    many = sweeps.grouped(30)
    shown = render("text", many)
    assert shown.count("  fails ") == 9
    left = sum(range(1, 23))
    assert f"22 more groups of {left} cases; -v shows all" in shown
    assert "cause-00029" in shown
    for form, more in (("text", {"verbose": True}), ("markdown", {}), ("html", {}), ("junit", {})):
        assert all(f"cause-{i:05}" in render(form, many, **more) for i in range(30))


def test_has_each_implementation_its_counts():
    rows = tables(sweeps.failing())["exact"]
    assert rows == [
        ["keras", "1,200", "730", "40", "0", "0", "30"],
        ["torch", "100", "1,800", "1", "2", "1", "0"],
    ]


def test_are_versions_told_and_not_the_machine():
    one = replace(sweeps.KERAS, versions={"keras": "3.12.2", "cpu:model": "a processor"})
    shown = text(sweeps.sound(implementations=(one,)))
    assert "versions keras: keras 3.12.2; judged by numpy 2.4.0" in shown
    assert "a processor" not in shown


def test_are_reasons_grouped_by_how_they_begin():
    one = replace(
        sweeps.KERAS, refused={"ValueError: no. Dump 1": 2, "ValueError: no. Dump 2": 3, "x": 1}
    )
    shown = text(sweeps.sound(implementations=(one,)))
    assert "keras refuses 5 cases: ValueError: no." in shown
    assert "Dump" not in shown
    assert "Dump 1" in text(sweeps.sound(implementations=(one,)), verbose=True)


def test_is_a_reason_why_none_ran_told_once():
    shown = text(sweeps.RESULTS["absent"]())
    assert shown.count("No module named 'jax'") == 1
    assert "convcheck implementations says what to install" in shown


def test_are_relations_told_by_whether_they_held():
    assert tables(sweeps.failing())["relation"] == [
        ["keras", "all 3", "280", "0", "20", ""],
        ["torch", "input-negated", "87", "3", "10", "case 60"],
        ["torch", "the other 2", "190", "0", "10", ""],
    ]
    assert len(tables(sweeps.failing(), verbose=True)["relation"]) == 6


def test_are_properties_told_as_no_faults():
    rows = tables(sweeps.failing())["property"]
    assert ["torch", "batch-split", "93", "7", "0", "case 4"] in rows
    shown = text(sweeps.failing())
    assert "no arithmetic promises a property bit for bit: none counts as a fault" in shown
    assert "not exact on integers: a transform such as Winograd, or other arithmetic" in shown
    kept = tuple(replace(one, counts={"equal": 9}) for one in sweeps.properties("keras", 0))
    assert "Winograd" not in text(sweeps.sound(properties=kept))


def test_is_a_case_that_shows_a_property_easy_to_look_at():
    wanted = "to look at case 60: convcheck sweep --only 60 --results 'a b.sqlite'"
    assert wanted in text(sweeps.failing(results="a b.sqlite"))
    assert "--only 60" not in text(sweeps.failing(results=None, failures=()))


def test_are_properties_no_failure_in_any_format():
    bad = sweeps.sound(properties=sweeps.properties("keras", 9))
    assert {one.state for one in outcomes(bad)} == {State.PASSED}


def test_are_changes_grouped_with_those_of_more_than_bits_first():
    result = sweeps.RESULTS["changed"]()
    assert tables(result)["changed"] == [
        ["keras", "exact → outside-bound", "1"],
        ["keras", "bits alone", "2"],
        ["torch", "bits alone", "1"],
    ]
    shown = text(result)
    assert "changes 3 cases changed against before.jsonl, 2 of them in bits alone" in shown
    assert "run convcheck sweep --only 3 run convcheck sweep --only 4" in shown
    words = (
        "changes none against before.jsonl: every output that both have is the same, bit for bit"
    )
    assert words in text(sweeps.RESULTS["unchanged"]())
    assert "changes" not in text(sweeps.sound())


def test_is_it_said_that_the_same_command_goes_on():
    shown = text(sweeps.RESULTS["unfinished"]())
    assert "1,200 cases have no result yet: the same command again goes on" in shown


def test_does_junit_list_groups_and_implementations_and_no_cases():
    root = ET.fromstring(render("junit", sweeps.failing()))
    names = {
        suite.get("name"): [case.get("name") for case in suite.iter("testcase")]
        for suite in root.iter("testsuite")
    }
    assert names == {
        "sweep": ["every case"],
        "failures of the sweep": [
            "keras: kernel-flip",
            "torch: relation:input-negated",
            "torch: wrong-shape",
            "torch: unexplained",
        ],
        "implementations of the sweep": ["keras", "torch"],
    }
    (flip,) = (one for one in root.iter("testcase") if one.get("name") == "keras: kernel-flip")
    assert sweeps.COMPARE in flip.find("failure").text


def test_is_an_implementation_that_never_ran_an_error():
    root = ET.fromstring(render("junit", sweeps.RESULTS["absent"]()))
    (error,) = root.iter("error")
    assert error.get("message").endswith("ModuleNotFoundError: No module named 'jax'")
    by_name = [one.name for one in outcomes(sweeps.RESULTS["absent"]())]
    assert by_name == ["every case", "jax", "keras"]


def test_is_a_crash_told_as_what_nobody_can_say():
    found = outcomes(sweeps.RESULTS["undecided"]())
    (crash,) = (one for one in found if one.name == "torch: crashed")
    assert crash.state is State.ERROR
    assert State.FAILED not in {one.state for one in found}
    shown = text(sweeps.RESULTS["crashing-and-failing"]())
    order = ["fails torch: unexplained", "no output torch: crashed, 4 cases: died with SIGSEGV."]
    places = [shown.index(words) for words in order]
    assert places == sorted(places)


def test_is_a_name_with_colons_told_from_its_reason():
    python = "python:mine.py:f: ValueError: no"
    found = outcomes(sweeps.sound(none_ran=(python,)))
    (one,) = (one for one in found if one.state is State.ERROR)
    assert (one.name, one.message) == ("python:mine.py:f", "ValueError: no")


def test_does_github_show_the_largest_group_first():
    found = list(commands(render("github", sweeps.grouped(30))))
    errors = [one for one in found if one.name == "error"]
    assert len(errors) == 10
    assert errors[0].properties["title"] == "convcheck: keras: cause-00029"
    assert "20 more errors are left out" in errors[-1].data


def test_is_markdown_of_far_too_many_groups_small_and_the_largest_there():
    many = sweeps.grouped(1000)
    long = replace(sweeps.FLIP.fault, summary="größer " * 200)
    failures = [replace(one, fault=replace(long, cause=one.fault.cause)) for one in many.failures]
    shown = render("markdown", replace(many, failures=tuple(failures)))
    assert len(shown.encode()) <= LARGEST
    assert "cause-00999" in shown
    assert "left out here" in shown


def test_is_a_command_in_markdown_code():
    assert f"- **run**: `{sweeps.COMPARE}`" in render("markdown", sweeps.failing())


@pytest.mark.parametrize("name", ["sound", "failing", "unfinished"])
def test_does_the_command_line_write_every_report(tmp_path, name, capsys):
    result = sweeps.RESULTS[name]()
    files = tuple(str(tmp_path / f"r{one.suffixes[0]}") for one in FORMATS.values() if one.suffixes)
    reporting = Reporting(outputs=(*files, "-"))
    with click.Context(click.Command("sweep"), info_name="sweep"):
        assert finish_many(result, reporting) == result.exit_code
    words, _ = READINGS[name]
    assert words in capsys.readouterr().out
    assert json.loads((tmp_path / "r.json").read_text())["exit_code"] == result.exit_code
    assert all(words in (tmp_path / f"r{end}").read_text() for end in (".xml", ".md", ".html"))
