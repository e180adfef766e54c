"""Does every kind of case give a picture?"""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.quantized.sums import exact_sums
from convcheck.reports.plot.draw import draw, make_figure
from convcheck.results import Finding
from convcheck.truth.exact import exact
from tests.reports.checks import made, output
from tests.reports.quantized import image, judged, of_formulas, sums_of


def picture(case: Case, *outputs) -> np.ndarray:
    data = draw(case, made(*outputs, case=case, maps=True), "png")
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.slow
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


def panels(*outputs, case: Case, findings=()):
    """The figure's axes by the first line of their title, and the figure."""
    check = replace(made(*outputs, case=case, maps=True), findings=findings)
    figure = make_figure(case, check)
    return {axes.get_title().partition("\n")[0]: axes for axes in figure.axes}, figure


def noise(shape: tuple[int, ...], filters: int) -> tuple[Case, np.ndarray]:
    rng = np.random.default_rng(1)
    rank = len(shape) - 2
    kernel = rng.standard_normal((3,) * rank + (shape[-1], filters))
    case = Case(ConvSpec.make((3,) * rank), rng.standard_normal(shape), kernel)
    return case, exact(case).hi


def test_is_the_image_and_channel_shown_where_the_difference_is():
    case, y = noise((3, 12, 10, 2), 4)
    wrong = y.copy()
    wrong[2, 7, 5, 3] += 1
    shown, _ = panels(output("a", y), output("b", wrong), case=case)
    difference = next(axes for title, axes in shown.items() if title.startswith("difference"))
    assert difference.get_title().endswith("[2, :, :, 3]")
    gap = difference.images[0].get_array()
    assert np.argwhere(gap > 0).tolist() == [[7, 5]]


def test_is_a_slice_of_a_volume_shown_where_the_difference_is():
    case, y = noise((1, 6, 8, 7, 1), 2)
    wrong = y.copy()
    wrong[0, 4, 3, 2, 1] += 1
    shown, _ = panels(output("a", y), output("b", wrong), case=case)
    assert shown["call of b"].get_title().endswith("[0, 4, :, :, 1]")


def test_do_all_outputs_share_one_scale():
    case, y = noise((1, 12, 10, 2), 1)
    shown, _ = panels(output("a", y), output("b", 3 * y), output("c", y + 5), case=case)
    scales = {shown[f"call of {name}"].images[0].get_clim() for name in "abc"}
    assert scales == {(min((3 * y).min(), y.min()), max((3 * y).max(), (y + 5).max()))}


def test_is_a_signal_drawn_as_curves():
    case, y = noise((1, 40, 2), 1)
    shown, _ = panels(output("a", y), output("b", y.astype("f4")), case=case)
    outputs = [shown[f"call of {name}"] for name in "ab"]
    assert all(not axes.images for axes in shown.values())
    assert all(len(axes.lines[0].get_xdata()) == 40 for axes in outputs)
    assert outputs[0].get_ylim() == outputs[1].get_ylim()


def test_does_the_title_say_the_cause():
    case, y = noise((1, 12, 10, 2), 1)
    found = Finding("kernel-flip", "b", "proved", "flipped")
    _, figure = panels(output("a", y), output("b", -y), case=case, findings=(found,))
    assert "call of b: kernel-flip (proved)" in figure.get_suptitle()


def test_does_the_title_name_each_output_once_and_no_cause_twice():
    case, y = noise((1, 4, 4, 1), 1)
    pairs = [Finding("requantization-rounding", "a", "proved", "", beside=b) for b in "bc"]
    nothing = Finding("unexplained", "b", "unexplained", "")
    outputs = [output(name, y + i) for i, name in enumerate("abc")]
    _, figure = panels(*outputs, case=case, findings=(*pairs, nothing))
    title = figure.get_suptitle().splitlines()[-1]
    assert title == "call of a: requantization-rounding (proved); call of b: unexplained"


def test_are_the_title_s_ulps_those_of_the_largest_output():
    """Beside an output near zero, the same difference is a million ULPs."""
    case, y = noise((1, 12, 10, 2), 1)
    other = y.astype("f4")
    y[0, 3, 3, 0], other[0, 3, 3, 0] = 1e-30, 1e-9
    shown, _ = panels(output("a", y), output("b", other), case=case)
    (title,) = (axes.get_title() for axes in shown.values() if "difference" in axes.get_title())
    words = " ".join(title.split())
    ulps = float(words.partition(" ULPs of the largest output")[0].rpartition(" ")[2])
    assert 0 < ulps < 1
    assert "e+" not in words


def test_are_integers_drawn_in_steps_of_the_output():
    case = image()
    check = judged(case, *of_formulas(case, "F1", "D/Mdbl"), sums_of(case))
    figure = make_figure(case.case, check)
    shown = {axes.get_title().partition("\n")[0]: axes for axes in figure.axes}
    assert {"by F1", "by D/Mdbl"} <= {title.removeprefix("call of ") for title in shown}
    assert not any("sums" in title for title in shown)  # thousands beside numbers of 8 bits
    (error,) = (axes for title, axes in shown.items() if title.endswith("error in steps"))
    assert "at most 0.75 from the real number" in error.get_title().replace("\n", " ")
    # Of the sum s the real number is 0.3 s - 9 or 0.2625 s - 9: eighths of a step and less.
    steps = np.asarray(error.images[0].get_array())
    whole = case.parameters.i * case.parameters.w.astype(float)[1] * exact_sums(case).acc[0, ..., 1]
    given = check.judgements[1].output.array[0, ..., 1]
    assert np.abs(steps - np.abs(given + 9 - whole)).max() < 1e-6
    texts = [axes.get_xlabel() + axes.get_ylabel() + axes.get_title() for axes in figure.axes]
    assert sum("steps of the output (1)" in text for text in texts) >= 3
    assert not any("ULP" in text for text in texts)


def test_are_sums_alone_drawn_in_their_own_units():
    case = image()
    one, two = sums_of(case, "a"), sums_of(case, "b")
    other = replace(two, array=two.array + (two.array == two.array.max()))
    figure = make_figure(case.case, judged(case, one, other))
    titles = " ".join(axes.get_title() for axes in figure.axes)
    assert "units of the sum" in titles
    assert "steps" not in titles
    assert "0 is the best possible" in titles.replace("\n", " ")
    assert "0.5" not in titles
    (histogram,) = (axes for axes in figure.axes if axes.get_ylabel() == "outputs")
    assert [line.get_xdata()[0] for line in histogram.lines] == [0]


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 4, 6])
@pytest.mark.parametrize("shape", [(2, 40, 3), (2, 12, 10, 3)])
def test_does_no_title_cover_another(count, shape):
    case, y = noise(shape, 3)
    named = [f"file:folder/with a long name/recorded-{i}-$output$.npy" for i in range(count)]
    outputs = [replace(output(name, y + i), call=name) for i, name in enumerate(named)]
    _, figure = panels(*outputs, case=case)
    figure.canvas.draw()
    titles = [axes.title for axes in figure.axes if axes.get_title()]
    boxes = [text.get_window_extent() for text in (*titles, figure._suptitle)]
    panes = [axes.get_window_extent() for axes in figure.axes]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])
        assert not any(box.shrunk(0.9, 0.9).overlaps(pane) for pane in panes)
