"""Does every case give a page: any geometry, any dtype, any number of outputs, small or large?"""

from __future__ import annotations

import json

import ml_dtypes
import numpy as np
import pytest
from lxml import html

from convcheck.excerpt.take import take
from convcheck.reports.context import Context
from convcheck.reports.html import render
from convcheck.results import Output
from convcheck.truth.exact import exact
from tests.reports.checks import made, output
from tests.truth.definition import random_case

DTYPES = (np.float16, ml_dtypes.bfloat16, np.float32, np.float64, np.int32, np.int64, np.uint8)


def some_output(name: str, y: np.ndarray, rng: np.random.Generator) -> Output:
    """Right, off by little or by much; now and then with NaN and infinities, or cut off."""
    with np.errstate(all="ignore"):
        array = y * (1 + rng.standard_normal(y.shape) * rng.choice([0, 1e-7, 1]))
        array = array.astype(DTYPES[int(rng.integers(len(DTYPES)))])
    if rng.random() < 0.2 and array.dtype.kind not in "iu":
        array.flat[rng.integers(0, array.size, 3)] = rng.choice([np.nan, np.inf, -np.inf, 0])
    if rng.random() < 0.1:
        array = array[:, :0]
    return output(name, array) if rng.random() < 0.7 else Output(name, name, array)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(150))
def test_does_every_case_give_a_page(seed):
    rng = np.random.default_rng(seed)
    case = random_case(rng)
    with np.errstate(all="ignore"):
        found = exact(case)
        y = np.ldexp(found.hi, found.s)
    outputs = [some_output(f"n{i}", y, rng) for i in range(int(rng.integers(1, 5)))]
    check = made(*outputs, case=case, maps=rng.random() < 0.9)
    pixels = int(rng.choice([4, 16, 320]))
    excerpt = take(case, check, int(10 ** rng.uniform(2, 5.5)), pixels=pixels)
    page = html.document_fromstring(
        render(check, Context(excerpts={} if excerpt is None else {"": excerpt}))
    )
    assert bool(page.xpath("//figure")) == (excerpt is not None)
    scripts = page.xpath("//script[@type='application/json']")
    assert len(scripts) == (excerpt is not None and excerpt.numbers is not None)
    for script in scripts:
        json.loads(script.text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    for picture in page.xpath("//polyline/@points"):
        assert "nan" not in picture
        assert "inf" not in picture
