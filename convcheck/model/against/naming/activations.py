"""Functions of each number: activations, clips, slopes, softmax, dropout."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from convcheck.model.against.naming.reading import Family, Given, Named, Reading, Seen

if TYPE_CHECKING:
    from convcheck.results import Array

_BY_CHANCE = 5.0
"""Standard deviations within which the share of dropped numbers must be."""


def _sigmoid(x: Array) -> Array:
    return np.asarray(np.exp(-np.logaddexp(0.0, -x)))


def _gelu(x: Array) -> Array:
    erf = np.vectorize(math.erf, otypes=[float])
    return np.asarray(0.5 * x * (1 + erf(x / math.sqrt(2))))


def _gelu_by_tanh(x: Array) -> Array:
    return np.asarray(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))


def _elu(x: Array) -> Array:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


_CLIPS = {
    "relu": (0.0, np.inf),
    "relu6": (0.0, 6.0),
    "a clip at 6": (-np.inf, 6.0),
    "a clip to 0 and 1": (0.0, 1.0),
    "hard tanh": (-1.0, 1.0),
}
_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "swish": lambda x: x * _sigmoid(x),
    "hard swish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "hard sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard sigmoid of slope 0.2": lambda x: np.clip(x * 0.2 + 0.5, 0, 1),
    "gelu": _gelu,
    "gelu by tanh": _gelu_by_tanh,
    "elu": _elu,
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * _elu(x)),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "mish": lambda x: x * np.tanh(np.logaddexp(0.0, x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "the absolute value": np.abs,
}


def _readings(given: Given, seen: Seen) -> Iterator[Reading]:
    x, y = given.only, seen.values
    if x is None or x.shape != y.shape:
        return
    if seen.is_(x):
        yield Reading("linear", (-np.inf, np.inf), "applies nothing", plain=True)
    named = False
    for name, limits in _CLIPS.items():
        if seen.is_(np.clip(x, *limits)):
            named = True
            yield Reading("clip", limits, f"applies {name}")
    if not named and not seen.is_(x) and (clip := _clip(x, seen)):
        yield clip
    yield from _slopes(x, seen)
    for name, function in _FUNCTIONS.items():
        with np.errstate(over="ignore", invalid="ignore"):
            if seen.is_(function(x)):
                yield Reading("function", name, f"applies {name}")
    for axis in range(1, x.ndim):
        if seen.is_(_softmax(x, axis)):
            place = "channels" if axis == x.ndim - 1 else f"axis {axis} of {x.ndim}"
            yield Reading("softmax", axis, f"applies softmax over the {place}")
    if dropped := _dropout(x, seen):
        yield dropped


def _clip(x: Array, seen: Seen) -> Reading | None:
    """A clip at numbers that are none of the usual ones: several outputs stand at each.

    None where one number for all outputs would do as well: where steps are that coarse, a clip
    between the least and the largest fits whatever the outputs follow from.
    """
    low, high = float(seen.values.min()), float(seen.values.max())
    if seen.is_(np.full_like(x, (low + high) / 2)):
        return None
    low = low if (x < low).sum() > 1 else -np.inf
    high = high if (x > high).sum() > 1 else np.inf
    if not np.isfinite((low, high)).any() or not seen.is_(np.clip(x, low, high)):
        return None
    words = " and ".join(f"{side:.6g}" for side in (low, high) if np.isfinite(side))
    return Reading("clip", (low, high), f"clips at {words}")


def _slopes(x: Array, seen: Seen) -> Iterator[Reading]:
    """A factor for what is below zero alone, of all channels or of each."""
    y = seen.values
    below = x < 0
    if not below.any() or not (x > 0).any():
        return
    at = np.unravel_index(int(np.where(below, -x, 0).argmax()), x.shape)
    slope = float(y[at] / x[at])
    known = 4 * seen.limit * float(seen.unit[at[-1]]) / abs(float(x[at]))
    short = float(f"{slope:.3g}")  # as people write it, where the values do not tell otherwise
    slope = short if abs(short - slope) <= known else slope
    if slope not in (0, 1) and seen.is_(np.where(below, x * slope, x)):
        yield Reading("leaky", slope, f"lets {slope:.6g} of what is below zero through")
        return
    flat_x, flat_y = (v.reshape(-1, v.shape[-1]) for v in (np.where(below, x, 0), y))
    rows, columns = flat_x.argmin(axis=0), np.arange(flat_x.shape[1])
    low = flat_x[rows, columns]
    slopes = np.where(low < 0, flat_y[rows, columns] / np.where(low < 0, low, 1), 0)
    if len(flat_x) > 2 and np.ptp(slopes) > 0 and seen.is_(np.where(below, x * slopes, x)):
        words = "lets a part of what is below zero through, another one for each channel"
        yield Reading("leaky", tuple(slopes), words)


def _softmax(x: Array, axis: int) -> Array:
    with np.errstate(invalid="ignore"):
        powers = np.exp(x - x.max(axis=axis, keepdims=True))
        result: Array = powers / powers.sum(axis=axis, keepdims=True)
    return result


def _dropout(x: Array, seen: Seen) -> Reading | None:
    """Some numbers dropped at random, all others enlarged by what keeps their mean."""
    y = seen.values
    kept, counted = (y != 0) & (x != 0), x != 0
    if kept.sum() < 8 or kept.sum() == counted.sum():
        return None
    factor = float(np.abs(y[kept]).sum() / np.abs(x[kept]).sum())
    if not factor > 1.01 or not seen.is_(np.where(kept, x * factor, 0)):
        return None
    rate, share = 1 - 1 / factor, 1 - kept.sum() / counted.sum()
    if abs(rate - share) > _BY_CHANCE * math.sqrt(rate * (1 - rate) / counted.sum()):
        return None
    return Reading("dropout", rate, f"drops {rate:.3g} of the values at random, as in training")


def _named(one: Reading, other: Reading, given: Given) -> Named | None:
    kinds = {one.kind, other.kind}
    if (one.kind, one.value) == (other.kind, other.value):
        return None
    if "dropout" in kinds:
        return Named("dropout-active") if kinds <= {"dropout", "linear"} else Named("activation")
    if kinds == {"softmax"}:
        return Named("softmax-axis")
    if kinds == {"leaky"}:
        return Named("leaky-slope")
    if kinds <= {"clip", "linear"} and one.value[0] == other.value[0]:
        return Named("clipped", ("activation",))
    return Named("activation", ("leaky-slope",) if kinds == {"leaky", "clip"} else ())


ACTIVATIONS = Family(_readings, _named)
