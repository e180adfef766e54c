"""Is a page quiet, readable at every width, in both colour schemes and without JavaScript?"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from .conftest import Open, Pages, command

pytestmark = pytest.mark.slow

SIZES = [(375, 800), (1440, 900)]


@pytest.fixture(scope="session")
def several(pages: Pages) -> Path:
    """The page of several recorded cases: in one of them an output is a row off."""
    bundles = [str(pages(name).with_suffix(".npz")) for name in ("photo", "grouped", "curve")]
    return command(pages("volume").parent, "verify", *bundles, "-o", "several.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["375", "1440"])
@pytest.mark.parametrize("name", ["photo", "curve", "volume"])
def test_does_a_page_fit_its_window_in_both_schemes(
    name: str, size: tuple[int, int], scheme: str, pages: Pages, opened: Open
) -> None:
    page = opened(pages(name), viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    viewer = page.viewer()
    viewer.press("n", "+", "+")
    viewer.root.get_by_label("products").check()
    assert page.overflow() == 0
    readout = viewer.root.locator(".readout").bounding_box()
    views = viewer.views.bounding_box()
    beside = readout["x"] >= views["x"] + views["width"]
    assert beside is (size[0] == 1440)
    colours = page.page.evaluate(
        "() => ['backgroundColor', 'color'].map((name) => getComputedStyle(document.body)[name])"
    )
    back, text = (sum(map(float, c[c.index("(") + 1 : -1].split(",")[:3])) for c in colours)
    assert (back < text) is (scheme == "dark")


def test_are_curves_drawn_in_the_colours_of_the_scheme(pages: Pages, opened: Open) -> None:
    page = opened(pages("curve"), viewport={"width": 1440, "height": 900}, color_scheme="light")
    viewer = page.viewer()
    light = viewer.pixels("output-0")
    page.page.emulate_media(color_scheme="dark")
    page.page.wait_for_timeout(200)
    assert viewer.pixels("output-0") != light


@pytest.mark.parametrize("name", ["photo", "curve", "volume"])
def test_is_a_page_whole_without_javascript(name: str, pages: Pages, opened: Open) -> None:
    page = opened(pages(name), java_script_enabled=False).page
    assert page.locator("h1.verdict").is_visible()
    assert page.locator("table:visible").count() >= 2
    assert page.locator("figure.layer:visible").count() >= 4
    assert page.locator("figure.layer:visible :is(img, svg):visible").count() >= 4
    assert page.locator("button:visible").count() == 0
    assert page.locator(".viewer:visible").count() == 0


def test_do_the_pictures_give_way_to_the_viewer(pages: Pages, opened: Open) -> None:
    page = opened(pages("photo"))
    page.viewer()
    shown = page.page.locator("figure.layer:visible")
    assert [one.get_attribute("data-layer") for one in shown.all()] in (["histogram"], [])


def test_does_a_button_copy_the_command(pages: Pages, opened: Open) -> None:
    page = opened(pages("photo"), permissions=["clipboard-read", "clipboard-write"])
    button = page.page.locator("button.copy").first
    command_line = page.page.locator(button.get_attribute("data-copy")).text_content()
    button.click()
    page.page.wait_for_function("(b) => b.textContent === 'copied'", arg=button.element_handle())
    copied = page.page.evaluate("navigator.clipboard.readText()")
    assert copied == command_line.strip() != ""


def test_is_a_table_sorted_by_its_headers(several: Path, opened: Open) -> None:
    page = opened(several, viewport={"width": 1440, "height": 900}).page
    tables = page.locator("table.sortable")
    header = tables.locator("thead th")
    keys = "(rows, column) => rows.map((row) => row.cells[column].dataset.value)"
    rows = tables.locator("tbody tr")
    for column in range(header.count()):
        before = rows.evaluate_all(keys, column)
        button = header.nth(column).locator("button")
        button.click()
        up = rows.evaluate_all(keys, column)
        assert up == sorted(before, key=order)
        assert header.nth(column).get_attribute("aria-sort") == "ascending"
        button.press("Enter")
        down = rows.evaluate_all(keys, column)
        assert [order(key) for key in down] == [order(key) for key in reversed(up)]
        assert header.nth(column).get_attribute("aria-sort") == "descending"
        assert tables.locator("[aria-sort]").count() == 1


def order(key: str) -> tuple[int, float, str]:
    """Numbers before texts."""
    try:
        return (0, float(key), "")
    except ValueError:
        return (1, 0.0, key.casefold())


def test_does_a_viewer_start_when_its_case_is_unfolded(several: Path, opened: Open) -> None:
    page = opened(several, viewport={"width": 1440, "height": 900}).page
    started = page.locator(".viewer[data-started]")
    page.wait_for_timeout(500)
    assert started.count() <= 1  # the one that fails is unfolded
    folded = page.locator("section.case").filter(has=page.locator("details:not([open])"))
    section = folded.last
    name = section.get_attribute("id")
    page.locator(f'table.sortable a[href="#{name.replace("case", "inside")}"]').click()
    page.locator(f"#{name} .viewer[data-ready]").wait_for()
    assert page.locator(f"#{name} details").first.get_attribute("open") is not None
    assert page.locator(f"#{name} .views").is_visible()
    assert started.count() <= 3


def test_can_fingers_do_what_a_mouse_does(pages: Pages, opened: Open) -> None:
    page = opened(pages("grouped"), viewport={"width": 375, "height": 800}, has_touch=True)
    viewer = page.viewer()
    viewer.canvas("output-0").scroll_into_view_if_needed()
    box = viewer.canvas("output-0").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    first, second = viewer.pixels("output-0"), viewer.pixels("output-1")
    touch = page.context.new_cdp_session(page.page)

    def fingers(kind: str, *points: tuple[float, float]) -> None:
        touch.send(
            "Input.dispatchTouchEvent",
            {
                "type": kind,
                "touchPoints": [{"x": a, "y": b, "id": i} for i, (a, b) in enumerate(points)],
            },
        )

    fingers("touchStart", (x, y))
    page.page.wait_for_timeout(500)
    assert viewer.pixels("output-0") == second
    fingers("touchEnd")
    assert viewer.pixels("output-0") == first
    fingers("touchStart", (x - 20, y), (x + 20, y))
    for apart in range(25, 60, 5):
        fingers("touchMove", (x - apart, y), (x + apart, y))
    fingers("touchEnd")
    assert viewer.pixels("output-0") != first
    assert viewer.index is None
    page.page.touchscreen.tap(x, y)
    assert viewer.index is not None


def test_does_the_page_of_the_photograph_show_its_numbers(tmp_path: Path, opened: Open) -> None:
    """The command's own default case, in the two implementations that start at once."""
    from sklearn.datasets import load_sample_image

    made = command(tmp_path, "compare", "-i", "numpy", "-i", "scipy", "-o", "r.html")
    assert made.stat().st_size < 3e6
    page = opened(made, viewport={"width": 1440, "height": 1400})
    viewer = page.viewer()
    image = np.pad(load_sample_image("china.jpg") / 255, ((3, 3), (3, 3), (0, 0)))
    rng = np.random.default_rng(7)
    for _ in range(20):
        index = tuple(int(rng.integers(*ends)) for ends in viewer.numbers["region"])
        _, row, column, _ = index
        viewer.click("output-1", index)
        shown = viewer.read()
        assert viewer.index == index
        window = image[row : row + 7, column : column + 7]
        exact = sum(map(Fraction, window.ravel().tolist()), Fraction(0))
        assert float(shown["values"]["exact"]["value"]) == float(exact)
        assert [float(at or 0) for at in shown["patch"]] == window[..., 0].ravel().tolist()
    folded = page.page.get_by_text("Pictures of the whole output")
    folded.click()
    page.page.locator('figure[data-layer="exact"]').wait_for(state="visible")
    assert page.overflow() == 0
