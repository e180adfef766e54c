"""Is the document of a sweep valid, and does it say all that was found?"""

from __future__ import annotations

import json
from dataclasses import fields
from importlib import resources

import jsonschema
import pytest

from convcheck.reports.context import Context, Setting
from convcheck.reports.registry import FORMATS
from convcheck.sweep.results import SweepCheck
from tests.reports import sweeps
from tests.reports.test_is_the_json_of_two_models_valid import parts

CONTEXT = Context(
    reproduce="convcheck sweep --count 2000", settings=(Setting("--seed", "0", "CONVCHECK_SEED"),)
)
OF_ITS_OWN = {"keras", "torch", "numpy"}
"""Keys of versions, which have names of their own."""


def schema():
    text = resources.files("convcheck.reports.json").joinpath("sweep.schema.json").read_text()
    return jsonschema.Draft202012Validator(json.loads(text))


def document(result):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(FORMATS["json"].render(result, CONTEXT), parse_constant=refuse)


@pytest.mark.parametrize("name", sweeps.RESULTS)
def test_is_every_document_valid(name):
    schema().validate(document(sweeps.RESULTS[name]()))


def test_is_every_key_described():
    """A key that the schema does not know is noticed wherever it stands."""
    whole = document(sweeps.failing(changes=sweeps.CHANGES, against="before.jsonl"))
    known = schema()
    free = [one["refused"] for one in whole["implementations"]]
    tried = 0
    for part in parts(whole):
        if part.keys() & OF_ITS_OWN or any(part is one for one in free):
            continue
        part["unknown"] = 1
        assert not known.is_valid(whole), part
        del part["unknown"]
        tried += 1
    known.validate(whole)
    assert tried > 30


def test_is_a_missing_key_noticed():
    whole = document(sweeps.failing(changes=sweeps.CHANGES))
    known = schema()
    for part in (whole, whole["failures"][0], whole["groups"][0], whole["changes"][0]):
        for key in list(part):
            value = part.pop(key)
            assert not known.is_valid(whole), key
            part[key] = value
    known.validate(whole)


def test_is_everything_that_a_sweep_gives_in_the_document():
    whole = document(sweeps.failing())
    assert {field.name for field in fields(SweepCheck)} <= whole.keys()
    for name in ("total", "skipped", "impossible", "unfinished", "source", "results", "seconds"):
        assert whole[name] == getattr(sweeps.failing(), name)
    assert whole["counts"] == sweeps.COUNTS
    assert (whole["verdict"], whole["exit_code"]) == ("different", 1)
    assert whole["reproduce"] == CONTEXT.reproduce
    assert whole["axes"]["names"] == ["stride", "kernel_size"]
    (cell,) = (one for one in whole["axes"]["cells"] if one["values"] == ["2", "1"])
    assert cell["counts"] == {"rounding": 37, "different": 3}


def test_does_each_failure_have_its_command_and_its_group():
    whole = document(sweeps.failing())
    failures, groups = whole["failures"], whole["groups"]
    assert [one["cases"] for one in failures] == [40, 3, 2, 1]
    assert [one["shrunk"] for one in failures] == [sweeps.COMPARE, None, None, None]
    assert failures[0]["reproduce"] == sweeps.FLIP.reproduce
    assert failures[0]["also"] == ["kernel-mirror"]
    for failure, group in zip(failures, groups, strict=True):
        keys = ("implementation", "cause")
        assert [failure[key] for key in keys] == [group[key] for key in keys]
        assert failure["number"] in group["numbers"]
        assert len(group["numbers"]) == failure["cases"]
    assert groups[0]["common"] == ["stride > kernel", "groups > 1"]
    assert groups[0]["passing_alike"] == 3


def test_is_a_verdict_that_no_case_has_counted_as_none():
    assert document(sweeps.RESULTS["none"]())["counts"] == dict.fromkeys(sweeps.VERDICTS, 0)


def test_are_no_changes_told_from_no_file_to_compare_with():
    assert document(sweeps.sound())["changes"] is None
    assert document(sweeps.sound(changes=(), against="x"))["changes"] == []
