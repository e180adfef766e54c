"""Do zoom, pan, swap, slider, choosers, worst elements and keys do what they say?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from .cases import Made
from .conftest import Open, Pages, command
from .page import Viewer

pytestmark = pytest.mark.slow

ALL = ["input", "output-0", "output-1", "exact", "slider", "difference", "over-0", "over-1"]
BRIGHTEST = (252, 253, 191)
"""Of magma, which errors over their bounds are shown in."""


@pytest.fixture
def viewer(pages: Pages, opened: Open) -> Viewer:
    return opened(pages("grouped"), viewport={"width": 1440, "height": 1400}).viewer()


def drag(viewer: Viewer, view: str, right: float, down: float) -> None:
    box = viewer.canvas(view).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = viewer.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + right / 2, y + down / 2)
    mouse.move(x + right, y + down)
    mouse.up()


def aim(viewer: Viewer, view: str) -> None:
    """Move the mouse over a view."""
    box = viewer.canvas(view).bounding_box()
    viewer.page.mouse.move(box["x"] + box["width"] / 2 + 5, box["y"] + box["height"] / 2 + 5)


def hold(viewer: Viewer, view: str) -> None:
    aim(viewer, view)
    viewer.page.mouse.down()
    viewer.page.wait_for_timeout(500)


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
        drag(viewer, "difference", 60, 40)
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
    aim(viewer, "output-0")  # what is under the mouse is outlined in both
    first, second = viewer.pixels("output-0"), viewer.pixels("output-1")
    hold(viewer, "output-0")
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


def test_do_next_and_previous_walk_the_worst_elements(viewer: Viewer) -> None:
    worst = [tuple(index) for index in viewer.numbers["worst"]]
    viewer.press("n")
    assert viewer.index == worst[0]
    viewer.press("n", "n")
    assert viewer.index == worst[2]
    viewer.press("p")
    assert viewer.index == worst[1]
    viewer.root.get_by_role("button", name="next worst element").click()
    assert viewer.index == worst[2]
    viewer.root.get_by_role("button", name="previous worst element").click()
    assert viewer.index == worst[1]
    viewer.click("output-0", worst[7])
    viewer.press("n")
    assert viewer.index == worst[8]
    viewer.press("p", *["p"] * 7)
    assert viewer.index == worst[0]
    viewer.press("p")
    assert viewer.index == worst[-1]
    viewer.press("n", "n")
    shown = viewer.root.locator(".summary").inner_text()
    assert f"number 2 of the {len(worst)}" in shown


def test_do_arrows_select_the_neighbour_and_stop_at_the_border(viewer: Viewer) -> None:
    viewer.click("output-0", (0, 0, 1, 0))
    viewer.press("ArrowRight", "ArrowDown")
    assert viewer.index == (0, 1, 2, 0)
    viewer.press("ArrowUp", "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert viewer.index == (0, 0, 0, 0)
    viewer.press("Escape")
    assert viewer.index is None


def test_is_a_frame_seen_in_every_view_and_the_patch_in_the_input(viewer: Viewer) -> None:
    before = {view: viewer.pixels(view) for view in ALL}
    viewer.press("n")
    assert all(viewer.pixels(view) != before[view] for view in ALL)


def test_are_numbers_written_into_elements_that_are_large(viewer: Viewer) -> None:
    viewer.press("n")
    viewer.press(*["+"] * 8)
    close = viewer.pixels("exact")
    viewer.press("+")
    assert viewer.pixels("exact") == close  # no closer than that
    colours = viewer.canvas("exact").evaluate(
        """(canvas) => new Set(new Uint32Array(canvas.getContext("2d")
          .getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
    )
    assert colours > 30  # smooth letters, not only the elements' own greys


def test_is_what_is_not_finite_in_a_colour_of_its_own(
    pages: Pages, opened: Open, cases: dict[str, Made]
) -> None:
    viewer = opened(pages("holes"), viewport={"width": 1440, "height": 1400}).viewer()
    first = cases["holes"].outputs[0]
    nan, fine = (tuple(np.argwhere(mask)[0]) for mask in (np.isnan(first), np.isfinite(first)))
    for index, cyan in ((nan, True), (fine, False)):
        viewer.choose("channel", index[-1])
        point = viewer.point("output-0", index[1:3])
        assert (viewer.colour("output-0", point["x"], point["y"]) == (0, 255, 255)) is cyan
    assert "cyan: NaN or infinite" in viewer.root.locator('[data-view="output-0"]').inner_text()


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


def test_is_a_single_wrong_element_seen_where_a_pixel_stands_for_many(
    tmp_path: Path, opened: Open
) -> None:
    x = np.random.default_rng(3).integers(1, 5, (1, 301, 301, 1)).astype(np.float32)
    k = np.full((1, 1, 1, 1), 0.1, np.float32)
    wrong = x * k
    wrong[0, 100, 201, 0] += 1000
    for name, array in {"x": x, "k": k, "y": x * k, "wrong": wrong}.items():
        np.save(tmp_path / f"{name}.npy", array)
    options = ["--input", "x.npy", "--kernel", "k.npy", "-i", "file:y.npy", "-i", "file:wrong.npy"]
    made = command(tmp_path, "compare", *options, "-o", "r.html")
    viewer = opened(made, viewport={"width": 375, "height": 800}).viewer()
    width = viewer.canvas("over-1").bounding_box()["width"]
    assert width < 200
    point = viewer.point("over-1", (100, 201))
    assert viewer.colour("over-1", point["x"], point["y"]) == BRIGHTEST
    assert viewer.colour("over-1", point["x"] - 5, point["y"]) != BRIGHTEST


def test_are_three_outputs_with_any_names_compared_in_pairs(tmp_path: Path, opened: Open) -> None:
    names = ["<img src=x onerror=alert(1)>.npy", "größe & 畳み込み.npy", "'quoted' {{ 7*7 }}.npy"]
    x = np.random.default_rng(5).random((1, 6, 6, 1)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "k.npy", np.ones((1, 1, 1, 1), np.float32))
    options = ["--input", "x.npy", "--kernel", "k.npy"]
    for number, name in enumerate(names):
        np.save(tmp_path / name, x * (1 + number))
        options += ["-i", f"file:{name}"]
    made = command(tmp_path, "compare", *options, "-o", "r.html")
    viewer = opened(made, viewport={"width": 1440, "height": 1400}).viewer()
    title = viewer.root.locator('[data-view="difference"] .whose')

    def pair(first: int, second: int) -> bool:
        viewer.settle()
        return bool(title.inner_text() == f"{names[first]} − {names[second]}")

    assert pair(0, 1)
    viewer.choose("second output", 2)
    assert pair(0, 2)
    viewer.choose("first output", 2)  # they change places
    assert pair(2, 0)
    viewer.click("difference", (0, 2, 3, 0))
    values = viewer.read()["values"]
    assert [np.float32(values[str(i)]["value"]) for i in range(3)] == [
        x[0, 2, 3, 0] * np.float32(1 + i) for i in range(3)
    ]
    assert viewer.root.locator("img").count() == 0
    hold(viewer, "output-0")
    assert viewer.root.locator('[data-view="output-0"] .whose').inner_text() == names[2]
    viewer.page.mouse.up()


def test_are_the_numbers_under_the_mouse_shown_in_every_view(
    viewer: Viewer, cases: dict[str, Made]
) -> None:
    viewer.choose("image", 1)
    viewer.choose("channel", 3)
    viewer.canvas("difference").hover(position=viewer.point("difference", (4, 2)))
    viewer.settle()
    for number, output in enumerate(cases["grouped"].outputs):
        shown = viewer.root.locator(f'[data-view="output-{number}"] .under').inner_text()
        assert float(shown) == pytest.approx(float(output[1, 4, 2, 3]), rel=1e-4)
    assert viewer.index is None
    viewer.page.mouse.move(0, 0)
    viewer.settle()
    assert viewer.root.locator(".under").all_inner_texts() == [""] * 10
