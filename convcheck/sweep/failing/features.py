"""What cases that fail have in common, in words, and what of it cases that pass do not have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from convcheck.case.passes import FORWARD
from convcheck.case.request import NAMED_KERNELS, Request

MOST = 3
"""Features that are told of a group."""
_VECTOR = 8
"""Channels that a vector of float32 holds: kernels treat the rest apart."""


def features(request: Request) -> frozenset[str]:
    """Everything about a case that may be why it fails; nothing that only its files tell."""
    words = {word for word, has in _OF_OPTIONS.items() if has(request)}
    if request.input_shape and request.kernel in NAMED_KERNELS:
        words |= {word for word, has in _OF_SIZES.items() if has(request)}
    words |= {
        f"padding {request.padding if isinstance(request.padding, str) else 'in numbers'}",
        f"pass {request.pass_}",
        request.data_format,
    }
    if request.makes_input:
        words |= {f"dtype {request.input_dtype}", f"input {request.input.partition(':')[0]}"}
    if request.input_shape:
        words.add(f"rank {rank_of(request)}")
    return frozenset(words)


def in_common(
    failing: Iterable[frozenset[str]], passing: Sequence[frozenset[str]]
) -> tuple[tuple[str, ...], int]:
    """What all failing cases have that tells them best from those that pass.

    With how many of these have it too: the fewest words that leave the fewest.
    """
    shared = frozenset.intersection(*failing)
    left = list(passing)
    words: list[str] = []
    while left and len(words) < MOST:
        # Of equal ones the first by name, so that a run says what the last one said.
        counts = {word: sum(word in one for one in left) for word in sorted(shared - {*words})}
        best = min(counts, key=lambda word: counts[word], default=None)
        if best is None or counts[best] == len(left):
            break
        words.append(best)
        left = [one for one in left if best in one]
    return tuple(words), len(left)


def rank_of(request: Request) -> int:
    """Its spatial axes; of a file 2, unless an option has a number for each of more."""
    if request.rank or request.input_shape:
        return request.rank or len(request.input_shape or ()) - 2
    sizes = (request.kernel_size or (), request.strides, request.dilations)
    return max(map(len, sizes)) if any(len(size) > 1 for size in sizes) else 2


def each_axis(values: Sequence[int], rank: int) -> tuple[int, ...]:
    """A number for each axis, where one stands for all."""
    return tuple(values) * rank if len(values) == 1 else tuple(values)


def _by_axis(request: Request) -> Iterable[tuple[int, int, int]]:
    """(taps, stride, dilation) of each axis."""
    rank = rank_of(request)
    sizes = (request.kernel_size or (7,), request.strides, request.dilations)
    return zip(*(each_axis(values, rank) for values in sizes), strict=True)


def _filters(request: Request) -> int:
    return request.filters or request.groups


def _shape(request: Request) -> tuple[int, ...]:
    """The input's, of a case that says it."""
    assert request.input_shape is not None
    return request.input_shape


def _beyond_input(request: Request) -> bool:
    spans = [d * (k - 1) + 1 for k, _, d in _by_axis(request)]
    return any(s > n for s, n in zip(spans, _shape(request)[1:-1], strict=True))


def _uneven(request: Request) -> bool:
    pads = request.padding
    if isinstance(pads, str):
        return False
    return any(len({*pad}) > 1 for pad in pads if isinstance(pad, tuple))


_OF_OPTIONS: Mapping[str, Callable[[Request], bool]] = {
    "stride > 1": lambda r: any(s > 1 for s in r.strides),
    "stride 1": lambda r: all(s == 1 for s in r.strides),
    "strides that differ": lambda r: len({*r.strides}) > 1,
    "pads that differ by side": _uneven,
    "groups > 1": lambda r: r.groups > 1,
    "one group": lambda r: r.groups == 1,
    "transposed": lambda r: r.transposed,
    "not transposed": lambda r: not r.transposed,
    "output padding": lambda r: any(r.output_padding or ()),
    "a bias": lambda r: r.bias != "none",
    "no bias": lambda r: r.bias == "none" and r.pass_ == FORWARD,
}
_OF_SIZES: Mapping[str, Callable[[Request], bool]] = {
    "stride > kernel": lambda r: any(s > k for k, s, _ in _by_axis(r)),
    "dilation > 1 of several taps": lambda r: any(d > 1 and k > 1 for k, _, d in _by_axis(r)),
    "kernel of one tap": lambda r: all(k == 1 for k, _, _ in _by_axis(r)),
    "kernel of several taps": lambda r: any(k > 1 for k, _, _ in _by_axis(r)),
    "an even kernel size": lambda r: any(k % 2 == 0 for k, _, _ in _by_axis(r)),
    "a window beyond the input": _beyond_input,
    "depthwise": lambda r: r.groups == _shape(r)[-1] > 1,
    "several filters in a group": lambda r: _filters(r) > r.groups,
    "one filter in a group": lambda r: _filters(r) == r.groups,
    "one channel": lambda r: _shape(r)[-1] == 1,
    "channels no multiple of 8": lambda r: _shape(r)[-1] % _VECTOR != 0,
    "channels a multiple of 8": lambda r: _shape(r)[-1] % _VECTOR == 0,
    "filters no multiple of 8": lambda r: _filters(r) % _VECTOR != 0,
    "batch > 1": lambda r: _shape(r)[0] > 1,
    "batch 1": lambda r: _shape(r)[0] == 1,
    "a dtype narrower than float32": lambda r: r.input_dtype in ("float16", "bfloat16"),
}
"""Of shapes and windows, which a file's own numbers decide where a case has files."""
