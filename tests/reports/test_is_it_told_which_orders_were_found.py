"""Does every report say in which order sums are added, and no more than was found?"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from convcheck.reports.content.orders import order_lines
from convcheck.reports.context import Context
from convcheck.reports.json import render
from convcheck.reports.labels import labels
from convcheck.reports.plot.draw import make_figure
from convcheck.results import SumOrder, TreeShape
from tests.reports.checks import made, output, right, small_case
from tests.reports.test_is_the_json_document_valid import schema

CHAIN = TreeShape((0, 1, 2), ((0, 1), (3, 2)), (1, 2))
REPLAYED = SumOrder(
    "replayed", 18, 18, trees=1, probes=9, words="adds 3 products in one chain", shape=CHAIN
)
PARTLY = replace(REPLAYED, status="partly", outputs_equal=17, left_over=((0, 1, 2, 0),))
NO_SUM = SumOrder("not-a-sum", 18, 3)
NOT_SOUGHT = SumOrder("not-sought", 18, message="9 s were not enough, for 7 experiments")


def check_of(*orders, maps=False):
    """A check of outputs that differ, each with its order."""
    y = right(small_case())
    outputs = []
    for name, _ in zip("abc", orders, strict=False):
        outputs.append(output(name, y))
        y = np.nextafter(y, np.inf)
    check = made(*outputs, maps=maps)
    told = zip(check.judgements, orders, strict=True)
    return replace(check, judgements=tuple(replace(one, order=order) for one, order in told))


def text_of(check):
    return " ".join(order_lines(check, labels(check.judgements))).replace("\ue000", " ")


def test_is_nothing_told_of_what_was_not_asked_for():
    assert text_of(check_of(None, None)) == ""


def test_is_a_difference_of_which_all_is_known_told_whole():
    text = text_of(check_of(REPLAYED, REPLAYED))
    assert text.startswith("both replayed bit for bit: 18 of 18 outputs. ")
    assert text.endswith("The difference is the order of the sums alone, to the last bit.")
    three = text_of(check_of(REPLAYED, REPLAYED, REPLAYED))
    assert three.startswith("all replayed bit for bit")
    assert three.endswith("Each difference is the order of the sums alone, to the last bit.")


def test_is_a_cast_on_one_side_told_and_on_both_not():
    cast = replace(REPLAYED, casts=(("input", "float32"),))
    assert "is input cast plus replayed sums, to" in text_of(check_of(REPLAYED, cast))
    assert "is the order of the sums alone, to" in text_of(check_of(cast, cast))


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (PARTLY, "17 of 18 outputs replayed bit for bit; not (0, 1, 2, 0)."),
        (NO_SUM, "is no sum of its products"),
        (NOT_SOUGHT, "Not sought of call of b: 9 s were not enough, for 7 experiments."),
    ],
)
def test_is_it_told_what_was_not_replayed(order, words):
    text = text_of(check_of(REPLAYED, order))
    assert words in text
    assert "to the last bit" not in text
    assert text.startswith("call of a replayed bit for bit")


def test_are_other_trees_counted():
    two = replace(REPLAYED, trees=3, elsewhere=1200)
    assert "one chain, at 1,200 outputs in 2 other trees" in text_of(check_of(two, two))
    one = replace(REPLAYED, trees=2, elsewhere=12)
    assert "one chain, at 12 outputs in another tree" in text_of(check_of(one, one))


@pytest.mark.parametrize("order", [None, REPLAYED, PARTLY, NO_SUM, NOT_SOUGHT])
def test_is_the_document_valid_whatever_was_found(order):
    document = json.loads(render(check_of(order, order), Context(reproduce="convcheck compare")))
    schema().validate(document)
    found = document["implementations"][0]["order"]
    assert (found and found["status"]) == (order and order.status)


def test_is_a_tree_drawn_where_it_is_known():
    case = small_case()
    without = make_figure(case, check_of(None, NO_SUM, maps=True))
    with_trees = make_figure(case, check_of(REPLAYED, replace(REPLAYED), maps=True))
    titles = [axes.get_title().replace("\n", " ") for axes in with_trees.axes]
    assert titles.count("call of a: adds 3 products in one chain") == 1
    assert titles.count("call of b: adds 3 products in one chain") == 1
    assert not any("adds 3" in axes.get_title() for axes in without.axes)
