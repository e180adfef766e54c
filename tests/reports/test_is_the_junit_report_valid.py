"""Is the JUnit report valid, and read as it is meant?"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from convcheck.reports import junit
from convcheck.reports.context import Context, Setting
from convcheck.reports.outcomes import outcomes
from convcheck.reports.registry import FORMATS
from tests.reports.results import CHECKS, RESULTS, inventory, result_of

SETTINGS = (Setting("--strides", "2", "pyproject.toml"),)
CONTEXT = Context(reproduce="convcheck compare", settings=SETTINGS)
SCHEMA = etree.XMLSchema(file=str(Path(__file__).with_name("junit.xsd")))
MESSAGES = {"failure": "failed", "error": "in error", "skipped": "skipped", "system-out": "passed"}


def render(result):
    return FORMATS["junit"].render(result, CONTEXT)


def parsed(text):
    root = etree.fromstring(text.encode())
    SCHEMA.assertValid(root)
    return root


@pytest.mark.parametrize("name", RESULTS)
def test_is_it_valid_with_the_right_counts(name):
    root = parsed(render(result_of(name)))
    suites = root.findall("testsuite")
    for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        for suite in suites:
            assert int(suite.get(count)) == len(suite.findall(f"testcase/{tag}"))
        if count != "skipped":
            assert int(root.get(count)) == sum(int(suite.get(count)) for suite in suites)
    assert [int(s.get("tests")) for s in suites] == [len(s.findall("testcase")) for s in suites]
    assert int(root.get("tests")) == len(root.findall(".//testcase"))


@pytest.mark.parametrize("name", RESULTS)
def test_does_it_hold_every_outcome_with_its_message_in_attribute_and_text(name):
    cases = parsed(render(result_of(name))).findall(".//testcase")
    for case, one in zip(cases, outcomes(result_of(name)), strict=True):
        (child,) = case
        assert (case.get("classname"), case.get("name")) == (one.group, one.name)
        assert MESSAGES[child.tag] == one.state.value
        assert child.text == "\n".join([one.message, *one.details])
        assert child.get("message", one.message) == one.message


def test_is_the_list_of_implementations_valid():
    cases = parsed(render(inventory())).findall(".//testcase")
    assert [case.get("name") for case in cases] == ["tf", "numpy", "torch"]
    assert cases[2].find("skipped").get("message") == "pip install torch"


def test_are_verdict_command_settings_and_versions_its_properties():
    root = parsed(render(result_of("model-different")))
    known = {one.get("name"): one.get("value") for one in root.iter("property")}
    assert known["verdict"] == "DIFFERENT"
    assert known["exit_code"] == "1"
    assert known["reproduce"] == "convcheck compare"
    assert known["setting --strides"] == "2 from pyproject.toml"
    assert known["version keras"] == "3"


def test_does_the_first_suite_s_output_hold_the_text_report():
    text = FORMATS["text"].render(result_of("different"), CONTEXT)
    assert parsed(render(result_of("different"))).find("testsuite/system-out").text == text


def test_is_time_what_the_outputs_took():
    check = CHECKS["identical"]()
    seconds = [0.25, None]
    rows = [
        replace(one, output=replace(one.output, seconds=s))
        for one, s in zip(check.judgements, seconds, strict=True)
    ]
    root = parsed(render(replace(check, judgements=tuple(rows))))
    assert root.find("testsuite").get("time") == "0.250000"
    assert [case.get("time") for case in root.iter("testcase")] == ["0.250000", None, None]


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0])
def test_is_a_time_that_none_can_be_still_valid(seconds):
    check = CHECKS["alone"]()
    (row,) = check.judgements
    row = replace(row, output=replace(row.output, seconds=seconds))
    parsed(render(replace(check, judgements=(row,))))


@settings(deadline=None)
@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_does_a_reader_get_back_what_was_written(text):
    element = ET.Element("a", message=junit.legal(text))
    element.text = junit.legal(text)
    read = etree.fromstring(ET.tostring(element, encoding="unicode").encode())
    kept = "".join(c if c in "\t\n" or is_xml(ord(c)) else "\ufffd" for c in text)
    assert (read.text or "", read.get("message")) == (kept, kept)


def is_xml(point):
    """Whether XML 1.0 has this character: https://www.w3.org/TR/xml/#charsets."""
    return 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD or point >= 0x10000


@pytest.mark.parametrize(
    "harm",
    [
        lambda root: root[0].append(root[0].find("testcase")),
        lambda root: root.find(".//testcase").attrib.pop("classname"),
        lambda root: root.find(".//failure").attrib.pop("message"),
        lambda root: root.find(".//failure").append(etree.Element("b")),
        lambda root: [case.set("name", "same") for case in root.iter("testcase")],
    ],
)
def test_would_the_schema_notice_a_fault(harm):
    root = etree.fromstring(render(result_of("different")).encode())
    harm(root)
    assert not SCHEMA.validate(root)
