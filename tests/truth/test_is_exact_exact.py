"""Is the exact result exact?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.errors import InexactError
from convcheck.truth import elements
from convcheck.truth import exact as exact_module
from convcheck.truth.exact import approximate, exact
from convcheck.truth.expansion import fast_two_sum, round_to_pair
from convcheck.truth.sums import sliced as sums
from convcheck.truth.sums import slices
from convcheck.truth.sums.slices import Span, split
from tests.truth.definition import exactly, numbers, random_case, taps


def nearest_pair(y: Fraction, s: int) -> tuple[float, float]:
    scaled = y / Fraction(2) ** s
    hi = float(scaled)
    return hi, float(scaled - Fraction(hi))


def wrong(case: Case, flat: np.ndarray, found: object) -> int:
    """How many of the outputs are not the pair nearest to the sum of fractions."""
    s, hi, lo = (np.broadcast_to(getattr(found, name), flat.shape) for name in ("s", "hi", "lo"))
    return sum(
        (float(h), float(low)) != nearest_pair(exactly(case, int(f)), int(e))
        for f, e, h, low in zip(flat, s, hi, lo, strict=True)
    )


def at(found: exact_module.Exact, flat: np.ndarray) -> exact_module.Exact:
    s = found.s.ravel()[flat] if found.s.ndim else found.s
    return exact_module.Exact(s, found.hi.ravel()[flat], found.lo.ravel()[flat])


def test_are_random_cases_exact_everywhere_and_at_indices() -> None:
    rng = np.random.default_rng(1)
    checked = 0
    while checked < 10_000:
        case = random_case(rng)
        everywhere = exact(case)
        flat = rng.integers(0, everywhere.hi.size, min(everywhere.hi.size, 40))
        assert wrong(case, flat, at(everywhere, flat)) == 0, case.spec
        single = elements.exact_elements(case, flat, case.input, case.kernel, case.bias)
        assert wrong(case, flat, exact_module.Exact(*single)) == 0, case.spec
        checked += len(flat)


def test_are_box_filters_exact_too() -> None:
    """Kernels of one number for each filter take a way of their own."""
    rng = np.random.default_rng(5)
    checked = 0
    for _ in range(60):
        case = random_case(rng)
        kernel = case.kernel
        # The filters stand last, or last but one in a transposed kernel.
        filters = kernel.ndim - (2 if case.spec.transposed else 1)
        for axis in set(range(kernel.ndim)) - {filters}:
            kernel = np.repeat(kernel.take([0], axis), kernel.shape[axis], axis)
        case = replace(case, kernel=kernel)
        size = int(np.prod(case.output_shape))
        flat = rng.choice(size, min(size, 12), replace=False)
        assert wrong(case, flat, at(exact(case), flat)) == 0
        checked += len(flat)
    assert checked > 300


def test_does_the_fast_sum_of_two_leave_its_exact_error() -> None:
    """Also where the first is the smaller one, as long as it ends no lower than the second."""
    rng = np.random.default_rng(6)
    b = np.trunc(np.ldexp(rng.uniform(-1, 1, 4000), rng.integers(1, 54, 4000)))
    a = np.trunc(np.ldexp(rng.uniform(-1, 1, 4000), rng.integers(1, 54, 4000)))
    a = np.ldexp(a, rng.integers(0, 12, 4000))
    assert (np.abs(a) < np.abs(b)).sum() > 1000
    s, e = fast_two_sum(a, b)
    for one, two, total, error in zip(a, b, s, e, strict=True):
        assert (total, error) == nearest_pair(Fraction(one) + Fraction(two), 0)


def test_would_plain_sums_be_noticed() -> None:
    rng = np.random.default_rng(1)
    failed = 0
    for _ in range(20):
        case = random_case(rng, (np.float64,))
        with np.errstate(all="ignore"):
            value = approximate(case).value.ravel()
        flat = np.arange(min(value.size, 40))
        failed += wrong(case, flat, exact_module.Exact(np.zeros((), int), value[flat], 0 * flat))
    assert failed > 100


def test_are_products_out_of_range_exact() -> None:
    rng = np.random.default_rng(2)
    for scale_x, scale_k in ((1e300, 1e300), (1e-300, 1e-300), (1e300, 1e-300), (1e-308, 1.0)):
        x = rng.standard_normal((1, 9, 9, 2)) * scale_x
        kernel = rng.standard_normal((3, 3, 2, 3)) * scale_k
        case = Case(ConvSpec.make((3, 3)), x, kernel)
        found = exact(case)
        flat = np.arange(found.hi.size)
        assert wrong(case, flat, at(found, flat)) == 0
        in_range = 1e-290 < scale_x * scale_k < 1e290
        assert bool(found.s.any()) != in_range


def test_are_sums_exact_that_cancel_wholly_or_nearly() -> None:
    rng = np.random.default_rng(3)
    x = np.repeat(rng.standard_normal((1, 8, 8, 1)), 2, axis=-1)
    kernel = np.repeat(rng.standard_normal((3, 3, 1, 2)), 2, axis=2)
    kernel[:, :, 1] *= -1
    case = Case(ConvSpec.make((3, 3)), x, kernel)
    assert not exact(case).hi.any()
    x[..., 1] *= 1 + 2.0**-50
    found = exact(case)
    flat = np.arange(found.hi.size)
    assert wrong(case, flat, at(found, flat)) == 0


def test_are_ties_decided_by_the_smallest_part() -> None:
    one, half, least = (np.array([v]) for v in (1.0, 2.0**-53, 2.0**-300))
    assert round_to_pair([half, one])[0] == 1.0
    hi, lo = round_to_pair([least, half, one])
    assert (hi, lo) == (1 + 2.0**-52, -(2.0**-53))
    hi, lo = round_to_pair([-least, half, one])
    assert (hi, lo) == (1.0, 2.0**-53)


def test_is_each_way_to_multiply_exact() -> None:
    """Many filters, many channels, depthwise, 1x1, more tiles than one: each way to multiply."""
    rng = np.random.default_rng(4)
    shapes = [
        ((1, 40, 40, 3), (7, 7, 3, 1), 1),
        ((1, 12, 12, 64), (3, 3, 64, 40), 1),
        ((2, 12, 12, 32), (3, 3, 1, 64), 32),
        ((2, 12, 12, 32), (3, 3, 4, 24), 8),
        ((1, 300, 900, 3), (1, 1, 3, 4), 1),
    ]
    for shape, kernel_shape, groups in shapes:
        x = rng.standard_normal(shape).astype(np.float32)
        kernel = rng.standard_normal(kernel_shape)
        case = Case(ConvSpec.make(kernel_shape[:2], groups=groups), x, kernel)
        found = exact(case)
        flat = rng.integers(0, found.hi.size, 30)
        assert wrong(case, flat, at(found, flat)) == 0


def test_does_exact_at_indices_give_what_it_gives_everywhere() -> None:
    rng = np.random.default_rng(5)
    x = rng.standard_normal((1, 40, 50, 3))
    case = Case(ConvSpec.make((5, 5)), x, rng.standard_normal((5, 5, 3, 2)), rng.random(2))
    everywhere = exact(case)
    for flat in (np.array([7, 3, 3999]), np.arange(0, 4000, 3)):
        some, same = exact(case, flat), at(everywhere, flat)
        assert np.array_equal(some.hi, same.hi)
        assert np.array_equal(some.lo, same.lo)
        few = np.arange(0, len(flat), max(len(flat) // 20, 1))
        assert wrong(case, flat[few], at(some, few)) == 0


def test_does_the_approximation_keep_its_radius_and_its_magnitude() -> None:
    rng = np.random.default_rng(6)
    for _ in range(150):
        case = random_case(rng)
        approx = approximate(case)
        positive = replace(
            case,
            input=np.abs(case.input.astype(float)),
            kernel=np.abs(case.kernel.astype(float)),
            bias=None if case.bias is None else np.abs(case.bias.astype(float)),
        )
        if any(a is not None and a.dtype.itemsize == 8 and a.dtype.kind in "iu"
               for a in (case.input, case.kernel, case.bias)):  # fmt: skip
            continue  # magnitudes of these are no float64
        for flat in rng.integers(0, approx.value.size, 10):
            radius, a = approx.radius.flat[flat], approx.magnitude.flat[flat]
            if np.isfinite(radius):
                error = exactly(case, flat) - Fraction(float(approx.value.flat[flat]))
                assert abs(error) <= Fraction(float(radius))
            if np.isfinite(a):
                true, slack = exactly(positive, flat), Fraction(case.terms + 2, 2**1074)
                assert true <= Fraction(float(a)) <= true * (1 + Fraction(1, 10**9)) + slack


@pytest.mark.parametrize("transposed", [False, True])
def test_do_nan_and_infinity_reach_only_what_reads_them(transposed: bool) -> None:
    rng = np.random.default_rng(7)
    spec = ConvSpec.make((3, 3), strides=2 if transposed else 1, transposed=transposed)
    x, kernel = rng.integers(-2, 3, (1, 9, 9, 2)) * 1.0, rng.integers(-2, 3, (3, 3, 2, 2)) * 1.0
    x[0, 4, 4, 0], x[0, 0, 0, 1], x[0, 8, 8, 0], x[0, 8, 7, 0] = np.nan, np.inf, np.inf, -np.inf
    kernel[0, 0, 1, 1] = np.inf
    case = Case(spec, x, kernel, np.array([0.5, 1.0]))
    found = exact(case)
    approx = approximate(case)
    kinds = set()
    for flat, hi in enumerate(found.hi.ravel()):
        products = [float(a) * float(k) for a, k in taps(case, flat)[0]]
        expected = sum(products) + float(case.bias[flat % 2])
        assert hi == expected or (np.isnan(hi) and np.isnan(expected))
        if not np.isfinite(expected):
            value = approx.value.flat[flat]
            assert value == expected or (np.isnan(value) and np.isnan(expected))
        kinds.add(str(expected) if not np.isfinite(expected) else "finite")
    assert kinds == {"nan", "inf", "-inf", "finite"}


class TestDoesItNoticeWhenItIsNotExact:
    def case(self) -> Case:
        rng = np.random.default_rng(8)
        return Case(
            ConvSpec.make((3, 3)), rng.standard_normal((1, 9, 9, 2)), rng.random((3, 3, 2, 4))
        )

    def test_are_bits_below_the_grid_a_residual(self) -> None:
        with pytest.raises(InexactError, match="residual"):
            list(split(np.array([1.0, 1.5]), 4, low=0))

    def test_is_a_wrong_span_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def short(values: np.ndarray) -> Span | None:
            found = slices.span(values)
            return found and Span(found.low + 8, found.high)

        monkeypatch.setattr(sums, "span", short)
        with pytest.raises(InexactError):
            exact(self.case())

    def test_are_slices_too_wide_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sums, "widths", lambda x, k, terms: (30, 30))
        with pytest.raises(InexactError, match="above 2"):
            exact(self.case())

    def test_does_an_unchanged_one_pass(self) -> None:
        case = self.case()
        flat = np.arange(20)
        assert wrong(case, flat, exact(case, flat)) == 0


def test_are_widely_spread_numbers_exact() -> None:
    rng = np.random.default_rng(9)
    x = np.ldexp(rng.standard_normal((1, 12, 12, 1)), rng.integers(-1000, 1000, (1, 12, 12, 1)))
    case = Case(ConvSpec.make((2, 2)), x, numbers(rng, (2, 2, 1, 2), np.float64))
    found = exact(case)
    flat = np.arange(found.hi.size)
    assert wrong(case, flat, at(found, flat)) == 0
