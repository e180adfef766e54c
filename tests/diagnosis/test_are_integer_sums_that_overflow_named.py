"""Are integer sums named that wrapped or were clipped, whole or in part, and sound ones passed?

What is planted is computed here in Python's own integers, product by product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.results import Output, Status
from convcheck.verdict.judge import judge

from .planting import diagnosed

Products = list[list[int]]
"""Of one output: taps, channels."""

SPATIAL = {1: (40,), 2: (7, 8), 3: (4, 5, 4)}


def drawn(rank: int, dtypes: tuple[str, str] = ("u1", "i1"), channels: int = 4) -> Case:
    """Numbers of the whole range of their formats: sums overflow here and there."""
    rng = np.random.default_rng([12, rank, channels])

    def draw(shape: tuple[int, ...], dtype: str) -> np.ndarray:
        limits = np.iinfo(dtype)
        return rng.integers(limits.min, int(limits.max) + 1, shape).astype(dtype)

    x = draw((2, *SPATIAL[rank], channels), dtypes[0])
    kernel = draw((*(3,) * rank, channels, 3), dtypes[1])
    return Case(ConvSpec.make((3,) * rank), x, kernel, rng.integers(-99, 99, 3).astype("i4"))


def products(case: Case) -> Iterator[tuple[tuple[int, ...], Products]]:
    """SAME, stride 1, an odd kernel: padded by half of it."""
    x = np.pad(case.input.astype(int), [(0, 0), *case.pads, (0, 0)])
    for n, *place, filter_ in np.ndindex(case.output_shape):
        found = []
        for tap in np.ndindex(case.spec.kernel_size):
            read = x[(n, *(p + t for p, t in zip(place, tap, strict=True)))]
            weights = case.kernel[(*tap, slice(None), filter_)]
            found.append([int(a) * int(b) for a, b in zip(read, weights, strict=True)])
        yield (n, *place, filter_), found


def computed(case: Case, add: Callable[[Products], int], dtype: str) -> Output:
    """Wrapped around to the output's format, as storing does."""
    y = np.zeros(case.output_shape, dtype)
    bits = 8 * y.itemsize
    for index, found in products(case):
        total = add(found) + int(case.bias[index[-1]])
        if y.dtype.kind == "u":
            y[index] = total % 2**bits
        else:
            y[index] = wrapped(total, bits)
    return Output("file:y.npy", "y.npy", y)


def wrapped(number: int, bits: int) -> int:
    return (number + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)


def clipped(number: int) -> int:
    return min(max(number, -(2**15)), 2**15 - 1)


def flat(found: Products) -> list[int]:
    return [product for tap in found for product in tap]


def sound(found: Products) -> int:
    return sum(flat(found))


def pairs(found: Products) -> int:
    """``vpmaddubsw``, then sums in 32 bits."""
    row = flat(found)
    return sum(clipped(sum(row[i : i + 2])) for i in range(0, len(row), 2))


def pairs_by_channel(found: Products) -> int:
    row = flat([list(channel) for channel in zip(*found, strict=True)])
    return sum(clipped(sum(row[i : i + 2])) for i in range(0, len(row), 2))


def wrap_by_channel(found: Products) -> int:
    return sum(wrapped(sum(channel), 16) for channel in zip(*found, strict=True))


def wrap_by_tap(found: Products) -> int:
    return sum(wrapped(sum(tap), 16) for tap in found)


def wrap_by_eight(found: Products) -> int:
    row = flat(found)
    return sum(wrapped(sum(row[i : i + 8]), 16) for i in range(0, len(row), 8))


def wrap_before_bias(found: Products) -> int:
    return wrapped(sound(found), 16)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize(
    ("add", "cause"),
    [(pairs, "saturated-pairs"), (pairs_by_channel, "saturated-pairs"),
     (wrap_by_channel, "accumulator-wrap"), (wrap_by_tap, "accumulator-wrap"),
     (wrap_by_eight, "accumulator-wrap"), (wrap_before_bias, "accumulator-wrap")],
)  # fmt: skip
def test_is_a_partial_sum_that_overflows_named(rank, add, cause):
    case = drawn(rank)
    _, (first, *_) = diagnosed(case, computed(case, add, "i4"))
    assert cause in (first.cause, *first.also)
    assert first.status == "proved"


@pytest.mark.parametrize("dtypes", [("u1", "i1"), ("i1", "i1"), ("i2", "u1")])
@pytest.mark.parametrize("stored", ["i1", "u1", "i2", "u2"])
def test_is_a_sum_named_that_wraps_in_the_output_s_own_format(dtypes, stored):
    """The operands keep their own formats, whatever the output's sign."""
    case = drawn(2, dtypes)
    (judgement,), (first, *_) = diagnosed(case, computed(case, sound, stored))
    assert judgement.status is Status.OUTSIDE_BOUND
    assert "integer-overflow" in (first.cause, *first.also)
    assert first.status == "proved"


@pytest.mark.parametrize("dtypes", [("u1", "i1"), ("i1", "u1"), ("i2", "u1")])
@pytest.mark.parametrize("stored", ["i4", "u4", "i8", "u8"])
def test_does_an_output_that_holds_every_sum_pass(dtypes, stored):
    case = drawn(2, dtypes)
    positive = np.abs(case.kernel.astype(int)).clip(0, 127).astype(dtypes[1])
    x = np.abs(case.input.astype(int)).clip(0, 127).astype(dtypes[0])
    case = Case(case.spec, x, positive, np.arange(3, dtype="i1"))
    (judgement,) = judge(case, [computed(case, sound, stored)]).judgements
    assert judgement.status is Status.EXACT


def test_is_a_clip_of_three_products_no_saturated_pair():
    case = drawn(2)

    def threes(found: Products) -> int:
        row = flat(found)
        return sum(clipped(sum(row[i : i + 3])) for i in range(0, len(row), 3))

    _, (first, *_) = diagnosed(case, computed(case, threes, "i4"))
    assert "saturated-pairs" not in (first.cause, *first.also)
    assert first.status != "proved"
