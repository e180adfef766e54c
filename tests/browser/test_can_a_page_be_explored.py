"""Do zoom, pan, swap, slider, choosers and keys do what they say?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from .conftest import Open, Pages, command
from .page import Viewer

pytestmark = pytest.mark.slow

ALL = ["input", "output-0", "output-1", "exact", "slider", "difference", "over-0", "over-1"]
BRIGHTEST = (252, 253, 191)
"""Of magma, which errors over their bounds are shown in."""


@pytest.mark.parametrize("how", ["button", "key", "wheel"])
def test_does_zoom_move_all_views_together_and_come_back(viewer: Viewer, how: str) -> None:
    before = {view: viewer.pixels(view) for view in ALL}
    if how == "button":
        viewer.root.get_by_role("button", name="zoom in").click()
    elif how == "key":
        viewer.press("+")
    else:
        viewer.views.focus()
        viewer.canvas("output-0").hover()
        viewer.page.mouse.wheel(0, -200)
    closer = {view: viewer.pixels(view) for view in ALL}
    assert all(closer[view] != before[view] for view in ALL)
    assert viewer.index is None
    viewer.root.get_by_role("button", name="see everything").click()
    assert {view: viewer.pixels(view) for view in ALL} == before


def test_does_the_wheel_scroll_the_page_until_somebody_works_in_the_views(viewer: Viewer) -> None:
    before = viewer.pixels("output-0")
    viewer.canvas("output-0").hover()
    top = viewer.page.evaluate("scrollY")
    viewer.page.mouse.wheel(0, -100)
    viewer.page.wait_for_timeout(400)
    assert viewer.page.evaluate("scrollY") < top
    assert viewer.pixels("output-0") == before


@pytest.mark.parametrize("how", ["drag", "key"])
def test_does_pan_move_all_views_together(viewer: Viewer, how: str) -> None:
    viewer.press("+", "+")
    before = {view: viewer.pixels(view) for view in ALL}
    if how == "drag":
        viewer.drag("difference", 60, 40)
    else:
        viewer.press("ArrowLeft", "ArrowUp")
    after = {view: viewer.pixels(view) for view in ALL}
    assert all(after[view] != before[view] for view in ALL)
    assert viewer.index is None  # neither selects


def test_does_the_input_follow_in_its_own_coordinates(tmp_path: Path, opened: Open) -> None:
    """Where an output stands in its view, the middle of what it reads stands in the input's."""
    x = np.random.default_rng(4).standard_normal((1, 15, 15, 1)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    options = ["--input", "x.npy", "--kernel-size", "3", "--strides", "2", "--padding", "valid"]
    made = command(tmp_path, "compare", *options, "-i", "numpy", "-o", "r.html")
    viewer = opened(made, viewport={"width": 1440, "height": 1400}).viewer()
    greys = (x - x.min()) / (x.max() - x.min()) * 255
    for row, column in np.ndindex(7, 7):
        point = viewer.point("input", (row, column))
        shown = viewer.colour("input", point["x"] + 3, point["y"] + 3)
        assert shown[0] == pytest.approx(greys[0, 2 * row + 1, 2 * column + 1, 0], abs=1.01)
    viewer.canvas("input").click(position=viewer.point("input", (5, 2)))
    assert viewer.index == (0, 5, 2, 0)


def test_does_holding_an_output_show_the_other(viewer: Viewer) -> None:
    viewer.aim("output-0")  # what is under the mouse is outlined in both
    first, second = viewer.pixels("output-0"), viewer.pixels("output-1")
    viewer.hold("output-0")
    assert viewer.pixels("output-0") == second
    assert "other" in viewer.root.locator('[data-view="output-0"] .title').inner_text()
    viewer.page.mouse.up()
    assert viewer.pixels("output-0") == first != second
    assert viewer.index is None


def test_does_a_key_held_swap_both(viewer: Viewer) -> None:
    first, second = viewer.pixels("output-0"), viewer.pixels("output-1")
    assert first != second
    viewer.views.focus()
    viewer.page.keyboard.down("s")
    assert (viewer.pixels("output-0"), viewer.pixels("output-1")) == (second, first)
    viewer.page.keyboard.up("s")
    assert (viewer.pixels("output-0"), viewer.pixels("output-1")) == (first, second)


def test_does_the_slider_go_from_one_output_to_the_other(viewer: Viewer) -> None:
    line = viewer.root.get_by_label("line between the two outputs")
    line.focus()
    line.press("Home")
    all_second = viewer.pixels("slider")
    line.press("End")
    all_first = viewer.pixels("slider")
    line.fill("50")
    assert len({all_first, all_second, viewer.pixels("slider")}) == 3


@pytest.mark.parametrize(("label", "to"), [("image", "1"), ("channel", "4")])
def test_does_a_chooser_change_all_planes(viewer: Viewer, label: str, to: str) -> None:
    viewer.choose("image", 0)
    viewer.choose("channel", 0)
    before = {view: viewer.pixels(view) for view in ALL}
    viewer.choose(label, to)
    assert all(viewer.pixels(view) != before[view] for view in ALL)  # channel 4 is of group 1


def test_does_the_difference_change_its_unit(viewer: Viewer) -> None:
    figure = viewer.root.locator('[data-view="difference"]')
    viewer.choose("difference", "ulps")
    viewer.settle()
    assert figure.locator(".note").inner_text() == "ULPs"
    assert float(figure.locator(".scale-ticks .last").inner_text()) > 1e3  # it is a row off


def test_are_other_slices_and_axes_of_a_volume_seen(pages: Pages, opened: Open) -> None:
    viewer = opened(pages("volume"), viewport={"width": 1440, "height": 1400}).viewer()
    before = viewer.pixels("output-0")
    viewer.choose("depth", 2)
    other = viewer.pixels("output-0")
    assert other != before
    viewer.choose("plane", 1)  # depth × column
    viewer.settle()
    rows = [stop - start for start, stop in viewer.numbers["region"]][1]
    assert f"{rows} rows" in viewer.canvas("output-0").get_attribute("aria-label")
    assert not viewer.root.get_by_label("depth", exact=True).is_visible()
    assert viewer.root.get_by_label("row", exact=True).is_visible()


def test_can_a_view_be_left_out(viewer: Viewer) -> None:
    viewer.root.get_by_label("ULPs", exact=True).uncheck()
    viewer.settle()
    assert viewer.root.locator('[data-view^="ulps"]:visible').count() == 0
    assert viewer.root.locator('[data-view^="over"]:visible').count() == 2


def test_is_everything_reached_by_tab_with_a_visible_focus(viewer: Viewer) -> None:
    viewer.press("n")
    viewer.root.locator("button").first.focus()
    names = []
    for _ in range(60):
        viewer.page.keyboard.press("Tab")
        name, visible, inside = viewer.page.evaluate(
            """() => { const e = document.activeElement;
            const label = e.getAttribute("aria-label") || e.labels?.[0]?.textContent.trim();
            const visible = getComputedStyle(e).outlineStyle !== "none";
            return [label || e.className, visible, Boolean(e.closest(".viewer"))]; }"""
        )
        if not inside:
            break
        assert visible, name
        names.append(name)
    else:
        pytest.fail("Tab does not leave the viewer")
    assert {
        "zoom in", "next worst element", "image", "channel", "difference", "error over bound",
        "linked views of the case", "line between the two outputs", "channel of the group",
        "products", "all digits",
    } <= set(names)  # fmt: skip
