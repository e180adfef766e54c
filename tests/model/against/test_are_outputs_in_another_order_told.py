"""Are outputs of two models told that are the same, in another order?"""

import numpy as np

from convcheck.model.against.output_order import output_order
from convcheck.model.against.places import judge_segment, places
from convcheck.model.cuts import cut_models
from convcheck.model.match import match
from convcheck.model.segments import segments
from tests.model.toy import Toy, kernels

FIRST, WIDE, SMALL = kernels((3, 3, 3, 4), (3, 3, 4, 6), (3, 3, 4, 4))


def network(*wanted, slope=0.1):
    """Its outputs: what a wide convolution gives, a small one, and a function of the first."""
    toy = Toy()
    x = toy.relu(toy.conv("input", FIRST))
    outputs = {"wide": toy.conv(x, WIDE), "small": toy.relu(toy.conv(x, SMALL))}
    outputs["leaky"] = toy.leaky(outputs["wide"], slope)
    toy.outputs = tuple(outputs[name] for name in wanted)
    return toy.network()


def told(a, b):
    """(order, places)."""
    cut = cut_models(a, b, match(a, b))
    found = segments(cut)
    order = output_order(cut, found)
    names = tuple([f"conv{i}" for i in range(len(n.layers))] for n in (a, b))
    return order, places([], [judge_segment(cut, one, names, order) for one in found])


def test_is_the_same_order_no_place():
    assert told(network("wide", "small"), network("wide", "small")) == ({}, ())


def test_are_two_outputs_of_other_shapes_one_place_with_its_name():
    order, (place,) = told(network("wide", "small"), network("small", "wide"))
    assert order == {0: 1, 1: 0}
    assert [one.cause for one in place.findings] == ["output-order"]
    assert len(place.segments) == 2
    assert place.findings[0].fix


def test_is_an_output_at_its_own_place_left_out():
    a, b = network("wide", "small", "leaky"), network("leaky", "small", "wide")
    order, (place,) = told(a, b)
    assert order == {0: 2, 2: 0}
    assert place.findings[0].summary.startswith("A's outputs 1 (")


def test_are_three_in_a_circle_followed():
    a, b = network("wide", "small", "leaky"), network("small", "leaky", "wide")
    assert told(a, b)[0] == {0: 2, 1: 0, 2: 1}


def test_is_no_order_told_where_an_output_is_none_of_the_other_s():
    order, found = told(network("leaky", "small"), network("small", "leaky", slope=0.3))
    assert order == {}
    assert len(found) == 2
    assert not any(one.cause == "output-order" for p in found for one in p.findings)


def test_are_outputs_that_are_all_zero_left_where_they_are():
    zero = np.zeros_like(SMALL)
    toys = []
    for _ in range(2):
        toy = Toy()
        x = toy.conv("input", FIRST)
        toy.outputs = (toy.conv(x, zero), toy.conv(x, zero), toy.relu(x))
        toys.append(toy.network())
    assert told(*toys) == ({}, ())
