"""Is a difference of sums proved by replay, and nothing proved that is not?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import convcheck
from convcheck.case.case import Case
from convcheck.case.passes import KERNEL_GRADIENT, Gradient
from convcheck.case.spec import ConvSpec
from convcheck.check import check
from convcheck.implementations.name import parse
from convcheck.plan import OrderSearch, Plan
from convcheck.reports.content.findings import told
from convcheck.reports.content.orders import order_lines
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits
from tests.implementations.conftest import needed


def random_case(size=48, channels=3, filters=2, dtype=np.float32):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, size, size, channels)).astype(dtype)
    kernel = rng.standard_normal((3, 3, channels, filters)).astype(np.float32)
    return Case(ConvSpec.make((3, 3)), x, kernel)


ALWAYS = OrderSearch(orders=True, orders_timeout=100.0)


def checked(*functions, case=None, orders=ALWAYS):
    names = [parse(f"python:tests.orders.functions:{one}") for one in functions]
    with Runtimes() as runtimes:
        return check(Plan(case or random_case(), names, orders=orders), runtimes, Limits())


def lines(result):
    names = {j.output.name: j.output.name.rpartition(":")[2] for j in result.judgements}
    return " ".join(order_lines(result, names)).replace("\ue000", " ")


def orders(result):
    return [judgement.order for judgement in result.judgements]


def findings(result):
    return [(one.cause, one.status) for one in result.findings]


def test_is_another_order_proved():
    result = checked("forwards", "backwards")
    assert findings(result) == [("summation-order", "proved")]
    for order in orders(result):
        assert (order.status, order.trees, order.outputs_equal) == ("replayed", 1, 48 * 48 * 2)
        assert order.words == "adds 27 products in one chain"
    assert "order of the sums alone, to the last bit" in lines(result)


def test_is_nothing_proved_where_few_outputs_speak_for_it():
    case = random_case(size=3, channels=1, filters=1)
    result = checked("forwards", "backwards", case=case)
    assert [order.status for order in orders(result)] == ["replayed"] * 2
    assert findings(result) == [("summation-order", "supported")]


def test_is_a_cast_told_beside_the_sums():
    case = random_case(dtype=np.float64)
    result = checked("forwards", "cast", case=case)
    # What came out alone says that the second computes in float32: nobody observes its cast.
    assert [order.status for order in orders(result)] == ["replayed"] * 2
    assert ("summation-order", "proved") not in findings(result)
    assert "input cast plus replayed sums, to the last bit" in lines(result)


def test_are_outputs_located_that_their_order_does_not_give():
    result = checked("in_pairs", "damaged")
    order = orders(result)[1]
    assert (order.status, order.total - order.outputs_equal) == ("partly", 2)
    assert order.left_over == ((0, 3, 4, 0), (0, 7, 2, 1))
    assert findings(result) == [("corrupted-elements", "supported")]
    assert "(0, 3, 4, 0) and (0, 7, 2, 1)" in result.findings[0].summary
    assert "to the last bit" not in lines(result)


def test_is_an_output_no_damage_that_sums_may_give():
    result = checked("in_pairs", "slightly_off")
    assert orders(result)[1].left_over == ((0, 3, 4, 0),)
    assert findings(result) == [("summation-order", "supported")]


def test_is_a_transform_no_sum():
    result = checked("transformed", "forwards")
    assert orders(result)[0].status == "not-a-sum"
    assert "proved" not in [status for _, status in findings(result)]
    assert "no sum of its products" in lines(result)


@pytest.mark.parametrize("function", ["transformed", "sorted_first"])
def test_is_no_order_told_of_what_is_no_sum_in_one(function):
    result = checked(function, "forwards", case=random_case(size=12))
    (found,) = result.findings
    assert "in another order or in another way" in found.summary
    names = {j.output.name: j.output.name for j in result.judgements}
    (one,) = told(result, names)
    assert "the same products in another order or in another way" in one.summary
    assert "orders that change are none" in lines(result)


def test_is_a_wider_accumulator_told_and_nothing_fused_where_all_products_fit():
    result = checked("wider", "forwards", case=random_case(size=12))
    of_wide, plain = orders(result)
    assert of_wide.status == plain.status == "replayed"
    assert (of_wide.words, of_wide.formats) == ("adds 27 products in one chain", "float64/float32")
    assert (of_wide.trees, of_wide.shape.fused) == (1, ())
    assert "wider adds 27 products in one chain, in float64; forwards adds" in lines(result)


def test_is_no_order_told_as_fact_that_experiments_alone_show():
    result = checked("other_than_probed", "in_pairs", case=random_case(size=12))
    order, _ = orders(result)
    assert order.status == "partly"
    assert findings(result) == [("summation-order", "supported")]
    words = "other_than_probed adds 27 products in one chain in the experiments; in_pairs"
    assert words in lines(result)  # and in no accumulator that gives the most outputs by chance
    assert f"{order.outputs_equal} of 288 outputs replayed bit for bit; not" in lines(result)


def test_is_it_said_that_orders_of_gradients_are_not_sought():
    forward = random_case(size=6)
    forward = replace(forward, spec=ConvSpec.make((1, 1)), kernel=forward.kernel[:1, :1])
    case = Gradient(KERNEL_GRADIENT, forward, np.ones(forward.output_shape, "f4")).case
    (order,) = orders(checked("of_kernel", case=case))
    assert order.status == "not-sought"
    assert lines(checked("of_kernel", case=case)).endswith("found of forward passes alone.")
    assert orders(checked("of_kernel", case=case, orders=OrderSearch())) == [None]


def test_are_equal_outputs_searched_once():
    result = checked("forwards", "backwards", "cast")
    first, _, same = orders(result)
    assert first is same


@pytest.mark.parametrize(
    ("function", "why"),
    [("slow", "were not enough"), ("ends", "SIGKILL"), ("refuses", "no constants, please")],
)
def test_is_it_said_why_no_order_was_found(function, why):
    result = checked("forwards", function, orders=OrderSearch(orders=True, orders_timeout=1.0))
    found, lacking = orders(result)
    assert found.status == "replayed"
    assert lacking.status == "not-sought"
    assert why in lacking.message
    assert why in lines(result)
    assert [j.output.array is not None for j in result.judgements] == [True, True]


def test_is_it_found_unasked_where_it_takes_no_time():
    case = random_case(size=8, channels=1, filters=1)
    assert checked("forwards", "backwards", case=case, orders=None).judgements[0].order is None
    result = checked("forwards", "backwards", case=case, orders=OrderSearch())
    assert [order.status for order in orders(result)] == ["replayed"] * 2
    never = OrderSearch(orders=False)
    assert orders(checked("forwards", "backwards", case=case, orders=never)) == [None, None]


def test_is_it_not_begun_unasked_where_it_takes_long():
    result = checked("forwards", "slow", orders=OrderSearch())
    assert [order.status for order in orders(result)] == ["not-sought"] * 2
    assert "--orders does, in about " in lines(result)
    slow = orders(result)[1]
    assert slow.expected_seconds > 2
    assert (slow.probes, slow.seconds) == (0, 0)  # how many began in time, a clock decides


def test_is_nothing_sought_unasked_where_nothing_differs():
    result = checked("forwards", "cast", orders=OrderSearch())
    assert orders(result) == [None, None]


def test_does_a_bias_take_its_place():
    case = random_case(size=8)
    with_bias = replace(case, bias=np.array([0.3, -1.7], np.float32))
    with Runtimes() as runtimes:
        result = check(Plan(with_bias, [needed("torch")], orders=ALWAYS), runtimes, Limits())
    assert orders(result)[0].status == "replayed"


def test_is_it_found_from_python_where_it_is_asked_for():
    case = random_case(size=8, channels=1, filters=1)
    names = [f"python:tests.orders.functions:{one}" for one in ("forwards", "backwards")]
    with convcheck.session() as session:
        silent = session.compare(case.input, case.kernel, implementations=names)
        told = session.compare(case.input, case.kernel, implementations=names, orders=True)
        with pytest.raises(convcheck.UsageError, match="orders_timeout is 0"):
            session.compare(case.input, case.kernel, orders=True, orders_timeout=0)
    assert "bit for bit" in str(told)
    assert "bit for bit" not in str(silent)
