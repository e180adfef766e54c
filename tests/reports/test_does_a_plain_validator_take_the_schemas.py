"""Does a validator that knows one file alone resolve all that this file refers to?"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from convcheck.reports.context import Context
from convcheck.reports.json import render
from convcheck.results import ImplementationInfo
from tests.reports.checks import made, output, right, small_case
from tests.reports.embedded_schema import FOLDER, compare, holders

SCHEMAS = sorted(FOLDER.glob("*.schema.json"))


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_has_each_schema_a_name_of_its_own_and_all_that_it_refers_to(path: Path) -> None:
    schema = json.loads(path.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    name, _, number = schema["title"].partition("/")
    assert schema["$id"] == f"urn:{name.replace('.', ':')}:{number}"
    assert schema["properties"]["schema"]["const"] == schema["title"]
    outside = {ref for ref in refs(schema) if not ref.startswith("#")}
    assert all(ref.partition("#")[0] == compare()["$id"] for ref in outside)
    assert bool(outside) == (path in holders())


def refs(schema: object) -> list[str]:
    if isinstance(schema, list):
        return [ref for one in schema for ref in refs(one)]
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
    return own + [ref for one in schema.values() for ref in refs(one)]


@pytest.mark.parametrize("path", holders(), ids=lambda path: path.name)
def test_is_the_copy_of_compare_s_schema_the_latest(path: Path) -> None:
    """``python -m tests.reports.embedded_schema`` makes the copies anew."""
    assert json.loads(path.read_text())["$defs"]["compare"] == compare()


def test_is_a_fault_inside_what_is_shared_noticed() -> None:
    (path,) = (one for one in SCHEMAS if one.name == "cases.schema.json")
    validator = jsonschema.Draft202012Validator(json.loads(path.read_text()))
    context = Context(reproduce="convcheck verify b.npz")
    check = json.loads(render(made(output("a", right(small_case()))), context))
    whole = {
        "schema": "convcheck.cases/1",
        "verdict": "rounding",
        "exit_code": 0,
        "reproduce": "convcheck verify b.npz",
        "settings": [],
        "convcheck_version": "1",
        "names": ["b.npz"],
        "cases": [check],
    }
    validator.validate(whole)
    del check["case"]["strides"]
    with pytest.raises(jsonschema.ValidationError, match="strides"):
        validator.validate(whole)


def test_is_the_listing_described() -> None:
    (path,) = (one for one in SCHEMAS if one.name == "implementations.schema.json")
    validator = jsonschema.Draft202012Validator(json.loads(path.read_text()))
    row = ImplementationInfo("tf", "tf.nn.conv2d", False, "no", {}, None, ("mode",), "pip install")
    document = json.loads(render([row], Context()))
    validator.validate(document)
    document["implementations"][0]["device"] = 3
    with pytest.raises(jsonschema.ValidationError, match="is not of type"):
        validator.validate(document)
