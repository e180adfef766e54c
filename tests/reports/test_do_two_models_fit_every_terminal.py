"""Is the report of two models readable in every terminal, and does it say what was found?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from convcheck.case.spec import ConvSpec
from convcheck.reports.context import Context
from convcheck.reports.geometry import geometries, geometry_and_kind
from convcheck.reports.shortened import cut, shortened
from convcheck.reports.text import render
from convcheck.results import Finding
from tests.reports import against

WIDTHS = (80, 100, 160)


def text(result, width=100):
    return render(result, Context(width=width))


def words(result, width=100):
    return " ".join(text(result, width).split())


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", against.RESULTS)
def test_is_no_line_longer_than_the_terminal(name, width):
    assert max(map(len, text(against.RESULTS[name](), width).splitlines())) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_has_each_of_53_pairs_one_line_and_a_name_of_its_own(width):
    result = against.large()
    table = text(result, width).split("\n\n")[1].splitlines()
    assert len(table) == 1 + len(result.pairs) + 1  # the header, and the output
    names = [line.removeprefix("  worst").split()[0] for line in table[1:-1]]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 40 for name in names)


def test_is_the_geometry_left_out_only_where_there_is_no_room():
    assert "geometry" in text(against.large(), 160)
    assert "geometry" not in text(against.large(), 80)
    assert "3x3/2 pads 1 8x8x3→4 ≠ pads 0:1" in text(against.different(), 100)
    (row,) = (line for line in text(against.different(), 80).splitlines() if "worst  conv2" in line)
    assert row.split() == ["worst", "conv2", "conv2/Relu", "other", "different", "rounding"]


def test_is_the_report_of_sound_models_short():
    lines = text(against.sound()).splitlines()
    assert len(lines) == 2 + 1 + 5 + 1 + 1 + 1 + 1  # models, table, verdict, the uncut models
    assert "EQUAL UP TO ROUNDING     3 convolutions matched, every difference is rounding" in lines


def test_are_the_first_and_the_worst_place_told_in_run_order():
    shown = words(against.different())
    first = shown.index("first between conv0 and conv1")
    assert first < shown.index("worst conv2 (B: conv2/Relu)")
    assert "what B feeds conv1 is 3e+05 units from A's; rounding alone may reach 12." in shown
    assert "They part at A's relu6: nothing in B gives its values." in shown
    assert "It shows before the output too." in shown
    assert "why clipped (supported): A clips at 6 (relu6), B does not." in shown
    assert "The same result here: spatial-shift." in shown
    assert shown.count("convcheck explain units") == 1


def test_is_a_cause_told_once_and_its_other_places_by_name():
    shown = words(against.large())
    assert shown.count("why kernel-flip (proved)") == 1
    assert "also kernel-flip: stage1/block10/depthwise_separable_convolution_10;" in shown


def test_are_other_causes_told_too():
    result = against.large()
    other = replace(result.places[2], findings=(Finding("missing-bias", "B", "proved", "none"),))
    shown = words(replace(result, places=(*result.places[:2], other)))
    assert "why missing-bias (proved): none." in shown


def test_is_what_was_not_compared_said():
    shown = words(against.different())
    assert "1 convolution of A without a partner in B, not compared: lost" in shown
    assert "1 convolution of B without a partner in A, not compared: new" in shown
    assert "B computes twin and conv1 of A once" in shown
    assert "B's weights are float16 in conv1" in shown


@pytest.mark.parametrize(
    ("spec", "shape", "expected"),
    [
        (against.PADDED, (1, 8, 8, 3), "3x3/2 pads 1 8x8x3→4"),
        (against.SHIFTED, (1, 8, 8, 3), "3x3/2 pads 0:1 8x8x3→4"),
        (replace(against.PADDED, padding=((1, 1), (2, 2))), (1, 8, 8, 3),
         "3x3/2 pads 1:1,2:2 8x8x3→4"),
        (replace(against.PADDED, padding=((0, 0), (0, 0))), (1, 8, 8, 3), "3x3/2 valid 8x8x3→4"),
        (replace(against.PADDED, groups=3), (1, 8, 8, 3), "depthwise 3x3/2 pads 1 8x8x3→4"),
        (replace(against.TRANSPOSED, padding=((0, 1), (0, 1))), (1, 8, 8, 3),
         "transposed 2x2/2 crops 0:1 8x8x3→4"),
        (ConvSpec((1,), (1,), ((0, 0),), (1,), 1, False, None), (1, 1, 64), "dense 64→4"),
        (ConvSpec((1,), (1,), ((0, 0),), (1,), 1, False, None), (1, 9, 64), "1 9x64→4"),
    ],
)  # fmt: skip
def test_is_a_geometry_told_in_few_characters(spec, shape, expected):
    assert geometry_and_kind(spec, shape, 4) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ""),
        ({"strides": (1, 1)}, " ≠ strides 1"),
        ({"dilations": (2, 2), "padding": ((2, 2), (2, 2))}, " ≠ dilations 2, pads 2"),
        ({"groups": 3}, " ≠ depthwise, groups 3"),
    ],
)
def test_is_said_what_another_geometry_has_in_its_place(changes, expected):
    ours = (against.PADDED, (1, 8, 8, 3), 4)
    theirs = (replace(against.PADDED, **changes), (1, 8, 8, 3), 4)
    assert geometries(ours, theirs) == f"3x3/2 pads 1 8x8x3→4{expected}"


def test_are_names_cut_where_that_tells_them_apart():
    begins = [f"block{i}/convolution/BiasAdd" for i in range(9)]
    ends = [f"a_network_of_somebody/layer_{i}" for i in range(9)]
    for names in (begins, ends):
        short = shortened(names, 14)
        assert len(set(short)) == 9
        assert max(map(len, short)) <= 14
    alike = [f"{i}" + "x" * 30 + f"{j}" for i in "ab" for j in "cd"] + [
        "x" * 15 + c + "x" * 15 for c in "ab"
    ]
    assert [one for one in shortened(alike, 9) if len(one) > 9] == alike[4:]
    assert max(map(len, cut(alike, 9))) == 9
    assert shortened(["short"], 9) == ["short"]
