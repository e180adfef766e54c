"""Does the drawing of two networks lead to what is known, at every width and without JavaScript?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from convcheck.reports.context import Context
from convcheck.reports.registry import FORMATS
from tests.reports import against
from tests.reports.results import check_of

from .conftest import Open

pytestmark = pytest.mark.slow

SIZES = [(375, 800), (1440, 900)]


@pytest.fixture(scope="module")
def different(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pairs; what differs is between conv0 and conv1, before the output, and conv2."""
    file = tmp_path_factory.mktemp("against") / "r.html"
    result = against.different(check_of("different"), check_of("rounding"))
    file.write_text(FORMATS["html"].render(result, Context()), encoding="utf-8")
    return file


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("size", SIZES, ids=["375", "1440"])
def test_does_a_box_lead_to_its_pair(
    size: tuple[int, int], javascript: bool, different: Path, opened: Open
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    page = opened(different, viewport=viewport, java_script_enabled=javascript).page
    section = page.locator("#inside-0")
    assert not section.is_visible()  # it is sound, and folded
    page.locator("svg.networks a:has(.box)", has_text="conv0/Relu").click()
    section.wait_for()
    assert in_sight(page, "#inside-0")


def test_does_a_difference_lead_to_its_place(different: Path, opened: Open) -> None:
    page = opened(different, viewport={"width": 1440, "height": 500}).page
    page.locator("svg.networks a", has_text="≠ inf units").click()
    assert in_sight(page, "#place-1")
    page.locator("#place-0 a", has_text="conv2").click()
    assert in_sight(page, "#inside-2")


def test_is_the_drawing_scrolled_inside_its_box(different: Path, opened: Open) -> None:
    page = opened(different, viewport={"width": 375, "height": 800})
    sizes = "(one) => [one.scrollWidth, one.clientWidth]"
    whole, shown = page.page.locator(".drawing").evaluate(sizes)
    assert whole > 2 * shown
    assert page.overflow() == 0
    page.page.locator(".drawing").focus()
    page.page.keyboard.press("ArrowRight")
    page.page.wait_for_timeout(700)
    assert page.page.locator(".drawing").evaluate("(one) => one.scrollLeft") > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_is_what_differs_in_the_colour_of_what_is_bad(
    scheme: str, different: Path, opened: Open
) -> None:
    page = opened(different, color_scheme=scheme).page
    colour = "(one) => getComputedStyle(one).stroke"
    bad = page.locator(".box.bad rect").first.evaluate(colour)
    fine = page.locator(".box.fine rect").first.evaluate(colour)
    unsure = page.locator(".box.unsure rect").first.evaluate(colour)
    assert len({bad, fine, unsure}) == 3
    assert page.locator("path.wire.bad:not(.across)").first.evaluate(colour) == bad
    dashes = "(one) => getComputedStyle(one).strokeDasharray"
    assert page.locator("path.wire.merged").evaluate(dashes) != "none"


def in_sight(page: Any, selector: str) -> bool:
    """Whether the top of an element comes into the window, once scrolling has ended."""
    page.wait_for_timeout(700)
    box = page.locator(selector).bounding_box()
    return box is not None and -1 <= box["y"] < page.viewport_size["height"]
