"""Are sums of the integers that are made exact in every order, of every pass?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.passes import GRADIENTS, PASSES
from convcheck.case.request import Request
from convcheck.errors import UsageError
from tests.case.families.requests import made, products, random_request
from tests.case.gradients_by_definition import WHOLE


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("pass_", PASSES)
def test_do_absolute_products_add_up_to_what_the_format_counts(seed, pass_):
    draw = np.random.default_rng((seed, PASSES.index(pass_)))
    asked = random_request(draw, "integers", pass_=pass_)
    case = build(asked)
    for _, found, _ in products(case):
        assert all(one.denominator == 1 for one in found)
        assert sum(map(abs, found)) <= WHOLE[asked.input_dtype]


@pytest.mark.parametrize("kernel_dtype", ["float64", "float32", "bfloat16"])
def test_does_the_narrower_operand_decide(kernel_dtype):
    """Frameworks cast the wider one to it."""
    case = build(
        Request(
            input="integers",
            input_dtype="float64",
            input_shape=(1, 6, 6, 30),
            kernel="random",
            kernel_dtype=kernel_dtype,
            kernel_size=(3,),
            filters=2,
        )
    )
    most = max(sum(map(abs, found)) for _, found, _ in products(case))
    assert most <= WHOLE[kernel_dtype]


@pytest.mark.parametrize("pass_", PASSES)
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_are_they_rich(dtype, pass_):
    """Signs, sizes and, where there must be zeros, places differ: else a fault could hide."""
    asked = Request(
        input="integers",
        input_shape=(2, 9, 9, 12),
        input_dtype=dtype,
        kernel="random",
        kernel_dtype=dtype,
        kernel_size=(5,),
        filters=3,
        bias="random",
        pass_=pass_,
    )
    case = build(asked)
    forward = case.forward
    arrays = [forward.input, forward.kernel, forward.bias]
    if case.gradient is not None:
        arrays.append(case.gradient.output_gradient)
    for array in arrays:
        values = array.astype(np.float64)
        assert values.min() < 0 < values.max() or values.size < 8
    whole = [a.astype(np.float64) for a in (case.input, case.kernel)]
    if pass_ == "bias-gradient":
        assert len(np.unique(whole[0])) > 3
        return
    assert len(np.unique(whole[0])) >= 2
    assert len(np.unique(whole[1])) >= 4
    kept = np.count_nonzero(whole[1]) / whole[1].size
    assert kept == 1 or kept * case.terms * 2 >= WHOLE[dtype] - 4  # as many as there is room for


def test_do_thinned_filters_leave_no_tap_out():
    case = build(
        Request(
            input="integers",
            input_dtype="bfloat16",
            input_shape=(1, 9, 9, 16),
            kernel="random",
            kernel_dtype="bfloat16",
            kernel_size=(5,),
            filters=4,
        )
    )
    kernel = case.kernel.astype(np.float64)
    assert (kernel == 0).any()  # 400 products do not fit into 8 bits
    assert (kernel != 0).any(axis=-1).all()
    patterns = {(kernel[..., f] != 0).tobytes() for f in range(4)}
    assert len(patterns) == 4


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "uint16"])
def test_do_integer_dtypes_hold_every_sum(dtype):
    case = build(
        Request(
            input="integers",
            input_dtype=dtype,
            input_shape=(1, 5, 5, 2),
            kernel="random",
            kernel_dtype=dtype,
            kernel_size=(3,),
        )
    )
    assert case.input.dtype == case.kernel.dtype == dtype
    for _, found, _ in products(case):
        assert sum(map(abs, found)) <= np.iinfo(dtype).max


@pytest.mark.parametrize("pass_", ["forward", "input-gradient", "kernel-gradient"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_is_the_input_small_enough_for_a_kernel_of_ones(dtype, pass_):
    case = build(
        Request(
            input="integers",
            input_dtype=dtype,
            input_shape=(1, 8, 8, 2),
            kernel_dtype=dtype,
            kernel_size=(7,),
            pass_=pass_,
        )
    )
    assert np.unique(case.forward.kernel.astype(float)).tolist() == [1]
    for _, found, _ in products(case):
        assert sum(map(abs, found)) <= WHOLE[dtype]


def test_is_a_kernel_file_of_few_digits_taken(tmp_path):
    """Quarters are whole numbers of quarters."""
    draw = np.random.default_rng(0)
    kernel = draw.integers(-20, 21, (3, 3, 2, 4)).astype(np.float32) / 4
    np.save(tmp_path / "k.npy", kernel)
    np.save(tmp_path / "b.npy", np.float32([0.125, -7, 2, 0]))
    asked = Request(
        input="integers", input_shape=(1, 6, 6, 2), kernel=f"{tmp_path}/k.npy",
        bias=f"{tmp_path}/b.npy",
    )  # fmt: skip
    case = build(asked)
    grid = Fraction(1, 8)
    for _, found, _ in products(case):
        assert all((one / grid).denominator == 1 for one in found)
        assert sum(map(abs, found)) / grid <= 2**24
    assert np.array_equal(case.kernel, kernel)


def test_is_a_kernel_file_of_many_digits_refused(tmp_path):
    np.save(tmp_path / "k.npy", np.random.default_rng(0).random((3, 3, 2, 4), np.float32))
    for more in ({}, {"pass_": "input-gradient"}):
        asked = Request(
            input="integers", input_shape=(1, 6, 6, 2), kernel=f"{tmp_path}/k.npy", **more
        )
        with pytest.raises(UsageError, match=r"24 bits, .*give --kernel random"):
            build(asked)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_is_a_kernel_that_is_not_finite_refused(tmp_path, value):
    np.save(tmp_path / "k.npy", np.full((3, 3, 2, 4), value))
    with pytest.raises(UsageError, match="NaN or infinity"):
        build(Request(input="integers", input_shape=(1, 6, 6, 2), kernel=f"{tmp_path}/k.npy"))


@pytest.mark.parametrize("pass_", GRADIENTS[:2])
@pytest.mark.parametrize("source", ["ones", "random"])
def test_is_a_given_output_gradient_met(pass_, source):
    asked = Request(
        input="integers", input_shape=(2, 6, 6, 2), input_dtype="float16", kernel="random",
        kernel_size=(3,), filters=4, kernel_dtype="float16", pass_=pass_, output_gradient=source,
    )  # fmt: skip
    for _, found, _ in products(build(asked)):
        assert sum(map(abs, found)) <= 2**11


def test_is_another_seed_another_case_and_the_same_seed_the_same():
    draw = np.random.default_rng(5)
    asked = random_request(draw, "integers", seed=1)
    one, again, other = (build(replace(asked, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.input, again.input)
    assert np.array_equal(one.kernel, again.kernel)
    assert not np.array_equal(one.input, other.input)
    assert made(np.random.default_rng(5), "integers", seed=1).input.shape == one.input.shape
