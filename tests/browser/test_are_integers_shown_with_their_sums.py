"""Does a click on an element of integers show its sum, and what formulas make of it?"""

from __future__ import annotations

from pathlib import Path

import pytest

from convcheck.reports.html import render
from tests.reports.html.results import quantized_cases
from tests.reports.quantized import image

from .conftest import Open

pytestmark = pytest.mark.slow


def test_does_an_element_show_its_sum_the_real_number_and_the_formulas(
    opened: Open, tmp_path: Path
) -> None:
    check, context = quantized_cases()["quantized"]
    page = tmp_path / "page.html"
    page.write_text(render(check, context), encoding="utf-8")
    viewer = opened(page, viewport={"width": 1440, "height": 1400}).viewer()
    viewer.click("output-0", (0, 4, 5, 1))
    viewer.root.get_by_label("products").check()
    assert viewer.root.get_by_text("in ULPs").count() == 0
    case = image().case
    total = int(case.bias[1])
    for channel in range(3):
        viewer.choose("channel of the group", channel)
        viewer.settle()
        shown = viewer.read()
        products = [
            (int(case.input[0, 3 + i, 4 + j, channel]) + 5) * int(case.kernel[i, j, channel, 1])
            for i in range(3)
            for j in range(3)
        ]
        assert [int(text) for text in shown["products"]] == products
        total += sum(products)
    values = {name: row["value"] for name, row in shown["values"].items()}
    assert int(values["sum"]) == total
    assert float(values["exact"]) == pytest.approx(0.3 * 0.875 * total - 9, abs=1e-6)
    given = [int(j.output.array[0, 4, 5, 1]) for j in check.judgements]
    assert [int(values["0"]), int(values["1"])] == given
    by_formula = {name.split(", ")[0]: int(text) for name, text in values.items() if "," in name}
    assert by_formula["F1"] == given[0]
    assert by_formula["D"] == given[1]


def test_are_sums_alone_and_sums_beside_outputs_shown_without_a_complaint(
    opened: Open, tmp_path: Path
) -> None:
    for name, (check, context) in quantized_cases().items():
        page = tmp_path / f"{name}.html"
        page.write_text(render(check, context), encoding="utf-8")
        found = opened(page, viewport={"width": 1440, "height": 1400})
        if context.excerpts:
            viewer = found.viewer()
            viewer.click("output-0", (0, 0, 0, 0))
            assert viewer.read()["values"]["sum"]["value"] is not None
            of_sums = name == "quantized, sums alone"
            assert viewer.root.get_by_text("exact sum").count() == (2 if of_sums else 0)
            assert (viewer.root.get_by_text("real number").count() == 0) == of_sums
