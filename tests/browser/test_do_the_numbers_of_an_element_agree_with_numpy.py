"""Does a click on an element show what NumPy gives, patch and kernel included?"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from .cases import Index, Made, ten, ulp
from .conftest import Open, Pages

pytestmark = pytest.mark.slow

ELEMENTS = 20
"""Of each of the ten cases."""
NAMES = [case.name for case in ten()]


@pytest.mark.parametrize("name", NAMES)
def test_do_twenty_elements_show_the_numbers_of_numpy(
    name: str, cases: dict[str, Made], pages: Pages, opened: Open
) -> None:
    case = cases[name]
    viewer = opened(pages(name), viewport={"width": 1440, "height": 1400}).viewer()
    viewer.press("n")
    viewer.root.get_by_label("products").check()
    rng = np.random.default_rng(200)
    region = viewer.numbers["region"]
    views = ["output-0", "output-1", "exact", "difference", "over-0", "ulps-1", "slider"]
    for number in range(ELEMENTS):
        index = tuple(int(rng.integers(start, stop)) for start, stop in region)
        channel = int(rng.integers(case.channels))
        viewer.click(views[number % len(views)], index)
        viewer.choose("channel of the group", channel)
        assert viewer.index == index
        check(case, index, channel, viewer.read())


def check(case: Made, index: Index, channel: int, shown: dict[str, Any]) -> None:
    exact = case.exact(index)
    assert same(float(shown["values"]["exact"]["value"]), float(exact))
    if case.bias is not None:
        text = shown["values"]["bias"]["value"]
        assert case.bias.dtype.type(text) == case.bias[index[-1]]
    patch, weights = case.patch(index, channel), case.weights(index, channel)
    assert len(shown["patch"]) == len(shown["kernel"]) == len(shown["products"]) == len(patch)
    rows = zip(patch, weights, shown["patch"], shown["kernel"], shown["products"], strict=True)
    for value, weight, read, tap, product in rows:
        assert same(weight.dtype.type(tap), weight)
        assert (read is None) == (product is None) == (value is None)
        if value is not None:
            assert same(value.dtype.type(read), value)
            with np.errstate(invalid="ignore"):
                assert same(float(product), float(np.float64(value) * np.float64(weight)))
    for number, output in enumerate(case.outputs):
        check_output(case, output[index], exact, shown, str(number))


def check_output(
    case: Made, value: Any, exact: Fraction | float, shown: dict[str, Any], number: str
) -> None:
    assert same(value.dtype.type(shown["values"][number]["value"]), value)
    errors = shown["errors"][number]
    if not isinstance(exact, Fraction) or not np.isfinite(value):
        return
    error = abs(Fraction(value.item()) - exact)
    figures = {name: float(text) for name, text in errors.items()}
    assert near(figures["error"], float(error))
    assert near(figures["ulps"], float(error / Fraction(ulp(float(exact), value.dtype))))
    if all(given.dtype == value.dtype for given in (case.x, case.kernel)) and figures["bound"]:
        assert near(figures["over"], float(error) / figures["bound"], 2**-10)


def same(a: Any, b: Any) -> bool:
    return bool(a == b) or (math.isnan(a) and math.isnan(b))


def near(a: float, b: float, relative: float = 2**-12) -> bool:
    return a == pytest.approx(b, rel=relative, abs=1e-300)
