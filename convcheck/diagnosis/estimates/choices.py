"""Hypotheses read off the output: whose bias each channel got, which image each is, what range.

There are far too many of these to try (N! orders of N images): what each channel or image can
be is decided by itself, on the outputs probed, and the whole is then confirmed as any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Hypothesis
from convcheck.causes.kinds.biases import channels_in_words, with_bias, without
from convcheck.causes.kinds.clips import clipped
from convcheck.causes.kinds.images import with_images
from convcheck.diagnosis.probe import probe
from convcheck.diagnosis.probe_points import ProbePoints
from convcheck.truth.arithmetic import Arithmetic

if TYPE_CHECKING:
    from convcheck.results import Array

IN_WORDS = 8
"""Numbers of an order that a report lists."""
MOST_IMAGES = 256
"""Images of which each is held against each."""
PLACES_OF_AN_IMAGE, FILTERS_OF_AN_IMAGE = 8, 4
"""Outputs by which an image is known."""
AT_AN_END = 4
"""Outputs at one end of a range that tell a clip from a largest output: in a narrow format two or
three may be equal by chance. What it was before the clip is held against exact anyway."""


def chosen(
    case: Case, out: Array, points: ProbePoints, arithmetic: Arithmetic
) -> Iterator[Hypothesis]:
    """What each channel's bias was, and which image each is, where all outputs probed allow it."""
    yield from _biases(case, out, points, arithmetic)
    yield from _images(case, out, points, arithmetic)
    yield from _clips(out)


def _biases(
    case: Case, out: Array, points: ProbePoints, arithmetic: Arithmetic
) -> Iterator[Hypothesis]:
    """The bias missing in some channels, or another channel's in some.

    Each also as what it looks like, a constant added to each channel: nothing can tell those apart.
    """
    bias = case.bias
    if bias is None or len(points.filters) < len(bias) or len(bias) < 2:
        return
    plain = probe(replace(case, bias=None), points, arithmetic).value
    # The bound grows with |bias|: none that is tried is larger.
    largest = np.full_like(bias, np.abs(bias).max())
    room = probe(replace(case, bias=largest), points, arithmetic).limit
    gap = points.of(out) - plain
    allowed = np.empty((2, len(bias)))
    allowed[:, points.filters] = (gap - room).max(axis=0), (gap + room).min(axis=0)
    low, high = allowed
    values = bias.astype(np.float64)
    own = (low <= values) & (values <= high)
    if not np.isfinite(allowed).all() or own.all():
        return
    changed = np.flatnonzero(~own).tolist()
    if ((low <= 0) & (high >= 0))[changed].all():
        detail = f"no bias added in {channels_in_words(changed)}"
        yield from _as_offset(
            with_bias(
                "bias-missing-in-channels",
                detail,
                without(bias, changed),
                n_fitted=len(changed),
            )
        )
    order = _order(low, high, values)
    if order is not None:
        yield from _as_offset(
            with_bias(
                "bias-order",
                f"the bias in the order {_listed(order)}",
                bias[order],
                n_fitted=len(changed),
            )
        )


def _as_offset(hypothesis: Hypothesis) -> Iterator[Hypothesis]:
    yield hypothesis
    yield replace(
        hypothesis, cause="output-offset", detail="a constant of its own added to each channel"
    )


def _order(low: Array, high: Array, values: Array) -> list[int] | None:
    """A channel whose bias each channel may have: its own if it can, none twice if it can."""
    fits = (low[:, np.newaxis] <= values) & (values <= high[:, np.newaxis])
    return _assign(fits)


def _assign(fits: Array) -> list[int] | None:
    """For each row a column that fits it: its own where it does, none twice where that can be.

    None where a row fits no column.
    """
    order = np.where(fits.diagonal(), np.arange(len(fits)), -1)
    for row in np.flatnonzero(order < 0):
        fitting = np.flatnonzero(fits[row])
        unused = [int(one) for one in fitting if one not in order]
        if not len(fitting):
            return None
        order[row] = unused[0] if unused else fitting[0]
    return [int(one) for one in order]


def _listed(order: Sequence[int]) -> str:
    more = " ..." if len(order) > IN_WORDS else ""
    return ", ".join(map(str, order[:IN_WORDS])) + more


def _images(
    case: Case, out: Array, points: ProbePoints, arithmetic: Arithmetic
) -> Iterator[Hypothesis]:
    """Each output image the convolution of another input image."""
    images = len(case.input)
    if not 1 < images <= MOST_IMAGES:
        return
    spatial = np.unique(np.stack(points.places[1:], 1), axis=0)[:PLACES_OF_AN_IMAGE]
    image = np.repeat(np.arange(images), len(spatial))
    filters = points.filters[:FILTERS_OF_AN_IMAGE]
    every = ProbePoints((image, *np.tile(spatial.T, images)), filters)
    mine, given = probe(case, every, arithmetic), every.of(out)
    shape = (images, len(spatial), len(filters))
    value, limit, given = (one.reshape(shape) for one in (mine.value, mine.limit, given))
    with np.errstate(invalid="ignore"):
        # (image of the output, image of the input)
        may_be = (np.abs(given[:, np.newaxis] - value) <= limit).all(axis=(-1, -2))
    order = _assign(may_be)
    if order is None or order == list(range(images)):
        return
    changed = sum(i != image for i, image in enumerate(order))
    yield with_images(
        f"the images of the batch in the order {_listed(order)}", order, n_fitted=changed
    )


def _clips(out: Array) -> Iterator[Hypothesis]:
    """The range that an output keeps to, where several outputs stand at an end of it."""
    low, high = float(out.min()), float(out.max())
    if not low < high or not np.isfinite([low, high]).all():
        return
    at_low, at_high = (
        int(np.count_nonzero(out == out.dtype.type(end))) >= AT_AN_END for end in (low, high)
    )
    if at_low and at_high:
        yield clipped(low, high, n_fitted=2)
    elif at_low or at_high:
        yield clipped(low if at_low else None, high if at_high else None, n_fitted=1)
