"""Does the page of every kind of result open, and each of its viewers work?"""

from __future__ import annotations

from pathlib import Path

import pytest

from convcheck.reports.registry import FORMATS
from tests.reports.html.results import everything

from .conftest import Open
from .page import Viewer

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", everything())
def test_does_every_result_open_and_work(name: str, tmp_path: Path, opened: Open) -> None:
    result, context = everything()[name]
    file = tmp_path / "r.html"
    file.write_text(FORMATS["html"].render(result, context), encoding="utf-8")
    opening = opened(file, viewport={"width": 375, "height": 800})
    page = opening.page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    held = page.locator('script[type="application/json"]')
    names = held.evaluate_all("(all) => all.map((one) => one.id.slice('numbers-'.length))")
    for number in map(int, names):
        works(opening.viewer(number))
    assert page.locator(".viewer[data-ready]").count() == len(names)
    assert page.get_by_text("This browser cannot").count() == 0
    for width in (375, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert opening.overflow() == 0


def works(viewer: Viewer) -> None:
    """Everything may be asked for, whatever the numbers."""
    viewer.click("exact", tuple(start for start, _ in viewer.numbers["region"]))
    viewer.press("n", "+", "+", "ArrowRight", "ArrowDown", "s", "-", "p", "0")
    assert viewer.index is not None
    for box in viewer.root.get_by_role("checkbox").all():
        box.click()
        viewer.settle()
        box.click()
    for select in viewer.root.locator("select:visible").all():
        select.select_option(index=1)
        viewer.settle()
    outputs = [one for one in viewer.numbers["outputs"] if one["values"]]
    assert viewer.root.locator('[data-view^="output-"]').count() == len(outputs) > 0
    pairs = viewer.root.locator('[data-view="difference"], [data-view="slider"]')
    assert pairs.count() == (2 if len(outputs) > 1 else 0)
    shown = viewer.read()
    assert len(shown["values"]) >= len(viewer.numbers["outputs"]) + 1
    assert len(shown["errors"]) == len(outputs)
