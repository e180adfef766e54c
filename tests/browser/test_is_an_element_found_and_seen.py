"""Is an element found, by its place, its rank or its colour, and seen in every view?"""

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
    viewer.hold("output-0")
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
