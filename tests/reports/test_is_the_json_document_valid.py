"""Is the document valid, whatever the numbers?"""

from __future__ import annotations

import json
from importlib import resources

import jsonschema
import numpy as np
import pytest

from convcheck.reports.context import Context
from convcheck.reports.json import render
from tests.reports.checks import made, output, right, small_case

CONTEXT = Context(reproduce="convcheck compare")


def schema():
    text = resources.files("convcheck.reports.json").joinpath("compare.schema.json").read_text()
    return jsonschema.Draft202012Validator(json.loads(text))


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.parametrize("value", [1.0, np.nan, np.inf, -np.inf, 1e300])
def test_is_every_number_valid_json(value):
    y = right(small_case())
    strange = np.where(y == y.max(), value, y)
    text = render(made(output("a", y), output("b", strange)), CONTEXT)
    document = json.loads(text, parse_constant=refuse)
    schema().validate(document)
    found = document["differences"][0]["max_abs"]
    if not np.isfinite(value):
        assert found in ("nan", "inf")
    else:
        assert found == pytest.approx(abs(value - y.max()))


def test_is_an_absent_row_without_numbers():
    document = json.loads(
        render(made(output("a", right(small_case())), output("b", None)), CONTEXT)
    )
    schema().validate(document)
    row = document["implementations"][1]
    assert (row["status"], row["error"], row["seconds"]) == ("unavailable", None, None)
    assert document["differences"][0]["sum_abs"] is None


def test_would_a_missing_key_be_noticed():
    document = json.loads(render(made(output("a", right(small_case()))), CONTEXT))
    del document["implementations"][0]["dtypes"]
    with pytest.raises(jsonschema.ValidationError, match="dtypes"):
        schema().validate(document)
