"""Is each fed value moved by just one unit of its format, up or down, and rounded once?"""

from fractions import Fraction

import numpy as np
import pytest

from convcheck.model.measured import _moved
from convcheck.truth.formats import format_of
from convcheck.truth.rounding import round_exact


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_is_it_the_exact_product_rounded_once(dtype):
    rng = np.random.default_rng(0)
    sizes = np.exp2(rng.integers(-12, 12, 400))
    values = (rng.standard_normal(400) * sizes).astype(dtype)
    moved = _moved(values, rng)
    assert moved.dtype == dtype
    step = Fraction(float(np.finfo(dtype).eps))
    ups = 0
    for value, got in zip(values, moved, strict=True):
        fits = [_nearest(Fraction(float(value)) * (1 + sign * step), dtype) for sign in (1, -1)]
        assert float(got) in fits
        ups += float(got) == fits[0]
    assert 100 < ups < 300  # a fair coin leaves it once in 10^23


def test_are_integers_left_alone():
    values = np.arange(-4, 4, dtype=np.int8)
    assert _moved(values, np.random.default_rng(0)) is values


def _nearest(number, dtype):
    high = float(number)
    return float(round_exact(0, high, float(number - Fraction(high)), format_of(np.dtype(dtype))))
