"""Do ``wide``, ``subnormal`` and ``overflow`` reach the ends of the format, and no further?"""

from __future__ import annotations

import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.families.overflow import FARTHEST, NEAREST, VARIED
from convcheck.case.passes import BIAS_GRADIENT, GRADIENTS, KERNEL_GRADIENT, PASSES
from convcheck.case.request import Request
from convcheck.errors import UsageError
from convcheck.truth.formats import format_named
from tests.case.families.requests import FLOATS, products, random_request

FILE = {"kernel_size": None, "filters": None, "kernel_dtype": None}
"""What goes with a kernel file."""
SPREAD = ((1 + VARIED) / (1 + VARIED / 2)) ** 2
"""Between one product of the largest or smallest factors and a mean one."""
EDGE = 2**FARTHEST * SPREAD + 1 / 16
"""Times the threshold: the largest product of the farthest channel, and a bias."""
NEAR = 2**NEAREST / SPREAD - 1 / 16


def request(family: str, dtype: str = "float32", **more) -> Request:
    settings = {
        "input": family, "input_shape": (2, 5, 6, 4), "input_dtype": dtype, "kernel": "random",
        "kernel_dtype": dtype, "kernel_size": (3,), "filters": 4, **more,
    }  # fmt: skip
    return Request(**settings)


def sizes(array):
    return np.abs(array.astype(np.float64))


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("pass_", PASSES)
def test_does_wide_stay_clear_of_both_ends(seed, pass_):
    draw = np.random.default_rng((seed, PASSES.index(pass_)))
    asked = random_request(draw, "wide", pass_=pass_)
    form = format_named(asked.input_dtype)
    case = build(asked)
    for _, found, _ in products(case):
        assert all(abs(one) >= form.smallest_normal for one in found)
        assert sum(map(abs, found)) <= form.largest


@pytest.mark.parametrize("dtype", FLOATS)
def test_is_wide_as_wide_as_can_be(dtype):
    """All but a handful of the format's powers of two lie between the ends of the products."""
    case = build(request("wide", dtype, input_shape=(2, 9, 9, 4)))
    form = format_named(dtype)
    exponents = sum(np.frexp(sizes(array).max())[1] for array in (case.input, case.kernel))
    exponents -= sum(np.frexp(sizes(array).min())[1] for array in (case.input, case.kernel))
    most = form.max_exponent - form.min_exponent
    assert exponents > 0.9 * (most - 3 - np.log2(case.terms)) - 2


@pytest.mark.parametrize("kernel", ["ones", "zeros"])
@pytest.mark.parametrize("family", ["wide", "subnormal"])
def test_is_a_given_kernel_met(kernel, family):
    case = build(request(family, kernel=kernel))
    assert np.unique(case.kernel).tolist() == [kernel == "ones"]
    form = format_named("float32")
    for _, found, _ in products(case):
        assert sum(map(abs, found)) <= form.largest
        assert family == "subnormal" or all(not p or abs(p) >= form.smallest_normal for p in found)


def test_is_a_kernel_that_leaves_no_range_refused(tmp_path):
    kernel = np.ones((3, 3, 4, 4), np.float32)
    kernel[0, 0, 0, 0], kernel[1, 1, 1, 1] = 1e-37, 1e37
    np.save(tmp_path / "k.npy", kernel)
    with pytest.raises(UsageError, match="give --kernel random"):
        build(request("wide", kernel=f"{tmp_path}/k.npy", **FILE))


@pytest.mark.parametrize("pass_", PASSES)
@pytest.mark.parametrize("dtype", FLOATS)
def test_is_about_half_subnormal(dtype, pass_):
    """Of the products, and of the operand that is tiny; and outputs lie on both sides."""
    case = build(request("subnormal", dtype, pass_=pass_))
    normal = format_named(dtype).smallest_normal
    shares = [(sizes(array) < normal).mean() for array in (case.input, case.kernel)]
    assert 0.3 < max(shares) < 0.7
    assert min(shares) == 0
    assert sizes(case.input).min() > 0
    below = [abs(p) < normal for _, found, _ in products(case) for p in found]
    assert 0.3 < np.mean(below) < 0.7


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("pass_", PASSES)
@pytest.mark.parametrize("more", [{}, {"kernel": "ones"}, {"bias": "random"}])
@pytest.mark.parametrize("shape", [(2, 5, 6, 4), (1, 16, 16, 1), (1, 9, 3)])
def test_does_each_sum_have_one_sign_and_lie_near_the_threshold(dtype, pass_, more, shape):
    threshold = format_named(dtype).overflow_threshold
    case = build(request("overflow", dtype, pass_=pass_, input_shape=shape, **more))
    assert all(np.isfinite(sizes(array)).all() for array in (case.input, case.kernel))
    wholes = []
    for _, found, whole in products(case):
        assert all(p >= 0 for p in found) or all(p <= 0 for p in found)
        if whole:
            wholes.append(abs(sum(found)) / threshold)
    assert min(wholes) > 1 / EDGE
    assert max(wholes) < EDGE
    if len(wholes) > 3:
        assert min(wholes) < 1 < max(wholes)
    given = "kernel" in more and pass_ in ("forward", "input-gradient")
    one_channel = pass_ == "input-gradient" and shape[-1] == 1
    if shape[0] > 1 or not (given or one_channel):  # else it rises along an axis, through it
        assert not any(1 / NEAR < one < NEAR for one in wholes)


def test_is_overflow_of_one_filter_on_both_sides_too():
    case = build(request("overflow", filters=1, padding="valid"))
    threshold = format_named("float32").overflow_threshold
    found = [abs(sum(p)) > threshold for _, p, _ in products(case)]
    assert 0.2 < np.mean(found) < 0.8


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"kernel": "zeros"}, "nothing but 0"),
        ({"kernel": "ones", "kernel_size": (1,), "input_shape": (1, 4, 4, 1)}, "too small"),
        ({"input_dtype": "int8"}, "take --input integers"),
        ({"pass_": BIAS_GRADIENT, "output_gradient": "ones"}, "add --output-gradient random"),
        (
            {"pass_": BIAS_GRADIENT, "input_shape": (1, 1, 1, 4), "kernel_size": (1,)},
            "give a larger --input-shape",
        ),
    ],
)
def test_is_what_never_overflows_refused(more, words):
    with pytest.raises(UsageError) as caught:
        build(request("overflow", **more))
    assert words in str(caught.value)


def test_is_a_kernel_of_both_signs_refused(tmp_path):
    np.save(tmp_path / "k.npy", np.random.default_rng(0).standard_normal((3, 3, 4, 4)))
    asked = request("overflow", kernel=f"{tmp_path}/k.npy", **FILE)
    with pytest.raises(UsageError, match="both signs in one sum"):
        build(asked)


@pytest.mark.parametrize("family", ["integers", "wide", "subnormal", "overflow"])
@pytest.mark.parametrize("pass_", GRADIENTS)
def test_is_an_output_gradient_of_another_shape_told(family, pass_, tmp_path):
    np.save(tmp_path / "g.npy", np.ones((2, 5, 6, 3), np.float32))
    asked = request(family, pass_=pass_, output_gradient=f"{tmp_path}/g.npy")
    with pytest.raises(UsageError, match="it needs a number for each output"):
        build(asked)


def test_are_gradients_of_given_numbers_made_of_the_rest(tmp_path):
    g = np.random.default_rng(0).integers(1, 5, (2, 5, 6, 4)).astype(np.float32)
    np.save(tmp_path / "g.npy", g)
    for family in ("integers", "wide", "subnormal", "overflow"):
        asked = request(family, pass_=KERNEL_GRADIENT, output_gradient=f"{tmp_path}/g.npy")
        assert np.array_equal(build(asked).gradient.output_gradient, g)
