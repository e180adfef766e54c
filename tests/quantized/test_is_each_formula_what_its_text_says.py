"""Does every formula of the catalogue give what a scalar reference gives, element by element?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcheck.errors import UsageError
from convcheck.quantized.parameters import Parameters
from convcheck.quantized.requantize.catalogue import FORMULAS, formula_named
from convcheck.quantized.sums import Sums
from tests.quantized import by_definition
from tests.quantized.drawing import element, near_halves, parameters


def test_are_all_formulas_of_the_text_in_the_catalogue() -> None:
    assert FORMULAS.keys() == by_definition.FORMULAS.keys()


def test_does_each_formula_say_what_it_is_who_uses_it_and_where_it_is_from() -> None:
    for name, formula in FORMULAS.items():
        assert formula.docs.startswith(f"{name.split('/')[0]}: ")
        assert len(formula.docs.split("\n\n")) == 2, name


def test_is_an_unknown_name_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match=r"no formula is named 'F3'; expected one of D/Mdbl, "):
        formula_named("F3")


def agree(name: str, sums: Sums, p: Parameters) -> None:
    found = FORMULAS[name].v(sums, p)
    for index in np.ndindex(sums.products.shape):
        one = element(sums, p, index)
        assert found[index] == by_definition.FORMULAS[name](one), (name, one)


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("channels", [1, 21])
def test_does_it_agree_near_ties(name: str, channels: int) -> None:
    rng = np.random.default_rng(channels)
    for _ in range(6 if channels > 1 else 60):
        p = parameters(rng, channels)
        agree(name, near_halves(rng, p, 7), p)


@pytest.mark.parametrize("name", FORMULAS)
def test_does_it_agree_without_a_bias(name: str) -> None:
    rng = np.random.default_rng(3)
    p = parameters(rng, 9)
    agree(name, Sums(near_halves(rng, p, 20).products), p)


@pytest.mark.parametrize("name", [name for name in FORMULAS if name != "I64/Mdbl"])
@settings(deadline=None, max_examples=60)
@given(
    acc=st.integers(-(2**33), 2**33),
    bias=st.none() | st.integers(-(2**31), 2**31 - 1),
    m=st.floats(2.0**-40, 2.0**20),
    i=st.floats(2.0**-20, 2.0**20, width=32),
    o=st.floats(2.0**-20, 2.0**20, width=32),
)
def test_does_it_agree_on_any_numbers(
    name: str, acc: int, bias: int | None, m: float, i: float, o: float
) -> None:
    p = Parameters(i, m * o / i, o, output_zero_point=-7)
    beta = None if bias is None else np.array([bias * float(p.i) * float(p.w[0])], np.float32)
    sums = Sums(np.array([[acc]]), None if bias is None else np.array([bias]), beta)
    one = element(sums, p, (0, 0))
    expected = by_definition.FORMULAS[name](one)
    found = int(FORMULAS[name].v(sums, p)[0, 0])
    # Far beyond every output it is held back, and zo + 128 is taken from that.
    assert found == expected or (abs(expected) > 2**40 and abs(found) >= 2**40 - 7 - 128)


@settings(deadline=None, max_examples=200)
@given(
    acc=st.integers(-(2**47), 2**47 - 1),
    m=st.floats(2.0**-40, 2.0**8),
    top=st.integers(0, 2**17),
)
def test_does_the_coarse_one_agree_on_sums_of_48_bits(acc: int, m: float, top: int) -> None:
    for scale in (m, 1 - top * 2.0**-32):  # the second: multipliers just below 0x7FFF, and above
        p = Parameters(scale, 1, 1, input_dtype="int16")
        sums = Sums(np.array([[acc]]))
        found = FORMULAS["I64/Mdbl"].v(sums, p)[0, 0]
        assert found == by_definition.FORMULAS["I64/Mdbl"](element(sums, p, (0, 0)))


@pytest.mark.parametrize("name", ["D/Mdbl", "DU/Mdbl", "I64/Mdbl"])
@pytest.mark.parametrize(
    ("i", "w", "acc"),
    [
        (2.0**-16, 0.9 * 2.0**-15, 2**31 - 1),  # M = 0.9 * 2^-31: the smallest that is not 0
        (2.0**-16, 0.9 * 2.0**-17, 2**31 - 1),  # M = 0.9 * 2^-33: taken for 0
        (2.0**-16, 0.9 * 2.0**-17, 2**46),
        (1 - 2.0**-23, 1 + 2.0**-23, 2**30),  # M = 1 - 2^-46: q is 2^31 and is halved
    ],
)
def test_does_it_agree_at_the_ends_of_multipliers(name: str, i: float, w: float, acc: int) -> None:
    agree(name, Sums(np.array([[acc, -acc]])), Parameters(i, w, 1.0))


def test_is_a_fused_product_rounded_once() -> None:
    # 2^23 + 1 + (1 - 2^-46) / 2: below the tie, and float64 rounds it to the tie.
    t = np.float32(1 + 2.0**-23)
    p = Parameters(1.0, t, 1.0)
    sums = Sums(np.array([[2**23 + 1]]), None, np.array([t / 2], np.float32), bias_is_real=True)
    assert FORMULAS["FB"].v(sums, p).tolist() == [[2**23 + 2]]
    agree("FB", sums, p)


def test_are_the_three_arithmetics_of_tflite_told_apart_by_the_smallest_demonstration() -> None:
    p = Parameters(input_scale=0.3, kernel_scale=1.0, output_scale=1.0)
    sums = Sums(np.array([1, 11, 31, -1, -31]).reshape(-1, 1))
    found = {name: FORMULAS[name].v(sums, p).ravel().tolist() for name in FORMULAS}
    assert found["F1"] == [0, 3, 9, 0, -9]
    assert found["DU/Mdbl"] == [1, 4, 10, 0, -9]
    assert found["D/Mdbl"] == [1, 4, 10, -1, -10]


def test_is_the_element_of_tensorflow_102943_off_by_one_in_float32_alone() -> None:
    p = Parameters(
        input_scale=0.05296124517917633,
        kernel_scale=0.024093778803944588,
        output_scale=0.11484327912330627,
        output_zero_point=-126,
    )
    sums = Sums(np.array([[585]]))
    found = {name: int(FORMULAS[name].output(sums, p)[0, 0]) for name in FORMULAS}
    assert found["F1"] == found["F2"] == -120
    assert found["D/Mdbl"] == found["DU/Mdbl"] == -119


def test_is_a_sum_or_a_shift_reported_that_wraps_32_bits() -> None:
    p = Parameters(3.0, 1.0, 1.0)  # M = 0.75 * 2^2: two places to the left
    sums = Sums(np.array([[2**29 - 1, 2**29, -(2**29), -(2**29) - 1, 2**31, -(2**31) - 1]]).T)
    shifted = FORMULAS["D/Mdbl"].wraps(sums, p).ravel().tolist()
    summed = FORMULAS["F1"].wraps(sums, p).ravel().tolist()
    assert shifted == [False, True, False, True, True, True]
    assert summed == [False, False, False, False, True, True]
    of_64_bits = FORMULAS["I64/Mdbl"].wraps(Sums(np.array([[2**47 - 1, 2**47]]).T), p)
    assert of_64_bits.ravel().tolist() == [False, True]


@pytest.mark.parametrize(
    ("activation", "scale", "zero_point", "half_away", "ties_even"),
    [
        ("none", 0.1, 3, (-128, 127), (-128, 127)),
        ("relu", 0.1, 3, (3, 127), (3, 127)),
        ("relu6", 0.1, 3, (3, 63), (3, 63)),
        ("relu6", 4.0, 1, (1, 3), (1, 2)),  # 6 / 4 = 1.5: 1 + 2, against rint(2.5)
        ("relu_n1_to_1", 2.0, 0, (-1, 1), (0, 0)),  # halves: away from 0, against to even
        ("relu6", 0.001, 100, (100, 127), (100, 127)),
        ("relu6", 1e-37, 0, (0, 127), (0, 127)),
    ],
)
def test_are_an_activations_limits_rounded_as_each_runtime_does(
    activation: str,
    scale: float,
    zero_point: int,
    half_away: tuple[int, int],
    ties_even: tuple[int, int],
) -> None:
    p = Parameters(1, scale, scale, output_zero_point=zero_point, activation=activation)
    assert FORMULAS["D/Mdbl"].limits(p) == half_away
    assert FORMULAS["F1"].limits(p) == ties_even
