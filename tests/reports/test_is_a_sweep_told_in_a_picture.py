"""Does the heat map of a sweep say of each value what its cases came to?"""

from __future__ import annotations

import io
import random
from dataclasses import replace

import numpy as np
import pytest
from lxml import html
from PIL import Image

from convcheck.cli import output_files
from convcheck.errors import UsageError
from convcheck.reports.context import Context
from convcheck.reports.html.heat import LEVELS
from convcheck.reports.plot.heat.draw import draw, make_figure
from convcheck.reports.plot.heat.grid import MOST_VALUES, by_number, grid_of
from convcheck.reports.registry import FORMATS
from convcheck.sweep.results import Axis
from tests.reports import sweeps

ONE = Axis(
    ("implementation",),
    {
        ("keras",): {"identical": 400, "rounding": 1500, "different": 70, "skipped": 30},
        ("torch",): {"identical": 900, "rounding": 1000, "undecided": 100},
    },
)
LONG = "a value with a very long name that says $x_1$ and more than anyone reads {}"


def with_axes(axes):
    return sweeps.failing(axes=axes)


def of_pairs(columns, rows):
    cells = {(c, r): {"rounding": 3, "different": 1} for c in columns for r in rows}
    return Axis(("stride", "padding"), cells)


@pytest.mark.parametrize(
    "values",
    [
        ["1", "2", "9", "10", "100"],
        ["-1", "0.5", "1", "1e3"],
        ["1,1", "1,2", "2,1", "10,1"],
        ["2", "valid"],
        ["bfloat16", "float16", "float32", "float64"],
        ["cancellation:1e6", "cancellation:1e10"],
    ],
)
def test_are_values_in_the_order_of_their_numbers(values):
    shuffled = random.Random(0).sample(values, len(values))
    assert sorted(shuffled, key=by_number) == values


def test_can_every_text_be_sorted():
    strange = ["", "9" * 400, "1e999", "-", "a1", "1a", "٣", "\n", "1.2.3", "--2"]
    in_order = sorted(strange, key=by_number)
    assert set(in_order) == set(strange)


def test_does_each_cell_say_how_many_of_its_cases_are_different():
    grid = grid_of(sweeps.AXES)
    assert grid.names == ("stride", "kernel-size")
    assert (grid.columns, grid.rows) == (["1", "2", "10"], ["1", "3"])
    words = {key: cell.words for key, cell in grid.cells.items()}
    assert words["2", "1"] == "3/40"
    assert words["10", "1"] == "40/40"
    assert grid.cells["2", "1"].worst == "different"
    assert grid.cells["1", "1"].worst == "rounding"


def test_is_what_nobody_can_do_not_among_the_judged():
    cell = grid_of(ONE).cells["keras", ""]
    assert (cell.words, cell.judged) == ("70/1,970", 1970)
    only = Axis(("a",), {("1",): {"skipped": 9}})
    assert grid_of(only).cells["1", ""].words == "-"
    assert grid_of(only).cells["1", ""].share is None


def test_are_the_values_with_the_most_failures_kept_of_too_many():
    many = {(str(i),): {"rounding": 5, "different": i % 7} for i in range(300)}
    grid = grid_of(Axis(("size",), many))
    assert len(grid.columns) == MOST_VALUES
    assert all(int(value) % 7 == 6 for value in grid.columns)
    assert grid.columns == sorted(grid.columns, key=int)
    assert grid.left_out == ("the 40 of 300 values of size with the most different cases",)


def test_do_the_drawn_cells_have_their_words_and_darker_colours_for_larger_shares():
    (axes, _) = make_figure(sweeps.failing()).axes
    texts = {text.get_text().partition("\n")[0]: text for text in axes.texts}
    assert sorted(texts) == ["0/40", "20/40", "3/40", "40/40"]
    assert texts["3/40"].get_text() == "3/40\n×"
    shades = {}
    for text in axes.texts:
        x, y = text.get_position()
        (patch,) = (p for p in axes.patches if p.get_xy() == (x - 0.5, y - 0.5))
        red, green, blue = np.array(patch.get_facecolor()[:3])
        # WCAG's luminance, which eyes without colours see.
        shades[text.get_text().partition("\n")[0]] = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert shades["0/40"] > shades["3/40"] > shades["20/40"] > shades["40/40"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "10"]


def test_are_the_parts_of_a_bar_as_long_as_their_cases_are_many():
    (axes,) = make_figure(with_axes(ONE)).axes
    widths = {round(patch.get_width()) for patch in axes.patches}
    assert {400, 1500, 70, 30, 900, 1000, 100} <= widths
    ends = {round(patch.get_x() + patch.get_width()) for patch in axes.patches}
    assert max(ends) == 2000
    assert "70/1,970 different" in [text.get_text() for text in axes.texts]


PICTURES = {
    "pairs": sweeps.AXES,
    "one": ONE,
    "none": None,
    "empty": Axis(("a", "b"), {}),
    "one cell": of_pairs(["1"], ["same"]),
    "long": of_pairs([LONG.format(i) for i in range(4)], [LONG.format(i) for i in range(3)]),
    "long ones": Axis((LONG,), {(LONG.format(i),): {"different": 1} for i in range(5)}),
    "nobody": Axis(("a", "b"), {("1", "2"): {"skipped": 3}, ("2", "3"): {}}),
}
MANY = of_pairs(map(str, range(60)), [f"{i}:{i},1:1" for i in range(50)])


@pytest.mark.parametrize("kind", PICTURES)
def test_is_there_a_picture_for_every_pair_of_axes(kind):
    data = draw(with_axes(PICTURES[kind]), "png")
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert min(pixels.shape[:2]) > 200
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20  # something is drawn


@pytest.mark.slow
def test_is_there_a_picture_of_many_values():
    pixels = Image.open(io.BytesIO(draw(with_axes(MANY), "png")))
    assert max(pixels.size) < 10_000


@pytest.mark.parametrize("kind", PICTURES)
def test_does_no_word_leave_the_picture_or_cover_a_label(kind):
    figure = make_figure(with_axes(PICTURES[kind]))
    figure.canvas.draw()
    whole = figure.bbox
    axes = figure.axes[0]
    below = [axes.xaxis.label, *([figure._supxlabel] if figure._supxlabel else [])]
    texts = [figure._suptitle, *axes.texts, *axes.get_yticklabels(), axes.yaxis.label, *below]
    for text in filter(lambda text: text.get_text(), texts):
        box = text.get_window_extent()
        assert whole.x0 <= box.x0 <= box.x1 <= whole.x1, text
        assert whole.y0 <= box.y0 <= box.y1 <= whole.y1, text
    for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
        boxes = [label.get_window_extent() for label in labels if label.get_text()]
        for i, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[i + 1 :])
            assert not any(box.overlaps(text.get_window_extent()) for text in below)


@pytest.mark.parametrize("form", ["svg", "pdf"])
def test_are_the_other_formats_what_they_say(form):
    assert draw(sweeps.failing(), form).startswith({"svg": b"<?xml", "pdf": b"%PDF"}[form])


def test_does_the_title_tell_the_verdict_of_the_reports():
    title = make_figure(sweeps.failing()).get_suptitle()
    assert title.splitlines()[0] == "DIFFERENT: 46 of 1,970 cases fail, in 4 ways"


def test_is_a_hostile_value_drawn_as_it_is():
    name = "$\\frac{x}$ <b>\x1b[31m\n畳"
    axes = Axis((name, name), {(name, name): {"different": 1}})
    assert draw(with_axes(axes), "svg").count(b"<b>") == 0


@pytest.mark.parametrize(("end", "begins"), [("PNG", b"\x89PNG"), ("svg", b"<?xml")])
def test_is_the_picture_written_in_the_format_of_its_suffix(tmp_path, end, begins):
    path = tmp_path / f"map.{end}"
    output_files.write_sweep_plot(str(path), sweeps.failing())
    assert path.read_bytes().startswith(begins)


def test_is_a_picture_that_cannot_be_drawn_a_usage_error(tmp_path):
    path = tmp_path / "map.png"
    with pytest.raises(UsageError, match="could not be drawn, all else is done"):
        output_files.write_sweep_plot(str(path), replace(sweeps.failing(), axes=7))
    assert not path.exists()


def heat(result):
    text = FORMATS["html"].render(result, Context(reproduce="convcheck sweep"))
    return html.document_fromstring(text).xpath("//table[@class='heat']")


def test_does_the_page_have_the_same_cells_coloured_alike():
    (table,) = heat(sweeps.failing())
    cells = {cell.text_content(): cell.get("class") for cell in table.xpath(".//td[@class]")}
    assert cells == {
        "0/40 ≈": "heat-0",
        "3/40 ×": "heat-1",
        "20/40 ×": "heat-4",
        "40/40 ×": f"heat-{LEVELS}",
    }
    assert [one.text_content() for one in table.xpath(".//tbody//th")] == ["1", "3"]
    assert table.xpath(".//td[@title='3 different, 37 rounding']")


def test_has_the_page_no_heat_map_without_axes():
    assert not heat(with_axes(None))
    assert not heat(with_axes(Axis(("a",), {})))


def test_has_each_colour_of_the_page_a_style():
    text = FORMATS["html"].render(sweeps.failing(), Context(reproduce="convcheck sweep"))
    assert all(f".heat-{level} {{ background" in text for level in range(LEVELS + 1))
