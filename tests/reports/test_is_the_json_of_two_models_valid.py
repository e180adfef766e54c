"""Is the document of two models valid, and does it say all that was found?"""

from __future__ import annotations

import json
from importlib import resources

import jsonschema
import pytest

from convcheck.reports.context import Context
from convcheck.reports.json import render
from tests.reports import against
from tests.reports.results import check_of


def schema():
    text = resources.files("convcheck.reports.json").joinpath("against.schema.json").read_text()
    return jsonschema.Draft202012Validator(json.loads(text))


def document(result):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    text = render(result, Context(reproduce="convcheck model A --against B"))
    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("name", against.RESULTS)
def test_is_every_document_valid(name):
    schema().validate(document(against.RESULTS[name]()))


@pytest.mark.parametrize("kinds", [["different"], ["crashed", "undecided"], ["quantized", "nan"]])
def test_are_the_models_own_calls_valid(kinds):
    found = document(against.different(*map(check_of, kinds)))
    schema().validate(found)
    calls = found["pairs"][2]["calls"]
    assert [one["verdict"] for one in calls] == [check_of(kind).verdict.value for kind in kinds]


def test_is_every_key_described():
    """A key that the schema does not know is noticed wherever it stands."""
    whole = document(against.different(check_of("different")))
    for part in parts(whole):
        if part.keys() & {"keras", "experiment"}:  # versions, evidence: they have keys of their own
            continue
        part["unknown"] = 1
        assert part.keys() == {"unknown"} or not schema().is_valid(whole), part
        del part["unknown"]
    schema().validate(whole)


def parts(value):
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, (dict, list)):
            yield from parts(one)


def test_says_the_document_what_was_found():
    found = document(against.different())
    assert (found["verdict"], found["exit_code"]) == ("different", 1)
    assert [one["geometry"]["same"] for one in found["pairs"]] == [True, True, False]
    assert found["segments"][3]["units"] == "inf"
    assert found["segments"][1]["operation"] == "relu6"
    assert [one["pairs"] for one in found["places"]] == [[2], []]
    assert found["unmatched"] == {"a": ["lost"], "b": ["new"]}
    assert found["merged"] == {"a": [["twin", "conv1"]], "b": []}
    assert found["models"]["a"]["layers"][0] == {"name": "conv0", "before": [-1]}
    assert found["models"]["a"]["outputs"] == [[4]]
