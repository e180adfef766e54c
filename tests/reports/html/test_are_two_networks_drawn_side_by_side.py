"""Are both networks drawn, matched convolutions beside each other, and differences marked?"""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest
from lxml import html

from convcheck.reports.context import Context
from convcheck.reports.html import render
from convcheck.reports.html.networks.draw import networks
from convcheck.reports.html.networks.rows import rows
from tests.reports import against
from tests.reports.results import check_of

MEGABYTE = 10**6


def page(result):
    return html.document_fromstring(render(result, Context()))


def boxes(drawing):
    """Name -> the boxes with it."""
    found = {}
    for box in drawing.boxes:
        found.setdefault(box.name, []).append(box)
    return found


def test_is_each_convolution_of_both_a_box_beside_its_partner():
    result = against.different()
    found = boxes(networks(result))
    for pair in result.pairs:
        (a,), (b,) = found[pair.a], found[pair.b]
        assert a.y == b.y
        assert a.x < b.x
    assert {name: one[0].state for name, one in found.items()} == {
        "A: input": "end", "B: input": "end", "A: output": "end", "B: output": "end",
        "conv0": "fine", "conv0/Relu": "fine", "conv1": "fine", "conv1/Relu": "fine",
        "conv2": "bad", "conv2/Relu": "bad",
        "twin": "merged", "lost": "unsure", "new": "unsure",
    }  # fmt: skip


def test_does_no_box_cover_another():
    drawing = networks(against.different())
    corners = {(box.x, box.y) for box in drawing.boxes}
    assert len(corners) == len(drawing.boxes)
    heights = sorted({box.y for box in drawing.boxes})
    assert min(b - a for a, b in pairwise(heights)) > drawing.HEIGHT
    assert max(heights) + drawing.HEIGHT <= drawing.height


def test_is_each_line_between_convolutions_drawn_and_red_where_it_differs():
    result = against.different()
    wires = networks(result).wires
    between = [wire for wire in wires if not wire.across]
    ends = sum(len(layer.before) for one in (result.a, result.b) for layer in one.layers)
    assert len(between) == ends + sum(map(len, result.a.outputs + result.b.outputs))
    # Before conv1 and before the output, in each of the two.
    assert [wire.state for wire in between].count("bad") == 4
    across = [wire for wire in wires if wire.across]
    assert [wire.state for wire in across] == ["fine", "fine", "bad", "merged"]


def test_is_a_segment_that_differs_said_to_be_and_leads_to_its_place():
    labels = networks(against.different()).labels
    shown = [(one.words, one.link) for one in labels if "units" in one.words]
    assert shown == [("≠ 3e+05 units", "place-1"), ("≠ inf units", "place-1")]
    assert [one.words for one in labels[:3]] == ["equal", "float16", "other geometry"]


@pytest.mark.parametrize("name", against.RESULTS)
def test_does_every_link_of_the_drawing_lead_somewhere(name):
    document = page(against.RESULTS[name]())
    ids = set(document.xpath("//@id"))
    links = document.xpath("//svg//a/@href")
    assert {link[1:] for link in links} <= ids
    assert bool(document.xpath("//svg")) == bool(links) or "empty" in name
    for path in document.xpath("//svg//path/@d"):
        assert re.fullmatch(r"M[\d.]+ [\d.]+(V|L|C)[-\d. ]+", path), path


def test_is_no_drawing_where_it_is_not_known_what_follows_what():
    sides = {"a": against.side("a.onnx"), "b": against.side("b.onnx")}
    assert networks(against.sound(**sides)) is None
    assert not page(against.sound(**sides)).xpath("//svg")


def test_are_convolutions_without_a_partner_after_the_one_before_them():
    found = rows(3, 4, {0: 1, 1: 3, 2: 0})
    assert found.a == {0: 1, 1: 3, 2: 4}
    assert found.b == {0: 4, 1: 1, 2: 2, 3: 3}
    assert found.end == 5


def test_has_each_pair_a_section_with_its_own_calls():
    document = page(against.different(check_of("different"), check_of("rounding")))
    assert len(document.xpath("//section[@class='case']")) == 3
    whole = " ".join(document.get_element_by_id("inside-2").itertext())
    whole = " ".join(whole.split())
    for words in (
        "geometry 3x3/2 pads 1 8x8x3→4 3x3/2 pads 0:1",
        "same-padding-side (proved)",
        "more than rounding",
    ):
        assert words in whole
    opened = document.xpath("//section[@class='case']/details[@open]/div/@id")
    assert opened == ["inside-1", "inside-2"]  # what lies before conv1 differs


def test_is_the_page_of_53_pairs_small_and_are_all_its_numbers_finite():
    text = render(against.large(), Context())
    assert len(text) < MEGABYTE / 2
    drawing = networks(against.large())
    sizes = [n for box in drawing.boxes for n in (box.x, box.y)]
    assert all(map(math.isfinite, [*sizes, drawing.width, drawing.height]))
    assert max(len(box.name) for box in drawing.boxes) <= 32
