"""Does every kind of case give a picture?"""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.reports.plot import draw
from convcheck.truth.exact import exact
from tests.reports.checks import made, output


def picture(case: Case, *outputs) -> np.ndarray:
    data = draw(case, made(*outputs, case=case, maps=True), "png")
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.parametrize("shape", [(2, 30, 3), (1, 20, 24, 3), (1, 8, 9, 10, 2)])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_is_there_a_picture_for_every_rank_and_number_of_outputs(shape, count):
    rng = np.random.default_rng(0)
    rank = len(shape) - 2
    kernel = rng.standard_normal((3,) * rank + (shape[-1], 2))
    case = Case(ConvSpec.make((3,) * rank), rng.random(shape), kernel)
    y = exact(case).hi
    names = "abcd"[:count]
    pixels = picture(case, *(output(n, y.astype("f8" if n == "a" else "f4")) for n in names))
    assert min(pixels.shape[:2]) > 300
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 50  # something is drawn


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_are_strange_outputs_drawn_too(value):
    case = Case(ConvSpec.make((1, 1)), np.ones((1, 5, 5, 1)), np.ones((1, 1, 1, 1)))
    strange = np.ones((1, 5, 5, 1))
    strange[0, 2, 2, 0] = value
    assert picture(case, output("a", np.ones((1, 5, 5, 1))), output("b", strange)).size


@pytest.mark.parametrize("form", ["svg", "pdf"])
def test_are_the_other_formats_what_they_say(form):
    case = Case(ConvSpec.make((1, 1)), np.ones((1, 5, 5, 1)), np.ones((1, 1, 1, 1)))
    data = draw(case, made(output("a", np.ones((1, 5, 5, 1))), case=case, maps=True), form)
    assert data.startswith({"svg": b"<?xml", "pdf": b"%PDF"}[form])
